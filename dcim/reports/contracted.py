"""Contracts as JSON, in the description of the site: exact shares stay exact. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from dcim.contracts import Contract, Counts, Excusable, Penalty
from dcim.model.fact import Json


def body_of(contract: Contract) -> dict[str, Json]:
    """Return a contract as JSON."""
    return {
        "id": contract.id,
        "services": list(contract.services),
        "needs": contract.needs,
        "name": contract.name,
        "clause": contract.clause,
        "tenant": contract.tenant,
        "target": None if contract.target is None else str(contract.target),
        "every": contract.every,
        "counts": str(contract.counts),
        "excluded": sorted(map(str, contract.excluded)),
        "notice": contract.notice,
        "coverage": str(contract.coverage),
        "causes": list(contract.causes),
        "penalties": [[str(one.below), str(one.credit)] for one in contract.penalties],
        "weights": {name: str(weight) for name, weight in contract.weights.items()},
        "unit": contract.unit,
        "first": contract.first.isoformat() if contract.first else None,
        "last": contract.last.isoformat() if contract.last else None,
    }


def contracts_of(held: Iterable[Mapping[str, Any]]) -> tuple[Contract, ...]:
    """Return the contracts that ``body_of`` wrote."""
    return tuple(map(_contract, held))


def _contract(held: Mapping[str, Any]) -> Contract:
    first, last = (date.fromisoformat(held[name]) if held[name] else None for name in ("first", "last"))
    return Contract(
        id=held["id"],
        services=tuple(held["services"]),
        needs=held["needs"],
        name=held["name"],
        clause=held["clause"],
        tenant=held["tenant"],
        target=None if held["target"] is None else Fraction(held["target"]),
        every=held["every"],
        counts=Counts(held["counts"]),
        excluded=frozenset(map(Excusable, held["excluded"])),
        notice=held["notice"],
        coverage=Fraction(held["coverage"]),
        causes=tuple(held["causes"]),
        penalties=tuple(Penalty(Fraction(below), Fraction(credit)) for below, credit in held["penalties"]),
        weights={name: Fraction(weight) for name, weight in held["weights"].items()},
        unit=held["unit"],
        first=first,
        last=last,
    )
