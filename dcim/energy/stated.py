"""What a site declares and subscribes, as a claim carries it and as a fact keeps its hash. Pure.

Nobody measured it: people wrote it into the configuration. The fact ``site_described`` keeps a hash of the
declarations, one of the tariff and one of each subscription, so that a report on one tenant shows that
tenant's alone.
"""

from __future__ import annotations

import json
from datetime import timedelta, tzinfo
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from dcim.energy.claim import exact
from dcim.energy.demand import Committed
from dcim.energy.tariff import Tariff
from dcim.energy.terms import EnergyTerms


def declarations(terms: EnergyTerms) -> dict[str, Any]:
    """Return every line that was declared, and what only the operator knows; figures are exact."""
    return {
        "lines": [
            {
                "what": str(one.quantity),
                "value": exact(one.value),
                "from": one.first.isoformat(),
                "to": one.last.isoformat(),
                "source": one.source,
            }
            for one in terms.declared
        ],
        "operator": {name: exact(value) for name, value in sorted(terms.operator.items())},
    }


def subscription(one: Committed) -> dict[str, Any]:
    """Return the terms of a subscription: whose, watts, minutes of an interval, and where that stands."""
    return {"tenant": one.tenant, "watts": one.watts, "minutes": one.minutes, "clause": one.clause}


def tariff(one: Tariff) -> dict[str, Any]:
    """Return the terms of a tariff: its bands as minutes of days on its clock, and where they were read."""
    return {
        "id": one.id,
        "name": one.name,
        "source": one.source,
        "clock": _clock(one.zone),
        "rest": one.rest,
        "bands": [
            {
                "name": band.name,
                "start": band.start,
                "end": band.end,
                "weekdays": sorted(band.weekdays),
                "season": [list(band.season.first), list(band.season.last)] if band.season else None,
            }
            for band in one.bands
        ],
    }


def _clock(zone: tzinfo) -> str:
    """Return the name of a zone, or how far a fixed clock stands from UTC, as ``+01:00``."""
    if isinstance(zone, ZoneInfo):
        return zone.key
    minutes = round((zone.utcoffset(None) or timedelta()).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def hashes(terms: EnergyTerms) -> dict[str, Any]:
    """Return the SHA-256 of the declarations, of the site's tariff and, by tenant, of each subscription."""
    used = terms.tariffs.get(terms.tariff)
    return {
        "energy": _hash(declarations(terms)),
        "tariff": None if used is None else _hash(tariff(used)),
        "committed": {one.tenant: _hash(subscription(one)) for one in terms.committed},
    }


def _hash(said: dict[str, Any]) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
