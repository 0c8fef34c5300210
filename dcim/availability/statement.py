"""What one fact says of how a subject stands: read out of a canonical body, quickly, and nothing lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from dcim.availability.category import Level, Microseconds
from dcim.availability.knowledge import SETTLES, micros
from dcim.ledger import Entry
from dcim.model.fact import FactKind

STATE_KINDS: Final = (FactKind.SERVICE_STATE, FactKind.DEVICE_STATE)
"""The kinds of facts that say how a subject stands."""


class Statement(NamedTuple):
    """From ``at`` on a subject stands so, as far as anybody saw.

    Between ``held`` and ``at`` it changed: ``function`` and ``redundancy`` say what of it was not the same
    before, so that it is not known in between. Where nothing is said of that, ``held`` is ``at``.
    """

    sequence: int
    at: Microseconds
    level: Level
    held: Microseconds
    function: bool
    redundancy: bool


def level(function: object, redundancy: object) -> Level:
    """Return how a subject stands by the words of a fact; words that are not known say nothing."""
    if function == "up":
        return {"full": Level.FULL, "reduced": Level.REDUCED}.get(str(redundancy), Level.WORKING)
    return Level.DOWN if function == "down" else Level.UNKNOWN


def statement(entry: Entry) -> Statement:
    """Return what a fact of ``STATE_KINDS`` says. Raises ValueError when its body is none."""
    return read_statement(entry.sequence, entry.at, entry.kind, entry.body)


def read_statement(sequence: int, at: Microseconds, kind: str, text: str) -> Statement:
    """Return what a fact says, of what is stored of it."""
    body: Mapping[str, Any] = json.loads(text)
    if kind == FactKind.DEVICE_STATE:
        return Statement(sequence, at, _reach(body), at, False, False)
    function, redundancy = body.get("function"), body.get("redundancy")
    before = body.get("before") or {}
    said = body.get("held")
    held = at if said is None else min(at, max(micros(said), at - SETTLES))
    return Statement(
        sequence,
        at,
        level(function, redundancy),
        held,
        before.get("function") != function,
        before.get("redundancy") != redundancy,
    )


def _reach(body: Mapping[str, Any]) -> Level:
    """An agent that answers works; one that does not says nothing of its device."""
    return Level.FULL if body.get("reach") == "answering" else Level.UNKNOWN
