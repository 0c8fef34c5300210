"""One mapping made of several: a device's own keys over its group's over the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dcim.model import Problem
from dcim.yaml import Loc, Marked, walk


@dataclass(frozen=True, slots=True)
class Part:
    """A mapping somewhere in a file."""

    document: Marked
    loc: Loc

    @property
    def data(self) -> dict[Any, Any]:
        """Return the mapping; an empty one where something else stands (its shape is reported elsewhere)."""
        data = self.document.at(self.loc)
        return data if isinstance(data, dict) else {}


def _over(value: Any, below: Any) -> Any:
    """Return a value laid over the one below it."""
    return {**below, **value} if isinstance(value, dict) and isinstance(below, dict) else value


@dataclass(frozen=True, slots=True)
class Layered:
    """Parts as one mapping, the first one on top. Mappings inside merge key by key; lists do not.

    A place is reported where it was written: in the device, its group or the defaults. ``without`` are keys
    that belong to somebody else.
    """

    parts: Sequence[Part]
    without: frozenset[str] = frozenset()
    data: dict[Any, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Merge the parts."""
        merged: dict[Any, Any] = {}
        for part in reversed(self.parts):
            for key, value in part.data.items():
                merged[key] = _over(value, merged.get(key))
        for key in self.without:
            merged.pop(key, None)
        object.__setattr__(self, "data", merged)

    def has(self, loc: Loc) -> bool:
        """Whether there is a value at this place."""
        return any(part.document.has((*part.loc, *loc)) for part in self.parts)

    def at(self, loc: Loc) -> Any:
        """Return the data at this place; raise LookupError where there is none."""
        return walk(self.data, loc)

    def problem(self, loc: Loc, what: str, *, key: bool = False) -> Problem:
        """Return a Problem at the part that says what stands at ``loc``, or else at the topmost."""
        fits = (part for part in self.parts if part.document.has((*part.loc, *loc)))
        part = next(fits, self.parts[0])
        return part.document.problem((*part.loc, *loc), what, key=key)
