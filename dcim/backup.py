"""A copy of a state directory that starts like the original, taken while its daemon runs.

database ─▶ one snapshot of one moment (SQLite's own online backup; pg_dump for a PostgreSQL)
history  ─▶ segments, then closed files, then points: at least all that the database knows of
the rest ─▶ files that are written once: descriptions of the site, roll-ups, reports
         ─▶ the chain checked, and MANIFEST.json with the SHA-256 of every file

The order matters: what leaves the segments while we copy is in the closed files that are copied after them,
and a start finds both, as after a crash. The key that signs is left out unless asked for: whoever has it can
sign.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from dcim.evidence.asissued import Found, unlike
from dcim.evidence.issued import FOLDER as REPORTS
from dcim.evidence.keyfile import KEY
from dcim.history.durable import sync_directory
from dcim.ledger import Head
from dcim.model import DcimError
from dcim.record import dataclass
from dcim.secret import SecretRef, resolve
from dcim.store import DATABASE, held_in, reading, verify
from dcim.store.database import POINTER, of
from dcim.store.postgresql import Postgresql

MANIFEST: Final = "MANIFEST.json"
DUMP: Final = "ledger.pgdump"
_HISTORY: Final = ("history/segments", "history/closed", "history/points.jsonl", "history/cursors")
_ONCE: Final = ("site", "rollup", REPORTS)
_ROUNDS: Final = 5
"""Times that a folder is listed again because a file in it was gone by the time it was copied."""


class BackupFailed(DcimError):
    """No backup was made; the text says why. What was written is gone again."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. ``head``: where its ledger ends, None where a database dump cannot say it.

    ``unlike``: files of issued reports that it lacks or holds altered, because they are so in the original.
    """

    out: Path
    files: int
    bytes: int
    head: Head | None
    unlike: tuple[Found, ...] = ()


def backup(
    state: Path, out: Path, *, with_key: bool = False, told: Callable[[str], None] = lambda _what: None
) -> Backup:
    """Copy the state directory to ``out``, which is not there yet or is empty. Raises ``BackupFailed``.

    ``told`` hears what is done next. The copy is checked before this returns, as ``dcim ledger verify`` does.
    """
    state = held_in(state)
    beside = out.with_name(f".{out.name}.unfinished")
    if out.exists() and any(out.iterdir()):
        msg = f"{out} is not empty: name a folder that is not there yet"
        raise BackupFailed(msg)
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(mode=0o700, parents=True)
        told("database")
        head = _database(state, beside)
        told("history")
        for name in (*_HISTORY, *_ONCE, *((KEY,) if with_key else ())):
            _copy(state / name, beside / name)
        told("checking")
        with reading(state) as reads:
            flaws = tuple(unlike(beside, reads, head.sequence if head else 0))
        done = replace(_finish(beside, out, head), unlike=flaws)
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        msg = f"no backup of {state} was made: {error}"
        raise BackupFailed(msg) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return done


def _database(state: Path, out: Path) -> Head | None:
    """Copy the database as it is at one moment; return where its chain ends."""
    database = of(state)
    if isinstance(database, Postgresql):
        shutil.copy2(state / POINTER, out / POINTER)
        with reading(state) as reads:
            head = reads.head()
        _dump(database.url, database.schema, out / DUMP)
        return head
    if not database.there():
        msg = f"{state} is no state directory: it holds no {DATABASE}"
        raise BackupFailed(msg)
    with (
        closing(sqlite3.connect(f"{(state / DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(out / DATABASE)) as target,
    ):
        source.backup(target)  # in one step: one moment, and the writer goes on beside it
    (out / DATABASE).chmod(0o600)
    report = verify(out)
    for left in ("-shm", "-wal"):  # what the look left behind: empty, and another at the next
        (out / f"{DATABASE}{left}").unlink(missing_ok=True)
    if not report.holds:
        msg = f"the ledger of {state} does not hold ({report.faults[0]}): look with dcim ledger verify"
        raise BackupFailed(msg)
    return report.head


def _dump(url: SecretRef, schema: str, target: Path) -> None:
    """Have ``pg_dump`` write the schema; the password goes through its environment, where nobody lists it."""
    program = shutil.which("pg_dump")
    if program is None:
        msg = "pg_dump is not there: install postgresql-client, of the server's version or newer"
        raise BackupFailed(msg)
    it = make_url(resolve(url, os.environ))
    given: Mapping[str, object] = {
        "PGHOST": it.host,
        "PGPORT": it.port,
        "PGUSER": it.username,
        "PGPASSWORD": it.password,
        "PGDATABASE": it.database,
        **{f"PG{key.upper()}": value for key, value in it.query.items()},
    }
    env = {**os.environ, **{key: str(value) for key, value in given.items() if value is not None}}
    command = [program, "--format=custom", "--no-owner", f"--schema={schema}", f"--file={target}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603  the words of the command are ours
    if done.returncode:
        msg = f"pg_dump failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}"
        raise BackupFailed(msg)


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder; a folder is listed again until nothing vanished while it was copied."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
        return
    for _ in range(_ROUNDS):
        whole = True
        for path in sorted(source.rglob("*")):
            there = target / path.relative_to(source)
            if path.is_dir() or there.exists() or (source.name == REPORTS and not _plain(path)):
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(path, there)
            except FileNotFoundError:
                whole = False
                with suppress(FileNotFoundError):
                    there.unlink()
        if whole:
            return
    msg = f"{source} changes faster than it can be copied"
    raise BackupFailed(msg)


def _plain(path: Path) -> bool:
    """Whether a name stands for a file, and not for a link: no report is one, and none leads elsewhere."""
    return path.is_file() and not path.is_symlink()


def _finish(beside: Path, out: Path, head: Head | None) -> Backup:
    """Write down what every file is, bring all of it to the disk, and put it in its place at once."""
    listed: dict[str, dict[str, object]] = {}
    for path in _files(beside):
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        listed[path.relative_to(beside).as_posix()] = {"sha256": digest, "bytes": path.stat().st_size}
    manifest = {"head": str(head) if head else None, "files": listed}
    with (beside / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    for folder in (beside, *(path for path in beside.rglob("*") if path.is_dir())):
        sync_directory(folder)
    if out.exists():
        out.rmdir()
    beside.replace(out)
    sync_directory(out.parent)
    total = sum((out / name).stat().st_size for name in listed)
    return Backup(out, len(listed), total, head)


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
