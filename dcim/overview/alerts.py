"""Open alerts and incidents as lines of the devices they stand at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from dcim.alerts import Alert, Severity
from dcim.incidents import Incident
from dcim.overview.sheets import Line

ALERTS: Final = "alerts"
"""The maker of the batches of these lines."""
ALERT: Final = "device_alert_state"
_RAISED: Final = "alert_raised_timestamp_seconds"
_BEGAN: Final = "incident_raised_timestamp_seconds"
_HOLDS: Final = "incident_alerts"
_ORDER: Final = tuple(Severity)  # the worst first


class Standing(NamedTuple):
    """What the alerts of one rule at one device have in common: several outlets are one line."""

    rule: str
    severity: Severity
    acknowledged: bool
    raised_at: float  # of the oldest, UTC seconds


def by_device(alerts: Iterable[Alert], most: int = 1000) -> Mapping[str, Sequence[Standing]]:
    """Return what stands unmuted at each device, at most so many in all: the worst, then the oldest."""
    found: dict[tuple[str, str, Severity, bool], float] = {}
    for alert in alerts:
        if alert.standing:
            key = alert.asset, alert.rule, alert.severity, bool(alert.acknowledged)
            found[key] = min(found.get(key, alert.raised_at), alert.raised_at)
    ordered = sorted(found.items(), key=lambda one: (_ORDER.index(one[0][2]), one[1], one[0]))
    kept: dict[str, list[Standing]] = {}
    for (asset, rule, severity, seen), raised in ordered[:most]:
        kept.setdefault(asset, []).append(Standing(rule, severity, seen, raised))
    return kept


def standing_lines(standing: Sequence[Standing]) -> list[Line]:
    """Return the worst alert of a device, and of each when it was raised."""
    worst = min((one.severity for one in standing), key=_ORDER.index, default=None)
    lines = [Line(ALERT, str(worst) if worst else "none")]
    for one in sorted(standing):
        seen = "yes" if one.acknowledged else "no"
        labels = (("acknowledged", seen), ("rule", one.rule), ("severity", str(one.severity)))
        lines.append(Line(_RAISED, one.raised_at, labels))
    return lines


def incident_lines(incidents: Iterable[Incident]) -> Mapping[str, Sequence[Line]]:
    """Return since when incidents have their root at each device, and how many alerts they hold."""
    found: dict[tuple[str, str, str], tuple[float, int]] = {}
    for one in incidents:
        root = one.root.alert
        key = root.asset, root.rule, str(one.severity)
        since, held = found.get(key, (one.opened_at, 0))
        found[key] = min(since, one.opened_at), held + sum(member.open for member in one.members)
    lines: dict[str, list[Line]] = {}
    for (asset, rule, severity), (since, held) in sorted(found.items()):
        labels = (("rule", rule), ("severity", severity))
        lines.setdefault(asset, []).extend((Line(_BEGAN, since, labels), Line(_HOLDS, float(held), labels)))
    return lines
