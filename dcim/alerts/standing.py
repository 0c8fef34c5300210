"""Every alert that is not at rest, where it stands, and what of that is not on disk yet.

event ─▶ step ─▶ state ─┬─▶ alerts as people see them ─▶ Change
                        ├─▶ when to look again
                        └─▶ to be remembered
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from math import inf

from dcim.alerts.alert import Alert, Change, alert_key
from dcim.alerts.cell import Cell, Name
from dcim.alerts.condition import Seen, Truth
from dcim.alerts.memory import MUTES, STATES, body_of
from dcim.alerts.mutes import Lying, Mutes
from dcim.alerts.state import NORMAL, Ack, AlertState, ChangeKind, Event, Muted, Outranked, Phase, Tick
from dcim.alerts.step import step
from dcim.model import Asset, Memory, Reading
from dcim.model.fact import Fact, FactKind, Json
from dcim.record import dataclass, replace

_NOTHING: list[Change] = []
_OBSERVED = (Seen, Outranked)
_ENDS = frozenset({ChangeKind.CLEARED, ChangeKind.CLEARED_UNTOLD})
_OF_ACK = _ENDS | {ChangeKind.ACKNOWLEDGED}


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What must be on disk with the changes that were returned since the last time somebody asked."""

    memories: tuple[Memory, ...] = ()
    facts: tuple[Fact, ...] = ()


