"""The page of losses: what would be if, drawn before and after, in the words of the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from dcim.alerts import Language
from dcim.flow import Interval, Over, Trip
from dcim.graph import ServiceKind, told_once
from dcim.record import dataclass
from dcim.redundancy import Answer, Headroom, Refused, Single
from dcim.web.drawn.diagram import chosen, drawing
from dcim.web.drawn.where import local
from dcim.web.shapes.findingsaid import findings_of, kva
from dcim.web.shapes.losssaid import (
    called,
    changes_of,
    room_name,
    tightest,
    unsurvived,
)
from dcim.web.view.losing import Losing
from dcim.web.view.view import View
from dcim.words import Words, words

_ROWS: Final = 30
_TONES: Final = {"down": "critical", "unknown": "unknown", "up": "warning"}
Lang = Annotated[Language | None, Query(alias="lang")]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that would happen: its tone and a sentence."""

    tone: str
    text: str


def add_whatif(
    router: APIRouter,
    view: View,
    losing: Losing,
    page: Callable[..., Response],
    language: Callable[..., Language],
) -> None:
    """Add the page to the pages."""

    @router.get("/whatif")
    async def whatif(
        request: Request,
        lose: Annotated[list[str] | None, Query(max_length=50)] = None,
        maintenance: bool = False,
        lang: Lang = None,
    ) -> Response:
        said = words(language(request, lang, view))
        asked = [name for name in lose or () if name]
        overview = rows_of(losing, said)
        common = {"asked": asked, "maintenance": maintenance, "losing": losing, "rows": overview,
                  "compared": compared(losing, view, said),
                  "findings": findings_of(losing.verdicts.findings, losing, said),
                  "falling": [] if asked else list(falling(losing, view, said))}  # fmt: skip
        if not asked:
            return page(request, lang, "whatif.html", answer=None, refused="", nearest=(), **common)
        answer = await losing.ask(asked, maintenance=maintenance)
        if isinstance(answer, Refused):
            why = (
                said(f"losses.{answer.why}", ", ".join(answer.names))
                if answer.names
                else said(f"losses.{answer.why}")
            )
            nearest = [near for name in answer.names for near in losing.nearest(name)]
            return page(
                request, lang, "whatif.html", 404, answer=None, refused=why, nearest=nearest, **common
            )
        return page(
            request,
            lang,
            "whatif.html",
            refused="",
            nearest=(),
            **common,
            **drawn(answer, losing, view, said),
        )


def drawn(answer: Answer, losing: Losing, view: View, said: Words) -> dict[str, Any]:
    """Return what the page draws of an answer."""
    parts = chosen(answer.parts, answer.at_once)
    shown = {part.part for part in parts}
    at_once = [part for part in answer.at_once if part.part in shown]
    return {
        "answer": answer,
        "names": said("losses.and").join(losing.name(name) for name in answer.outcome.lost),
        "at": local(answer.at, view),
        "points": list(points(answer, losing, view, said)),
        "before": drawing(parts, "before", losing.name, said),
        "at_once": drawing(at_once, "at_once", losing.name, said) if at_once else "",
        "after": drawing(parts, "after", losing.name, said),
        "ended": said("losses.later", said("losses.end"), lasts(answer.outcome.settled.after, said)),
        "hidden": len(answer.parts) - len(parts),
        "following": [
            (one.lost, losing.name(one.lost), list(_following(one, losing, view, said)))
            for one in answer.following
        ],
    }


def points(answer: Answer, losing: Losing, view: View, said: Words) -> Iterator[Point]:
    """Yield what would happen, in its order: what opens, what falls in the end, what lasts how long."""
    changes = changes_of(answer, losing, said)
    yield from _limits(answer, losing, said)
    if changes and any(stage.emptied for stage in answer.outcome.stages):
        yield Point("unknown", said("losses.in_the_end"))
    for change in changes:
        function, redundancy = said(f"state.{change.after}"), said(f"redundancy.{change.redundancy}")
        yield Point(
            _TONES[change.after],
            said("losses.service", titled(change.service, change.name, view, said), function, redundancy),
        )
    for one in answer.outcome.lasting:
        yield Point(
            "warning" if one.kind == "battery" else "unknown",
            said(f"losses.lasts_{one.kind}", losing.name(one.element), lasts(one.seconds, said)),
        )
    for room in answer.warming:
        left = lasts(room.seconds, said)
        yield Point("warning", said("losses.warms", room_name(room.room, losing), left, f"{room.limit:g}"))
    if answer.unrated:
        names = ", ".join(losing.name(name) for name in answer.unrated)
        yield Point("unknown", said("losses.unrated", names))
    if not answer.outcome.trips and all(one.after == "up" for one in changes):
        yield Point("ok", said("losses.nothing_rated_falls" if answer.unrated else "losses.nothing_falls"))


def _limits(answer: Answer, losing: Losing, said: Words) -> Iterator[Point]:
    """Yield what opens, and what carries too much without opening."""
    for stage in answer.outcome.stages:
        for trip in stage.trips:
            told = trip_said(trip, losing, said)
            if stage.after.lo > 0.0:
                told = said("losses.later", told, lasts(stage.after, said))
            yield Point("critical" if trip.surely else "unknown", told)
    opened = {trip.element for trip in answer.outcome.trips}
    for over in answer.outcome.worst.values():
        if over.element not in opened:
            yield Point("warning" if over.surely else "unknown", over_said(over, losing, said))


