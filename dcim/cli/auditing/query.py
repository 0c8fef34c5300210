"""``dcim query``: what a query of Prometheus' language says of the past, as a table or as JSON.

dcim query 'sum by (room) (dcim_ups_output_load_ratio)'
dcim query 'rate(dcim_polls_total[5m])' --from 24h --step 1h
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from dcim.cli.auditing.asked import (
    FOUND_PROBLEMS,
    Since,
    Until,
    answer,
    moment_of,
    question,
    refuse,
    span_of,
    world_of,
    zone_of,
)
from dcim.cli.talking.directory import InsteadOfDaemon
from dcim.cli.talking.talk import DEFAULT, Json, Url
from dcim.yaml.length import seconds

_STEPS: Final = 60
"""Rows of a range that names no step, about."""
_MOST: Final = 11_000
"""Steps of a range."""


def query(  # noqa: PLR0913 - one parameter an option: that is how typer is told of them
    expression: Annotated[str, typer.Argument(help="In the language of Prometheus.", metavar="EXPR")],
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="At this time; left out: now.")] = "",
    since: Since = "",
    until: Until = "",
    step: Annotated[str, typer.Option(metavar="TIME", help="With --from: how far apart, as 5m.")] = "",
    state: InsteadOfDaemon = None,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Answer a query over the history, at one time or, with --from, at many.

    Exit 0 answered, 1 it has no answer, or of a name that no series has, 2 it is no query, 3 no daemon.
    """
    zone = zone_of(url, state)
    fields = _fields(expression, at, since, until, step, zone)
    whole = _asked(url, fields) if state is None else _read(state, fields)
    said, warnings = whole["data"], whole.get("warnings", [])
    for warning in warnings:
        typer.echo(f"dcim: {warning}", err=True)
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _print(said, zone)
    if warnings and not said["result"]:
        raise typer.Exit(FOUND_PROBLEMS)


def _fields(expression: str, at: str, since: str, until: str, step: str, zone: str) -> dict[str, Any]:
    if not since:
        if until or step:
            msg = "--to and --step belong to a range: say --from"
            raise typer.BadParameter(msg)
        moment = moment_of(at, zone, datetime.now(UTC).timestamp())
        return {"query": expression, "end": round(moment * 1000)}
    if at:
        msg = "say either a time (--at) or a range (--from)"
        raise typer.BadParameter(msg)
    start, end = span_of(since, until, zone)
    try:
        width = seconds(step) if step else max(1.0, (end - start) // _STEPS)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--step") from None
    if width <= 0 or (end - start) / width > _MOST:
        msg = f"a range has at most {_MOST} steps: give a longer one"
        raise typer.BadParameter(msg, param_hint="--step")
    times = {"start": round(start * 1000), "end": round(end * 1000), "step": round(width * 1000)}
    return {"kind": "query_range", "query": expression, **times}


def _asked(url: str, fields: dict[str, Any]) -> Any:
    if "start" in fields:
        path, names = "/query_range", {"start": "start", "end": "end", "step": "step"}
    else:
        path, names = "/query", {"end": "time"}
    pairs = [("query", fields["query"]), *((name, str(fields[key] / 1000)) for key, name in names.items())]
    with answer(url, path, pairs) as said:
        said.read()
        return said.json()


def _read(state: Path, fields: dict[str, Any]) -> Any:
    from dcim.query.answer import Asked, failure
    from dcim.query.answer import answer as answered

    world = world_of(state)
    try:
        pieces = answered(world, Asked.of(question(**fields)))
        return json.loads(b"".join(pieces))
    except Exception as why:
        kind, text = failure(why)
        if kind == "internal":
            raise
        refuse(text, bad=kind == "bad_data")


def _print(said: Any, zone: str) -> None:
    """Print one line a series and time."""
    from rich.console import Console
    from rich.text import Text

    from dcim.cli.talking.rows import print_rows

    kind, result = said["resultType"], said["result"]
    console = Console(highlight=False)
    if kind in ("scalar", "string"):
        typer.echo(result[1])
        return
    if not result:
        typer.echo("no series")
        return
    rows = [
        (_local(at, zone), _series(one["metric"]), value)
        for one in result
        for at, value in one.get("values") or [one["value"]]
    ]
    print_rows(console, ("time", "series", "value"), [tuple(map(Text, row)) for row in rows], frozenset({2}))


def _local(at: float, zone: str) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def _series(metric: dict[str, str]) -> str:
    labels = ",".join(f"{name}={json.dumps(value)}" for name, value in metric.items() if name != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}}"
