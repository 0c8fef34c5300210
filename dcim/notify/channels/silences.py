"""What Alertmanager says of its silences, as ours: who holds what back, why and until when. Pure.

The answers come from another program: what is not as its API says is left out, never trusted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from dcim.notify.channel import Silence
from dcim.notify.wording.text import clipped, line

_MOST: Final = 200
"""Silences that are shown, and characters of what somebody wrote into one."""


def silences_of(silences: object, alerts: object, site: str) -> tuple[Silence, ...] | None:
    """Return the active silences that hold alerts of a site back, soonest over first; None: not readable.

    ``silences`` and ``alerts`` are the answers of ``/api/v2/silences`` and, of silenced ones,
    ``/api/v2/alerts``.
    """
    if not isinstance(silences, list) or not isinstance(alerts, list):
        return None
    keys = _keys(alerts, site)
    found = [one for raw in silences if isinstance(raw, dict) and (one := _silence(raw, keys)) is not None]
    return tuple(sorted(found, key=lambda one: (one.until, one.id))[:_MOST])


def _keys(alerts: list[Any], site: str) -> Mapping[str, list[str]]:
    """Return the dedup keys of our alerts by the id of each silence that holds them back."""
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for alert in alerts:
        labels, status = _part(alert, "labels"), _part(alert, "status")
        key, by = labels.get("dedup_key"), status.get("silencedBy")
        if labels.get("site") == site and isinstance(key, str) and isinstance(by, list):
            for one in by:
                keys[str(one)].append(key)
    return keys


def _silence(raw: dict[str, Any], keys: Mapping[str, list[str]]) -> Silence | None:
    name = raw.get("id")
    if not isinstance(name, str) or _part(raw, "status").get("state") != "active" or name not in keys:
        return None
    try:
        until = datetime.fromisoformat(str(raw.get("endsAt"))).timestamp()
    except ValueError:
        return None
    said = (clipped(line(str(raw.get(key) or "")), _MOST) for key in ("createdBy", "comment"))
    by, why = said
    return Silence(name, by, why, until, ", ".join(_matchers(raw)), tuple(sorted(keys[name])))


def _matchers(raw: dict[str, Any]) -> Iterator[str]:
    listed = raw.get("matchers")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            equal, regex = one.get("isEqual", True) is not False, one.get("isRegex") is True
            sign = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
            name, value = (clipped(line(str(one.get(key))), _MOST) for key in ("name", "value"))
            yield f'{name}{sign[equal, regex]}"{value}"'


def _part(raw: object, name: str) -> dict[str, Any]:
    part = raw.get(name) if isinstance(raw, dict) else None
    return part if isinstance(part, dict) else {}
