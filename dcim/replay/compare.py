"""Two replays of one recording: what is told by the second alone, no more, or at another time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from dcim.record import dataclass
from dcim.replay.log import Told, moment

_SAME: Final = 0.0005
"""Seconds within which two messages go out at the same time: the log tells milliseconds."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A message that goes out at another time; ``by`` is seconds, later where positive."""

    before: Told
    after: Told

    @property
    def by(self) -> float:
        """Return by how many seconds it goes out later."""
        return self.after.at - self.before.at


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, each in the order of time."""

    added: tuple[Told, ...]
    dropped: tuple[Told, ...]
    moved: tuple[Moved, ...]
    same: int

    def __bool__(self) -> bool:
        """Whether anything did."""
        return bool(self.added or self.dropped or self.moved)

    def lines(self) -> Iterator[str]:
        """Yield a line for each, by time."""
        told: list[tuple[float, str]] = [(one.at, f"added   {one.line()}") for one in self.added]
        told += [(one.at, f"dropped {one.line()}") for one in self.dropped]
        told += [(one.after.at, f"moved   {one.after.line()} by {_signed(one.by)}") for one in self.moved]
        yield from (line for _, line in sorted(told))

    def data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "added": [one.data() for one in self.added],
            "dropped": [one.data() for one in self.dropped],
            "moved": [
                {**one.after.data(), "was": moment(one.before.at), "by": round(one.by, 3)}
                for one in self.moved
            ],
            "same": self.same,
        }


def _signed(by: float) -> str:
    return f"{by:+.3f} s"


def difference(before: Sequence[Told], after: Sequence[Told]) -> Difference:
    """Compare the messages of two replays. The first, the second... of one name are each other's."""
    was, now = _named(before), _named(after)
    added: list[Told] = []
    dropped: list[Told] = []
    moved: list[Moved] = []
    same = 0
    for name in sorted({*was, *now}):
        old, new = was.get(name, []), now.get(name, [])
        for one, other in zip(old, new, strict=False):
            if abs(other.at - one.at) < _SAME:
                same += 1
            else:
                moved.append(Moved(one, other))
        dropped += old[len(new) :]
        added += new[len(old) :]
    return Difference(
        tuple(sorted(added, key=_when)),
        tuple(sorted(dropped, key=_when)),
        tuple(sorted(moved, key=lambda one: _when(one.after))),
        same,
    )


def _named(told: Iterable[Told]) -> dict[tuple[str, str, str, str, int], list[Told]]:
    found: dict[tuple[str, str, str, str, int], list[Told]] = defaultdict(list)
    for one in told:
        found[one.name].append(one)
    return found


def _when(told: Told) -> tuple[float, str]:
    return told.at, told.line()
