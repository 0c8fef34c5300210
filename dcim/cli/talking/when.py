"""Moments and lengths of time on the command line: the wall of the site, unless they say otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import typer

from dcim.settings.values.hours import moment
from dcim.wall import on_wall
from dcim.yaml.length import seconds

From: TypeAlias = Annotated[
    str | None, typer.Option("--from", metavar="MOMENT", help="'2026-12-01 22:00'; left out: now.")
]
Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="MOMENT", help="'2026-12-02 04:00'; or say --for.")
]


def span(zone: str, start: str | None, end: str | None, lasts: str | None) -> tuple[str | None, str]:
    """Return when something starts (None: now) and ends, as the API takes it.

    Raise BadParameter for what is no time, and unless exactly one of ``end`` and ``lasts`` is given.
    """
    if (end is None) is (lasts is None):
        msg = "say either until when (--until) or how long (--for)"
        raise typer.BadParameter(msg)
    begins = None if start is None else _at(start, zone)
    if end is not None:
        return _said(begins), _at(end, zone).isoformat()
    try:
        length = seconds(lasts)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--for") from None
    since = datetime.now(ZoneInfo(zone)) if begins is None else begins
    return _said(begins), datetime.fromtimestamp(since.timestamp() + length, ZoneInfo(zone)).isoformat()


def moment_at(text: str, zone: str) -> str:
    """Return a moment that somebody wrote, as the API takes it; raise BadParameter for what is none."""
    return _at(text, zone).isoformat()


def _at(text: str, zone: str) -> datetime:
    try:
        return on_wall(moment(text), ZoneInfo(zone))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _said(moment_: datetime | None) -> str | None:
    return None if moment_ is None else moment_.isoformat()
