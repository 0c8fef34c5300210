"""Numbers that devices told, as the flow takes them: phases, tolerances, switches, engines, fuel, ratings."""

from __future__ import annotations

from array import array
from math import nan

import pytest

from dcim.flow import Battery, Element, Engine, Feed, Flow, Interval, Limit, Network, Reading, Situation
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.model import Lane, Layout, Meaning, Point
from dcim.record import replace
from dcim.redundancy.seen import Slot, single_phased, slots_of, tellers
from dcim.redundancy.situation import (
    Look,
    bypassed,
    on_bypass,
    on_one_phase,
    preferring,
    rated,
    ratings,
    situation,
)

WORDS = {1.0: "source_b", 2.0: "running"}
NETWORK = Network(
    {
        "u": Element("u", NodeKind.UTILITY),
        "g": Element("g", NodeKind.GENSET, engine=Engine()),
        "s": Element("s", NodeKind.ATS, (Feed("u"), Feed("g"))),
        "p": Element("p", NodeKind.PDU, (Feed("s"),)),
        "r": Element("r", NodeKind.RACK, (Feed("p"),), demand=Interval(0.0, 5000.0)),
    }
)


def look(*told: tuple[Slot, float], doubtful: frozenset[str] = frozenset()) -> Look:
    return Look(
        1.0, [slot for slot, _ in told], [value for _, value in told], frozenset(("x", "u")), doubtful
    )


def test_a_phase_is_told_by_its_most_exact_quantity_and_what_does_not_count_is_not_there() -> None:
    """Pains: I4."""
    said = situation(
        NETWORK,
        look(
            (Slot("p", "p", "output", "amperes", "L1"), 10.0),
            (Slot("p", "p", "output", "volts", "L1"), 231.0),
            (Slot("p", "p", "output", "watts", "L1"), 2200.0),
            (Slot("p", "p", "output", "voltamperes", "L2"), 500.0),
            (Slot("p", "p", "output", "amperes", "L3"), nan),
            (Slot("elsewhere", "elsewhere", "output", "amperes", "L1"), 1.0),
        ),
    )
    first, second = said.readings["p"]
    assert (first.phase, first.amperes, first.volts, first.watts) == ("L1", 10.0, 231.0, None)
    assert first.tolerance == pytest.approx(0.02 + 0.05 / 10)
    assert (second.phase, second.voltamperes) == ("L2", 500.0)
    assert said.readings.keys() == {"p"}
    assert said.down == {"u"}


def test_its_own_word_goes_before_that_of_a_meter_and_current_proves_power() -> None:
    said = situation(
        NETWORK,
        look(
            (Slot("p", "meter", "output", "amperes", "L1"), 7.0),
            (Slot("p", "p", "output", "amperes", "L1"), 6.0),
            doubtful=frozenset(("p", "s")),
        ),
    )
    assert said.readings["p"][0].amperes == 6.0
    assert said.doubtful == set()  # current flows through the strip, so it works, and so does what feeds it


def test_switches_engines_runtimes_and_fuel_are_read() -> None:
    said = situation(
        NETWORK,
        look(
            (Slot("s", "s", "state", "position", words=WORDS), 1.0),
            (Slot("g", "g", "state", "engine", words=WORDS), 2.0),
            (Slot("g", "g", "state", "level"), 0.5),
            (Slot("p", "p", "state", "runtime"), 600.0),
        ),
        tanks={"g": 400.0},
    )
    assert said.positions == {"s": "g"}
    assert said.running == {"g"}
    assert said.litres == {"g": Interval(200.0, 200.0)}
    assert said.runtimes["p"].holds(600.0)


def test_devices_ratings_stand_where_nobody_declared_one() -> None:
    told = ratings(
        look(
            (Slot("p", "p", "rating", "amperes", "L1"), 32.0),
            (Slot("p", "p", "rating", "amperes", "L2"), 16.0),
            (Slot("s", "s", "rating", "amperes"), 63.0),
            (Slot("r", "r", "rating", "amperes"), 9.0),
        )
    )
    declared = Network(
        {**NETWORK.elements, "s": Element("s", NodeKind.ATS, (Feed("u"), Feed("g")), limit=Limit(100.0))}
    )
    found = rated(declared, told).elements
    assert (found["p"].limit.amperes, found["s"].limit.amperes, bool(found["r"].limit)) == (
        16.0,
        100.0,
        False,
    )


def test_a_switch_prefers_as_it_was_told_and_a_strip_of_one_phase_has_one() -> None:
    changed = on_one_phase(preferring(NETWORK, {"s": "g", "gone": "u"}), ["p", "gone"]).elements
    assert [feed.source for feed in changed["s"].feeds] == ["u", "g"]
    assert changed["s"].prefers == "g"
    assert changed["p"].phases == ("",)
    assert NETWORK.elements["p"].phases == ()


