"""What is known, now and as it was at the beginning of each of the last chapters. Pure.

    as it was at first ─ changes ─▶ chapter 0 ─ changes ─▶ chapter 1 ─ changes ─▶ now

What changes is kept, not what stays: a chapter in which nothing happens takes nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Generic, TypeVar

Name = TypeVar("Name")
Known = TypeVar("Known")


class Chapters(Generic[Name, Known]):
    """Takes what becomes known by name. Chapters are numbered from 0 on."""

    def __init__(self) -> None:
        self._first: dict[Name, Known] = {}
        self._changes: deque[dict[Name, Known | None]] = deque(({},))
        self._forgotten = 0

    def note(self, name: Name, known: Known | None) -> None:
        """Know something from now on; None: nothing any more."""
        self._changes[-1][name] = known

    def begin(self) -> int:
        """Begin a chapter; return its number."""
        self._changes.append({})
        return self._forgotten + len(self._changes) - 2

    def at(self, chapter: int) -> dict[Name, Known]:
        """Return what was known when a chapter began, of those that are not forgotten."""
        known = dict(self._first)
        for changes in islice(self._changes, chapter - self._forgotten + 1):
            _change(known, changes)
        return known

    def now(self) -> dict[Name, Known]:
        """Return what is known now."""
        return self.at(self._forgotten + len(self._changes))

    def forget(self, chapter: int) -> None:
        """Forget how things were before this chapter began."""
        while self._forgotten < chapter:
            _change(self._first, self._changes.popleft())
            self._forgotten += 1


def _change(known: dict[Name, Known], changes: Mapping[Name, Known | None]) -> None:
    for name, one in changes.items():
        if one is None:
            known.pop(name, None)
        else:
            known[name] = one
