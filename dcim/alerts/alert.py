"""An alert as it stands, and a change of it: what the store keeps and people are told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from math import inf
from typing import Any

from dcim.alerts.rule import Rule
from dcim.alerts.state import ChangeKind, Life, Mute, MuteKind
from dcim.model import Asset, Labels, Point, Reading, Severity
from dcim.model.fact import Json
from dcim.record import acyclic, dataclass


def alert_key(site: str, rule: str, point: Point) -> str:
    """Return the key that all messages about one rule and one point share, on every machine: 64 hex digits.

    SHA-256 over site, asset, rule, metric and canonical labels, each text behind its length in UTF-8 bytes
    and a colon: whatever a device puts into a label, two points never share a key. It survives restarts
    and renames.
    """
    asset, metric = point.asset, point.metric
    framed = f"{len(site)}:{site}{len(asset)}:{asset}{_framed(rule, metric, point.labels)}"
    if framed.isascii():  # as nearly all are: a character is a byte
        return sha256(framed.encode()).hexdigest()
    texts = [site, asset, rule, metric, *chain.from_iterable(point.labels)]
    parts = [text.encode() for text in texts]
    return sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


@lru_cache(4096)
def _framed(rule: str, metric: str, labels: Labels) -> str:
    """Return what the alerts of one rule on points alike have in common of what their keys are made from."""
    texts = (rule, metric, *chain.from_iterable(labels))
    return "".join([f"{len(text)}:{text}" for text in texts])


@dataclass(frozen=True, slots=True)
@acyclic
class Alert:
    """One rule holding for one point, or having held and waiting to be seen. Times are UTC seconds.

    ``raised_at`` names the occurrence. ``open``: it stands, whether people were told (``told``) or not;
    one that returned and awaits its acknowledgement is not open. ``life`` is its state after ISA-18.2 and
    ``mutes`` lie over it, the weightiest first.
    """

    key: str
    rule: str
    point: Point
    severity: Severity
    raised_at: float
    acknowledged: str = ""  # who; empty while nobody has
    note: str = ""  # of the acknowledgement
    acknowledged_until: float | None = None  # None: until it clears
    life: Life = Life.UNACKNOWLEDGED
    open: bool = True
    told: bool = True
    mutes: tuple[Mute, ...] = ()  # their ``until`` is UTC seconds too, ``inf`` where there is no end
    chattering: bool = False

    @property
    def asset(self) -> str:
        """Return the id of the device."""
        return self.point.asset

    @property
    def standing(self) -> bool:
        """Say whether it is open and nothing mutes it: what an operator looks at."""
        return self.open and not self.mutes


@dataclass(frozen=True, slots=True)
@acyclic
class Change:
    """What happened to an alert at ``at`` (UTC seconds), and the reading that showed it.

    ``alert`` is as it stands after the change. ``rule``, ``asset`` and ``reading`` are None when nothing
    watches the point any more. ``who``: the person, empty where none did it; ``why`` says the rest.
    """

    kind: ChangeKind
    alert: Alert
    at: float
    rule: Rule | None = None
    asset: Asset | None = None
    reading: Reading | None = None
    why: str = ""
    who: str = ""


def life_of(alert: Alert) -> dict[str, Json]:
    """Return what the ledger and messages keep of an alert's life cycle, as JSON."""
    return {
        "life": str(alert.life),
        "open": alert.open,
        "note": alert.note,
        "acknowledged_until": alert.acknowledged_until,
        "chattering": alert.chattering,
        "mutes": [mute_body(mute) for mute in alert.mutes],
    }


def mute_of(body: Mapping[str, Any]) -> Mute:
    """Return the mute that a body was made from; its end is UTC seconds."""
    until = inf if body["until"] is None else float(body["until"])
    return Mute(MuteKind(body["kind"]), body["by"], body["reason"], until, body["ticket"])


def mute_body(mute: Mute) -> dict[str, Json]:
    """Return a mute as JSON; ``until`` is null where it has no end."""
    return {
        "kind": str(mute.kind),
        "by": mute.by,
        "reason": mute.reason,
        "until": None if mute.until == inf else mute.until,
        "ticket": mute.ticket,
    }
