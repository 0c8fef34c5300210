"""An alert as it stands, and a change of it: what the store keeps and people are told."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from dcim.alerts.rule import Rule, Severity
from dcim.alerts.state import ChangeKind
from dcim.model import Asset, Point, Reading


def alert_key(site: str, rule: str, point: Point) -> str:
    """Return the key that all messages about one rule and one point share, on every machine: 64 hex digits.

    SHA-256 over site, asset, rule, metric and canonical labels, each text behind its length in UTF-8 bytes
    and a colon: whatever a device puts into a label, two points never share a key. It survives restarts
    and renames.
    """
    texts = (site, point.asset, rule, point.metric, *(text for label in point.labels for text in label))
    parts = [text.encode() for text in texts]
    return sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule holding for one point. ``raised_at`` is UTC seconds and names the occurrence."""

    key: str
    rule: str
    point: Point
    severity: Severity
    raised_at: float
    acknowledged: str = ""  # who; empty while nobody has

    @property
    def asset(self) -> str:
        """Return the id of the device."""
        return self.point.asset


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an alert at ``at`` (UTC seconds), and the reading that showed it.

    ``rule``, ``asset`` and ``reading`` are None when nothing watches the point any more; ``why`` says so.
    """

    kind: ChangeKind
    alert: Alert
    at: float
    rule: Rule | None = None
    asset: Asset | None = None
    reading: Reading | None = None
    why: str = ""