class Standing:
    """Moves alerts, one step at a time. ``to_utc`` is UTC minus monotonic seconds, as last told."""

    def __init__(self, site: str, assets: Mapping[str, Asset]) -> None:
        self.busy: dict[Name, Cell] = {}
        self.by_key: dict[str, Cell] = {}  # the same, by the keys of their alerts
        self.shown: dict[Name, Alert] = {}  # those that stand, and those that returned and wait to be seen
        self.mutes = Mutes()
        self.to_utc = 0.0
        self._site = site
        self._assets = assets
        self._wakes: dict[Name, float] = {}
        self._turns: list[tuple[float, Name]] = []  # a heap of the same; one that was put off is passed over
        self._memories: dict[tuple[str, str], Memory] = {}
        self._unsaved: dict[str, Cell] = {}
        self._facts: list[Fact] = []

    @property
    def wake_at(self) -> float | None:
        """Return when ``due`` is worth calling next; None while no time runs."""
        while self._turns and self._wakes.get(self._turns[0][1]) != self._turns[0][0]:
            heappop(self._turns)
        ends = self.mutes.next_end
        times = [*(at for at, _ in self._turns[:1]), *(() if ends is None else (ends,))]
        return min(times, default=None)

    def key_of(self, cell: Cell) -> str:
        """Return the key of a cell's alert."""
        if not cell.key:
            cell.key = alert_key(self._site, cell.rule.name, cell.point)
        return cell.key

    def advance(
        self, cell: Cell, event: Event, at: float, now: float, reading: Reading | None = None
    ) -> list[Change]:
        """Take one step of one alert, and keep what came of it. ``at`` is UTC, ``now`` monotonic seconds."""
        if cell.state is NORMAL and isinstance(event, _OBSERVED) and event.truth is not Truth.TRUE:
            return _NOTHING  # by far the most: nothing was wrong, and nothing is
        before = self._muted(cell, event)
        result = step(before, cell.rule, event, now)
        if result.state is before and not result.changes:
            return _NOTHING
        stood, stands = before.active, result.state.active
        if stands and not stood:
            cell.raised_at = at
        cell.state = result.state
        self._keep(cell, result.wake_at)
        if not (stood or stands or before.owed):
            return _NOTHING
        now_stands = self._alert(cell, cell.state.ack)
        self._show(cell, now_stands)
        asset, changes = self._assets[cell.point.asset], []
        for one in result.changes:
            ack = _ack(one.kind, before, cell.state, event)
            alert = now_stands if ack is cell.state.ack else self._alert(cell, ack)
            changes.append(Change(one.kind, alert, at, cell.rule, asset, reading, one.why, one.who))
        return changes

    def remute(self, asset: str, event: Muted, at: float, now: float) -> list[Change]:
        """Lay the mutes of a device anew over those of its alerts that are not at rest."""
        changes: list[Change] = []
        for cell in [cell for cell in self.busy.values() if cell.point.asset == asset]:
            over = self.mutes.over(asset, cell.rule.name, self.key_of(cell))
            if over != cell.state.mutes:
                changes += self.advance(cell, replace(event, mutes=over), at, now)
        return changes

    def due(self, at: float, now: float) -> tuple[list[Cell], list[Change]]:
        """Let time do what it does: return the cells whose delay is over, and what expired."""
        changes: list[Change] = []
        for lying in self.mutes.expired(now):
            self.mutes.take(lying.target, lying.mute.kind)
            why = f"the mute by {lying.mute.by} has expired"
            self.note_mute(lying, "ended", at, "", why)
            changes += self.remute(lying.target.asset, Muted((), "", why), at, now)
        names = [name for name, wake_at in self._wakes.items() if wake_at <= now]
        cells = [self.busy[name] for name in names]
        for name, cell in zip(names, cells, strict=True):
            del self._wakes[name]
            changes += self.advance(cell, Tick(), at, now)
        return [cell for cell in cells if not cell.state.settled], changes

    def note_mute(self, lying: Lying, change: str, at: float, who: str, why: str) -> None:
        """Record that a mute was laid on or taken off, and remember it as long as it lies."""
        body = lying.body(self.to_utc)
        said: dict[str, Json] = {"change": change, "who": who, "why": why, **body}
        self._facts.append(Fact(FactKind.MUTE, at, lying.target.asset, said))
        self.remember(Memory(MUTES, lying.key, body if change == "begun" else None))

    def remember(self, memory: Memory) -> None:
        """Have something written with the next changes."""
        self._memories[memory.room, memory.key] = memory

    def unsaved(self) -> Unsaved:
        """Return what is to be written, once."""
        if not (self._unsaved or self._memories or self._facts):
            return Unsaved()
        to_utc, memories = self.to_utc, self._memories
        for key, cell in self._unsaved.items():
            body = None if cell.state.at_rest else body_of(cell, to_utc)
            memories[STATES, key] = Memory(STATES, key, body)
        found = Unsaved(tuple(self._memories.values()), tuple(self._facts))
        self._unsaved, self._memories, self._facts = {}, {}, []
        return found

    def take_over(self, cell: Cell, at: float, now: float) -> list[Change]:
        """Take over an alert from before a restart, with what expired since."""
        cell.state = replace(
            cell.state,
            mutes=self.mutes.over(cell.point.asset, cell.rule.name, self.key_of(cell)),
        )
        self.busy[cell.name] = cell
        self._show(cell, self._alert(cell, cell.state.ack))
        self._keep(cell, step(cell.state, cell.rule, Tick(), now).wake_at)
        return self.advance(cell, Tick(), at, now)

    def _muted(self, cell: Cell, event: Event) -> AlertState:
        """Return the state before an event; an alert that begins is born beneath the mutes of its device."""
        if not (self.mutes or cell.state.mutes):
            return cell.state
        holds = isinstance(event, _OBSERVED) and event.truth is Truth.TRUE
        if holds and cell.state.phase is Phase.NORMAL:
            over = self.mutes.over(cell.point.asset, cell.rule.name, self.key_of(cell))
            if over != cell.state.mutes:
                cell.state = replace(cell.state, mutes=over)
        return cell.state

    def _keep(self, cell: Cell, wake_at: float | None) -> None:
        name = cell.name
        key = self.key_of(cell)
        if cell.state.at_rest:
            self.busy.pop(name, None)
            self.by_key.pop(key, None)
        else:
            self.busy[name] = self.by_key[key] = cell
        if wake_at is None:
            if self._wakes:
                self._wakes.pop(name, None)
        elif self._wakes.get(name) != wake_at:
            self._wakes[name] = wake_at
            heappush(self._turns, (wake_at, name))
        self._unsaved[key] = cell

    def _show(self, cell: Cell, alert: Alert) -> None:
        if cell.state.active or cell.state.owed:
            self.shown[cell.name] = alert
        else:
            self.shown.pop(cell.name, None)

    def _alert(self, cell: Cell, ack: Ack | None) -> Alert:
        """Return the alert as it stands, with an acknowledgement: its own, or the one it had."""
        state = cell.state
        return Alert(
            self.key_of(cell),
            cell.rule.name,
            cell.point,
            cell.rule.severity,
            cell.raised_at,
            ack.who if ack else "",
            ack.note if ack else "",
            None if ack is None or ack.until == inf else ack.until + self.to_utc,
            state.life,
            open=state.active,
            told=state.told,
            mutes=state.mutes
            and tuple([replace(mute, until=mute.until + self.to_utc) for mute in state.mutes]),
            chattering=state.chattering,
        )


def _ack(kind: ChangeKind, before: AlertState, after: AlertState, event: Event) -> Ack | None:
    """Return the acknowledgement to be told with a change: of a clearance the one that it had."""
    if isinstance(event, Ack) and kind in _OF_ACK:
        return after.ack or event
    return before.ack if kind in _ENDS else after.ack
