"""Questions over the past from the command line: to the running daemon, or to a directory that is none's."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeAlias

import typer

from dcim.cli.talking.talk import NO_DAEMON, ask
from dcim.cli.talking.when import moment_at
from dcim.late import httpx
from dcim.yaml.length import seconds

if TYPE_CHECKING:
    from dcim.query.source import World

FOUND_PROBLEMS: Final = 1
_PATIENCE: Final = 150.0
"""Seconds in which a piece of an answer must have come: a daemon gives an export two minutes for one."""
_BAD: Final = 400

Since: TypeAlias = Annotated[
    str, typer.Option("--from", metavar="MOMENT", help="'2026-12-01 22:00', or so long before the end: 24h.")
]
Until: TypeAlias = Annotated[str, typer.Option("--to", metavar="MOMENT", help="'2026-12-02 22:00'; now.")]


def zone_of(url: str, state: Path | None) -> str:
    """Return the time zone in which moments are typed: the site's, UTC where no daemon tells."""
    return "UTC" if state is not None else str(ask(url, "/status")["time_zone"])


def moment_of(text: str, zone: str, end: float) -> float:
    """Return a moment as UTC seconds: a day and an hour, a length of time before ``end``; empty: ``end``."""
    if not text:
        return end
    with suppress(ValueError):
        return end - seconds(text)
    try:
        return datetime.fromisoformat(moment_at(text, zone)).timestamp()
    except typer.BadParameter as wrong:
        msg = f"{wrong.message}; or so long before the end, as 24h or 30d"
        raise typer.BadParameter(msg) from None


def span_of(since: str, until: str, zone: str) -> tuple[float, float]:
    """Return from when to when, as UTC seconds. Raise BadParameter when that is no time."""
    end = moment_of(until, zone, time.time())
    start = moment_of(since, zone, end)
    if start >= end:
        msg = "--from must be earlier than --to"
        raise typer.BadParameter(msg)
    return start, end


@contextmanager
def answer(url: str, path: str, fields: Sequence[tuple[str, str]]) -> Iterator[httpx.Response]:
    """Give what the daemon answers, to be read as it comes.

    End with exit code 3 when there is no daemon, 2 for a question that is none, 1 for one without an answer.
    """
    target = f"{url.rstrip('/')}/api/v1{path}"
    pairs = httpx.QueryParams([*fields])
    try:
        with (
            httpx.Client(timeout=_PATIENCE, trust_env=False) as client,
            client.stream("GET", target, params=pairs) as said,
        ):
            if not said.is_success:
                said.read()
                _refused(said)
            yield said
    except httpx.HTTPError as why:
        typer.echo(f"dcim: no whole answer from {url}: {why}", err=True)
        raise typer.Exit(NO_DAEMON) from None


def _refused(said: httpx.Response) -> NoReturn:
    try:
        told = said.json()
        why = str(told["error"])
    except (ValueError, KeyError, TypeError):
        why = f"the daemon answered {said.status_code}: is its history enabled?"
    refuse(why, bad=said.status_code == _BAD)


def refuse(why: str, *, bad: bool) -> NoReturn:
    """Say why there is no answer, and end: 2 when the question is none, 1 when it has none."""
    if bad:
        raise typer.BadParameter(why)
    typer.echo(f"dcim: {why}", err=True)
    raise typer.Exit(FOUND_PROBLEMS)


def world_of(state: Path) -> World:
    """Return the history of a state directory; its devices are known by their ids alone."""
    from dcim.query.source import World

    directory = state / "history"
    if not (directory / "points.jsonl").is_file():
        typer.echo(f"dcim: {directory}: no history is here", err=True)
        raise typer.Exit(FOUND_PROBLEMS)
    return World(directory)


def question(**said: Any) -> Mapping[str, Any]:
    """Return a question as the daemon's children understand it."""
    return {"kind": "query", "query": "", "match": [], "name": "", "start": 0, "end": 0, "step": 0} | said
