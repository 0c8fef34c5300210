"""The option that names a state directory: one for all commands, so that all understand the same folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer


def _held(state: Path | None) -> Path | None:
    """Return the state directory, also for the folder of a demo that holds one."""
    from dcim.store import StoreError, held_in

    if state is None:
        return None
    try:
        return held_in(state)
    except StoreError:
        return state  # the command says what is wrong with it


StateDir: TypeAlias = Annotated[
    Path, typer.Option("--state", metavar="DIR", help="The state directory of the daemon.", callback=_held)
]
"""A state directory that has to be named; the folder of ``dcim demo --state`` stands for the one in it."""

InsteadOfDaemon: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="Read this state directory; no daemon is asked.",
        callback=_held,
    ),
]
"""The same where a running daemon is asked unless one is named."""
