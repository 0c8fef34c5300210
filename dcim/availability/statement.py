"""What one fact says of how a subject stands: read out of a canonical body, quickly, and nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from dcim.availability.category import Level, Microseconds
from dcim.availability.knowledge import SETTLES
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
    """Return what a fact says, of what is stored of it. Raises ValueError when its body is none."""
    if kind == FactKind.DEVICE_STATE:
        return Statement(sequence, at, _reach(json.loads(text)), at, False, False)
    form = _FORM.match(text, max(0, text.rfind(_BEFORE)))
    was, whole, word, said, full = form.groups() if form else _words(json.loads(text))
    now, function, redundancy = _meaning(was, whole, word, full)
    held = at
    if said is not None:
        held = min(at, max(round(float(said) * 1e6), at - SETTLES))
    return tuple.__new__(Statement, (sequence, at, now, held, function, redundancy))


_BEFORE: Final = '"before":'
_FORM: Final = re.compile(
    r'"before":\{"function":"([a-z]+)","redundancy":"([a-z]+)"\},"function":"([a-z]+)"(?:,"held":([0-9.e+-]+))?,'
    r'"kind":"[a-z]+","more":[0-9]+,"needs":[0-9]+,"of":[0-9]+,"redundancy":"([a-z]+)"\}\Z'
)
"""The end of a canonical body as the daemon writes it: up to the last brace, the outermost one."""

_Words: TypeAlias = tuple[str, str, str, str | None, str]


def _words(body: Mapping[str, Any]) -> _Words:
    """Return the words of a body in any form: function and redundancy before and now; and ``held``."""
    before = body.get("before") or {}
    words = (before.get("function"), before.get("redundancy"), body.get("function"), body.get("redundancy"))
    held = body.get("held")
    was, whole, now, full = map(str, words)
    return was, whole, now, None if held is None else repr(held), full


@lru_cache(maxsize=1000)
def _meaning(was: str, whole: str, function: str, redundancy: str) -> tuple[Level, bool, bool]:
    return level(function, redundancy), was != function, whole != redundancy


def _reach(body: Mapping[str, Any]) -> Level:
    """An agent that answers works; one that does not says nothing of its device."""
    return Level.FULL if body.get("reach") == "answering" else Level.UNKNOWN
