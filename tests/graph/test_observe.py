"""What the newest readings of one device say of its part."""

from __future__ import annotations

from array import array
from math import nan

import pytest

from dcim.graph import NodeKind, Said, State, Witness
from dcim.graph.sign import SIGNS, parse_signs
from dcim.model import Batch, Lane, Layout, Meaning, Point, state_code

UP, DOWN = State.UP, State.DOWN


def said(kind: NodeKind, *readings: tuple[str, dict[str, str], float | str], fresh: bool = True) -> Said:
    points = tuple(Point("x", metric, tuple(sorted(labels.items()))) for metric, labels, _ in readings)
    words = [value if isinstance(value, str) else None for _, _, value in readings]
    states = tuple({state_code(word): Meaning(word)} if word else None for word in words)
    values = array("d", [state_code(value) if isinstance(value, str) else value for _, _, value in readings])
    layout = Layout("x", Lane.FAST, points, states, ("",) * len(points))
    return Witness(kind, [layout]).read([Batch(layout, 0.0, values)], (fresh,))


def volts(metric: str, *values: float, **labels: str) -> list[tuple[str, dict[str, str], float | str]]:
    return [(metric, {**labels, "phase": f"L{n}"}, value) for n, value in enumerate(values, 1)]


def test_voltage_speaks_for_its_phase_and_between_the_limits_for_nothing() -> None:
    """Pains: E3, I4."""
    one = said(NodeKind.PDU, *volts("pdu_phase_voltage_volts", 231.0, 0.4, 65.0))
    assert dict(one.output) == {"L1": UP, "L2": DOWN}
    assert [dict(point.labels)["phase"] for point in one.points] == ["L1", "L2"]


def test_a_gap_and_a_stale_reading_say_nothing() -> None:
    """Pains: E3, E5."""
    assert said(NodeKind.PDU, ("pdu_voltage_volts", {}, nan)) == Said()
    assert said(NodeKind.PDU, ("pdu_voltage_volts", {}, 0.0), fresh=False) == Said()


def test_no_current_is_no_proof_of_anything_and_current_proves_voltage() -> None:
    assert dict(said(NodeKind.PDU, ("pdu_phase_current_amperes", {"phase": "L1"}, 0.0)).output) == {}
    assert dict(said(NodeKind.PDU, ("pdu_phase_current_amperes", {"phase": "L1"}, 3.1)).output) == {"L1": UP}


def test_an_outlet_that_is_off_does_not_make_the_pdu_dead() -> None:
    outlets = [
        ("pdu_outlet_voltage_volts", {"outlet": str(n)}, value) for n, value in enumerate((0.0, 230.0))
    ]
    assert dict(said(NodeKind.PDU, *outlets).output) == {"": UP}


def test_voltages_between_phases_are_gone_only_together() -> None:
    lines = ("L1-L2", "L2-L3", "L3-L1")

    def board(*values: float) -> dict[str, State]:
        read = [
            ("meter_line_voltage_volts", {"phase": line}, value)
            for line, value in zip(lines, values, strict=True)
        ]
        return dict(said(NodeKind.SWITCHBOARD, *read).output)

    assert board(400.0, 399.0, 401.0) == {"L1": UP, "L2": UP, "L3": UP}
    assert board(0.0, 0.0, 0.0) == {"L1": DOWN, "L2": DOWN, "L3": DOWN}
    assert board(400.0, 0.0, 0.0) == {"L1": UP, "L2": UP}


def test_neutral_and_branches_are_no_phases() -> None:
    assert (
        said(NodeKind.PDU, *[("pdu_phase_voltage_volts", {"phase": p}, 0.0) for p in ("N", "L1-b1")])
        == Said()
    )


@pytest.mark.parametrize(("word", "redundancy"), [("normal", UP), ("battery", DOWN), ("bypass", DOWN)])
def test_a_ups_gives_voltage_from_wherever_and_is_redundant_only_on_its_input(
    word: str, redundancy: State
) -> None:
    """Pains: I6."""
    ups = said(NodeKind.UPS, ("ups_output_source_state", {}, word))
    assert (dict(ups.output), ups.redundancy) == ({"": UP}, redundancy)
    assert dict(ups.inputs) == ({} if word != "normal" else {0: {"": UP}})


