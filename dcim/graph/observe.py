"""What the newest readings of one device say of its part of the building, by phase and by feed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import nan
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from dcim.graph.node import NodeKind
from dcim.graph.sign import FEEDS, SIGNS, Of, Sign, State
from dcim.model import Batch, Layout, Point
from dcim.record import acyclic, dataclass, field

WHOLE: Final = ""
"""The place of what is said of a part as a whole."""

PHASES: Final = ("L1", "L2", "L3")
_LINES: Final = {"L1-L2": ("L1", "L2"), "L2-L3": ("L2", "L3"), "L3-L1": ("L3", "L1")}
_WHOLES: Final = frozenset({"", "mean", "all"})

Places: TypeAlias = Mapping[str, State]
"""What is known of each phase, or of the whole."""

_NOWHERE: Final[Places] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
@acyclic
class Said:
    """What a device says: its output by phase, each feed by number and phase, its redundancy, its readiness.

    ``points`` are those that said it. Two that say the same are equal, whatever the numbers.
    """

    output: Places = field(default_factory=lambda: _NOWHERE)
    inputs: Mapping[int, Places] = field(default_factory=lambda: MappingProxyType({}))
    redundancy: State = State.UNKNOWN
    ready: State = State.UNKNOWN
    points: tuple[Point, ...] = ()


NOTHING: Final = Said()


class _Trait(NamedTuple):
    """What a slot tells of, whatever device it is of."""

    of: Of
    feed: int
    rank: int
    place: str
    proves_down: bool


@dataclass(frozen=True, slots=True)
class _Slot:
    batch: int
    slot: int
    sign: Sign
    place: str
    feed: int
    point: Point

    @property
    def trait(self) -> _Trait:
        return _Trait(self.sign.of, self.feed, self.sign.rank, self.place, self.sign.proves_down)


_Quiet: TypeAlias = tuple[tuple[int, int, float, float], ...]
"""Of slots: the number of the batch, the slot, the lowest and the highest value that says the same."""


@lru_cache(4096)
def _kept(quiet: _Quiet) -> _Quiet:
    """Return the first that is equal: devices of a family that work say the same, and share it."""
    return quiet


class Witness:
    """Reads one device: its layouts are gone through once, a poll like the one before costs a comparison."""

    def __init__(self, kind: NodeKind, layouts: Sequence[Layout]) -> None:
        signs = _by_metric(SIGNS.get(kind, ()))
        self.layouts = list(layouts)
        self._slots = tuple(
            slot for number, layout in enumerate(layouts) for slot in _slots(number, layout, signs)
        )
        self._traits = tuple([one.trait for one in self._slots])
        self._read: tuple[State, ...] = ()
        self._fresh: tuple[bool, ...] = ()
        self._quiet: _Quiet = ()
        self._said = NOTHING

    @property
    def used(self) -> frozenset[int]:
        """Return the numbers of the layouts in which there is anything to read."""
        return frozenset(one.batch for one in self._slots)

    def fits(self, batches: Sequence[Batch]) -> bool:
        """Whether these batches are of the layouts that were gone through."""
        return [batch.layout for batch in batches] == self.layouts  # layouts are equal when they are one

    def read(self, batches: Sequence[Batch], fresh: tuple[bool, ...]) -> Said:
        """Return what fresh batches say; the very same object while nothing changes."""
        if fresh == self._fresh and self.is_quiet(batches):
            return self._said
        self._fresh = fresh
        values = [
            (one, batches[one.batch].values[one.slot] if fresh[one.batch] else nan) for one in self._slots
        ]
        self._quiet = _kept(
            tuple(
                [(one.batch, one.slot, *one.sign.quiet(value)) for one, value in values if fresh[one.batch]]
            )
        )
        read = tuple([one.sign.read(value) for one, value in values])  # NaN says nothing
        if read != self._read:
            self._read = read
            said = _told(self._traits, read)
            points = [self._slots[number].point for number in said.by]
            self._said = Said(said.output, said.inputs, said.redundancy, said.ready, _each(points))
        return self._said

    def is_quiet(self, batches: Sequence[Batch]) -> bool:
        """Whether every value that was fresh says what it said before; gaps are looked at each time."""
        for batch, slot, low, high in self._quiet:  # noqa: SIM110  all() takes twice as long for so few
            if not low <= batches[batch].values[slot] <= high:
                return False
        return True


def _by_metric(signs: Iterable[Sign]) -> dict[str, list[Sign]]:
    found: dict[str, list[Sign]] = {}
    for sign in signs:
        found.setdefault(sign.metric, []).append(sign)
    return found


def _slots(number: int, layout: Layout, signs: Mapping[str, list[Sign]]) -> Iterable[_Slot]:
    if layout.own:
        return
    for slot, point in enumerate(layout.points):
        for sign in signs.get(point.metric, ()):
            labels = dict(point.labels)
            place = labels.get("phase", "")
            if place not in PHASES and place not in _LINES and place not in _WHOLES:
                continue  # the neutral, a branch, an average of something else
            feed = sign.feed
            if feed is None:
                feed = FEEDS.get(labels.get("source", "a").lower(), -1) if sign.of is Of.INPUT else 0
            if feed >= 0:
                yield _Slot(number, slot, sign, WHOLE if place in _WHOLES else place, feed, point)


class _Told(NamedTuple):
    """What slots say together; ``by`` are the numbers of those that say anything."""

    output: Places
    inputs: Mapping[int, Places]
    redundancy: State
    ready: State
    by: tuple[int, ...]


@lru_cache(1024)
def _told(traits: tuple[_Trait, ...], read: tuple[State, ...]) -> _Told:
    """Put together what the slots say; devices of a family say the same words, and share it."""
    by_of: dict[tuple[Of, int], dict[int, list[tuple[_Trait, State]]]] = {}
    for one, state in zip(traits, read, strict=True):
        by_of.setdefault((one.of, one.feed), {}).setdefault(one.rank, []).append((one, state))
    places = {key: _places(ranks) for key, ranks in by_of.items()}
    carried = [feed for (of, feed), said in places.items() if of is Of.CARRIES and State.UP in said.values()]
    inputs = {feed: said for (of, feed), said in places.items() if of is Of.INPUT and said}
    output = places.get((Of.OUTPUT, 0), _NOWHERE)
    for feed in carried:  # what goes through the switch is on both sides of it
        inputs.setdefault(feed, _live(output))
        output = output or inputs[feed]
    return _Told(
        output,
        MappingProxyType(inputs),
        places.get((Of.REDUNDANCY, 0), _NOWHERE).get(WHOLE, State.UNKNOWN),
        places.get((Of.READY, 0), _NOWHERE).get(WHOLE, State.UNKNOWN),
        tuple([number for number, state in enumerate(read) if state is not State.UNKNOWN]),
    )


def _each(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return each of these points once."""
    return tuple(points) if len(points) < 2 else tuple(dict.fromkeys(points))


