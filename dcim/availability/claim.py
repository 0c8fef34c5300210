"""A claim: what a report says of one subject, as data that anybody can compute again from the facts.

Only integers, texts, and exact fractions as ``"numerator/denominator"`` in lowest terms (None: undefined).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from dcim.availability.answer import Answer, View
from dcim.availability.category import Category
from dcim.availability.episodes import Episode, Episodes
from dcim.availability.share import Share
from dcim.contracts import Contract
from dcim.ledger import canonical
from dcim.model.fact import Body, Json

VERSION: Final = 3
MOST_RUNS: Final = 25
"""Outages, or redundancy events, that a claim lists; of more it has count, times, and hash of the list."""

_AT_ONCE: Final = 1000


def claim(answer: Answer, zone: str) -> dict[str, Json]:
    """Return the claim of an answer; ``zone`` is the site's, for people: the period is in microseconds."""
    evidence = answer.evidence
    head = evidence.head
    seen = _view(answer.seen)
    return {
        "claim": "availability",
        "version": VERSION,
        "site": head.site,
        "chain": head.chain,
        "head": {"epoch": head.epoch, "sequence": head.sequence, "hash": head.hash},
        "read_until": evidence.read_until,
        "known_until": evidence.knowledge.until,
        "subject": answer.subject,
        "period": {"from": evidence.period.start, "to": evidence.period.end, "zone": zone},
        "contract": terms(answer.contract),
        "seen": seen,
        "reclassified": _view(answer.final) if answer.reclassified else seen,
    }


def text(said: Body) -> str:
    """Return a claim as canonical text: the same bytes from everybody."""
    return canonical(said)


def terms(contract: Contract) -> dict[str, Json]:
    """Return what of a contract bears on the figures."""
    return {
        "id": contract.id,
        "services": list(contract.services),
        "needs": contract.least,
        "target": fraction(contract.target),
        "counts": str(contract.counts),
        "excluded": sorted(str(one) for one in contract.excluded),
        "notice": contract.notice,
        "coverage": fraction(contract.coverage),
        "causes": list(contract.causes),
        "weights": {name: fraction(one) for name, one in contract.weights.items()},
        "penalties": [
            {"below": fraction(one.below), "credit": fraction(one.credit)} for one in contract.penalties
        ],
    }


def fraction(value: Share) -> str | None:
    """Return an exact fraction as text, in lowest terms; None stays None."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def _view(view: View) -> dict[str, Json]:
    figures = view.figures
    shares: Mapping[str, Share] = {
        "coverage": figures.coverage,
        "a_min": figures.a_min,
        "a_observed": figures.a_observed,
        "a_max": figures.a_max,
        "a_contract": figures.a_contract,
        "redundancy_min": figures.redundancy_min,
        "redundancy": figures.redundancy,
        "redundancy_max": figures.redundancy_max,
        "mtbf": figures.mtbf,
        "mttr": figures.mttr,
        "weighted_min": view.partial.least,
        "weighted": view.partial.observed,
        "weighted_max": view.partial.most,
    }
    budget = figures.budget
    return {
        "categories": {one.word: figures.tally.times[one] for one in Category},
        "undecided": figures.tally.undecided,
        "figures": {name: fraction(one) for name, one in shares.items()},
        "failures": figures.failures,
        "outages": _runs(figures.outages),
        "redundancy_events": _runs(figures.redundancy_events),
        "budget": None
        if budget is None
        else {
            "whole": fraction(budget.whole),
            "spent": fraction(budget.spent),
            "burn": fraction(budget.burn),
        },
        "verdict": figures.verdict.value,
        "credit": fraction(figures.penalty.credit) if figures.penalty else None,
    }


def _runs(some: Episodes) -> Json:
    """Return episodes as a list, or where they are many what they come to."""
    if len(some) <= MOST_RUNS:
        return [_episode(one) for one in some]
    return {
        "count": len(some),
        "lasted": {category.word: length for category, length in some.times().items()},
        "blind": int(some.blind.sum()),
        "sha256": _digest(some),
    }


def _digest(some: Episodes) -> str:
    """Return the SHA-256 of episodes, a line each; of some at a time, so that no text grows with all."""
    found = sha256()
    for first in range(0, len(some), _AT_ONCE):
        found.update(lines(some.numbers(first, first + _AT_ONCE).tolist()))
    return found.hexdigest()


def lines(rows: Sequence[Sequence[int]]) -> bytes:
    """Return integers as text, a row a line. Of an episode: edges, blind time, two signs, time in T2 to T6.

    They are written as JSON and the marks between them changed: a fifth of what formatting them takes.
    """
    written = msgspec.json.encode(rows).removeprefix(b"[[").removesuffix(b"]]")
    return written.replace(b"],[", b"\n").replace(b",", b" ") + b"\n"


def _episode(one: Episode) -> dict[str, Json]:
    return {
        "begins": [one.begins_from, one.begins_until],
        "ends": [one.ends_from, one.ends_until],
        "lasted": {category.word: length for category, length in one.lasted.items()},
        "blind": one.blind,
        "began_before": one.began_before,
        "goes_on": one.goes_on,
        "evidence": list(one.evidence),
    }