def trip_said(trip: Trip, losing: Losing, said: Words) -> str:
    """Say what opens: ``PDU R2 B opens: L2 at 125 %``."""
    key = "losses.trips" if trip.surely else "losses.may_trip"
    return said(key, losing.name(trip.element), phases((trip.phase, *trip.others), said), percent(trip.share))


def over_said(over: Over, losing: Losing, said: Words) -> str:
    """Say which limit is passed."""
    key = "losses.over" if over.surely else "losses.may_over"
    return said(key, losing.name(over.element), phases((over.phase, *over.others), said), percent(over.share))


def phases(names: Sequence[str], said: Words) -> str:
    """Write the phases of which the same is known: ``L1 or L2 or L3``, as one of them may be meant or all."""
    return said("losses.or").join(sorted(names)) or said("losses.whole")


def _following(one: Single, losing: Losing, view: View, said: Words) -> Iterator[str]:
    yield from (trip_said(trip, losing, said) for trip in one.trips)
    if one.down:
        names = ", ".join(
            titled(name, called(name, losing, said), view, said) for name in told_once(one.down)
        )
        yield said("losses.service_down", names)
    if one.unknown:
        names = ", ".join(
            titled(name, called(name, losing, said), view, said) for name in told_once(one.unknown)
        )
        yield said("losses.service_may_fall", names)


def percent(share: Interval) -> str:
    """Write a share: ``125 %``; ``62-125 %`` where it is not exact, ``> 62 %`` where it has no end."""
    low, high = round(100 * share.lo), share.hi
    if high == inf:
        return f"> {low} %"
    top = round(100 * high)
    return f"{top} %" if top == low else f"{low}–{top} %"


def lasts(seconds: Interval, said: Words) -> str:
    """Write how long something lasts."""
    if seconds.lo in (0.0, inf) and seconds.hi == inf:
        return said("losses.unknown_time")
    low, high = duration(seconds.lo, said), duration(seconds.hi, said)
    if seconds.hi == inf:
        return said("losses.at_least", low)
    return low if low == high else said("losses.between", low, high)


def duration(seconds: float, said: Words) -> str:
    """Write a time in the unit that fits."""
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {said(unit)}"
    return f"{seconds:.0f} {said('s')}"


def falling(losing: Losing, view: View, said: Words) -> Iterator[Point]:
    """Yield the services that some single loss would take down, or may."""
    for one in unsurvived(losing, said):
        tone = "critical" if one.survival == "falls" else "unknown"
        name = titled(one.service, one.name, view, said)
        if one.by:
            yield Point(tone, said(f"losses.{one.survival}_by", name, one.by_name))
        else:
            yield Point(tone, said(f"losses.{one.survival}_now", name))


def titled(service: str, name: str, view: View, said: Words) -> str:
    """Return a service by what it is and its name, as its alerts call it: ``Cooling Room 1`` is no room."""
    shown = view.service(service)
    if shown is None or shown.service.kind in (ServiceKind.OTHER, ServiceKind.FEED):
        return name
    return f"{said(f'service.{shown.service.kind}')} {name}"


@dataclass(frozen=True, slots=True)
class Row:
    """A phase of a part after the worst loss, as the page lists it."""

    part: str
    name: str
    phase: str
    now: str
    after: str
    tone: str
    lost: str
    lost_name: str


def rows_of(losing: Losing, said: Words) -> list[Row]:
    """Return what keeps the least, the tightest first."""
    return [_row(one, losing, said) for one in tightest(losing.verdicts.headroom)[:_ROWS]]


def _row(one: Headroom, losing: Losing, said: Words) -> Row:
    tone = "ok"
    if one.after.lo > (one.trip or inf):
        tone = "critical"
    elif one.after.lo > one.warn:
        tone = "warning"
    elif one.after.hi > (one.trip or inf):
        tone = "unknown"
    lost_name = losing.name(one.lost) if one.lost else ""
    phase = one.phase or said("losses.whole")
    return Row(
        one.part,
        losing.name(one.part),
        phase,
        percent(one.now),
        percent(one.after),
        tone,
        one.lost,
        lost_name,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A loss that came: what was said of it against what was measured, as the page tells it."""

    tone: str
    title: str
    lines: tuple[str, ...]


def compared(losing: Losing, view: View, said: Words) -> list[Said]:
    """Return the losses that came, the newest first."""
    found = []
    for one in losing.comparisons:
        names = said("losses.and").join(losing.name(name) for name in one.lost)
        held = sum(row.holds for row in one.rows)
        lines = [said("losses.held", held, len(one.rows))]
        lines += [
            said(
                f"losses.fate_{fate.said}",
                losing.name(fate.part),
                said("losses.dark" if fate.dark else "losses.live"),
            )
            for fate in one.fates
        ]
        lines += [
            said("losses.row", losing.name(row.part), row.phase, kva(row.said, said), kva(row.measured, said))
            for row in sorted(one.rows, key=lambda row: (row.holds, -row.measured.hi))[:6]
        ]
        title = said("losses.came", names, local(one.at, view), local(one.said_at, view))
        found.append(Said("ok" if one.holds else "warning", title, tuple(lines)))
    return found
