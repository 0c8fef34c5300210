"""The life of one alert: a pure function from state and event to state and what happened.

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

Unknown moves nothing. A delay elapses through unknown, but what ends it is an observation. Mutes hold back
the telling of a raise, never that of a clearance; beneath them the phases go on. What is still wrong when the
last mute ends is told at once.

While a higher step stands on the same point, and has not latched, an alert is at most RAISING: what stood is
cleared at once. Its on-delay counts as over, since the higher step has waited for its own: what still holds
when that one is gone is raised by the observation that shows it, so that one condition is told without a
break.
"""

from __future__ import annotations

from math import inf
from typing import Final, TypeAlias

from dcim.alerts.condition import Seen, Truth
from dcim.alerts.rule import Rule
from dcim.alerts.state import (
    NORMAL,
    Ack,
    AlertState,
    ChangeKind,
    Event,
    Muted,
    Outranked,
    Phase,
    Tick,
    Vanished,
)
from dcim.record import acyclic, dataclass, replace

CHATTER: Final = 3
"""Raises and clearances within a minute that make an alert chatter (ISA-18.2)."""

_MINUTE: Final = 60.0
_SAME: Final = 1.0  # seconds: an acknowledgement given twice by one press


@dataclass(frozen=True, slots=True)
class Happened:
    """One change of an alert: what, by whom (empty: by itself) and why (empty: a reading showed it)."""

    kind: ChangeKind
    who: str = ""
    why: str = ""


_RAISED: Final = (Happened(ChangeKind.RAISED),)


@dataclass(frozen=True, slots=True)
@acyclic
class Step:
    """The next state, what happened, and when it is worth looking again (monotonic; None: no time runs).

    ``wake_at`` is a wish, not a verdict: only an observation after a delay raises or clears. A time that is
    over is wished for no more.
    """

    state: AlertState
    changes: tuple[Happened, ...] = ()
    wake_at: float | None = None

    @property
    def kinds(self) -> tuple[ChangeKind, ...]:
        """Return what happened, without by whom and why."""
        return tuple(one.kind for one in self.changes)


def step(state: AlertState, rule: Rule, event: Event, now: float) -> Step:
    """Return what becomes of an alert when ``event`` happens at ``now`` (monotonic seconds).

    Telling that it is raised and that it is cleared alternate in every story; unknown changes nothing, and
    time alone only ends an acknowledgement.
    """
    before, expired = (state, ()) if state.ack is None else _expire(state, now)
    after, changes = _next(before, rule, event, now)
    return Step(after, (*expired, *changes), _wake_at(after, rule, now))


_Next: TypeAlias = tuple[AlertState, tuple[Happened, ...]]


def _next(state: AlertState, rule: Rule, event: Event, now: float) -> _Next:
    match event:
        case Seen(truth=Truth.TRUE):
            return _on_true(state, rule, now)
        case Seen(truth=Truth.FALSE):
            return _on_false(state, rule, now)
        case Outranked():
            return _on_outranked(state, rule, event, now)
        case Vanished():
            return _on_vanished(state, rule, event)
        case Ack():
            return _on_ack(state, event)
        case Muted():
            return _on_muted(state, event)
        case Seen() | Tick():
            return state, ()


def calm(rule: Rule) -> float:
    """Return the seconds without a turn after which an alert has settled: a minute, two polls at least."""
    return max(_MINUTE, 2 * rule.every)


# what a reading shows


def _on_true(state: AlertState, rule: Rule, now: float) -> _Next:
    match state.phase:
        case Phase.NORMAL | Phase.RAISING:
            if state is NORMAL and not rule.on_delay:  # as below, of one of which nothing was known: most are
                return AlertState(Phase.RAISED, now, told=True, turns=(now,)), _RAISED
            since = now if state.phase is Phase.NORMAL else state.since
            if now - since < rule.on_delay:
                return replace(state, phase=Phase.RAISING, since=since), ()
            return _raise(replace(state, phase=Phase.RAISED, since=now, ack=None, owed=False), rule, now)
        case Phase.RAISED:
            if state.chattering and now - state.since >= calm(rule):
                return replace(state, chattering=False), (Happened(ChangeKind.SETTLED),)
            return _tell(state)
        case Phase.CLEARING | Phase.LATCHED:
            return _tell(replace(state, phase=Phase.RAISED, since=now))


def _on_false(state: AlertState, rule: Rule, now: float) -> _Next:
    match state.phase:
        case Phase.NORMAL | Phase.LATCHED:
            return state, ()
        case Phase.RAISING:
            return replace(state, phase=Phase.NORMAL, since=0.0), ()
        case Phase.RAISED | Phase.CLEARING:
            since = now if state.phase is Phase.RAISED else state.since
            clearing = replace(state, phase=Phase.CLEARING, since=since)
            return (clearing, ()) if now - since < _off_delay(state, rule) else _clear(clearing, rule, now)


def _on_outranked(state: AlertState, rule: Rule, event: Outranked, now: float) -> _Next:
    """Let a higher step stand in its place: it does not stand, and waits for no delay once that is gone."""
    if state.phase is Phase.LATCHED:
        return state, ()
    held = state.phase in {Phase.RAISING, Phase.RAISED}
    holds = event.truth is Truth.TRUE or (event.truth is Truth.UNKNOWN and held)
    phase, over = Phase.RAISING if holds else Phase.NORMAL, now - rule.on_delay
    if not state.active:
        return _at(state, phase, min(state.since, over) if held else over), ()
    kind = ChangeKind.CLEARED if state.told else ChangeKind.CLEARED_UNTOLD
    gone = replace(state, ack=None, told=False, chattering=False, turns=())
    return _at(gone, phase, over), (Happened(kind, why=event.why),)


