"""How a service stands otherwise than before: as a fact, and as a line of the log. Pure but for the log."""

from __future__ import annotations

from collections.abc import Sequence
from logging import INFO, WARNING
from typing import Any, Final

from dcim.daemon.stormlog import StormLog
from dcim.graph import Doubt, Part, ServiceChange, State
from dcim.ledger.life import REDUNDANCY_ALONE, Blind
from dcim.model.fact import Body, Fact, FactKind, Json

LISTED: Final = 20
"""Parts that a fact names; of more only the number."""


def stated(change: ServiceChange, parts: Sequence[Part], now: float, held: float) -> Fact:
    """Return a change of a service for the ledger, with what of its parts is not as it should be.

    ``held`` (UTC seconds): when that which changed was last known to be as before; between it and ``now``
    nobody looked. It is left out where nothing was known before.
    """
    because: list[Json] = [
        {
            "part": part.id,
            "function": str(part.standing.function),
            "redundancy": str(part.standing.redundancy),
            "why": part.why,
        }
        for part in parts
        if not part.standing.fine
    ]
    body: Body = {
        "kind": str(change.service.kind),
        "function": str(change.after.function),
        "redundancy": str(change.after.redundancy),
        "before": {"function": str(change.before.function), "redundancy": str(change.before.redundancy)},
        "needs": change.service.needs,
        "of": len(change.service.parts),
        "because": because[:LISTED],
        "more": max(0, len(because) - LISTED),
        **({"held": round(held, 6)} if held < now else {}),
    }
    return Fact(FactKind.SERVICE_STATE, now, change.service.id, body)


def doubted(doubt: Doubt, now: float) -> Fact:
    """Return what is in doubt of what was told of a service, for the ledger."""
    body: Body = {
        "from": round(doubt.since, 6),
        "to": round(doubt.until, 6),
        "reason": Blind.UNSEEN,
        **({} if doubt.function else {"of": REDUNDANCY_ALONE}),
    }
    return Fact(FactKind.BLIND, now, doubt.service, body)


def log_change(lines: StormLog, change: ServiceChange, fact: Fact) -> None:
    """Say a change to whoever reads the log; in a storm of them only how many more there were."""
    fine = change.after.fine or change.after.function is State.UP is change.before.function

    def said() -> dict[str, Any]:
        return {
            "service": change.service.id,
            "function": str(change.after.function),
            "redundancy": str(change.after.redundancy),
            "before": f"{change.before.function}, {change.before.redundancy}",
            "because": fact.body["because"],
        }

    lines.tell(INFO if fine else WARNING, "a service stands otherwise", said)
