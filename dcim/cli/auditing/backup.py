"""``dcim backup``: a copy of the state directory, taken while the daemon runs.

    dcim backup --state DIR --out DIR [--with-key] [--json]

Put the copy in the place of a state directory that was lost and start: the time in between is told as blind.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from dcim.backup import BackupFailed
from dcim.backup import backup as make_backup
from dcim.cli.talking.directory import StateDir
from dcim.store import StoreError

_FOUND_PROBLEMS = 1


def backup(
    state: StateDir,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to: not there yet, or empty.")],
    with_key: Annotated[
        bool,
        typer.Option("--with-key", help="Also the key that signs: whoever reads the copy can sign then."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """Copy a state directory, consistent while its daemon runs, and check the copy: exit 0, or 1."""
    os.nice(10)
    try:
        done = make_backup(
            state, out, with_key=with_key, told=lambda what: typer.echo(f"{what} ...", err=True)
        )
    except (BackupFailed, StoreError) as error:
        typer.echo(json.dumps({"error": str(error)}) if as_json else str(error), err=not as_json)
        raise typer.Exit(_FOUND_PROBLEMS) from error
    if as_json:
        head = str(done.head) if done.head else None
        said = {
            "out": str(done.out),
            "files": done.files,
            "bytes": done.bytes,
            "head": head,
            "files_unlike_issued": [
                {"claim": one.claim, "file": one.name, "is": str(one.flaw), "fact": one.sequence}
                for one in done.unlike
            ],
        }
        typer.echo(json.dumps(said))
        return
    for one in done.unlike:
        typer.echo(f"in the copy as in the original: {one}", err=True)
    typer.echo(f"{done.files} files, {done.bytes / 1e6:.1f} MB in {done.out}")
    if done.head:
        typer.echo(
            f"head {done.head}\nkeep this line elsewhere: dcim ledger verify --state {out} --head '...'"
        )
