"""``dcim report``: a report of the running daemon, which issues it, or of the state of one that is stopped.

dcim report uptime --from 2026-10 --scope tenant:'Banque Atlas' --format pdf --lang fr
dcim report uptime --state DIR --from yesterday
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from dcim import __version__
from dcim.alerts import Language
from dcim.cli.auditing.issued import issued
from dcim.cli.talking.deed import Who
from dcim.cli.talking.directory import InsteadOfDaemon
from dcim.cli.talking.talk import DEFAULT, Url, ask
from dcim.reports.model import Kind
from dcim.reports.render import Form
from dcim.reports.scope import NothingLike
from dcim.reports.when import EXAMPLES
from dcim.reports.wish import Wish

_FOUND_PROBLEMS: Final = 1
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk says that has no room, or fails: no fault of whoever named the place."""
_DAY: Final = 86_400_000_000  # microseconds


def report(  # noqa: PLR0913 - one parameter an option: that is how typer is told of them
    kind: Annotated[Kind, typer.Argument(help="What it is about.")],
    who: Who,
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PERIOD",
            help=f"A period ({EXAMPLES}), or its first moment. Left out: the last month, or all "
            "the time of a ledger that is younger.",
        ),
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="MOMENT", help="The moment up to which it goes.")
    ] = "",
    scope: Annotated[
        str,
        typer.Option(
            metavar="WHOSE",
            help="site, tenant:NAME, service:ID, room:ID, rack:ID, device:ID or incident:ID.",
        ),
    ] = "site",
    form: Annotated[Form, typer.Option("--format", help="What it is written as.")] = Form.PDF,
    language: Annotated[
        Language | None, typer.Option("--lang", help="Its language; that of the site by default.")
    ] = None,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="Where it is written; '-' is standard output.")
    ] = "",
    state: InsteadOfDaemon = None,
    url: Url = DEFAULT,
) -> None:
    """Make a report: issued by the running daemon, or read from a state directory with --state.

    Exit 0 done, 1 it cannot be made, 2 wrong usage, 3 no daemon.
    """
    _check_place(out)
    wish = _wish(kind, since, until, scope, form, language)
    step = Steps()
    try:
        name, data = _asked(url, wish, who, step) if state is None else _read(state, wish, step)
    finally:
        step.done()
    _write(data, out, _name(wish, name), kind)


def _asked(url: str, wish: Wish, who: str, step: Steps) -> tuple[str, bytes]:
    """Return a file of a report that the daemon issues. Raises ``BadParameter`` for what none would make."""
    try:
        wish.whose()
        wish.of("UTC", time.time_ns() // 1000 + _DAY)  # wherever the site is, it is not later there
    except NothingLike as why:
        raise typer.BadParameter(str(why)) from why
    form = wish.forms[0]
    language = wish.languages[0] if wish.languages else Language(ask(url, "/status")["language"])
    name = "report.json" if form is Form.JSON else f"report.{language}.{form}"
    return name, issued(url, wish, who, name, step)


def _wish(kind: Kind, since: str, until: str, scope: str, form: Form, language: Language | None) -> Wish:
    languages = (language,) if language else ()
    if until:
        return Wish(kind, _plain(scope), "", since, until, languages, (form,))
    return Wish(kind, _plain(scope), since, "", "", languages, (form,))


def _plain(scope: str) -> str:
    return "" if scope == "site" else scope


def _read(state: Path, wish: Wish, step: Steps) -> tuple[str, bytes]:
    """Return a file of a report that is read from a state directory."""
    # with the store: the daemon's report is made without
    from dcim.reports.make import from_directory, in_small_pages, seldom_collected
    from dcim.store import StoreError

    seldom_collected()
    in_small_pages()
    try:
        made = from_directory(state, wish, time.time_ns() // 1000, __version__, step)
    except NothingLike as why:
        raise typer.BadParameter(str(why)) from why
    except StoreError as why:
        typer.echo(f"dcim: {why}", err=True)
        raise typer.Exit(_FOUND_PROBLEMS) from why
    return next(iter(made.files.items()))


class Steps:
    """Says on a terminal what is being done, on one line that goes away; elsewhere only that it waits."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = ""

    def __call__(self, word: str) -> None:
        """Say what is being done now."""
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{word} ...")
            sys.stderr.flush()
        elif word.startswith("waiting:") and word != self._last:
            typer.echo(f"dcim: {word}", err=True)
        self._last = word

    def done(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _name(wish: Wish, file: str) -> str:
    """Return what a report is called where nobody named its file."""
    about = wish.scope.replace(":", "-").replace("/", "-").replace(" ", "-") or "site"
    said = wish.period or "-".join(part for part in (wish.since, wish.until) if part) or "latest"
    when = said.replace(" ", "T").replace(":", "")
    return f"{wish.kind}-{about}-{when}.{file.partition('.')[2]}"


def _check_place(out: str) -> None:
    """Refuse a place that holds no file, before a report is issued for it. Raises ``BadParameter``."""
    path = Path(out)
    if out in ("", "-"):
        return
    if path.is_dir():
        raise _no_place(path, "it is a directory: name a file in it")
    if not path.parent.is_dir():
        raise _no_place(path, f"there is no directory {path.parent}")


def _no_place(path: Path, why: str) -> typer.BadParameter:
    return typer.BadParameter(f"{path} cannot be written: {why}", param_hint="--out")


def _put(path: Path, data: bytes) -> None:
    """Write a file beside its place and put it there whole; into a pipe or device, as it is."""
    place = path.resolve()
    if place.exists() and not place.is_file():
        place.write_bytes(data)
        return
    fresh = place.with_name(f".{place.name}.unfinished-{os.getpid()}")
    try:
        fresh.write_bytes(data)
        if place.exists():
            shutil.copymode(place, fresh)
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)


def _write(data: bytes, out: str, name: str, kind: Kind) -> None:
    if out == "-":
        sys.stdout.buffer.write(data)
        return
    path = Path(out or name)
    try:
        _put(path, data)
    except OSError as why:
        if why.errno not in _FULL:
            raise _no_place(path, why.strerror or str(why)) from why
        typer.echo(f"dcim: {path} cannot be written: {why.strerror}; nothing of it is left", err=True)
        raise typer.Exit(_FOUND_PROBLEMS) from why
    typer.echo(f"{kind}: {path} ({len(data)} bytes)")
