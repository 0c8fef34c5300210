"""How long services and contracts were so, counted while the daemon watches: only growing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dcim.contracts import Contract, Counts
from dcim.graph import Redundancy, Standing, State

MOST: Final = 60.0
"""Seconds between two looks that count at most: a loop that stood still has not watched."""


class Spent:
    """Adds up seconds by word."""

    def __init__(self, words: Iterable[str]) -> None:
        self.seconds = dict.fromkeys(words, 0.0)

    def add(self, word: str, seconds: float) -> None:
        """Count time that just went by."""
        self.seconds[word] += min(max(seconds, 0.0), MOST)


def contract_outcome(contract: Contract, standings: Iterable[Standing]) -> str:
    """Return whether a contract is kept, broken or undecided by its services: k of n in three values."""
    kept = broken = number = 0
    for one in standings:
        number += 1
        verdict = _holds(contract, one)
        kept += verdict is True
        broken += verdict is False
    needs = contract.needs or number
    if kept >= needs and number:
        return "kept"
    return "broken" if number - broken < needs else "undecided"


def _holds(contract: Contract, one: Standing) -> bool | None:
    if one.function is not State.UP:
        return False if one.function is State.DOWN else None
    if contract.counts is Counts.FUNCTION or one.redundancy is Redundancy.FULL:
        return True
    return False if one.redundancy is Redundancy.REDUCED else None
