"""What people did, as a recording keeps it: deeds, announced work; when devices were asked at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from dcim.alerts.deeds import Doing
from dcim.model.fact import FactKind
from dcim.store import Work

_DOINGS: Final = frozenset(map(str, Doing))
MAINTENANCE: Final = "maintenance"
WINDOW: Final = "window "
"""Room and beginning of the key of the memory of a window that somebody announced."""

ASKED: Final[Mapping[str, Any]] = MappingProxyType({"asked": True})
"""The body of an ``Act`` by which devices were asked out of their turn: the daemon looked after the time."""


def acts_of(work: Work) -> Iterator[dict[str, Any]]:
    """Yield what people did by this work, as bodies of ``Act``; no name of theirs: replaying needs none."""
    for fact in work.facts:
        if fact.kind is FactKind.DEED and fact.body.get("doing") in _DOINGS:
            names = ("doing", "rule", "note", "seconds", "ticket")
            yield {"deed": {"about": fact.subject, **{name: fact.body.get(name) for name in names}}}
    for memory in work.memories:
        if memory.room == MAINTENANCE and memory.key.startswith(WINDOW) and memory.body is not None:
            yield {"window": {"id": memory.key.removeprefix(WINDOW), "body": dict(memory.body)}}
