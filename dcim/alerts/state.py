"""The life of one alert: a pure function from state and event to state and changes.

                 true                    true after on-delay
     NORMAL ───────────────▶ RAISING ──────────────────────────▶ RAISED ◀──┐
       ▲  ▲      false          │                                  │       │ true
       │  └─────────────────────┘                            false │       │
       │                                                           ▼       │
       ├──────────────────────────────────────────────────────── CLEARING ─┤
       │       false after off-delay                               │       │
       │                                  latching, false after it ▼       │
       └──────────────────────────────────────────────────────── LATCHED ──┘
               acknowledged (a raised alert may have been before)

Unknown moves nothing. A delay elapses through unknown, but what ends it is an observation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from dcim.alerts.condition import Seen, Truth
from dcim.alerts.rule import Rule


class Phase(StrEnum):
    """Where an alert is in its life."""

    NORMAL = "normal"
    RAISING = "raising"  # the condition holds, its on-delay runs
    RAISED = "raised"
    CLEARING = "clearing"  # still raised: the condition is gone, its off-delay runs
    LATCHED = "latched"  # still raised: the condition is gone, nobody has acknowledged


ACTIVE = frozenset({Phase.RAISED, Phase.CLEARING, Phase.LATCHED})
"""The phases in which people know of the alert."""

SETTLED = frozenset({Phase.NORMAL, Phase.RAISED, Phase.LATCHED})
"""The phases in which no delay runs: the same observation again changes nothing."""


class ChangeKind(StrEnum):
    """What happened to an alert that people must know."""

    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class AlertState:
    """Where one alert stands. ``since`` is when its delay began, monotonic seconds."""

    phase: Phase = Phase.NORMAL
    since: float = 0.0
    acknowledged: str = ""  # who; empty while nobody has

    @property
    def active(self) -> bool:
        """Say whether people know of the alert."""
        return self.phase in ACTIVE


@dataclass(frozen=True, slots=True)
class Ack:
    """Somebody has seen the alert and takes care of it."""

    who: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on and nothing else happened."""


Event: TypeAlias = Seen | Ack | Tick


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, what changed, and when it is worth looking again (monotonic; None: no delay runs).

    ``wake_at`` is a wish, not a verdict: only an observation after the delay raises or clears.
    """

    state: AlertState
    changes: tuple[ChangeKind, ...] = ()
    wake_at: float | None = None


NORMAL = AlertState()
_RAISED = AlertState(Phase.RAISED)


def step(state: AlertState, rule: Rule, event: Event, now: float) -> Step:
    """Return what becomes of an alert when ``event`` happens at ``now`` (monotonic seconds).

    Raising and clearing alternate for every story; unknown and ticks alone change nothing.
    """
    match event:
        case Seen(truth=Truth.TRUE):
            return _on_true(state, rule, now)
        case Seen(truth=Truth.FALSE):
            return _on_false(state, rule, now)
        case Ack(who=who):
            return _on_ack(state, rule, who)
        case Seen() | Tick():
            return Step(state, (), _wake_at(state, rule))


def _on_true(state: AlertState, rule: Rule, now: float) -> Step:
    match state.phase:
        case Phase.NORMAL | Phase.RAISING:
            since = now if state.phase is Phase.NORMAL else state.since
            if now - since >= rule.on_delay:
                return Step(_RAISED, (ChangeKind.RAISED,))
            return Step(AlertState(Phase.RAISING, since), (), since + rule.on_delay)
        case Phase.RAISED:
            return Step(state)
        case Phase.CLEARING | Phase.LATCHED:
            return Step(replace(state, phase=Phase.RAISED, since=0.0))


def _on_false(state: AlertState, rule: Rule, now: float) -> Step:
    match state.phase:
        case Phase.NORMAL | Phase.LATCHED:
            return Step(state)
        case Phase.RAISING:
            return Step(NORMAL)
        case Phase.RAISED | Phase.CLEARING:
            since = now if state.phase is Phase.RAISED else state.since
            if now - since < rule.off_delay:
                return Step(replace(state, phase=Phase.CLEARING, since=since), (), since + rule.off_delay)
            if rule.latching and not state.acknowledged:
                return Step(replace(state, phase=Phase.LATCHED, since=0.0))
            return Step(NORMAL, (ChangeKind.CLEARED,))


def _on_ack(state: AlertState, rule: Rule, who: str) -> Step:
    if not state.active or state.acknowledged:
        return Step(state, (), _wake_at(state, rule))
    if state.phase is Phase.LATCHED:
        return Step(NORMAL, (ChangeKind.ACKNOWLEDGED, ChangeKind.CLEARED))
    taken = replace(state, acknowledged=who)
    return Step(taken, (ChangeKind.ACKNOWLEDGED,), _wake_at(taken, rule))


def _wake_at(state: AlertState, rule: Rule) -> float | None:
    match state.phase:
        case Phase.RAISING:
            return state.since + rule.on_delay
        case Phase.CLEARING:
            return state.since + rule.off_delay
        case _:
            return None
