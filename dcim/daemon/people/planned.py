"""Since when work that stands in the configuration is announced: a contract asks for its notice. Pure.

Work that people announce was announced then. Work that is configured was announced when the daemon first read
it as it stands now: another day, another scope is another announcement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from dcim.ledger import digest
from dcim.model import Memory
from dcim.model.fact import Body, Fact, FactKind
from dcim.record import dataclass
from dcim.windows import Window
from dcim.windows.body import said_of

PLANNED: Final = "planned "
"""What the keys of these memories begin with."""


@dataclass(frozen=True, slots=True)
class Planned:
    """When each configured window was announced (UTC seconds), and what must be kept and recorded of that."""

    since: Mapping[str, float]
    memories: tuple[Memory, ...]
    facts: tuple[Fact, ...]


def planned(room: str, windows: Iterable[Window], kept: Mapping[str, Body], now: float) -> Planned:
    """Return since when windows are announced; ``kept`` are the memories of before, by their keys."""
    since: dict[str, float] = {}
    memories: list[Memory] = []
    facts: list[Fact] = []
    for window in windows:
        key, terms = PLANNED + window.id, digest({**said_of(window), "when": repr(window.when)})
        before = kept.get(key, {})
        at = before.get("at")
        if before.get("terms") == terms and isinstance(at, int | float):
            since[window.id] = float(at)
            continue
        since[window.id] = now
        memories.append(Memory(room, key, {"terms": terms, "at": now}))
        body = {"change": "planned", "who": "", **said_of(window), "terms": terms}
        facts.append(Fact(FactKind.MAINTENANCE, now, window.id, body))
    gone = sorted(kept.keys() - {PLANNED + name for name in since})
    memories += [Memory(room, key, None) for key in gone]
    return Planned(since, tuple(memories), tuple(facts))
