"""What a person may do to alerts, whoever carries the wish here: the command, the API, the page, a reply.

Deed ─▶ allowed? ─▶ watch ─▶ changes
         └ no: Refusal, with the reason
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import inf, isfinite
from typing import Final

from dcim.alerts.alert import Alert, Change
from dcim.alerts.mutes import SHELVE_MOST, MuteRefused, Target, check_mute
from dcim.alerts.state import Mute, MuteKind
from dcim.alerts.watch import Watch
from dcim.record import dataclass
from dcim.yaml import nearest

_LONGEST: Final = 400  # characters of a name or a note
_SAME: Final = 1.0  # seconds between two times of one occurrence, as a message and an alert have it


class Doing(StrEnum):
    """What a person does to an alert or a device."""

    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    OUT_OF_SERVICE = "out-of-service"
    IN_SERVICE = "in-service"


class Proof(StrEnum):
    """How it is known who did it. The words are kept for ever."""

    CLAIMED = "claimed"  # they said so
    LOGIN = "login"  # the operating system says that the request came from a process of that user, here
    TOKEN = "token"  # noqa: S105  with the secret that the configuration gives to that person
    LINK = "link"  # with a link that was sent to them, and to nobody else
    REPLY = "reply"  # from the number or address that a message went to


class NoSuchAlert(MuteRefused):
    """Nothing is known of the alert that somebody means."""


class NothingToDo(MuteRefused):
    """It is so already, or there is nothing there to do it to."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One wish of a person. ``lasts``: seconds; None: no end, which shelving does not take.

    An alert is meant by ``target.key`` (its device need not be told), a device by ``target.asset``, all
    alerts of an ``incident``, which can only be acknowledged, by its id and their ``keys``. ``login``: the
    user of this machine from whom the wish came; empty where it came from elsewhere. ``raised_at``: the only
    occurrence that is meant (UTC seconds), of an alert that a message told of by itself.
    """

    doing: Doing
    target: Target
    who: str
    note: str = ""
    lasts: float | None = None
    ticket: str = ""
    proof: Proof = Proof.CLAIMED
    login: str = ""
    incident: str = ""
    keys: frozenset[str] = frozenset()
    raised_at: float | None = None

    @property
    def about(self) -> str:
        """Return the id of what is meant."""
        return self.incident or self.target.key or self.target.asset


def perform(watch: Watch, deed: Deed, at: float, now: float, most: float = SHELVE_MOST) -> list[Change]:
    """Do it, at ``at`` (UTC) which is ``now`` (monotonic); return what changed. Raise MuteRefused when not.

    ``most`` is how long anything may be shelved, in seconds. Empty where a mute lies on what is at rest.
    """
    _check_words(deed)
    if deed.doing is Doing.ACKNOWLEDGE:
        return _acknowledge(watch, deed, at, now)
    if deed.incident:
        msg = "an incident can only be acknowledged; its alerts and devices can be muted"
        raise MuteRefused(msg)
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
    meant = _of_incident(watch.listed, deed) if deed.incident else _meant(watch.listed, deed.target)
    changes: list[Change] = []
    for alert in meant:
        changes += watch.acknowledge(alert.key, deed.who, at, now, deed.note, deed.lasts)
    if not changes:
        msg = "there is nothing to acknowledge: it is acknowledged already, or nobody was told of it"
        raise NothingToDo(msg)
    return changes


def _of_incident(listed: Sequence[Alert], deed: Deed) -> list[Alert]:
    if not deed.keys:
        msg = f"no incident {deed.incident!r} is open"
        raise NoSuchAlert(msg)
    meant, raised_at = [alert for alert in listed if alert.key in deed.keys], deed.raised_at
    if raised_at is None:
        return meant
    return [alert for alert in meant if abs(alert.raised_at - raised_at) < _SAME]


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
