"""The rules at work: takes every batch, looks only where something can have changed, returns changes.

batch ─▶ plan of its layout: low, high of a slot ─▶ outside its quiet range? ─▶ evaluate, step ─▶ Change
         └▶ gone: points of the layout before that had a value and are in no layout now
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from math import isnan
from typing import Any, Final

from dcim.alerts.alert import Alert, Change
from dcim.alerts.around import Around, Feeds, Newest
from dcim.alerts.cell import Cell, fears_loss
from dcim.alerts.condition import THE_POINT, Observation, evaluate
from dcim.alerts.judging import Judging
from dcim.alerts.memory import MEASURED, MUTES, STATES, Kept, kept_before, kept_of
from dcim.alerts.mutes import Lying, Target
from dcim.alerts.plan import Plan
from dcim.alerts.plans import Plans
from dcim.alerts.ruleset import RuleSet
from dcim.alerts.standing import Standing, Unsaved
from dcim.alerts.state import NORMAL, Ack, AlertState, ChangeKind, Mute, Muted, MuteKind, Vanished
from dcim.model import Asset, Batch, Gap, GapReason, Lane, Memory, Point, Reading
from dcim.record import replace

_NOTHING: Final[list[Change]] = []
_GONE: Final = Gap(GapReason.ABSENT)  # the device answers without it
_REACH: Final = "device_reach_state"
_AWAY: Final = 900.0
"""Seconds for which a device answers without a point before that is gone: as long as ``value_lost`` waits."""
_POINT_GONE: Final = "its point is gone"


class Watch:
    """Keeps the state of every alert of a site. ``now`` is monotonic seconds, ``at`` the same moment in UTC.

    ``lasts(lane, interval)`` tells how often a lane of a device is asked, in seconds; ``newest`` gives the
    newest batches of a device, the one that is taken among them, ``feeds`` the devices that one feeds: for
    rules over several points. Batches that were filled in later do not belong here: late data never pages.
    """

    def __init__(
        self,
        rules: RuleSet,
        assets: Iterable[Asset],
        site: str,
        lasts: Callable[[Lane, float], float],
        newest: Newest = lambda _asset: (),
        feeds: Feeds = lambda _asset: None,
    ) -> None:
        self.looks = 0  # slots that were evaluated, for our own metrics
        self._rules = rules
        self._assets = {asset.id: asset for asset in assets}
        self._standing = Standing(site, self._assets)
        self._plans = Plans(rules, self._assets, lasts, self._standing)
        self._judging = Judging(self._standing, Around(self._assets, newest, lasts, feeds))

    @property
    def open(self) -> tuple[Alert, ...]:
        """Return the alerts that people know of and that are not cleared, in the order they were raised."""
        return tuple(alert for alert in self._standing.shown.values() if alert.told)

    @property
    def listed(self) -> tuple[Alert, ...]:
        """Return ``open``, those that are muted, and those that returned and wait to be acknowledged."""
        return tuple(self._standing.shown.values())

    @property
    def mutes(self) -> tuple[Lying, ...]:
        """Return everything that is muted, with its end in UTC seconds."""
        to_utc = self._standing.to_utc
        return tuple(
            replace(lying, mute=replace(lying.mute, until=lying.mute.until + to_utc))
            for lying in self._standing.mutes
        )

    def rules_of(self, asset: str) -> frozenset[str]:
        """Return the names of the rules that look at a device; none where it is not known."""
        by_metric = self._rules.for_asset(self._assets[asset]) if asset in self._assets else {}
        return frozenset(rule.name for rules in by_metric.values() for rule in rules)

    def cell_of(self, alert: Alert) -> Cell | None:
        """Return the rule and point of an alert and how it stands there; None where nothing of it does."""
        return self._standing.by_key.get(alert.key)

    def state(self, rule: str, point: Point) -> AlertState:
        """Return where the alert of a rule on a point stands, also while its delay runs."""
        cell = self._standing.busy.get((rule, point.id))
        return NORMAL if cell is None else cell.state

    def knows(self, cell: Cell, now: float) -> bool:
        """Whether what is read of an alert's point now says if its condition holds; unknown does not."""
        return self._judging.knows(cell, now)

    @property
    def wake_at(self) -> float | None:
        """Return when ``tick`` is worth calling next; None while no time runs."""
        return self._standing.wake_at

    # a restart

    def restore(
        self, alerts: Iterable[Alert], at: float, now: float = 0.0, memories: Iterable[Memory] = ()
    ) -> list[Change]:
        """Take over what was so before a restart; nobody is told of it again.

        ``alerts`` are the open ones, for those of which no memory tells the state. An alert that nothing
        watches any more is cleared at ``at`` and says why. What expired while nobody watched expires now.
        """
        to_utc = self._standing.to_utc = at - now
        kept: dict[str, Kept] = {alert.key: kept_before(alert) for alert in alerts}
        for memory in memories:
            body: Any = memory.body
            if memory.room == STATES:
                kept[memory.key] = kept_of(memory.key, body, now, to_utc)
            elif memory.room == MUTES:
                lying = Lying.of(body, to_utc)
                self._standing.mutes.put(lying.target, lying.mute)
            elif memory.room == MEASURED:
                self._plans.measured.recall(body)
        return [change for one in kept.values() for change in self._take_over(one, at, now)]

    def _take_over(self, kept: Kept, at: float, now: float) -> list[Change]:
        alert, state = kept.alert, kept.state
        if why := self._unwatched(alert):
            self._standing.remember(Memory(STATES, alert.key, None))
            kind = ChangeKind.CLEARED if state.told else ChangeKind.CLEARED_UNTOLD
            gone = replace(alert, acknowledged=state.acknowledged, open=False, told=False)
            return [Change(kind, gone, at, why=why)] if state.active else _NOTHING
        rule = next(rule for rule in self._plans.rules_of(alert.point) if rule.name == alert.rule)
        cell = Cell(rule, alert.point, state, raised_at=alert.raised_at, key=alert.key)
        return self._standing.take_over(cell, at, now)

    def unsaved(self, to_utc: float | None = None) -> Unsaved:
        """Return what must be on disk with the changes returned so far, once: states, delays, mutes.

        ``to_utc`` is UTC minus monotonic seconds now, where it may have changed since the last ``tick``.
        """
        if to_utc is not None:
            self._standing.to_utc = to_utc
        for memory in self._plans.measured.unsaved():
            self._standing.remember(memory)
        return self._standing.unsaved()

    # polls and time

    def glance(self, batches: Iterable[Batch]) -> None:
        """Compare batches that are about to be taken with what is quiet, all at once: that is cheaper."""
        found = [(self._plans.known.get(batch.layout), batch) for batch in batches]
        known = [
            (plan, batch) for plan, batch in found if plan is not None and len(plan.low) == len(batch.values)
        ]
        loud = Plan.all_loud([(plan, batch.values) for plan, batch in known]) if known else ()
        for (plan, batch), slots in zip(known, loud, strict=True):
            plan.glanced = batch, slots

    def first_loud(self, batches: Sequence[Batch]) -> int:
        """Return how many of these batches, from the first on, change nothing by being taken.

        The others were glanced at.
        """
        known, followed = self._plans.known, self._judging.followed
        looks: list[tuple[Plan, array[float]]] = []
        for batch in batches:
            plan, values = known.get(batch.layout), batch.values
            if plan is None or plan.gone or plan.vanished or len(plan.low) != len(values):
                break
            if batch.layout.asset in followed:
                break
            looks.append((plan, values))
        loud = Plan.all_loud(looks) if looks else ()
        left = next((number for number, slots in enumerate(loud) if slots), len(looks))
        self.glance(batches[left:])
        return left

    def calm(self, batches: Iterable[Batch]) -> bool:
        """Whether these batches change nothing by being taken."""
        known, followed = self._plans.known, self._judging.followed
        for batch in batches:
            plan = known.get(batch.layout)
            if plan is None or plan.gone or plan.vanished or batch.layout.asset in followed:
                return False
            glanced = plan.glanced
            if glanced[1] if glanced is not None and glanced[0] is batch else plan.loud(batch.values):
                return False
        return True

    @staticmethod
    def _loud(plan: Plan, batch: Batch) -> Sequence[int]:
        """Return the slots worth a look, as a glance found them unless other values are quiet by now."""
        glanced, plan.glanced = plan.glanced, None
        return glanced[1] if glanced is not None and glanced[0] is batch else plan.loud(batch.values)

    def take(self, batch: Batch, now: float) -> list[Change]:
        """Look at what a poll said, and return what changed."""
        plan = self._plans.known.get(batch.layout)
        if plan is None:
            plan = self._plans.adopt(batch.layout)
        loud, followers = self._loud(plan, batch), self._judging.followers(batch.layout.asset)
        if not (loud or followers or plan.gone or plan.vanished):
            return _NOTHING
        changes: list[Change] = []
        for slot in loud:
            changes += self._look(plan, slot, batch, now)
        plan.share(self._plans.ranges)
        for cell in plan.gone:
            changes += self._miss(cell, batch, now)
        for cell in plan.vanished:
            changes += self._end(cell, batch, now)
        for cell in followers:
            changes += self._judging.again(cell, batch.at, now)
        return changes

    def tick(self, now: float, at: float) -> tuple[list[str], list[Change]]:
        """Return the devices to ask at once, since the delay of an alert of theirs is over, and what expired.

        What ends a delay is an observation: asking now brings it sooner than the next beat does. A device
        that does not answer is left to its beat.
        """
        self._standing.to_utc = at - now
        cells, changes = self._standing.due(at, now)
        asked = [cell for cell in cells if cell.point.metric != _REACH]
        return sorted({asset for cell in asked for asset in self._judging.devices(cell)}), changes

    # people and logic

    def acknowledge(
        self, key: str, who: str, at: float, now: float, note: str = "", lasts: float | None = None
    ) -> list[Change]:
        """Note that somebody takes care of an alert, for ``lasts`` seconds; None: until it clears.

        Empty when there is nothing to acknowledge: no such alert, nobody was told, or it is said already.
        """
        shown = self._standing.shown.items()
        name = next((name for name, alert in shown if alert.key == key), None)
        if name is None:
            return []
        self._standing.to_utc = at - now
        ack = Ack(who, note) if lasts is None else Ack(who, note, now + lasts)
        return self._moved(self._standing.busy[name], ack, at, now)

    def mute(self, target: Target, mute: Mute, at: float, now: float) -> list[Change]:
        """Lay a mute on a target: by a person whose wish was checked (``check_mute``), or by logic."""
        self._standing.to_utc = at - now
        self._standing.mutes.put(target, mute)
        self._standing.note_mute(Lying(target, mute), "begun", at, _person(mute), mute.reason)
        return self._standing.remute(target.asset, Muted((), _person(mute), mute.reason), at, now)

    def unmute(
        self, target: Target, kind: MuteKind, who: str, why: str, at: float, now: float
    ) -> list[Change]:
        """Take a mute off a target; what still stands there is told at once. ``who`` is empty for logic."""
        self._standing.to_utc = at - now
        mute = self._standing.mutes.take(target, kind)
        if mute is None:
            return []
        self._standing.note_mute(Lying(target, mute), "ended", at, who, why)
        return self._standing.remute(target.asset, Muted((), who, why), at, now)

    def _moved(self, cell: Cell, event: Ack, at: float, now: float) -> list[Change]:
        phase = cell.state.phase
        changes = self._standing.advance(cell, event, at, now)
        if cell.state.phase is not phase:  # other values matter now than those it was quiet about
            self._plans.wake(cell)
        return changes

    # one slot

    def _look(self, plan: Plan, slot: int, batch: Batch, now: float) -> list[Change]:
        self.looks += 1
        reading = batch.reading(slot)
        if slot in plan.ratings:
            self._plans.wake_rated(batch.layout.asset, plan.ratings[slot])
        changes: list[Change] = []
        cells = self._plans.cells(plan, slot)
        if reading.gap is None and not plan.measured[slot]:
            plan.measured[slot] = True
            if any(fears_loss(cell.rule) for cell in cells):
                self._plans.measured.note(batch.layout, reading.point)
        measured = bool(plan.measured[slot])
        observed = Observation(reading, now, measured=measured)
        for cell in cells:
            cell.measured = measured
            changes += self._judging.look(cell, observed, reading.at, now)
        plan.listen(slot, cells, batch.values[slot])
        return changes

    def _miss(self, cell: Cell, batch: Batch, now: float) -> list[Change]:
        """Take a poll that brought nothing of a point: its row is no longer there."""
        if cell.state.settled and cell.state.active:
            return _NOTHING
        reading = Reading(cell.point, batch.at, None, None, None, _GONE, "")
        seen = evaluate(cell.rule.raises, {THE_POINT: Observation(reading, now, measured=True)}, now)
        return self._standing.advance(cell, seen, reading.at, now, reading)

    def _end(self, cell: Cell, batch: Batch, now: float) -> list[Change]:
        """End an alert whose point the device has not had for long; a row may be away while it starts again.

        An answer without a single value says nothing of it.
        """
        if not cell.state.active or all(map(isnan, batch.values)):
            return _NOTHING
        if cell.missed is None:
            cell.missed = now
        if now - cell.missed < max(_AWAY, 3 * cell.rule.every):
            return _NOTHING
        return self._standing.advance(cell, Vanished(_POINT_GONE), batch.at, now)

    # what nobody watches

    def _unwatched(self, alert: Alert) -> str:
        """Say why nothing watches the point of a stored alert, or nothing."""
        if alert.asset not in self._assets:
            return "the device is no longer in the configuration"
        if all(rule.name != alert.rule for rule in self._plans.rules_of(alert.point)):
            return "no rule of this name looks at this point any more"
        return ""


def _person(mute: Mute) -> str:
    return "" if mute.kind is MuteKind.SUPPRESSED else mute.by