def position(value: float) -> Look:
    return look(
        (Slot("s", "s", "state", "position", words={1.0: "source_b", 2.0: "source_a", 3.0: "none"}), value)
    )


def test_source_b_of_a_switch_is_the_second_that_feeds_it_whichever_it_prefers() -> None:
    """Pains: I2, I6."""
    for prefers in ("u", "g"):
        network = preferring(NETWORK, {"s": prefers})
        assert situation(network, position(1.0)).positions == {"s": "g"}
        assert situation(network, position(2.0)).positions == {"s": "u"}


def test_a_switch_that_nobody_reads_stands_where_it_is_declared_to_go_and_else_nobody_knows() -> None:
    """One that could say where it stands and does not may have moved. Pains: E3, I6."""
    preferring_b = preferring(NETWORK, {"s": "g"})
    assert situation(preferring_b, look()).positions == {"s": "g"}
    assert situation(NETWORK, look()).positions == {}
    assert situation(preferring_b, position(nan)).positions == {}
    assert situation(preferring_b, position(3.0)).positions == {}


def test_an_engine_that_says_nothing_runs_where_a_switch_that_works_stands_on_it() -> None:
    """Its card is dead or it has none; it was taken to stand still, and the utility to carry all. Pains: E3, I6."""
    assert situation(NETWORK, position(1.0)).running == {"g"}
    assert situation(NETWORK, position(2.0)).running == frozenset()
    assert situation(NETWORK, replace(position(1.0), down=frozenset({"s"}))).running == frozenset()
    words = {1.0: "source_b", 2.0: "stopped"}
    both = look(
        (Slot("s", "s", "state", "position", words=words), 1.0),
        (Slot("g", "g", "state", "engine", words=words), 2.0),
    )
    assert situation(NETWORK, both).running == frozenset(), "its own word goes before"


def test_a_ups_with_two_feeds_says_which_of_them_it_takes() -> None:
    """Of a UPS the first feed is that of its rectifier, the second that of its bypass."""
    two = Element("i", NodeKind.UPS, (Feed("u"), Feed("p")), battery=Battery())
    words = {1.0: "normal", 2.0: "bypass", 3.0: "battery"}
    network = Network({**NETWORK.elements, "i": two})
    for value, stands in ((1.0, {"i": "u"}), (2.0, {"i": "p"}), (3.0, {}), (nan, {})):
        said = look((Slot("i", "i", "state", "mode", words=words), value))
        assert situation(network, said).positions == stands
    alone = Network({**NETWORK.elements, "i": Element("i", NodeKind.UPS, (Feed("u"),), battery=Battery())})
    bypass = look((Slot("i", "i", "state", "mode", words=words), 2.0))
    assert situation(alone, bypass).positions == {}, "the bypass of a UPS with one feed is not drawn"


def layout(device: str, *points: tuple[str, dict[str, str]], own: bool = False) -> Layout:
    made = tuple(Point(device, metric, tuple(sorted(labels.items()))) for metric, labels in points)
    words = tuple({5.0: Meaning("source_a")} if metric.endswith("_state") else None for metric, _ in points)
    return Layout(device, Lane.FAST, made, words, ("x",) * len(made), own=own)


def test_slots_are_the_phases_and_the_whole_and_nothing_else() -> None:
    current = "pdu_inlet_phase_current_amperes"
    told = layout(
        "p",
        (current, {"inlet": "I1", "phase": "L1"}),
        (current, {"inlet": "I1", "phase": "N"}),
        ("pdu_power_watts", {}),
        ("pdu_outlet_current_amperes", {"outlet": "1"}),
        ("ats_source_state", {}),
    )
    pairs = list(slots_of("p", "p", [layout("p", ("pdu_power_watts", {}), own=True), told]))
    assert [(slot.what, slot.phase, place.batch, place.number) for slot, place in pairs] == [
        ("amperes", "L1", 1, 0),
        ("watts", "", 1, 2),
        ("position", "", 1, 4),
    ]
    assert pairs[2][0].words == {5.0: "source_a"}
    several = layout(
        "p", (current, {"inlet": "I1", "phase": "L1"}), (current, {"inlet": "I2", "phase": "L1"})
    )
    assert list(slots_of("p", "p", [several])) == []


