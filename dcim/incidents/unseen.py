"""What nobody knows any more of an incident that was told: who fell silent, and what remains. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dcim.graph import State, Topology
from dcim.incidents.case import Case
from dcim.incidents.incident import Member, Unseen
from dcim.incidents.parts import made_of
from dcim.incidents.place import Because
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import Trouble

SURE: Final = 90.0
"""Seconds for which nothing of what remains was known, before that is told: as long as a device is silent
before its own alert is raised (``device_no_data``)."""

_OF_IGNORANCE: Final = frozenset({Trouble.SILENT, Trouble.UNDECIDED})
"""Troubles that say themselves that something is not known."""


def look(case: Case, topology: Topology, sight: Sight, at: float) -> Unseen:
    """Return what is not known at ``at`` (UTC seconds) of an incident."""
    standing = [case.members[key] for key in case.open]
    silent = tuple(_fell_silent(case, standing, sight))
    if not _is_over(case) or not (doubtful := _doubtful(standing, sight)):
        return Unseen(tuple(one.place.device for one in silent), since=_began(silent, at))
    mute = (name for one in doubtful for name in _behind(one, topology) if sight.answers(name) is State.DOWN)
    since = case.unseen.since if case.unseen.only else at
    return Unseen(tuple(dict.fromkeys(mute)), tuple(one.key for one in doubtful), since, only=True)


def _is_over(case: Case) -> bool:
    """Whether an incident only stands for its consequences; mostly an alert at a root says no."""
    at_roots = (key for root in case.roots for key in case.placed.get(root, ()))
    if case.because is not Because.REMAINS and any(key not in case.fading for key in at_roots):
        return False
    return case.shown().over


def _fell_silent(case: Case, standing: list[Member], sight: Sight) -> Iterator[Member]:
    """Yield the silence of devices that had told of trouble themselves, unless that part is known dark."""
    for one in standing:
        if one.place.trouble is not Trouble.SILENT or sight.state(one.place.node) is State.DOWN:
            continue
        others = (case.members[key] for key in case.placed.get(one.place.device, ()))
        if any(other.place.trouble not in _OF_IGNORANCE for other in others):
            yield one


def _began(silent: tuple[Member, ...], at: float) -> float:
    """Return since when the first of them does not answer: its alert waited for its delay."""
    began = (one.alert.raised_at - (one.change.rule.on_delay if one.change.rule else 0.0) for one in silent)
    return min(began, default=at)


def _doubtful(standing: list[Member], sight: Sight) -> list[Member]:
    """Return the alerts of which nobody can say whether they hold; none as long as any is known to."""
    found: list[Member] = []
    for one in standing:
        if one.place.trouble not in _OF_IGNORANCE:
            state = sight.holds(one.alert)
            if state is State.UP:
                return []
            if state is State.UNKNOWN:
                found.append(one)
    return found


def _behind(one: Member, topology: Topology) -> Iterator[str]:
    """Yield whose answers would show whether an alert holds."""
    yield one.alert.asset
    if one.alert.asset in topology.services:
        yield from made_of(topology, one.alert.asset)
