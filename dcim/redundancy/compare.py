"""What had been said of a loss, held against what is measured after it has really come. Pure.

looks ─▶ something is newly down ─▶ the flow of before loses it ─▶ some time later: said against measured
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from dcim.flow import Flow, Interval, Network, Outcome, Situation, Stage
from dcim.model.fact import Json
from dcim.record import dataclass
from dcim.redundancy.situation import Look

BEFORE: Final = 20.0
"""Seconds by which a look must be older than the one that shows a loss to know nothing of it."""
GATHERS: Final = 30.0
"""Seconds in which the devices come to tell of one loss: the first to be polled is not where it began."""
AFTER: Final = 60.0
"""Seconds that what follows from a loss is given until it is measured."""
DRIFT: Final = 0.06
"""By how much loads may have changed by themselves meanwhile, as a share."""
_KEPT: Final = 24

_Stands: TypeAlias = Situation | Callable[[], Situation]


@dataclass(frozen=True, slots=True)
class Row:
    """A phase of a part: VA that were said and are measured; ``holds``: both have something in common."""

    part: str
    phase: str
    before: Interval
    said: Interval
    measured: Interval
    holds: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """A part of which it was said that it opens (surely, perhaps, no), and whether it has no power now."""

    part: str
    said: str
    dark: bool

    @property
    def holds(self) -> bool:
        """Whether what was said came."""
        return self.said == "perhaps" or (self.said == "surely") is self.dark


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was said at ``said_at`` of the loss of ``lost``, and what was measured at ``at`` (UTC seconds)."""

    lost: tuple[str, ...]
    said_at: float
    at: float
    rows: tuple[Row, ...]
    fates: tuple[Fate, ...]

    @property
    def holds(self) -> bool:
        """Whether everything came as it was said."""
        return all(row.holds for row in self.rows) and all(fate.holds for fate in self.fates)

    def body(self) -> dict[str, Json]:
        """Return it as a fact keeps it: amounts in whole voltamperes."""
        rows: list[Json] = [
            {
                "part": row.part,
                "phase": row.phase,
                "before": _whole(row.before),
                "said": _whole(row.said),
                "measured": _whole(row.measured),
                "holds": row.holds,
            }
            for row in self.rows
        ]
        fates: list[Json] = [
            {"part": fate.part, "said": fate.said, "dark": fate.dark, "holds": fate.holds}
            for fate in self.fates
        ]
        return {
            "lost": list(self.lost),
            "said_at": self.said_at,
            "holds": self.holds,
            "rows": rows,
            "fates": fates,
        }


def _whole(one: Interval) -> list[Json]:
    return [round(one.lo), round(min(one.hi, 1e12))]


@dataclass(slots=True)
class _Noticed:
    """A loss that has begun: the newest look that knew nothing of it, and all that is down since."""

    before: Look
    flow: Flow
    since: float
    gone: set[str]


@dataclass(frozen=True, slots=True)
class _Said:
    lost: tuple[str, ...]
    outcome: Outcome
    flow: Flow
    said_at: float
    since: float


class Comparing:
    """Notices what is lost, remembers what was said of it, and compares once it has settled."""

    def __init__(self) -> None:
        self._past: deque[tuple[Look, Network, _Stands]] = deque(maxlen=_KEPT)  # a flow is large
        self._noticed: _Noticed | None = None

    def take(self, look: Look, flow: Flow) -> Comparison | None:
        """Take a look; return a comparison when one is due."""
        noticed, found = self._noticed, None
        if noticed is None:
            self._noticed = self._notice(look, flow)
        elif look.at - noticed.since < GATHERS:
            noticed.gone |= _newly(look, noticed.before, flow.network)
        elif look.at - noticed.since >= AFTER:
            self._noticed = None
            said = _said(noticed)
            found = _compared(said, look, flow) if said is not None else None
        self._past.append((look, flow.network, flow.stands))
        return found

    def _notice(self, look: Look, flow: Flow) -> _Noticed | None:
        old = [past for past in self._past if past[0].at <= look.at - BEFORE]
        if not old:
            return None
        before, network, stood = old[-1]
        gone = _newly(look, before, network)
        return _Noticed(before, Flow(network, stood, flow.cells), look.at, gone) if gone else None


def _newly(look: Look, before: Look, network: Network) -> set[str]:
    """Return what is down now and was known to work."""
    return {name for name in look.down - before.down - before.doubtful if name in network.elements}


def _said(noticed: _Noticed) -> _Said | None:
    """Return what was said of what was lost; what only follows from it, or was said to open, was not lost."""
    known = noticed.flow.network
    lost: list[str] = []
    outcome: Outcome | None = None
    for name in known.order:
        if name not in noticed.gone or any(
            feed.source in noticed.gone for feed in known.elements[name].feeds
        ):
            continue
        if outcome is not None and name in {*outcome.settled.dead, *(trip.element for trip in outcome.trips)}:
            continue
        lost.append(name)
        outcome = noticed.flow.lose(*lost)
    if outcome is None:
        return None
    return _Said(tuple(lost), outcome, noticed.flow, noticed.before.at, noticed.since)


def _feeds(flow: Flow, name: str) -> Iterator[str]:
    for feed in flow.network.elements[name].feeds:
        yield feed.source


def _compared(said: _Said, look: Look, flow: Flow) -> Comparison:
    stage = _stage(said.outcome, look.at - said.since)
    rows = tuple(row for name in sorted(stage.loads) for row in _rows(said, stage, name, flow))
    trips = _trips(said.outcome, look.at - said.since)
    dark = {
        name
        for name in look.down
        if name in flow.network.elements and name not in said.lost and name not in stage.dead
        and name not in trips and name not in stage.doubtful
        and not any(feed in look.down for feed in _feeds(flow, name))
    }  # fmt: skip
    fates = [Fate(name, word, name in look.down) for name, word in trips.items()]
    fates += [Fate(name, "no", dark=True) for name in sorted(dark) if name in flow.situation.readings]
    return Comparison(said.lost, said.said_at, look.at, rows, tuple(fates))


def _stage(outcome: Outcome, waited: float) -> Stage:
    """Return the stage that has come by now."""
    return [stage for stage in outcome.stages if stage.after.lo <= waited][-1]


def _trips(outcome: Outcome, waited: float) -> dict[str, str]:
    """Return what was said to open until now: perhaps only, where its stage may not have come yet."""
    return {
        trip.element: "surely" if trip.surely and stage.after.hi <= waited else "perhaps"
        for stage in outcome.stages
        if stage.after.lo <= waited
        for trip in stage.trips
    }


def _rows(said: _Said, stage: Stage, name: str, flow: Flow) -> Iterator[Row]:
    """Yield the phases of a part that is measured now and carries something else than before."""
    if name in said.lost or name not in flow.situation.readings or flow.network.elements[name].is_load:
        return
    before, measured = said.flow.load(name), flow.load(name)
    for phase, told in stage.loads[name].phases.items():
        if phase not in measured.phases or phase not in before.phases:
            continue
        was, now = before.phases[phase], measured.phases[phase]
        if told == was:
            continue
        wide = Interval(told.lo * (1.0 - DRIFT), told.hi * (1.0 + DRIFT))
        yield Row(name, phase, was, told, now, holds=now.lo <= wide.hi and wide.lo <= now.hi)