def _live(places: Places) -> Places:
    return MappingProxyType({place: state for place, state in places.items() if state is State.UP})


def _places(ranks: Mapping[int, list[tuple[_Trait, State]]]) -> Places:
    """Return what is known by place: a sign of lower rank wins, and what it leaves open the next may say."""
    found: dict[str, State] = {}
    for rank in sorted(ranks):
        for place, state in _of_sign(ranks[rank]).items():
            found.setdefault(place, state)
    if WHOLE in found and len(found) > 1:
        del found[WHOLE]  # phases are more exact
    return MappingProxyType(found)


def _of_sign(read: Sequence[tuple[_Trait, State]]) -> dict[str, State]:
    """Return what the readings of one metric say by place; where two say different things, the worse.

    Of a sign that proves presence only one reading is enough: an outlet is on, others are off.
    """
    found: dict[str, list[State]] = {}
    lines: dict[str, State] = {}
    for one, state in read:
        if one.place in _LINES:
            lines[one.place] = state
        else:
            found.setdefault(one.place, []).append(state)
    worst = read[0][0].proves_down
    said = {place: _merged(states, worst=worst) for place, states in found.items()}
    said.update(_of_lines(lines))
    return {place: state for place, state in said.items() if state is not State.UNKNOWN}


def _merged(states: Sequence[State], *, worst: bool) -> State:
    if not worst:
        return State.UP if State.UP in states else State.UNKNOWN
    if State.DOWN in states:
        return State.DOWN
    return State.UNKNOWN if State.UNKNOWN in states else State.UP


def _of_lines(lines: Mapping[str, State]) -> dict[str, State]:
    """Return what voltages between phases say: there, both phases live; gone only if all of them are."""
    said: dict[str, State] = {}
    if lines and all(state is State.DOWN for state in lines.values()):
        return {phase: State.DOWN for line in lines for phase in _LINES[line]}
    for line, state in lines.items():
        if state is State.UP:
            said.update(dict.fromkeys(_LINES[line], State.UP))
    return said
