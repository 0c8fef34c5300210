"""The rules at work: takes every batch, looks only where something can have changed, returns changes.

    batch ─▶ plan of its layout: low, high of a slot ─▶ outside its quiet range? ─▶ evaluate, step ─▶ Change
             └▶ gone: points of the layout before that had a value and are in no layout now

A slot's quiet range holds the values that can change none of its alerts: between the limits while nothing
is wrong, the same code again for a state, nothing at all while a delay runs. So a quiet building costs
one comparison a slot, whatever the number of rules, and all slots of a batch are compared at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isnan
from typing import Final, TypeAlias

import numpy as np

from dcim.alerts.alert import Alert, Change, alert_key
from dcim.alerts.condition import THE_POINT, HasGap, Observation, Outside, evaluate
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import RuleSet, covering
from dcim.alerts.state import NORMAL, SETTLED, Ack, AlertState, ChangeKind, Event, Phase, step
from dcim.model import Asset, Batch, Gap, GapReason, Lane, Layout, Point, Reading

_NEVER_QUIET: Final = (inf, -inf)
_NOTHING: Final[list[Change]] = []
_ANY: Final = (-inf, inf)
_GONE: Final = Gap(GapReason.ABSENT)  # the device answers without it
_WORTH_NUMPY: Final = 12
"""Slots from which comparing all at once is cheaper than one after the other."""
_REACH: Final = "device_reach_state"

_Name: TypeAlias = tuple[str, int]
"""What an alert is called in here: its rule and the id of its point."""


@dataclass(slots=True, eq=False)
class _Cell:
    """One rule on one point, and where its alert stands."""

    rule: Rule
    point: Point
    state: AlertState = NORMAL
    measured: bool = False  # the point has had a value

    @property
    def name(self) -> _Name:
        return self.rule.name, self.point.id

    def quiet(self, value: float) -> tuple[float, float]:
        """Return the values around ``value``, just looked at, that change nothing."""
        if self.state.phase not in SETTLED:
            return _NEVER_QUIET
        condition = self.rule.holds if self.state.active else self.rule.raises
        if isinstance(condition, HasGap):
            return _ANY
        if isinstance(condition, Outside) and condition.low <= value <= condition.high:
            return condition.low, condition.high
        return value, value

    @property
    def minds_gaps(self) -> bool:
        """Whether a gap can change the alert."""
        if self.state.phase not in SETTLED:
            return True
        raises = self.rule.raises
        return not self.state.active and isinstance(raises, HasGap) and (self.measured or not raises.lost)

    @property
    def fears_loss(self) -> bool:
        """Whether the rule tells of points that had a value and have none."""
        return isinstance(self.rule.raises, HasGap) and self.rule.raises.lost


@dataclass(slots=True, eq=False)
class _Plan:
    """The rules on the slots of one layout; ``gone``: points of the layouts before it whose loss matters.

    Of each slot: the lowest and the highest quiet value, whether a gap is quiet too, and its cells.
    """

    low: array[float]
    high: array[float]
    gap_is_quiet: bytearray
    cells: list[tuple[_Cell, ...]]
    gone: list[_Cell] = field(default_factory=list)

    @classmethod
    def of(cls, cells: list[tuple[_Cell, ...]]) -> _Plan:
        """Return a plan in which every slot that has cells is looked at first of all."""
        ranges = [_NEVER_QUIET if each else _ANY for each in cells]
        low, high = array("d", [low for low, _ in ranges]), array("d", [high for _, high in ranges])
        return cls(low, high, bytearray(not each for each in cells), cells)

    def loud(self, values: array[float]) -> Sequence[int]:
        """Return the slots with a value, or a gap, that may change an alert."""
        if len(values) < _WORTH_NUMPY:
            ranges = zip(values, self.low, self.high, strict=True)
            outside = [slot for slot, (value, low, high) in enumerate(ranges) if not low <= value <= high]
        else:
            said = np.frombuffer(values)
            inside = (said >= np.frombuffer(self.low)) & (said <= np.frombuffer(self.high))
            if b"\0" not in inside.tobytes():
                return ()
            outside = np.flatnonzero(~inside).tolist()
        return [slot for slot in outside if not (self.gap_is_quiet[slot] and isnan(values[slot]))]

    def listen(self, slot: int, value: float) -> None:
        """Note which values of a slot, after a look at ``value``, change none of its alerts."""
        cells = self.cells[slot]
        self.gap_is_quiet[slot] = not any(cell.minds_gaps for cell in cells)
        ranges = [_NEVER_QUIET] if isnan(value) else [cell.quiet(value) for cell in cells]
        self.low[slot], self.high[slot] = max(low for low, _ in ranges), min(high for _, high in ranges)

    @property
    def losable(self) -> list[_Cell]:
        """Return the cells of rules that tell of a loss."""
        return [cell for cells in (*self.cells, self.gone) for cell in cells if cell.fears_loss]


class Watch:
    """Keeps the state of every alert of a site. Times are monotonic seconds unless they say UTC.

    ``lasts(lane, interval)`` tells how often a lane of a device is asked, in seconds. Batches that were
    filled in later do not belong here: late data never pages.
    """

    def __init__(
        self,
        rules: RuleSet,
        assets: Iterable[Asset],
        site: str,
        lasts: Callable[[Lane, float], float],
    ) -> None:
        self.looks = 0  # slots that were evaluated, for our own metrics
        self._rules = rules
        self._assets = {asset.id: asset for asset in assets}
        self._site = site
        self._lasts = lasts
        self._plans: dict[Layout, _Plan] = {}
        self._layouts: dict[str, list[Layout]] = {}
        self._paced: dict[tuple[Rule, float], Rule] = {}
        self._busy: dict[_Name, _Cell] = {}  # those whose state is not normal
        self._open: dict[_Name, Alert] = {}
        self._wakes: dict[_Name, float] = {}

    @property
    def open(self) -> tuple[Alert, ...]:
        """Return the alerts that people know of and that are not cleared, in the order they were raised."""
        return tuple(self._open.values())

    @property
    def wake_at(self) -> float | None:
        """Return when ``tick`` is worth calling next; None while no delay runs."""
        return min(self._wakes.values(), default=None)

    def restore(self, alerts: Iterable[Alert], at: float) -> list[Change]:
        """Take over the alerts that were open before a restart; nobody is told of them again.

        An alert that nothing watches any more is cleared at ``at`` (UTC) and says why.
        """
        changes = []
        for alert in alerts:
            if why := self._unwatched(alert):
                changes.append(Change(ChangeKind.CLEARED, alert, at, why=why))
            else:
                name = alert.rule, alert.point.id
                rule = next(rule for rule in self._rules_of(alert.point) if rule.name == alert.rule)
                self._open[name] = alert
                self._busy[name] = _Cell(
                    rule, alert.point, AlertState(Phase.RAISED, acknowledged=alert.acknowledged)
                )
        return changes

    def take(self, batch: Batch, now: float) -> list[Change]:
        """Look at what a poll said, and return what changed."""
        plan = self._plans.get(batch.layout)
        if plan is None:
            plan = self._adopt(batch.layout)
        loud = plan.loud(batch.values)
        if not loud and not plan.gone:
            return _NOTHING
        changes: list[Change] = []
        for slot in loud:
            changes += self._look(plan, slot, batch, now)
        for cell in plan.gone:
            changes += self._miss(cell, batch, now)
        return changes

    def tick(self, now: float) -> list[str]:
        """Return the devices to ask at once, because the delay of one of their alerts is over by ``now``.

        What ends a delay is an observation: asking now brings it sooner than the next beat does. A device
        that does not answer is left to its beat.
        """
        due = [name for name, wake_at in self._wakes.items() if wake_at <= now]
        for name in due:
            del self._wakes[name]
        points = [self._busy[name].point for name in due]
        return sorted({point.asset for point in points if point.metric != _REACH})

    def acknowledge(self, key: str, who: str, at: float, now: float) -> list[Change]:
        """Note at ``at`` (UTC) that somebody takes care of an open alert."""
        name = next((name for name, alert in self._open.items() if alert.key == key), None)
        return self._advance(self._busy[name], Ack(who), at, now, None) if name else []

    # one layout

    def _adopt(self, layout: Layout) -> _Plan:
        """Plan a layout seen for the first time, and forget those it stands for."""
        asset = self._assets.get(layout.asset)
        cells: list[tuple[_Cell, ...]] = [()] * len(layout)
        if asset is not None:
            interval = self._lasts(layout.lane, asset.interval)
            by_metric = self._rules.for_asset(asset)
            cells = [
                tuple(self._cell(rule, point, interval) for rule in covering(by_metric, point))
                for point in layout.points
            ]
        plan = _Plan.of(cells)
        self._forget_older(layout, plan)
        self._plans[layout] = plan
        return plan

    def _cell(self, rule: Rule, point: Point, interval: float) -> _Cell:
        """Return the cell of a rule on a point; one whose alert is under way goes on where it stands."""
        paced = self._paced.get((rule, interval))
        if paced is None:
            paced = self._paced[rule, interval] = rule.paced(interval)
        busy = self._busy.get((rule.name, point.id))
        if busy is None:
            return _Cell(paced, point)
        busy.rule = paced
        return busy

    def _find_again(self, others: list[Layout], layout: Layout, plan: _Plan) -> None:
        """Take points that stand in any layout of the device off the lists of those that are gone."""
        ids = {point for known in (*others, layout) for point in known.ids}
        for each in (plan, *(self._plans[other] for other in others)):
            each.gone = [cell for cell in each.gone if cell.point.id not in ids]

    def _forget_older(self, layout: Layout, plan: _Plan) -> None:
        """Drop the plans of layouts that this one replaces: those it shares a point with.

        The plan takes over what they know: which points had a value, and of those which are gone.
        """
        ids = set(layout.ids)
        kept, left = [], []
        for older in self._layouts.get(layout.asset, []):
            if ids.isdisjoint(older.ids):
                kept.append(older)
            else:
                left.append(self._plans.pop(older))
        self._layouts[layout.asset] = [*kept, layout]
        lost = {cell.name: cell for before in left for cell in before.losable if cell.measured}
        for cell in plan.losable:
            cell.measured = lost.pop(cell.name, cell).measured
        plan.gone = list(lost.values())
        self._find_again(kept, layout, plan)

    # one slot

    def _look(self, plan: _Plan, slot: int, batch: Batch, now: float) -> list[Change]:
        self.looks += 1
        reading = batch.reading(slot)
        changes: list[Change] = []
        cells = plan.cells[slot]
        measured = reading.gap is None or any(cell.measured for cell in cells)
        snapshot = {THE_POINT: Observation(reading, now, measured=measured)}
        for cell in cells:
            cell.measured = measured
            condition = cell.rule.holds if cell.state.active else cell.rule.raises
            changes += self._advance(cell, evaluate(condition, snapshot, now), reading.at, now, reading)
        plan.listen(slot, batch.values[slot])
        return changes

    def _miss(self, cell: _Cell, batch: Batch, now: float) -> list[Change]:
        """Take a poll that brought nothing of a point: its row is no longer there."""
        if cell.state.phase in SETTLED and cell.state.active:
            return _NOTHING
        reading = Reading(cell.point, batch.at, None, None, None, _GONE, "")
        seen = evaluate(cell.rule.raises, {THE_POINT: Observation(reading, now, measured=True)}, now)
        return self._advance(cell, seen, reading.at, now, reading)

    def _advance(
        self, cell: _Cell, event: Event, at: float, now: float, reading: Reading | None
    ) -> list[Change]:
        """Take one step of one alert, and keep what came of it."""
        result = step(cell.state, cell.rule, event, now)
        if result.state is cell.state and not result.changes:
            return _NOTHING
        cell.state = result.state
        if cell.state.phase is Phase.NORMAL:
            self._busy.pop(cell.name, None)
        else:
            self._busy[cell.name] = cell
        if result.wake_at is None:
            self._wakes.pop(cell.name, None)
        else:
            self._wakes[cell.name] = result.wake_at
        who = event.who if isinstance(event, Ack) else ""
        return [self._changed(cell, kind, at, reading, who) for kind in result.changes]

    def _changed(self, cell: _Cell, kind: ChangeKind, at: float, reading: Reading | None, who: str) -> Change:
        asset = self._assets[cell.point.asset]
        alert = self._alert(cell, kind, at, who)
        return Change(kind, alert, at, cell.rule, asset, reading)

    def _alert(self, cell: _Cell, kind: ChangeKind, at: float, who: str) -> Alert:
        """Return the alert after a change, and keep it among the open ones if it is."""
        match kind:
            case ChangeKind.RAISED:
                key = alert_key(self._site, cell.rule.name, cell.point)
                alert = Alert(key, cell.rule.name, cell.point, cell.rule.severity, at)
                self._open[cell.name] = alert
                return alert
            case ChangeKind.ACKNOWLEDGED:
                alert = replace(self._open[cell.name], acknowledged=who)
                self._open[cell.name] = alert
                return alert
            case ChangeKind.CLEARED:
                return self._open.pop(cell.name)

    # what nobody watches

    def _rules_of(self, point: Point) -> tuple[Rule, ...]:
        asset = self._assets.get(point.asset)
        return self._rules.for_point(asset, point) if asset else ()

    def _unwatched(self, alert: Alert) -> str:
        """Say why nothing watches the point of a stored alert, or nothing."""
        if alert.asset not in self._assets:
            return "the device is no longer in the configuration"
        if all(rule.name != alert.rule for rule in self._rules_of(alert.point)):
            return "no rule of this name looks at this point any more"
        return ""