def test_who_tells_of_what_and_who_has_one_phase() -> None:
    nodes = (
        Node("board", NodeKind.SWITCHBOARD),
        Node("m", NodeKind.METER, measures="board", polled=True),
        Node("p", NodeKind.PDU, fed_by=("board",), polled=True),
        Node("q", NodeKind.PDU, fed_by=("board",), phases=("L2",), polled=True),
    )
    topology = Topology(Wiring(nodes))
    assert tellers(topology) == {"m": "board", "p": "p", "q": "q"}
    slots = [Slot(name, name, "output", "amperes", "L1") for name in ("p", "q", "board")]
    assert single_phased(topology.nodes, slots) == {"p"}
    slots.append(Slot("p", "p", "output", "amperes", "L2"))
    assert single_phased(topology.nodes, slots) == frozenset()


def test_arrays_are_taken_as_they_come() -> None:
    values = array("d", [4.0])
    said = situation(NETWORK, Look(1.0, (Slot("p", "p", "output", "amperes", "L1"),), values))
    assert said.readings["p"][0].amperes == 4.0


def test_what_carries_current_proves_the_only_source_that_can_feed_it() -> None:
    """Nobody measures a utility: with the engine at rest it is what the board behind it lives on."""
    board = Element("b", NodeKind.SWITCHBOARD, (Feed("m"), Feed("g")))
    ups = Element("v", NodeKind.UPS, (Feed("b"),), battery=Battery())
    strip = Element("q", NodeKind.PDU, (Feed("v"),))
    mains = Element("m", NodeKind.UTILITY)
    network = Network(
        {one.id: one for one in (mains, Element("g", NodeKind.GENSET, engine=Engine()), board, ups, strip)}
    )
    flows = (Slot("b", "b", "output", "amperes", "L1"), 7.0)
    through = (Slot("q", "q", "output", "amperes", "L1"), 7.0)
    rests = (Slot("g", "g", "side", "engine", "", WORDS), 5.0)
    runs = (Slot("g", "g", "side", "engine", "", WORDS), 2.0)

    def doubtful(*told: tuple[Slot, float]) -> set[str]:
        said = Look(
            1.0, [slot for slot, _ in told], [value for _, value in told], doubtful=frozenset("mgbvq")
        )
        return set(situation(network, said).doubtful)

    assert doubtful(flows, rests) == {"g", "v", "q"}
    assert doubtful(flows, runs) == {"m", "g", "v", "q"}  # of two that may feed it nobody knows which does
    assert doubtful(flows) == {"m", "g", "v", "q"}  # nor where the engine does not say how it is
    assert doubtful(through, rests) == {"m", "g", "b"}  # what a battery gives proves nothing before it
    taken = (Slot("v", "v", "input", "amperes", "L1"), 7.0)
    assert doubtful(taken, rests) == {"g", "v", "q"}  # what it takes does


def test_a_ups_that_says_battery_lives_on_it_and_one_that_says_anything_else_does_not() -> None:
    words = {1.0: "normal", 2.0: "bypass", 3.0: "battery"}
    network = Network({**NETWORK.elements, "i": Element("i", NodeKind.UPS, (Feed("u"),), battery=Battery())})
    for value, found in ((1.0, set()), (2.0, set()), (3.0, {"i"}), (nan, set())):
        said = look((Slot("i", "i", "state", "mode", words=words), value))
        assert situation(network, said).discharging == found


def test_a_ups_on_bypass_takes_from_each_phase_what_it_gives_there() -> None:
    """It was reckoned to take it evenly, with the losses of a rectifier that does not work. Pains: I4."""
    words = {1.0: "normal", 2.0: "bypass", 3.0: "battery"}
    lossy = Element(
        "i", NodeKind.UPS, (Feed("b"),), gain=Interval(1.05, 1.1), balances=True, battery=Battery()
    )
    board = Element("b", NodeKind.SWITCHBOARD, (Feed("u"),))
    network = Network({"u": NETWORK.elements["u"], "b": board, "i": lossy})
    gives = {"i": tuple(Reading(f"L{at}", voltamperes=1000.0 * at, tolerance=0.0) for at in (1, 2, 3))}
    for value, found in ((1.0, False), (2.0, True), (3.0, False), (nan, False)):
        said = on_bypass(look((Slot("i", "i", "state", "mode", words=words), value)))
        assert said == ({"i"} if found else set())
        load = Flow(bypassed(network, said), Situation(gives)).load("b")
        for at in (1, 2, 3):
            span = load.phases[f"L{at}"]
            least, most = (1000.0 * at, 1100.0 * at) if found else (2100.0, 2200.0)
            assert span.lo == pytest.approx(least)
            assert span.hi == pytest.approx(most)
    assert bypassed(network, ["b", "gone"]) is network
