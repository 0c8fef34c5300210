"""A point: one metric of one asset with its labels, and the id that is the same on every machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeAlias, overload

from dcim.record import dataclass

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Label names and values, sorted by name. Values are positions printed on the case, never row numbers."""


def canonical(labels: Mapping[str, str]) -> Labels:
    """Return labels in the one order that ids and texts are made from; equal ones are mostly one object."""
    return _kept(tuple(sorted(labels.items())))


@lru_cache(1 << 16)
def _kept(labels: Labels) -> Labels:
    """Return the first labels equal to these: thousands of devices have outlets 1 to 48."""
    return labels


@dataclass(frozen=True, slots=True)
class Point:
    """One metric of one asset with its labels (``outlet="7"``)."""

    asset: str
    metric: str
    labels: Labels = ()

    @property
    def id(self) -> int:
        """Return the first 8 bytes of BLAKE2b over the canonical text, as an unsigned integer.

        Worked out when it is asked for, in a microsecond: a site has hundreds of thousands of points, and
        their layouts hold the ids of all of them.
        """
        parts = [self.asset, self.metric, *[f"{name}={value}" for name, value in self.labels]]
        return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=8).digest(), "big")

    def __str__(self) -> str:
        """Read as ``asset metric{label="value"}``."""
        inside = ",".join(f'{name}="{value}"' for name, value in self.labels)
        return f"{self.asset} {self.metric}{{{inside}}}" if inside else f"{self.asset} {self.metric}"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Points(Sequence[Point]):
    """The points of one asset, each made when it is asked for: equal to the tuple of them.

    ``measured`` is the metric and the labels of each: one object for all devices of a family.
    """

    asset: str
    measured: tuple[tuple[str, Labels], ...]

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.measured)

    def __iter__(self) -> Iterator[Point]:
        """Make one after the other."""
        asset = self.asset
        return (Point(asset, metric, labels) for metric, labels in self.measured)

    @overload
    def __getitem__(self, at: int) -> Point: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Point, ...]: ...

    def __getitem__(self, at: int | slice) -> Point | tuple[Point, ...]:
        """Make one of them, or a tuple of some."""
        if isinstance(at, slice):
            return tuple(Points(self.asset, self.measured[at]))
        return Point(self.asset, *self.measured[at])

    def __eq__(self, other: object) -> bool:
        """Whether the other holds the same points in the same order; it may be a tuple of them."""
        if isinstance(other, Points) and self.asset == other.asset:
            return self.measured == other.measured
        return tuple(self) == tuple(other) if isinstance(other, Points | tuple) else NotImplemented

    def __hash__(self) -> int:
        """Return the hash of the tuple of them."""
        return hash(tuple(self))
