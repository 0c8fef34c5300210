"""What parts may carry, by phase and unit, and what they carry of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcim.flow import MODULE, WHOLE, Cells, Element, Flow, Interval, Load, Network, Rates
from dcim.late import np
from dcim.redundancy.rows import Limits, Rows


class Limited(NamedTuple):
    """A limit of an element: of a phase (``line``), or of all (-1), in ``unit``.

    What is carried in VA times ``factor`` is held against ``by``; of amperes, times the voltage of the phase.
    """

    phase: str
    unit: str
    limit: float
    line: int
    factor: Interval
    by: float


def limits_of(element: Element, lost: str = "") -> Iterator[Limited]:
    """Yield the limits of an element; with one of its modules ``lost`` the others have what is left of them.

    A limit in VA is one of all and, where there are several phases, in equal parts one of each: both open.
    """
    limit, lines = element.limit, element.lines
    left = (element.modules - 1) / element.modules if lost == element.id + MODULE else 1.0
    if limit.amperes is not None:
        for line, phase in enumerate(lines):
            yield Limited(phase, "A", limit.amperes, line, WHOLE, limit.amperes * left)
    if limit.voltamperes is not None:
        yield Limited("", "VA", limit.voltamperes, -1, WHOLE, limit.voltamperes * left)
        each = limit.voltamperes / len(lines)
        for line, phase in enumerate(lines) if len(lines) > 1 else ():
            yield Limited(phase, "VA", each, line, WHOLE, each * left)
    if limit.watts is not None:
        yield Limited("", "W", limit.watts, -1, element.power_factor, limit.watts * left)


def shares(flow: Flow, name: str, load: Load, lost: str = "") -> Iterator[tuple[str, str, float, Interval]]:
    """Yield what an element carries of each of its limits: phase, unit, limit, and the share of it.

    Amperes are those of the voltage that is measured, before a loss and after it; nominal where none is.
    """
    for one in limits_of(flow.network.elements[name], lost):
        carried = load.total if one.line < 0 else load.phases[one.phase]
        by = one.by * flow.volts(name, one.phase) if one.unit == "A" else one.by
        span = carried.times(one.factor)
        yield one.phase, one.unit, one.limit, Interval(span.lo / by, span.hi / by)


class Rated:
    """All limits of a network, part after part, made once for it. ``row``: which of ``Rates`` each is.

    ``turn``: where one is, by part, phase and unit; ``nobody``: that none of them is worst by any loss.
    """

    def __init__(self, cells: Cells) -> None:
        self.limits = limits_in(cells.network)
        of = self.limits
        self.turn = {key: at for at, key in enumerate(zip(of.part, of.phase, of.unit, strict=True))}
        turns = [self.turn[one.element, one.phase, one.unit] for one in cells.once(Rates).rows]
        self.nobody = ("",) * len(turns)
        self.row = np.argsort(np.array(turns, dtype=np.int64))


def limits_in(network: Network) -> Limits:
    """Return all limits of a network."""
    return Limits.of(
        (name, one.phase, one.unit, one.limit, element.limit.warn, element.limit.trip)
        for name, element in network.elements.items()
        for one in limits_of(element)
    )


def still(flow: Flow) -> Rows:
    """Return what each part keeps where no loss takes anything of it: what it has now."""
    rated = flow.cells.once(Rated)
    now = flow.shares()[rated.row]
    return Rows(rated.limits, now, now, rated.nobody)
