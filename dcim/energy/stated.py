"""What a site declares and subscribes, as a claim carries it and as a fact keeps its hash. Pure.

Nobody measured it: people wrote it into the configuration. The fact ``site_described`` keeps a hash of the
declarations, and one of each subscription, so that a report on one tenant shows that tenant's alone.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from dcim.energy.claim import exact
from dcim.energy.demand import Committed
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


def hashes(terms: EnergyTerms) -> dict[str, Any]:
    """Return the SHA-256 of the declarations and, by tenant, of each subscription."""
    return {
        "energy": _hash(declarations(terms)),
        "committed": {one.tenant: _hash(subscription(one)) for one in terms.committed},
    }


def _hash(said: dict[str, Any]) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
