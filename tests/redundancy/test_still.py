"""Where everything has one way, a look is judged by what was found before: in full it says the same.

Pains: I1, I2, I10.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Sequence
from math import nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcim.flow import Facts, Flow, Interval, Network, Terms, exactly, network_of
from dcim.graph import Node, NodeKind, Rating, Service, ServiceKind, Topology, Wiring
from dcim.record import replace
from dcim.redundancy import Book, Built, Question, Values, Verdicts
from dcim.redundancy.engine import Engine
from dcim.redundancy.hits import Hits
from dcim.redundancy.judge import Judge
from dcim.redundancy.seen import Slot
from dcim.redundancy.situation import Look, situation
from dcim.redundancy.still import Judged, Still
from dcim.redundancy.verdict import Headroom
from dcim.redundancy.ways import Ways
from tests.examples import many

PHASES = ("L1", "L2", "L3")


class InFull(Still):
    """Judges every look in full."""

    def judged(self, flow: Flow, hits: Hits, before: Sequence[Headroom]) -> Judged:
        judge = Judge(flow, hits, before)
        return Judged(judge.headroom, judge.services, judge.singles)


class Tree:
    """A site drawn at random in which everything hangs on one thing; ``twice``: one rack hangs on two."""

    def __init__(self, rolled: random.Random, *, twice: bool) -> None:
        self.rolled = rolled
        self.nodes = [Node("mains", NodeKind.UTILITY)]
        self.racks: list[str] = []
        self.facts: dict[str, Facts] = {}
        for number in range(rolled.randint(1, 3)):
            self._below("mains" if rolled.random() < 0.6 else "", f"b{number}", 0)
        if twice:
            strips = [one.id for one in self.nodes if one.kind is NodeKind.PDU]
            self._rack("twice", rolled.sample(strips, min(2, len(strips))), ())

    def _below(self, source: str, name: str, depth: int) -> None:
        rolled = self.rolled
        kinds = (NodeKind.SWITCHBOARD, NodeKind.TRANSFORMER, NodeKind.FLOOR_PDU)
        strip = depth == 2 or rolled.random() < 0.5
        phases = (rolled.choice(PHASES),) if strip and rolled.random() < 0.5 else ()
        rating = Rating(
            rolled.choice((None, 16.0, 32.0)), rolled.choice((None, 7000.0)), rolled.choice((None, 9000.0))
        )
        kind = NodeKind.PDU if strip else rolled.choice(kinds)
        fed = (source,) if source else ()
        self.nodes.append(Node(name, kind, fed_by=fed, phases=phases, rating=rating, polled=True))
        if rolled.random() < 0.3:
            efficiency = rolled.choice((exactly(1.0), Interval(0.9, 0.97)))
            self.facts[name] = Facts(efficiency=efficiency, idle=rolled.choice((exactly(0.0), exactly(40.0))))
        for number in range(rolled.randint(1, 3)):
            if strip:
                self._rack(f"{name}r{number}", [name], phases)
            else:
                self._below(name, f"{name}{number}", depth + 1)

    def _rack(self, name: str, sources: Sequence[str], phases: tuple[str, ...]) -> None:
        rating = Rating(watts=self.rolled.choice((None, None, 3000.0)))
        self.nodes.append(Node(name, NodeKind.RACK, fed_by=tuple(sources), phases=phases, rating=rating))
        self.racks.append(name)

    def built(self) -> Built:
        racks = [Service(f"power/{name}", ServiceKind.POWER, 1, (name,)) for name in self.racks]
        all_ = Service("tenant/t", ServiceKind.TENANT, len(racks), tuple(one.id for one in racks))
        wiring = Wiring(tuple(self.nodes), (*racks, all_))
        network = network_of(Topology(wiring), Terms(facts=self.facts))
        return Built(Network(dict(network.elements)), wiring)

    def slots(self) -> Iterator[Slot]:
        for node in self.nodes:
            if not node.polled or self.rolled.random() < 0.2:
                continue
            for phase in node.phases or PHASES:
                yield Slot(node.id, node.id, "output", "amperes", phase)
                yield Slot(node.id, node.id, "output", "volts", phase)
            if self.rolled.random() < 0.3:
                yield Slot(node.id, node.id, "output", "watts", "")
            if self.rolled.random() < 0.2:
                yield Slot(node.id, node.id, "rating", "amperes", "")


def looks(tree: Tree, slots: Sequence[Slot], parts: Sequence[str]) -> Iterator[Values]:
    """How it may stand one look after the other: mostly only what is carried is otherwise."""
    rolled = tree.rolled
    most = rolled.choice((0.5, 4.0, 14.0))
    volts = rolled.choice((230.0, 230.0, 228.0, 200.0))
    sets: list[frozenset[str]] = [frozenset()] * 4
    rating = rolled.choice((16.0, 32.0))
    for turn in range(6):
        values = array("d", [_said(slot, rolled.uniform(0.0, most), volts, rating) for slot in slots])
        if values and rolled.random() < 0.1:
            values[rolled.randrange(len(values))] = nan
        if rolled.random() < 0.15:
            sets = [frozenset(rolled.sample(parts, rolled.choice((0, 0, 1)))) for _ in range(4)]
        down, doubtful, reduced, less = sets
        yield Values(turn * 10.0, values, down, doubtful, reduced, less)


def _said(slot: Slot, amperes: float, volts: float, rating: float) -> float:
    if slot.side == "rating":
        return rating
    return {"amperes": round(amperes, 1), "volts": volts, "watts": round(amperes * 400.0)}[slot.what]


def _verdicts(engine: Engine, values: Values) -> Verdicts:
    found = engine.take(values)
    assert isinstance(found, Verdicts)
    return found


@many(15)
@given(st.integers(0, 1 << 32), st.booleans())
def test_a_look_says_what_it_says_in_full_whatever_was_found_before(seed: int, twice: bool) -> None:
    tree = Tree(random.Random(seed), twice=twice)
    built, slots = tree.built(), tuple(tree.slots())
    short, full = Engine(built, lambda: 0.0), Engine(built, lambda: 0.0, InFull())
    for engine in (short, full):
        engine.take(Book(slots))
    for values in looks(tree, slots, sorted(built.network.elements)):
        mine, theirs = _verdicts(short, values), _verdicts(full, values)
        assert repr(mine) == repr(theirs)
        assert mine == theirs


@many(15)
@given(st.integers(0, 1 << 32))
def test_what_is_kept_of_readings_and_states_is_what_they_say_anew(seed: int) -> None:
    """Looks in which some values are those of before, others are not, and some are missing."""
    tree = Tree(random.Random(seed), twice=True)
    built, slots = tree.built(), tuple(tree.slots())
    network, ways, cells = built.network, Ways(slots), None
    before: Sequence[float] = ()
    for said in looks(tree, slots, sorted(network.elements)):
        pairs = zip(before or said.values, said.values, strict=True)
        values = array("d", [old if tree.rolled.random() < 0.6 else new for old, new in pairs])
        before = values
        look = Look(said.at, slots, values, said.down, said.doubtful, said.reduced, said.open)
        kept, anew = situation(network, look, ways=ways), situation(network, look)
        assert repr(kept) == repr(anew)
        flow, fresh = Flow(network, kept, cells), Flow(network, anew)
        cells = flow.cells
        assert repr([flow.load(name) for name in network.elements]) == repr(
            [fresh.load(name) for name in network.elements]
        )
        assert [flow.live(name) for name in network.elements] == [
            fresh.live(name) for name in network.elements
        ]
        assert repr((flow.findings, flow.is_still, flow.over)) == repr(
            (fresh.findings, fresh.is_still, fresh.over)
        )
        assert flow.sweep() == fresh.sweep()


def odd_slots(tree: Tree) -> Iterator[Slot]:
    """What devices of other kinds tell: of phases or of the whole, in any quantity, also of racks."""
    rolled = tree.rolled
    often = rolled.choice((0.2, 0.5, 1.0))  # the more is measured, the more of it contradicts
    for node in tree.nodes:
        tellers = [node.id] if node.polled and rolled.random() < often else []
        tellers += [f"meter-{node.id}"] * (rolled.random() < 0.2 * often)
        for device in tellers:
            for phase in (*(node.phases or PHASES), *[""] * (rolled.random() < 0.4)):
                kinds = rolled.sample(("amperes", "watts", "voltamperes"), rolled.choice((0, 1, 1, 2)))
                kinds += ["volts"] * (rolled.random() < 0.6)
                for what in rolled.sample(kinds, len(kinds)):
                    yield Slot(node.id, device, "output", what, phase)
            if rolled.random() < 0.1:
                yield Slot(node.id, device, "input", "watts", "")
        if rolled.random() < 0.1:
            yield Slot(node.id, node.id, "rating", "amperes", "")


class _Plain(Still):
    """Counts the looks that were judged by their numbers alone."""

    looks = 0

    def judged(self, flow: Flow, hits: Hits, before: Sequence[Headroom]) -> Judged:
        found = super().judged(flow, hits, before)
        _Plain.looks += self.plain
        return found


def _odd_looks(tree: Tree, slots: Sequence[Slot], parts: Sequence[str]) -> Iterator[Values]:
    rolled = tree.rolled
    flows = rolled.choice((0.3, 1.0, 3.0))
    down: frozenset[str] = frozenset()
    gone: set[int] = set()
    for turn in range(8):
        if rolled.random() < 0.1:
            down = frozenset(rolled.sample(parts, rolled.choice((0, 1))))
        if rolled.random() < 0.1:
            gone = set(rolled.sample(range(len(slots)), min(len(slots), rolled.choice((0, 1, 3)))))
        said = [_oddly(slot, rolled, flows) for slot in slots]
        values = array("d", [nan if at in gone else one for at, one in enumerate(said)])
        yield Values(turn * 10.0, values, down)


def _oddly(slot: Slot, rolled: random.Random, flows: float) -> float:
    """Return a number as it may come: nothing, or backwards, now and then."""
    if slot.side == "rating":
        return 32.0
    if slot.what == "volts":
        return rolled.choice((230.0, 231.5, 0.0)) if rolled.random() < 0.1 else 230.0
    amperes = rolled.choice((0.0, -0.4)) if rolled.random() < 0.05 else rolled.uniform(0.0, flows)
    return round(amperes, 1) if slot.what == "amperes" else round(amperes * 230.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32))
@example(2_035_425_587)  # nothing of it is measured
def test_a_look_that_is_read_in_columns_says_what_it_says_one_by_one(seed: int) -> None:
    tree = Tree(random.Random(seed), twice=False)
    built, slots = tree.built(), tuple(odd_slots(tree))
    short, full = Engine(built, lambda: 0.0), Engine(built, lambda: 0.0, InFull())
    for engine in (short, full):
        engine.take(Book(slots))
    for values in _odd_looks(tree, slots, sorted(built.network.elements)):
        assert repr(_verdicts(short, values)) == repr(_verdicts(full, values))
        question = Question((tree.rolled.choice(sorted(built.network.elements)),))
        assert repr(short.take(question)) == repr(full.take(question))


def test_a_look_that_tells_of_the_same_places_is_read_in_columns_and_one_that_tells_of_others_is_not() -> (
    None
):
    built, slots, values = _site(3.0)
    still = Still()
    engine = Engine(built, lambda: 0.0, still)
    engine.take(Book(slots))
    plain = []
    for turn, amperes in enumerate((3.0, 3.1, 3.2, nan, nan, 3.0, 14.0, 3.0, 3.1)):
        _verdicts(engine, replace(values, at=turn * 10.0, values=array("d", [amperes, 230.0, 4.0, 230.0])))
        plain.append(still.plain)
    assert plain == [False, True, True, False, False, False, False, False, True]


class _Counting(Still):
    """Counts how many looks took over what was found before."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_over = 0
        self._last: Judged | None = None

    def judged(self, flow: Flow, hits: Hits, before: Sequence[Headroom]) -> Judged:
        found = super().judged(flow, hits, before)
        self.taken_over += self._last is not None and found.services is self._last.services
        self._last = found
        return found


