"""What a person may do to alerts, whoever carries the wish here: the command, the API, the page, a reply.

Deed ─▶ allowed? ─▶ watch ─▶ changes
         └ no: Refusal, with the reason
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from typing import Final

from dcim.alerts.alert import Alert, Change
from dcim.alerts.mutes import SHELVE_MOST, MuteRefused, Target, check_mute
from dcim.alerts.state import Mute, MuteKind
from dcim.alerts.watch import Watch
from dcim.yaml import nearest

_LONGEST: Final = 400  # characters of a name or a note


class Doing(StrEnum):
    """What a person does to an alert or a device."""

    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    OUT_OF_SERVICE = "out-of-service"
    IN_SERVICE = "in-service"


class NoSuchAlert(MuteRefused):
    """Nothing is known of the alert that somebody means."""


class NothingToDo(MuteRefused):
    """It is so already, or there is nothing there to do it to."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One wish of a person. ``lasts``: seconds; None: no end, which shelving does not take.

    An alert is meant by ``target.key`` (its device need not be told), a device by ``target.asset``.
    """

    doing: Doing
    target: Target
    who: str
    note: str = ""
    lasts: float | None = None
    ticket: str = ""


def perform(watch: Watch, deed: Deed, at: float, now: float, most: float = SHELVE_MOST) -> list[Change]:
    """Do it, at ``at`` (UTC) which is ``now`` (monotonic); return what changed. Raise MuteRefused when not.

    ``most`` is how long anything may be shelved, in seconds. Empty where a mute lies on what is at rest.
    """
    _check_words(deed)
    if deed.doing is Doing.ACKNOWLEDGE:
        return _acknowledge(watch, deed, at, now)
    target = _target(watch, deed.target)
    if deed.doing in (Doing.SHELVE, Doing.OUT_OF_SERVICE):
        _check_rule(watch, target)
        kind = MuteKind.SHELVED if deed.doing is Doing.SHELVE else MuteKind.OUT_OF_SERVICE
        until = inf if deed.lasts is None else now + deed.lasts
        mute = Mute(kind, deed.who, deed.note, until, deed.ticket)
        check_mute(mute, now, most)
        return watch.mute(target, mute, at, now)
    kind = MuteKind.SHELVED if deed.doing is Doing.UNSHELVE else MuteKind.OUT_OF_SERVICE
    if not any(lying.target == target and lying.mute.kind is kind for lying in watch.mutes):
        msg = f"nothing is {kind.replace('_', ' ')} there"
        raise NothingToDo(msg)
    return watch.unmute(target, kind, deed.who, deed.note, at, now)


def _check_words(deed: Deed) -> None:
    if not deed.who.strip():
        msg = "say who you are"
        raise MuteRefused(msg)
    if len(deed.who) > _LONGEST or len(deed.note) > _LONGEST:
        msg = f"a name or a note is longer than {_LONGEST} characters"
        raise MuteRefused(msg)
    if deed.lasts is not None and not (isfinite(deed.lasts) and deed.lasts > 0):
        msg = "its end is over already"
        raise MuteRefused(msg)


def _check_rule(watch: Watch, target: Target) -> None:
    """Refuse a rule that does not look at the device: whoever mutes it believes to have muted another."""
    if target.rule and target.rule not in (known := watch.rules_of(target.asset)):
        msg = f"no rule {target.rule!r} looks at {target.asset}{nearest(target.rule, known)}"
        raise MuteRefused(msg)


def _acknowledge(watch: Watch, deed: Deed, at: float, now: float) -> list[Change]:
    meant = _meant(watch.listed, deed.target)
    changes: list[Change] = []
    for alert in meant:
        changes += watch.acknowledge(alert.key, deed.who, at, now, deed.note, deed.lasts)
    if not changes:
        msg = "there is nothing to acknowledge: it is acknowledged already, or nobody was told of it"
        raise NothingToDo(msg)
    return changes


def _meant(listed: Sequence[Alert], target: Target) -> list[Alert]:
    found = [alert for alert in listed if target.covers(alert.asset, alert.rule, alert.key)]
    if not found:
        msg = f"no alert {target.key or target.asset!r} is open or waits to be seen"
        raise NoSuchAlert(msg)
    return found


def _target(watch: Watch, target: Target) -> Target:
    """Return a target with its device, which a person who names an alert need not know."""
    if not target.key:
        return target
    lying = next((one.target for one in watch.mutes if one.target.key == target.key), None)
    return lying or Target(_meant(watch.listed, target)[0].asset, key=target.key)
