"""What falls with one place, followed once: a loss in which the same falls again takes it as it was. Pure.

UPS A lost     ->  its strips are dead, their racks take from the strips of UPS B
board A lost   ->  when the battery of UPS A is empty, the same below it; what is above is added up anew

It is the same where all that moved stood as it did then (``marks``), and so did what feeds it from elsewhere.
Doubt is never taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

from dcim.flow.changed.spot import Known, PutOn, Spot
from dcim.flow.now.live import PERHAPS, Live
from dcim.record import dataclass

Mark: TypeAlias = object
"""How a place came to stand as it does: by a fall that is kept, or in a way that is not known again."""

_WORTH: Final = 16
"""So many places must move for a fall to be worth keeping."""


@dataclass(frozen=True, slots=True)
class Fall:
    """What the fall of a place does to ``own``: all on which nothing hangs but what moves with it.

    ``marks``: how those stood before that had changed, the others were ``untouched``; ``beside``: how live
    what feeds them from elsewhere was. ``live`` and ``known``: how they stand since; ``puts``: what they put
    on others; ``again``: others whose feeds moved.
    """

    own: frozenset[int]
    untouched: frozenset[int]
    marks: tuple[tuple[int, Mark], ...]
    beside: tuple[tuple[int, Live], ...]
    live: Mapping[int, Live]
    known: Mapping[int, Known]
    puts: tuple[PutOn, ...]
    again: frozenset[int]

    def comes(self, marks: Mapping[int, Mark], live: Mapping[int, Live], spots: Sequence[Spot]) -> bool:
        """Whether the same comes where places stand like this."""
        fed = all(live.get(at, spots[at].live) == then for at, then in self.beside)
        same = marks.keys().isdisjoint(self.untouched)
        return fed and same and all(marks.get(at) is mark for at, mark in self.marks)


@dataclass(frozen=True, slots=True)
class Moved:
    """A fall that was followed: the place, all that moved, those of it of which state or feeds did.

    ``before`` and ``live``: how live places were and are, as far as that is not as in the base.
    """

    place: int
    all: AbstractSet[int]
    fed: AbstractSet[int]
    before: Mapping[int, Live]
    live: Mapping[int, Live]


def fall_of(
    moved: Moved, marks: Mapping[int, Mark], known: Mapping[int, Known], spots: Sequence[Spot]
) -> Fall | None:
    """Return what was followed as a fall to be kept, None where it is not; ``marks``: as before it."""
    own = _own(moved, spots) if len(moved.all) >= _WORTH else frozenset()
    if len(own) < _WORTH:
        return None
    place, live, before = moved.place, moved.live, moved.before
    if any(live.get(at) != before.get(at) for at in moved.fed - own):
        return None
    beside = {parent for at in own if at != place for parent in spots[at].parents} - own
    states = [(at, live.get(at, spots[at].live)) for at in beside]
    if any(state == PERHAPS for _, state in states):
        return None
    changed = (own & marks.keys()) - {place}
    return Fall(
        own,
        own - changed - {place},
        tuple([(at, marks[at]) for at in changed]),
        tuple(states),
        {at: live[at] for at in own if at in live},
        {at: known[at] for at in own},
        tuple(_puts(own, known)),
        frozenset(moved.fed - own),
    )


def _own(moved: Moved, spots: Sequence[Spot]) -> frozenset[int]:
    """Return what moved and on which nothing hangs that did not, as far as nothing of it is in doubt."""
    found: set[int] = set()
    for at in sorted(moved.all, reverse=True):  # what hangs on a place before the place
        spot = spots[at]
        clear = spot.sure and moved.live.get(at, spot.live) != PERHAPS
        if at == moved.place or (clear and found.issuperset(spot.children)):
            found.add(at)
    return frozenset(found)


def _puts(own: frozenset[int], known: Mapping[int, Known]) -> Iterator[PutOn]:
    for at in own:
        for source, given in known[at].puts:
            if source not in own:
                yield source, given