def _site(amperes: float, *, second: bool = False) -> tuple[Built, tuple[Slot, ...], Values]:
    strips = [
        Node(f"s{number}", NodeKind.PDU, rating=Rating(16.0), phases=("L1",), polled=True)
        for number in (0, 1)
    ]
    fed = ("s0", "s1") if second else ("s0",)
    racks = [Node("r0", NodeKind.RACK, fed_by=fed), Node("r1", NodeKind.RACK, fed_by=("s1",))]
    services = tuple(Service(f"power/{one.id}", ServiceKind.POWER, 1, (one.id,)) for one in racks)
    wiring = Wiring((*strips, *racks), services)
    network = network_of(Topology(wiring), Terms())
    slots = tuple(
        Slot(one.id, one.id, "output", what, "L1") for one in strips for what in ("amperes", "volts")
    )
    values = Values(0.0, array("d", [amperes, 230.0, 4.0, 230.0]))
    return Built(Network(dict(network.elements)), wiring), slots, values


def _taken_over(amperes: float, *, second: bool = False, down: str = "") -> int:
    built, slots, values = _site(amperes, second=second)
    still = _Counting()
    engine = Engine(built, lambda: 0.0, still)
    engine.take(Book(slots))
    _verdicts(engine, values)
    moved = array("d", [amperes, 230.0, 4.1, 230.0])
    then = replace(values, at=10.0, values=moved, down=frozenset({down} - {""}))
    _verdicts(engine, then)
    return still.taken_over


def test_only_where_nothing_has_a_second_way_and_all_is_well_is_anything_taken_over() -> None:
    assert _taken_over(3.0) == 1
    assert _taken_over(3.0, second=True) == 0, "a loss puts load on what stays"
    assert _taken_over(14.0) == 0, "beyond its limit already"
    assert _taken_over(3.0, down="s1") == 0, "parts stand otherwise than at the look before"


@pytest.mark.parametrize("still", [Still, InFull])
def test_at_a_low_voltage_a_part_has_the_share_that_is_measured_and_no_loss_that_adds_nothing(
    still: type[Still],
) -> None:
    built, slots, values = _site(8.0)
    engine = Engine(built, lambda: 0.0, still())
    engine.take(Book(slots))
    low = replace(values, values=array("d", [8.0, 207.0, 4.0, 207.0]))
    first = _verdicts(engine, low)
    for found in (first, _verdicts(engine, replace(low, at=10.0))):
        assert [(one.part, one.lost) for one in found.headroom] == [("s0", ""), ("s1", "")]
        for one, amperes in zip(found.headroom, (8.0, 4.0), strict=True):
            assert one.now.lo <= amperes / 16.0 <= one.now.hi
        assert [one.after for one in found.headroom] == [one.now for one in found.headroom]
