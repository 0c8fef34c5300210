"""An alert as it stands, and a change of it: what the store keeps and people are told."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from dcim.alerts.rule import Rule, Severity
from dcim.alerts.state import ChangeKind
from dcim.model import Asset, Point, Reading


def alert_key(site: str, rule: str, point: Point) -> str:
    """Return the key that all messages about one rule and one point share, on every machine: 64 hex digits.

    SHA-256 over site, asset, rule, metric and canonical labels; it survives restarts and renames.
    """
    parts = [site, point.asset, rule, point.metric, *(f"{name}={value}" for name, value in point.labels)]
    return sha256("|".join(parts).encode()).hexdigest()


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