def test_a_ups_on_battery_proves_nothing_about_its_feed_but_its_input_voltage_does() -> None:
    test = said(
        NodeKind.UPS,
        ("ups_output_source_state", {}, "battery"),
        ("ups_input_voltage_volts", {"phase": "L1"}, 231.0),
    )
    assert dict(test.inputs) == {0: {"L1": UP}}


def test_a_transfer_switch_tells_of_its_sources_by_number() -> None:
    ats = said(
        NodeKind.ATS,
        ("ats_input_state", {"source": "a"}, "failed"),
        ("ats_input_state", {"source": "b"}, "ok"),
        ("ats_redundancy_state", {}, "lost"),
        ("ats_output_state", {}, "ok"),
    )
    assert {feed: dict(places) for feed, places in ats.inputs.items()} == {0: {"": DOWN}, 1: {"": UP}}
    assert (dict(ats.output), ats.redundancy) == ({"": UP}, DOWN)


def test_what_goes_through_a_transfer_switch_is_on_both_sides_of_it() -> None:
    """Pains: I7."""
    above = said(
        NodeKind.ATS, ("ats_source_state", {}, "source_b"), ("ats_input_state", {"source": "b"}, "ok")
    )
    assert dict(above.output) == {"": UP}
    below = said(NodeKind.ATS, ("ats_source_state", {}, "source_b"), ("ats_output_voltage_volts", {}, 229.0))
    assert dict(below.inputs[1]) == {"": UP}
    position = said(NodeKind.ATS, ("ats_source_state", {}, "source_a"))
    assert (dict(position.output), dict(position.inputs.get(0, {}))) == ({}, {})  # a position is no voltage
    dead = said(
        NodeKind.ATS, ("ats_source_state", {}, "source_a"), ("ats_input_state", {"source": "a"}, "failed")
    )
    assert dict(dead.output) == {"": DOWN}


def test_a_source_that_nobody_knows_is_passed_over_and_phases_are_more_exact_than_the_whole() -> None:
    ats = said(
        NodeKind.ATS,
        ("ats_input_state", {"source": "spare"}, "ok"),
        ("ats_output_voltage_volts", {"phase": "L1"}, 230.0),
        ("ats_output_state", {}, "ok"),
    )
    assert (dict(ats.inputs), dict(ats.output)) == ({}, {"L1": UP})


def test_what_the_daemon_says_of_a_device_is_no_reading_of_the_device() -> None:
    own = Layout("x", Lane.FAST, (Point("x", "pdu_voltage_volts"),), (None,), ("",), own=True)
    witness = Witness(NodeKind.PDU, [own])
    assert witness.used == frozenset()
    assert witness.read([Batch(own, 0.0, array("d", [230.0]))], (True,)) == Said()


def test_a_generator_at_rest_gives_nothing_and_stands_by() -> None:
    rest = said(NodeKind.GENSET, ("genset_state", {}, "stopped"), ("genset_mode_state", {}, "auto"))
    assert (dict(rest.output), rest.ready) == ({"": DOWN}, UP)
    off = said(NodeKind.GENSET, ("genset_state", {}, "stopped"), ("genset_mode_state", {}, "off"))
    assert off.ready is DOWN


def test_words_that_no_sign_knows_say_nothing() -> None:
    assert said(NodeKind.CRAC, ("crac_mode_state", {}, "unknown")) == Said()


def test_the_same_said_twice_is_the_same_object() -> None:
    layout = Layout("x", Lane.FAST, (Point("x", "pdu_voltage_volts"),), (None,), ("",))
    witness = Witness(NodeKind.PDU, [layout])
    first = witness.read([Batch(layout, 0.0, array("d", [230.0]))], (True,))
    assert witness.read([Batch(layout, 9.0, array("d", [229.1]))], (True,)) is first
    assert witness.fits([Batch(layout, 0.0, array("d", [0.0]))])
    assert not witness.fits([])
    assert witness.used == {0}


def test_every_kind_that_can_be_measured_has_signs_and_wrong_lines_are_refused() -> None:
    assert {NodeKind.UPS, NodeKind.PDU, NodeKind.ATS, NodeKind.GENSET, NodeKind.CRAC} <= SIGNS.keys()
    for line, what in {
        "ups\tno_such_metric\toutput\t1\t0": "no canonical metric",
        "ups\tups_output_source_state\toutput\tnormall\t-": "no word 'normall'",
        "upps\tups_output_source_state\toutput\tnormal\t-": "upps",
    }.items():
        with pytest.raises(ValueError, match=what):
            parse_signs(line)
