"""The last hour of one point as a page draws it: a line for numbers, a list for states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from dcim.model import Point
from dcim.web.shapes.shapes import unit_of
from dcim.web.view.view import View
from dcim.words import Words, measured, state_said

_HOUR: Final = 3600.0


async def hour(view: View, point: Point, said: Words) -> dict[str, Any]:
    """Return ``samples`` of (UTC seconds, number or None, state or None), and ``range``: lowest to highest.

    Numbers are in the base unit, for drawing; ``range`` and states are as people say them.
    """
    until = view.now()
    found = await view.history([point.id], until - _HOUR, until, None)
    samples = found.get(point.id, ())
    states = await view.states(point.id)
    if states is not None:
        told = ((at, None if value is None else states.get(value)) for at, value in samples)
        drawn: Iterable[tuple[float, float | None, str | None]] = (
            (at, None, None if word is None else state_said(word, said)) for at, word in told
        )
        return {"range": "", "samples": list(drawn)}
    return {"range": _range(point, samples, said), "samples": [(at, value, None) for at, value in samples]}


def _range(point: Point, samples: Sequence[tuple[float, float | None]], said: Words) -> str:
    values = [value for _, value in samples if value is not None]
    unit = unit_of(point.metric)
    ends = (
        dict.fromkeys(measured(point.metric, end, unit, said) for end in (min(values), max(values)))
        if values
        else ()
    )
    return " … ".join(ends)