def _on_vanished(state: AlertState, rule: Rule, event: Vanished) -> _Next:
    """End what nothing can observe any more, and say that no reading has cleared it."""
    gone = replace(state, phase=Phase.NORMAL, since=0.0, ack=None, told=False, chattering=False, turns=())
    if not state.active:
        return gone, ()
    if not state.told:
        return gone, (Happened(ChangeKind.CLEARED_UNTOLD, why=event.why),)
    owed = rule.must_acknowledge and not state.ack
    return replace(gone, owed=owed), (Happened(ChangeKind.CLEARED, why=event.why),)


def _at(state: AlertState, phase: Phase, since: float) -> AlertState:
    since = 0.0 if phase is Phase.NORMAL else since
    return state if (state.phase, state.since) == (phase, since) else replace(state, phase=phase, since=since)


def _off_delay(state: AlertState, rule: Rule) -> float:
    return max(rule.off_delay, calm(rule)) if state.chattering else rule.off_delay


def _raise(state: AlertState, rule: Rule, now: float) -> _Next:
    if state.mutes:
        return state, (Happened(ChangeKind.RAISED_UNTOLD),)
    return _tell(_turned(state, rule, now))


def _clear(state: AlertState, rule: Rule, now: float) -> _Next:
    if rule.latching and not state.ack:
        return _tell(replace(state, phase=Phase.LATCHED, since=0.0, chattering=False))
    gone = replace(state, phase=Phase.NORMAL, since=0.0, ack=None, told=False, chattering=False)
    if not state.told:
        return gone, (Happened(ChangeKind.CLEARED_UNTOLD),)
    turned = gone if state.chattering or state.mutes else _turned(gone, rule, now)
    if turned.chattering:
        return replace(state, since=now, chattering=True, turns=()), (Happened(ChangeKind.CHATTERING),)
    owed = rule.must_acknowledge and not state.ack
    return replace(turned, owed=owed), (Happened(ChangeKind.CLEARED),)


def _turned(state: AlertState, rule: Rule, now: float) -> AlertState:
    """Count a raise or a clearance that people are told of."""
    turns = (*(turn for turn in state.turns if now - turn <= calm(rule)), now)
    if len(turns) < CHATTER:
        return replace(state, turns=turns)
    return replace(state, turns=(), chattering=True)


def _tell(state: AlertState) -> _Next:
    """Tell of an alert that stands, unless it was told or is muted."""
    if state.told or state.mutes:
        return state, ()
    return replace(state, told=True), _RAISED


# what people and logic do


def _on_ack(state: AlertState, ack: Ack) -> _Next:
    """Take an acknowledgement; what the same person does not say again stays: the note, and the end."""
    if state.ack is not None and state.ack.who == ack.who:
        ack = Ack(ack.who, ack.note or state.ack.note, state.ack.until if ack.until == inf else ack.until)
    said = Happened(ChangeKind.ACKNOWLEDGED, ack.who, ack.note)
    if not state.active:
        return (replace(state, owed=False), (said,)) if state.owed else (state, ())
    if not state.told or _is_same(state.ack, ack):
        return state, ()
    if state.phase is Phase.LATCHED:
        gone = replace(state, phase=Phase.NORMAL, since=0.0, ack=None, told=False)
        return gone, (said, Happened(ChangeKind.CLEARED, ack.who))
    return replace(state, ack=ack), (said,)


def _is_same(before: Ack | None, ack: Ack) -> bool:
    if before is None or (before.who, before.note) != (ack.who, ack.note):
        return False
    return before.until == ack.until or abs(before.until - ack.until) < _SAME


def _on_muted(state: AlertState, event: Muted) -> _Next:
    """Change what mutes an alert; what stands when the last mute has gone is told, and is unacknowledged."""
    began = [mute for mute in event.mutes if mute not in state.mutes]
    kinds = {mute.kind for mute in event.mutes}
    ended = [mute for mute in state.mutes if mute.kind not in kinds]
    changes = (
        *(Happened(ChangeKind.MUTED, event.who or mute.by, mute.reason) for mute in began),
        *(Happened(ChangeKind.UNMUTED, event.who, event.why or mute.reason) for mute in ended),
    )
    muted = replace(state, mutes=event.mutes)
    if event.mutes or not state.mutes or not state.active:
        return muted, changes
    if state.told:
        again = Happened(ChangeKind.UNACKNOWLEDGED, event.who, event.why)
        return replace(muted, ack=None), (*changes, again)
    told, raised = (muted, ()) if state.phase is Phase.CLEARING else _tell(muted)
    return told, (*changes, *(replace(one, who=event.who, why=event.why) for one in raised))


def _expire(state: AlertState, now: float) -> _Next:
    """End an acknowledgement whose time is over; beneath a mute it waits."""
    if state.ack is None or state.mutes or now < state.ack.until:
        return state, ()
    over = Happened(ChangeKind.UNACKNOWLEDGED, "", f"the acknowledgement of {state.ack.who} has expired")
    return replace(state, ack=None), (over,)


def _wake_at(state: AlertState, rule: Rule, now: float) -> float | None:
    if state.ack is None and state.settled:
        return None
    times = [] if state.ack is None or state.mutes else [state.ack.until]
    if state.phase is Phase.RAISING:
        times.append(state.since + rule.on_delay)
    elif state.phase is Phase.CLEARING:
        times.append(state.since + _off_delay(state, rule))
    elif state.chattering and state.phase is Phase.RAISED:
        times.append(state.since + calm(rule))
    return min((time for time in times if now < time < inf), default=None)
