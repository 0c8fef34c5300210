"""What is known of every part: the evidence rules one by one, then properties over random buildings."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dcim.graph import (
    Basis,
    Node,
    NodeKind,
    Redundancy,
    Said,
    Service,
    ServiceKind,
    Services,
    State,
    Topology,
    Wiring,
)
from dcim.graph.conclude import Conclusions
from tests.examples import many

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


def volts(**phases: State) -> Said:
    return Said(output=phases)


LIVE, DEAD = Said(output={"": UP}), Said(output={"": DOWN})


def known(topology: Topology, **said: Said) -> Any:
    concluded = Conclusions(topology)
    for device, one in said.items():
        concluded.take(device.replace("_", "-"), one)
    return concluded.evidence


def test_without_a_word_from_anybody_everything_is_unknown(topology: Topology) -> None:
    """Pains: E3."""
    assert {one.state for one in known(topology).values()} == {UNKNOWN}


def test_voltage_proves_the_path_up_to_the_first_part_that_stores(topology: Topology) -> None:
    found = known(topology, pdu_a=volts(L1=UP, L2=UP, L3=UP))
    states = {name: found[name].state for name in ("pdu-a", "fpdu-a", "ups-a", "board", "inv", "utility")}
    assert states == {
        "pdu-a": UP,
        "fpdu-a": UP,
        "ups-a": UP,
        "board": UNKNOWN,
        "inv": UNKNOWN,
        "utility": UNKNOWN,
    }
    assert (found["ups-a"].basis, found["ups-a"].witnesses) == (Basis.BELOW, ("fpdu-a",))
    assert found["ups-a"].up == {"L1", "L2", "L3"}


def test_beyond_it_only_what_that_part_says_of_its_input_counts(topology: Topology) -> None:
    found = known(topology, ups_a=Said(output={"": UP}, inputs={0: {"L1": UP}}))
    assert [found[name].state for name in ("board", "inv", "tr", "genset")] == [UP, UP, UNKNOWN, UNKNOWN]


def test_of_several_feeds_the_one_is_proven_that_is_left_when_the_others_give_nothing(
    topology: Topology,
) -> None:
    """A UPS has mains, the engine says that it is stopped, and nobody measures the switch: the utility works. Pains: E3, I6."""
    on_mains, stopped = Said(output={"": UP}, inputs={0: {"": UP}}), Said(output={"": DOWN}, ready=UP)
    concluded = Conclusions(topology)
    above = ("inv", "tr", "utility")

    def states() -> list[State]:
        return [concluded.evidence[name].state for name in above]

    concluded.take("ups-a", on_mains)
    assert states() == [UP, UNKNOWN, UNKNOWN], "perhaps the engine runs"
    concluded.take("genset", stopped)
    assert states() == [UP, UP, UP]
    assert concluded.evidence["utility"].basis is Basis.BELOW
    concluded.take("genset", Said())  # it does not answer any more
    assert states() == [UP, UNKNOWN, UNKNOWN]
    concluded.take("genset", stopped)
    concluded.take("ups-a", Said(output={"": UP}, inputs={0: {"": DOWN}}))  # on its battery
    assert states() == [UNKNOWN, UNKNOWN, UNKNOWN]


def test_what_a_switch_says_of_a_source_goes_before_what_the_source_says(topology: Topology) -> None:
    """The engine has just started: its own word is older. Nothing is proven of the utility. Pains: I6."""
    found = known(topology, inv=Said(output={"": UP}, inputs={1: {"": UP}}), genset=DEAD)
    assert (found["tr"].state, found["genset"].doubt) == (UNKNOWN, "inv")


def test_a_source_that_does_not_arrive_feeds_nothing_whatever_it_says(topology: Topology) -> None:
    found = known(topology, inv=Said(output={"": UP}, inputs={1: {"": DOWN}}))
    assert (found["tr"].state, found["utility"].state, found["genset"].state) == (UP, UP, UNKNOWN)


def test_a_feed_that_lacks_a_phase_may_be_what_feeds_it() -> None:
    """Which phase of it is which of the other nobody knows here. Pains: I4."""
    boards = [Node(name, NodeKind.SWITCHBOARD, phases=("L1", "L2", "L3")) for name in ("a", "b")]
    topology = Topology(Wiring((*boards, Node("pdu", NodeKind.PDU, fed_by=("a", "b")))))
    one = known(topology, a=volts(L1=DOWN, L2=UP, L3=UP), pdu=volts(L1=UP))
    assert one["b"].state is UNKNOWN
    assert one["b"].up == frozenset()
    all_of_it = known(topology, a=volts(L1=DOWN, L2=DOWN, L3=DOWN), pdu=volts(L1=UP, L2=UP, L3=UP))
    assert all_of_it["b"].state is UP


def test_a_transfer_switch_tells_its_feeds_apart(topology: Topology) -> None:
    """Pains: I6."""
    found = known(topology, inv=Said(output={"": UP}, inputs={0: {"": DOWN}, 1: {"": UP}}))
    assert (found["genset"].state, found["tr"].state, found["utility"].state) == (UP, UNKNOWN, UNKNOWN)
    assert found["inv"].redundancy is Redundancy.REDUCED


def test_a_dead_part_proves_nothing_about_what_feeds_it(topology: Topology) -> None:
    found = known(topology, pdu_a=DEAD)
    assert (found["pdu-a"].state, found["fpdu-a"].state) == (DOWN, UNKNOWN)


def test_what_all_feeds_of_are_down_is_down_until_something_stores(topology: Topology) -> None:
    found = known(topology, tr=DEAD, genset=DEAD)
    assert [found[name].state for name in ("inv", "board", "chiller")] == [DOWN, DOWN, DOWN]
    assert (found["inv"].basis, found["inv"].witnesses) == (Basis.ABOVE, ("tr", "genset"))
    assert (found["ups-a"].state, found["pdu-a"].state) == (UNKNOWN, UNKNOWN)
    assert found["ups-a"].redundancy is Redundancy.REDUCED


def test_a_meter_speaks_for_what_it_measures(topology: Topology) -> None:
    found = known(topology, meter=volts(L1=UP, L2=UP, L3=UP))
    assert (found["board"].basis, found["board"].witnesses, found["inv"].state) == (
        Basis.MEASURED,
        ("meter",),
        UP,
    )


def test_its_own_readings_go_before_what_others_show_and_the_doubt_is_named(topology: Topology) -> None:
    found = known(topology, fpdu_a=DEAD, pdu_a=LIVE)
    assert (found["fpdu-a"].state, found["fpdu-a"].doubt, found["ups-a"].state) == (DOWN, "pdu-a", UNKNOWN)
    assert "pdu-a" in found["fpdu-a"].why


def test_an_agent_that_falls_silent_takes_its_words_back(topology: Topology) -> None:
    """Pains: E3, E5."""
    concluded = Conclusions(topology)
    concluded.take("pdu-a", LIVE)
    assert set(concluded.take("pdu-a", Said())) == {"pdu-a", "fpdu-a", "ups-a", "rack/r1"}
    assert concluded.evidence["pdu-a"].state is UNKNOWN


def test_a_missing_phase_is_down_where_phases_are_drawn_and_unknown_where_not() -> None:
    """Pains: I4."""
    said = volts(L1=UP, L2=DOWN, L3=UP)
    for phases, state, basis in ((("L1", "L2", "L3"), DOWN, Basis.MEASURED), ((), UNKNOWN, Basis.PARTLY)):
        topology = Topology(Wiring((Node("pdu", NodeKind.PDU, phases=phases),)))
        found = known(topology, pdu=said)["pdu"]
        assert (found.state, found.basis) == (state, basis)
    single = Topology(Wiring((Node("pdu", NodeKind.PDU, phases=("L1",)),)))
    assert known(single, pdu=said)["pdu"].state is UP
    on_another = Topology(Wiring((Node("pdu", NodeKind.PDU, phases=("L3",)),)))
    assert known(on_another, pdu=volts(L1=UP))["pdu"].state is UP, "a strip calls its only phase L1"
    assert known(on_another, pdu=said)["pdu"].state is UP


def test_what_may_hang_on_another_phase_is_not_down_with_one() -> None:
    """A strip on a phase that nobody has named does not answer, and its board has lost L1. Pains: E3, I4."""
    board = Node("board", NodeKind.SWITCHBOARD, phases=("L1", "L2", "L3"))
    strips = [
        Node("strip", NodeKind.PDU, fed_by=("board",)),
        Node("behind", NodeKind.PDU, fed_by=("strip",)),
        Node("named", NodeKind.PDU, fed_by=("board",), phases=("L1",)),
    ]
    topology = Topology(Wiring((board, *strips)))
    for said, states in (
        (volts(L1=DOWN, L2=UP, L3=UP), (UNKNOWN, UNKNOWN, DOWN)),
        (volts(L1=DOWN), (UNKNOWN, UNKNOWN, DOWN)),
        (volts(L1=DOWN, L2=DOWN, L3=DOWN), (DOWN, DOWN, DOWN)),
        (DEAD, (DOWN, DOWN, DOWN)),
    ):
        found = known(topology, board=said)
        assert tuple(found[name].state for name in ("strip", "behind", "named")) == states, said


def test_a_strip_calls_its_only_phase_l1_and_proves_no_phase_of_its_board() -> None:
    """Pains: I4."""
    strip = Node("strip", NodeKind.PDU, fed_by=("board",))
    for phases, up in ((("L1", "L2", "L3"), set()), (("L3",), {"L3"}), ((), {""})):
        topology = Topology(Wiring((Node("board", NodeKind.SWITCHBOARD, phases=phases), strip)))
        found = known(topology, strip=volts(L1=UP))
        assert found["board"].up == up
        assert found["strip"].state is UP
    topology = Topology(Wiring((Node("board", NodeKind.SWITCHBOARD, phases=("L1", "L2", "L3")), strip)))
    assert known(topology, board=volts(L1=DOWN, L2=UP, L3=UP), strip=volts(L1=UP))["board"].doubt == ""
    bare = Topology(Wiring((Node("board", NodeKind.SWITCHBOARD), strip)))
    assert known(bare, board=volts(L1=DOWN, L2=UP, L3=UP), strip=volts(L1=UP))["board"].doubt == ""
    assert known(bare, board=volts(L1=DOWN, L2=DOWN, L3=DOWN), strip=volts(L1=UP))["board"].doubt == "strip"
    three = known(topology, strip=volts(L1=UP, L2=UP, L3=UP))
    assert three["board"].state is UP


def test_proof_travels_by_phase() -> None:
    """Pains: I4."""
    board = Node("board", NodeKind.SWITCHBOARD, phases=("L1", "L2", "L3"))
    pdus = [Node(f"pdu{n}", NodeKind.PDU, fed_by=("board",), phases=(f"L{n}",)) for n in (1, 2, 3)]
    topology = Topology(Wiring((board, *pdus)))
    two = known(topology, pdu1=LIVE, pdu2=LIVE)["board"]
    assert (two.state, two.up) == (UNKNOWN, {"L1", "L2"})
    assert known(topology, pdu1=LIVE, pdu2=LIVE, pdu3=LIVE)["board"].state is UP
    phase_lost = known(topology, board=volts(L1=UP, L2=DOWN, L3=UP))
    assert [phase_lost[name].state for name in ("pdu1", "pdu2", "pdu3")] == [UNKNOWN, DOWN, UNKNOWN]


def test_a_cooling_unit_that_runs_without_its_compressor_or_its_water_does_not_cool(
    topology: Topology,
) -> None:
    for lost in ({"board": DEAD}, {"chiller": DEAD}):
        found = known(topology, crac_1=LIVE, crac_2=LIVE, **lost)
        assert (found["crac-1"].state, found["crac-2"].state) == (DOWN, UP)
    assert known(topology, crac_1=LIVE)["crac-1"].state is UP


def test_what_stands_by_counts_as_there(topology: Topology) -> None:
    found = known(
        topology, crac_2=Said(output={"": DOWN}, ready=UP), genset=Said(output={"": DOWN}, ready=UP), tr=DEAD
    )
    assert (found["crac-2"].state, found["crac-2"].works, found["crac-2"].redundancy) == (
        DOWN,
        UP,
        Redundancy.FULL,
    )
    assert found["inv"].state is DOWN  # it is not running: nothing comes from it now


def test_a_rack_is_as_its_feeds(topology: Topology) -> None:
    """Pains: I1."""
    assert known(topology, pdu_a=LIVE)["rack/r1"].state is UP
    assert known(topology, pdu_a=DEAD)["rack/r1"].state is UNKNOWN
    assert known(topology, pdu_a=DEAD, pdu_b=DEAD)["rack/r1"].state is DOWN


def test_services_follow_and_a_silent_pdu_is_no_outage(topology: Topology) -> None:
    """Pains: E3, F1, I1."""
    services = Services(topology)
    assert {one.function for one in services.standing.values()} == {UNKNOWN}
    services.take("pdu-a", LIVE)
    changed = services.take("pdu-b", LIVE)
    assert [(one.service.id, one.after.redundancy) for one in changed] == [("power/r1", Redundancy.FULL)]
    services.take("ats", Said(output={"": UP}, inputs={0: {"": UP}, 1: {"": UP}}))
    assert services.standing["tenant/atlas"].fine
    services.take("pdu-b", Said())  # it does not answer any more
    assert services.standing["power/r1"].function is UP
    assert services.standing["power/r1"].redundancy is Redundancy.UNKNOWN
    services.take("pdu-b", DEAD)
    assert services.standing["tenant/atlas"] == services.standing["power/r1"]
    assert services.standing["power/r1"].redundancy is Redundancy.REDUCED
    assert [(part.id, part.standing.function) for part in services.parts("power/r1")] == [
        ("pdu-a", UP),
        ("pdu-b", DOWN),
    ]


def test_a_reason_is_a_line_for_every_basis(topology: Topology) -> None:
    """Pains: G4."""
    found = known(
        topology, meter=LIVE, pdu_a=volts(L1=UP, L2=DOWN), tr=DEAD, genset=DEAD, ups_a=DEAD, pdu_b=LIVE
    )
    assert {
        name: found[name].why
        for name in ("board", "tr", "pdu-a", "ups-a", "fpdu-b", "rack/r1", "utility", "inv")
    } == {
        "board": "meter measures it",
        "tr": "its readings say so",
        "pdu-a": "voltage on L1, none on L2",
        "ups-a": "its readings say so, but fpdu-a below it has voltage",
        "fpdu-b": "pdu-b below it has voltage",
        "rack/r1": "it is fed by pdu-a, pdu-b",
        "utility": "no fresh reading here, below or above says anything",
        "inv": "board below it has voltage",
    }
    assert known(topology, ups_b=DEAD)["fpdu-b"].why == "ups-b above it is down"
    partly = known(Topology(Wiring((Node("p", NodeKind.PDU, phases=("L1", "L2")),))), p=volts(L1=UP))["p"]
    assert partly.why == "voltage on L1, none on no phase that is known"


def test_a_service_of_services_is_renewed_once_and_has_no_reason_of_its_own() -> None:
    nodes = (
        Node("board", NodeKind.SWITCHBOARD),
        *(Node(name, NodeKind.PDU, fed_by=("board",)) for name in "ab"),
    )
    made = (
        Service("x", ServiceKind.OTHER, 1, ("a",)),
        Service("y", ServiceKind.OTHER, 1, ("b",)),
        Service("both", ServiceKind.OTHER, 2, ("x", "y")),
        Service("odd", ServiceKind.OTHER, 1, ("nobody",)),
    )
    services = Services(Topology(Wiring(nodes, made)))
    changes = services.take("board", DEAD)
    assert [one.service.id for one in changes] == ["x", "y", "both"]
    assert {part.why for part in services.parts("both")} == {""}
    assert services.standing["odd"].function is UNKNOWN


# random buildings

KINDS = [
    NodeKind.SWITCHBOARD,
    NodeKind.ATS,
    NodeKind.UPS,
    NodeKind.PDU,
    NodeKind.CRAC,
    NodeKind.RACK,
    NodeKind.UTILITY,
]
PHASES = ["", "L1", "L2", "L3"]
places = st.dictionaries(st.sampled_from(PHASES), st.sampled_from([UP, DOWN]), max_size=3)
words = st.builds(
    Said,
    output=places,
    inputs=st.dictionaries(st.integers(0, 1), places, max_size=2),
    redundancy=st.sampled_from(State),
    ready=st.sampled_from([UP, UNKNOWN]),
)


@st.composite
def buildings(draw: st.DrawFn) -> Topology:
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(KINDS))
        feeds = (
            draw(st.lists(st.sampled_from([node.id for node in nodes]), unique=True, max_size=2))
            if nodes
            else []
        )
        nodes.append(
            Node(
                f"n{number}",
                kind,
                fed_by=() if kind is NodeKind.UTILITY else tuple(feeds),
                needs_all=draw(st.booleans()),
                phases=draw(st.sampled_from([(), ("L1",), ("L1", "L2", "L3")])),
                measures=draw(st.sampled_from(["", *[node.id for node in nodes]])),
            )
        )
    return Topology(Wiring(tuple(draw(st.permutations(nodes)))))


@given(buildings(), st.lists(st.tuples(st.integers(0, 8), words), max_size=12))
@many(50)
def test_step_by_step_is_the_same_as_all_at_once(topology: Topology, story: list[tuple[int, Said]]) -> None:
    steps, last = Conclusions(topology), {}
    for number, said in story:
        before = dict(steps.evidence)
        changed = steps.take(f"n{number}", said)
        assert set(changed) == {name for name, one in steps.evidence.items() if one != before[name]}
        last[f"n{number}"] = said
    whole = Conclusions(topology)
    for device in topology.order():
        whole.take(device, last.get(device, Said()))
    assert dict(steps.evidence) == dict(whole.evidence)


@given(buildings(), st.dictionaries(st.integers(0, 8), words, max_size=9))
@many(40)
def test_nothing_is_down_that_nobody_said_was_down_and_nothing_up_likewise(
    topology: Topology, said: dict[int, Said]
) -> None:
    """Pains: E3, G1."""
    for hidden, state in ((UP, DOWN), (DOWN, UP)):
        concluded = Conclusions(topology)
        for number, one in said.items():
            inputs = {feed: _only(hidden, places) for feed, places in one.inputs.items()}
            concluded.take(f"n{number}", Said(_only(hidden, one.output), inputs, UNKNOWN, UNKNOWN))
        assert state not in {one.state for one in concluded.evidence.values()}


def _only(state: State, places: Any) -> dict[str, State]:
    return {place: one for place, one in places.items() if one is state}
