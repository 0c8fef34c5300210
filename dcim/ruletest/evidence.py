"""What the conditions of a rule saw at a moment of a story, what they made of it, and which delay runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dcim.alerts import AlertState, Observation, Phase, Rule, evaluate
from dcim.alerts.condition import THE_POINT
from dcim.model import Asset, Batch, Point, Reading
from dcim.poll import Pace
from dcim.record import dataclass
from dcim.ruletest.shapes import Is
from dcim.ruletest.stage import Stage

MOST: Final = 12
"""Lines that the evidence shows; the others are counted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A point that a rule looks at, on a device as the story has it; the rule with its delays in seconds."""

    rule: Rule
    point: Point
    asset: Asset


@dataclass(frozen=True, slots=True)
class Evidence:
    """Looks at the stage for what a rule saw; ``device`` and ``labels`` narrow it down."""

    stage: Stage
    device: str | None = None
    labels: Mapping[str, str] | None = None

    def assets(self) -> Iterator[Asset]:
        """Yield the devices that are meant."""
        for asset in self.stage.assets.values():
            if self.device in (None, asset.id):
                yield asset

    def seen(self, name: str) -> Iterator[Seen]:
        """Yield the points that are meant and that the rule of this name looks at."""
        for asset in self.assets():
            for batch in self.stage.core.newest.batches(asset.id):
                interval = Pace().lasts(batch.layout.lane, asset.interval)
                for point in filter(self._is_meant, batch.layout.points):
                    for rule in self.stage.rules.for_point(asset, point):
                        if rule.name == name:
                            yield Seen(rule.paced(interval), point, asset)

    def lines(self, name: str) -> list[str]:
        """Say it in lines, the rule's own points first."""
        lines = [line for one in self.seen(name) for line in self._of(one)]
        if not lines:
            rule = self.stage.rules.rules[name]
            kinds = ", ".join(sorted(rule.kinds)) or "every kind"
            return [f"{name} sees no point here: it looks at {', '.join(rule.metrics)} of {kinds}"]
        return lines if len(lines) <= MOST else [*lines[:MOST], f"and {len(lines) - MOST} more"]

    def _is_meant(self, point: Point) -> bool:
        has = dict(point.labels)
        return all(has.get(label) == value for label, value in (self.labels or {}).items())

    def _of(self, seen: Seen) -> Iterator[str]:
        rule, now = seen.rule, self.stage.clock.at
        state = self.stage.core.watch.state(rule.name, seen.point)
        found = self.stage.core.newest.find(seen.point.id)
        if found is None:
            return
        reading = found[0].reading(found[1])
        yield f"{seen.point}: {self._told(reading)}; {_asked(rule, state, reading, now)}"
        yield f"  {delays(rule, state)}"
        for metric in _beside(rule):
            for other in self._of_metric(rule, metric, seen.asset):
                yield f"  beside it {other.point}: {self._told(other)}"

    def _told(self, reading: Reading) -> str:
        at = self.stage.clock.at - (self.stage.clock.now() - reading.at)
        if reading.gap is not None:
            return f"gap {reading.gap.reason}, read at {at:g} s"
        said = reading.state if reading.state is not None else f"{reading.value:.6g}"
        return f"{said}, read at {at:g} s"

    def _of_metric(self, rule: Rule, metric: str, asset: Asset) -> Iterator[Reading]:
        inputs = [one for clause in rule.clauses for one in clause.inputs]
        for other in self.stage.assets.values():
            if other.id == asset.id or any(one.looks_at(other) for one in inputs):
                for batch in self.stage.core.newest.batches(other.id):
                    yield from _readings(batch, metric)


def _readings(batch: Batch, metric: str) -> Iterator[Reading]:
    for slot, point in enumerate(batch.layout.points):
        if point.metric == metric:
            yield batch.reading(slot)


def _asked(rule: Rule, state: AlertState, reading: Reading, now: float) -> str:
    """Say what the rule asks of its own point, and what the reading alone answers where it can."""
    condition = rule.holds if state.active else rule.raises
    if rule.ratio_to or rule.looks_around:
        return f"raised when {rule.limit}"
    return (
        f"raised when {rule.limit}: {evaluate(condition, {THE_POINT: Observation(reading, now)}, now).truth}"
    )


def _beside(rule: Rule) -> list[str]:
    """Return the metrics that a rule looks at beside its own."""
    found = [name for clause in rule.clauses for one in clause.inputs for name in one.metrics]
    if rule.suppression is not None:
        found += rule.suppression.by.metrics
    return list(dict.fromkeys((*found, *rule.ratio_to)))


def delays(rule: Rule, state: AlertState) -> str:
    """Say where an alert stands and which delay runs since when."""
    match state.phase:
        case Phase.RAISING:
            over = state.since + rule.on_delay
            return f"on-delay of {rule.on_delay:g} s runs since {state.since:g} s, over at {over:g} s"
        case Phase.CLEARING:
            over = state.since + rule.off_delay
            return (
                f"raised; off-delay of {rule.off_delay:g} s runs since {state.since:g} s, over at {over:g} s"
            )
        case Phase.RAISED | Phase.LATCHED:
            mutes = "".join(f", {mute.kind} by {mute.by}: {mute.reason}" for mute in state.mutes)
            return f"{named(state)} since {state.since:g} s{mutes}"
        case Phase.NORMAL:
            return f"at rest; on-delay {rule.on_delay:g} s, off-delay {rule.off_delay:g} s"


def named(state: AlertState, *, stood: bool = False) -> str:
    """Name how an alert stands, in the words of stories; ``stood``: it did, in this story."""
    if state.phase is Phase.RAISING:
        return str(Is.PENDING)
    if state.active and state.mutes:
        return str(state.mutes[0].kind)
    if state.active:
        return f"raised, {'chattering, ' if state.chattering else ''}{state.life}"
    if state.owed:
        return str(Is.RETURNED)
    return str(Is.CLEARED if stood else Is.NOTHING)


def listed(words: Iterable[str]) -> str:
    """Return words as one list, or that there is none."""
    return ", ".join(words) or "nothing"
