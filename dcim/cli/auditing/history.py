"""``dcim history``: the readings themselves, out of the daemon or out of a state directory.

dcim history export --from 30d --match 'dcim_ups_output_load_ratio{room="r1"}' --out load.parquet
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from dcim.cli.auditing.asked import Since, Until, answer, refuse, span_of, world_of, zone_of
from dcim.cli.talking.directory import InsteadOfDaemon
from dcim.cli.talking.talk import DEFAULT, Url

history = typer.Typer(name="history", help="The readings that are kept.", no_args_is_help=True)

_ALL: Final = '{__name__=~".+"}'
_NOTHING: Final = "nothing was read in that time of what matches: no file is written"
_TOLD: Final = 4 << 20
"""Bytes after which a terminal is told how far it is."""

Match = Annotated[
    list[str] | None,
    typer.Option("--match", metavar="SELECTOR", help='Which series, as name{label="value"}; all by default.'),
]


@history.callback()
def _root() -> None:
    """Read what is kept of the readings."""


@history.command("export")
def export_command(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The Parquet file that is written.")],
    since: Since,
    until: Until = "",
    match: Match = None,
    state: InsteadOfDaemon = None,
    url: Url = DEFAULT,
) -> None:
    """Write readings as a Parquet file: one row a reading, gaps with their reason.

    Exit 0 written, 1 it cannot be or nothing matches, 2 wrong usage, 3 no daemon.
    """
    start, end = span_of(since, until, zone_of(url, state))
    if out.is_dir() or not out.absolute().parent.is_dir():
        msg = f"{out} cannot be written: name a file in a directory that is there"
        raise typer.BadParameter(msg, param_hint="--out")
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            if state is None:
                _receive(url, [("start", str(start)), ("end", str(end)), *_matching(match)], file)
            else:
                _read(state, match or [_ALL], start, end, file)
        if _is_empty(part):
            refuse("; ".join([_NOTHING, *_unknown(match, state, url)]), bad=False)
        part.replace(out)
    except OSError as why:
        refuse(f"{out}: {why.strerror or why}", bad=False)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    typer.echo(f"{out} ({out.stat().st_size} bytes)")


def _is_empty(path: Path) -> bool:
    import polars as pl

    return int(pl.scan_parquet(path).select(pl.len()).collect().item()) == 0


def _unknown(match: list[str] | None, state: Path | None, url: str) -> list[str]:
    """Return what there is to say of names that no series has."""
    if state is not None:
        from dcim.promql import parse_matchers
        from dcim.query.unknown import said_of

        known = world_of(state)
        known.known.refresh()
        return [said for one in match or () for said in said_of(parse_matchers(one), known.names())]
    found: list[str] = []
    for one in match or ():
        with answer(url, "/query", [("query", one)]) as said:
            said.read()
            found += said.json().get("warnings", [])
    return found


def _matching(match: list[str] | None) -> list[tuple[str, str]]:
    return [("match", one) for one in match or ()]


def _receive(url: str, fields: list[tuple[str, str]], file: IO[bytes]) -> None:
    """Write what the daemon sends, as it comes."""
    size = told = 0
    with answer(url, "/history/export", fields) as said:
        for piece in said.iter_raw():
            file.write(piece)
            size += len(piece)
            if size - told >= _TOLD and sys.stderr.isatty():
                told = size
                sys.stderr.write(f"\r\x1b[K{size / 1e6:.0f} MB ...")
                sys.stderr.flush()
    if told:
        sys.stderr.write("\r\x1b[K")


def _read(state: Path, match: list[str], start: float, end: float, file: Any) -> None:
    from dcim.promql import QueryError
    from dcim.query.parquet import export

    world = world_of(state)
    try:
        export(world, match, round(start * 1000), round(end * 1000), file)
    except QueryError as why:
        refuse(str(why), bad=why.kind == "bad_data")
