"""Two replays of one recording: what is told by the second alone, no more, later or otherwise. Pure.

Messages are those of a matter: one trouble, from its first message to its clearance. Two matters are the same
where they are of the same alert or share a root, and both were open at one time, whatever rule they are named
after: a page that comes seven seconds later under another name has moved. Within a matter, messages of one
kind to one channel are each other's in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Any, Final, TypeAlias

from dcim.record import dataclass, field
from dcim.replay.log import Told, moment, quoted

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

    def line(self) -> str:
        """Return it as a line, with what it said before where that is not what it says now."""
        return f"{self.after.line()} by {self.by:+.3f} s{_was(self.before, self.after)}"


@dataclass(frozen=True, slots=True)
class Altered:
    """A message that goes out when it did, with another severity or other words."""

    before: Told
    after: Told

    def line(self) -> str:
        """Return it as a line, with what it said before."""
        return f"{self.after.line()}{_was(self.before, self.after)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, each in the order of time."""

    added: tuple[Told, ...]
    dropped: tuple[Told, ...]
    moved: tuple[Moved, ...]
    altered: tuple[Altered, ...]
    same: int

    def __bool__(self) -> bool:
        """Whether anything did."""
        return bool(self.added or self.dropped or self.moved or self.altered)

    def lines(self) -> Iterator[str]:
        """Yield a line for each, by time."""
        told: list[tuple[float, str]] = [(one.at, f"added   {one.line()}") for one in self.added]
        told += [(one.at, f"dropped {one.line()}") for one in self.dropped]
        told += [(one.after.at, f"moved   {one.line()}") for one in self.moved]
        told += [(one.after.at, f"altered {one.line()}") for one in self.altered]
        yield from (line for _, line in sorted(told))

    def summary(self) -> str:
        """Return how many of each there are."""
        changed = f"{len(self.added)} added, {len(self.dropped)} dropped, {len(self.moved)} moved"
        return f"{changed}, {len(self.altered)} altered, {self.same} as before"

    def data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "added": [one.data() for one in self.added],
            "dropped": [one.data() for one in self.dropped],
            "moved": [
                {**one.after.data(), "was": moment(one.before.at), "by": round(one.by, 3)}
                for one in self.moved
            ],
            "altered": [{**one.after.data(), "was": one.before.data()} for one in self.altered],
            "same": self.same,
        }


def difference(before: Sequence[Told], after: Sequence[Told]) -> Difference:
    """Compare the messages of two replays."""
    added: list[Told] = []
    dropped: list[Told] = []
    pairs: list[tuple[Told, Told]] = []
    for old, new in _same_matters(_matters(before), _matters(after)):
        was, now = _by_kind(old), _by_kind(new)
        for kind in {*was, *now}:
            gone, both, come = _aligned(was.get(kind, []), now.get(kind, []))
            dropped += gone
            pairs += both
            added += come
    moved = [Moved(*pair) for pair in pairs if abs(pair[1].at - pair[0].at) >= _SAME]
    still = [pair for pair in pairs if abs(pair[1].at - pair[0].at) < _SAME]
    altered = [Altered(*pair) for pair in still if _said(pair[0]) != _said(pair[1])]
    return Difference(
        tuple(sorted(added, key=_when)),
        tuple(sorted(dropped, key=_when)),
        tuple(sorted(moved, key=lambda one: _when(one.after))),
        tuple(sorted(altered, key=lambda one: _when(one.after))),
        len(still) - len(altered),
    )


# matters


@dataclass(slots=True)
class _Matter:
    """The messages of one trouble; ``over``: when the last clearance went out, UTC seconds."""

    key: str
    told: list[Told] = field(default_factory=list)
    roots: frozenset[str] = frozenset()
    over: float = inf

    @property
    def begins(self) -> float:
        """Return when the first message went out."""
        return self.told[0].at

    def take(self, told: Told) -> None:
        """Take the next message."""
        self.told.append(told)
        self.roots |= set(filter(None, told.root.split(",")))
        if told.kind == "cleared":
            self.over = told.at

    def shared(self, other: _Matter) -> float:
        """Return for how long both were open, seconds; below 0 where they were not, or are of two things."""
        alike = self.key == other.key or not self.roots.isdisjoint(other.roots)
        if not alike:
            return -1.0
        return min(self.over, other.over) - max(self.begins, other.begins)


def _matters(told: Iterable[Told]) -> list[_Matter]:
    """Return the matters of messages by their beginning; what is raised once more is another."""
    found: list[_Matter] = []
    newest: dict[str, _Matter] = {}
    for one in told:
        matter = newest.get(one.key)
        if matter is None or (one.kind == "raised" and one.at > matter.over):
            matter = newest[one.key] = _Matter(one.key)
            found.append(matter)
        matter.take(one)
    return found


_Kind: TypeAlias = tuple[str, str]


def _by_kind(matter: _Matter | None) -> dict[_Kind, list[Told]]:
    found: dict[_Kind, list[Told]] = defaultdict(list)
    for one in matter.told if matter else ():
        found[one.channel, one.kind].append(one)
    return found


def _same_matters(
    before: Sequence[_Matter], after: Sequence[_Matter]
) -> Iterator[tuple[_Matter | None, _Matter | None]]:
    """Yield those that are the same, best first, then the others alone."""
    scored = [
        (one.key != other.key, -shared, abs(one.begins - other.begins), old, new)
        for old, one in enumerate(before)
        for new, other in enumerate(after)
        if (shared := one.shared(other)) >= 0.0
    ]
    olds, news = set(range(len(before))), set(range(len(after)))
    for *_, old, new in sorted(scored):
        if old in olds and new in news:
            olds.remove(old)
            news.remove(new)
            yield before[old], after[new]
    yield from ((before[old], None) for old in sorted(olds))
    yield from ((None, after[new]) for new in sorted(news))


# messages of a matter


def _aligned(
    old: Sequence[Told], new: Sequence[Told]
) -> tuple[list[Told], list[tuple[Told, Told]], list[Told]]:
    """Return what is gone, what is each other's and what has come, all of the shorter one paired in order.

    Of the ways to do so, that by which messages move least.
    """
    if len(old) > len(new):
        come, both, gone = _aligned(new, old)
        return gone, [(one, other) for other, one in both], come
    spare = len(new) - len(old)
    least = [0.0] * (spare + 1)  # by how many of the new ones were left out so far
    taken: list[list[int]] = []
    for number, one in enumerate(old):
        costs = [cost + abs(new[number + left].at - one.at) for left, cost in enumerate(least)]
        best: list[int] = []
        for left, cost in enumerate(costs):
            best.append(left if not best or cost < costs[best[-1]] else best[-1])
        taken.append(best)
        least = [costs[left] for left in best]
    left, chosen = spare, []
    for number in reversed(range(len(old))):
        left = taken[number][left]
        chosen.append(number + left)
    chosen.reverse()
    free = sorted(set(range(len(new))).difference(chosen))
    return [], [(old[number], new[at]) for number, at in enumerate(chosen)], [new[at] for at in free]


def _said(told: Told) -> tuple[str, str]:
    return told.severity, told.says


def _was(before: Told, after: Told) -> str:
    """Return what a message was before, of what is another now."""
    was = [before.severity] * (before.severity != after.severity)
    was += [quoted(before.says)] * (before.says != after.says)
    return f", was {' '.join(was)}" if was else ""


def _when(told: Told) -> tuple[float, str]:
    return told.at, told.line()
