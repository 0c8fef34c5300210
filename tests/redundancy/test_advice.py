"""What a drawing leaves open that costs an answer, and by which key it would be said. Pains: I2, I4."""

from __future__ import annotations

from dcim.flow import Terms
from dcim.graph import Node, NodeKind, Rating, Wiring
from dcim.redundancy.advice import advice

K = NodeKind
RATED = Rating(amperes=32.0)


def told(*nodes: Node, prefers: frozenset[str] = frozenset()) -> list[tuple[str, str, tuple[str, ...]]]:
    main = Node("utility", K.UTILITY), Node("board", K.SWITCHBOARD, fed_by=("utility",), rating=RATED)
    found = advice(Wiring((*main, *nodes)), Terms(), prefers)
    return [(one.part, one.key, one.counts_on) for one in found]


def test_a_load_that_nobody_measures_counts_on_every_phase_of_what_is_rated_above() -> None:
    load = Node("pump", K.LOAD, fed_by=("busbar",))
    bar = Node("busbar", K.SWITCHBOARD, fed_by=("board",))
    assert told(bar, load) == [("pump", "phases", ("board",))]
    assert told(bar, Node("pump", K.LOAD, fed_by=("busbar",), phases=("L2",))) == []


def test_what_is_measured_or_hangs_on_one_phase_needs_no_word() -> None:
    meter = Node("meter", K.METER, measures="pump", polled=True)
    assert told(Node("pump", K.LOAD, fed_by=("board",)), meter) == []
    strip = Node("strip", K.PDU, fed_by=("board",), polled=True)
    rack = Node("rack/r", K.RACK, fed_by=("strip",))
    assert told(strip, rack) == [], "what the strip gives is what the rack takes"
    single = Node("strip", K.PDU, fed_by=("board",), phases=("L3",))
    assert told(single, rack) == []


def test_of_a_rack_on_a_strip_that_nobody_reads_the_strip_is_named() -> None:
    strip = Node("strip", K.PDU, fed_by=("board",))
    assert told(strip, Node("rack/r", K.RACK, fed_by=("strip",))) == [("strip", "phases", ("board",))]


def test_nothing_is_asked_for_where_nothing_is_rated() -> None:
    bare = Node("board-b", K.SWITCHBOARD, fed_by=("utility",))
    ups = Node("ups", K.UPS, fed_by=("board",))  # it takes the same from each phase
    assert told(bare, Node("pump", K.LOAD, fed_by=("board-b",))) == []
    assert told(ups, Node("pump", K.LOAD, fed_by=("ups",))) == []


def test_a_switch_that_nobody_reads_counts_on_each_of_its_sources() -> None:
    other = Node("board-b", K.SWITCHBOARD, fed_by=("utility",))
    sts = Node("sts", K.STS, fed_by=("board", "board-b"))
    assert told(other, sts) == [("sts", "prefers", ("board", "board-b"))]
    assert told(other, sts, prefers=frozenset({"sts"})) == []
    assert told(other, Node("sts", K.STS, fed_by=("board", "board-b"), polled=True)) == []
    engine = Node("genset", K.GENSET)
    assert told(engine, Node("ats", K.ATS, fed_by=("board", "genset"))) == [], "the engine stands still"


def test_it_is_said_in_a_line_with_the_key_that_helps() -> None:
    other = Node("board-b", K.SWITCHBOARD, fed_by=("utility",))
    main = Node("utility", K.UTILITY), Node("board", K.SWITCHBOARD, fed_by=("utility",), rating=RATED)
    nodes = (
        *main,
        other,
        Node("sts", K.STS, fed_by=("board", "board-b")),
        Node("pump", K.LOAD, fed_by=("board",)),
    )
    lines = [one.text for one in advice(Wiring(nodes), Terms())]
    assert lines == [
        "sts: nobody reads where it stands, so its load counts on each of board, board-b; "
        "poll it, or say `prefers` if it returns by itself",
        "pump: nobody measures it, so its load counts on every phase of board; "
        "say `phases` if it hangs on some of them alone",
    ]
