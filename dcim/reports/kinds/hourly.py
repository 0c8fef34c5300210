"""The part of a thermal report whose readings are kept no more: inlets by the hour, with what is certain.

Of an hour the least and the most are kept for ten years; how long the air was where in between is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dcim.model.fact import Json
from dcim.reports.blocks import cols, table
from dcim.reports.matter import section
from dcim.reports.metered import Metered
from dcim.reports.model import Moment, Note, Number, Paragraph, Say, Section, Tone, Value
from dcim.rollup.block import HOUR
from dcim.rollup.inlets import Inlet, hourly_of
from dcim.thermal.hourly import Bounded

_MOST = 300


class Hourly(NamedTuple):
    """What blocks say of inlets until a moment (ms UTC); nothing where readings reach back far enough."""

    until: int
    inlets: tuple[tuple[Inlet, Bounded], ...] = ()

    def told(self) -> frozenset[str]:
        """Return the names of the inlets of which anything is known."""
        return frozenset(inlet.name for inlet, _ in self.inlets)


def hourly(found: Metered, there: Sequence[Inlet]) -> Hourly:
    """Return what is known of the hours before the oldest reading that is kept. Raise OSError."""
    start, end = found.milliseconds
    begins = found.recent.begins
    until = end if begins is None else min(end, begins // HOUR * HOUR)
    if until <= start:
        return Hourly(start)
    every = hourly_of(found.shelf, found.thermal, there, start, until)
    return Hourly(until, tuple(one for one in every if one[1].known))


def sections(one: Hourly, called: Callable[[Inlet], Value]) -> Iterable[Section]:
    """Yield what a report says of it; nothing where there is nothing."""
    if not one.inlets:
        return
    worst = sorted(one.inlets, key=lambda each: (-each[1].outside, -each[1].doubtful, each[0].name))
    rows = [_row(called(inlet), account) for inlet, account in worst[:_MOST]]
    note = Say("report.uptime.more", (Number(len(worst)), Number(_MOST))) if len(worst) > _MOST else None
    yield section(
        "thermal.hourly",
        Note(Say("report.thermal.hourly_until", (Moment(one.until * 1000),)), Tone.WARNING),
        Paragraph(Say("report.thermal.hourly_how")),
        table(
            "hourly",
            "",
            cols(
                "thermal.inlet:1.8 thermal.read> thermal.surely_recommended>:1.3 thermal.surely_outside> "
                "thermal.perhaps_outside> thermal.perhaps_dry> thermal.lowest> thermal.highest>"
            ),
            rows,
            note=note,
        ),
    )


def _row(name: Value, one: Bounded) -> tuple[Value, ...]:
    times = (one.known, one.recommended, one.outside, one.outside + one.doubtful, one.dry)
    minutes = (Number(each / 60_000, "minutes", 2) for each in times)
    extremes = (None if each is None else Number(each, "celsius", 1) for each in (one.lowest, one.highest))
    return name, *minutes, *extremes


def body(one: Hourly, found: Metered) -> dict[str, Json]:
    """Return the same as data, with the blocks that it is from; nothing where there is nothing."""
    if not one.inlets:
        return {}
    inlets: list[Json] = [
        {
            "inlet": inlet.name,
            "known_ms": each.known,
            "recommended_ms": each.recommended,
            "outside_ms": each.outside,
            "doubtful_ms": each.doubtful,
            "without_humidity_ms": each.dry,
            "lowest": each.lowest,
            "highest": each.highest,
        }
        for inlet, each in one.inlets
    ]
    return {"hours": {"until_ms": one.until, "inlets": inlets, **found.shelf.claim()}}
