"""Which rows of a device become points, and which do not and why."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.cells import Cell
from collectors.snmp.answers.recording import parse
from collectors.snmp.devices.plan import understand
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Tag
from collectors.snmp.recordings.offline import read_cells
from collectors.snmp.tables.wanted import wanted
from dcim.yaml import parse as parse_yaml

HEAD = "profile: x\nformat: 1\nkind: pdu\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5 }\n"
OUTLETS = (
    "tables: { t: { entry: $root.1.1, index: [row], columns: { kind: 3 }, labels: { outlet: { column: 2 } }, where: { kind: 1 },\n"
    "  points: [ { metric: pdu_outlet_power_watts, column: 4, unit: W, decimals: { column: 5 }, scale_from: { column: 6, map: { 9: 1, 10: 1000 } } } ] } }\n"
)


@pytest.fixture
def known():
    def make(profile, cells):
        cells = parse(cells) if isinstance(cells, str) else cells
        return understand("dev", [compile_profile(parse_yaml(HEAD + profile, "p.yaml"), "x")], cells)

    return make


def row(number, label="7", kind="1", raw="1234", digits="1", scale="9"):
    values = {2: ("4", label), 3: ("2", kind), 4: ("2", raw), 5: ("2", digits), 6: ("2", scale)}
    return "".join(
        f"1.3.6.1.4.1.5.1.1.{c}.{number}|{t}|{v}\n" for c, (t, v) in values.items() if v is not None
    )


def points(understanding):
    return [str(point) for plan in understanding.plans for point in plan.program.layout.points]


def test_a_row_with_everything_is_a_point(known):
    one = known(OUTLETS, row(3))
    assert points(one) == ['dev pdu_outlet_power_watts{outlet="7"}']
    assert dict(one.keys) == {
        oid.encode(f"1.3.6.1.4.1.5.1.1.{c}.3"): v for c, v in ((2, "7"), (3, "1"), (5, "1"), (6, "9"))
    }


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (row(3, kind="2"), ""),
        (row(3, kind=None), ""),
        (row(3, label=None), "no text for the label 'outlet'"),
        (row(3, label=""), "no text for the label 'outlet'"),
        (row(3, digits=None), "no decimal digits"),
        (row(3, digits="400"), "no decimal digits"),
        (row(3, scale=None), "no scale that the profile knows"),
        (row(3, scale="11"), "no scale that the profile knows: 11"),
        ("1.3.6.1.4.1.5.1.1.4.3.1|2|5\n", ""),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_said_so(known, cells, note):
    """Pains: A1: no digits, no scale: no number, rather than a guess."""
    one = known(OUTLETS, cells)
    assert points(one) == []
    assert len(one.notes) == bool(note)
    assert all(note in said for said in one.notes)


PROBE = (
    "points: [ { metric: ups_ambient_temperature_celsius, oid: $root.1.0, unit: degC, "
    "unit_from: { oid: $root.2.0, map: { 1: degC, 2: degF }%s } } ]\n"
)


@pytest.mark.parametrize(
    ("otherwise", "unit", "said"),
    [
        ("", "1", 75.0),
        ("", "2", pytest.approx(23.889, abs=0.001)),
        ("", None, None),
        (", otherwise: degC", None, 75.0),
        (", otherwise: degF", None, pytest.approx(23.889, abs=0.001)),
        (", otherwise: degC", "2", pytest.approx(23.889, abs=0.001)),
    ],
)
def test_a_value_whose_unit_a_device_does_not_say_means_nothing_unless_the_profile_knows_it(
    known, otherwise, unit, said
):
    """Pains: A5: 75 degrees Fahrenheit are no 75 degrees Celsius because a cell did not come."""
    cells = parse("1.3.6.1.4.1.5.1.0|2|75\n" + (f"1.3.6.1.4.1.5.2.0|2|{unit}\n" if unit else ""))
    one = known(PROBE % otherwise, cells)
    values = [read_cells(plan, cells).values[0] for plan in one.plans]
    assert values == ([said] if said is not None else [])
    assert any("does not say in which unit" in note for note in one.notes) == (said is None)


SENSORS = (
    "tables: { t: { entry: $root.1.1, index: [row], columns: { here: 3 }, where: { here: { is_not: [0] } },\n"
    "  labels: { sensor: [{ column: 2 }, { index: row }] },\n"
    "  points: [ { metric: sensor_temperature_celsius, column: 4, unit: degC, valid: { column: 6, is: 1 },\n"
    "    unit_from: { column: 5, map: { 1: degC, 2: degF }, otherwise: degC } } ] } }\n"
)


@pytest.mark.parametrize(
    ("column", "without"),
    [
        (2, ['sensor_temperature_celsius{sensor="3"}']),
        (3, ['sensor_temperature_celsius{sensor="rack"}']),
        (5, ['sensor_temperature_celsius{sensor="rack"}']),
        (6, ['sensor_temperature_celsius{sensor="rack"}']),
    ],
    ids=["name", "presence", "unit", "validity"],
)
def test_what_is_asked_and_does_not_come_is_not_taken_for_what_the_device_does_not_have(
    known, column, without
):
    """Pains: A1, A5, B1: a row counts when what decides about it is known."""
    cells = {2: "4|rack", 3: "2|1", 4: "2|23", 5: "2|1", 6: "2|1"}
    found = parse("".join(f"1.3.6.1.4.1.5.1.1.{c}.3|{said}\n" for c, said in cells.items() if c != column))
    assert points(known(SENSORS, found)) == [f"dev {name}" for name in without]
    found.unheard = (oid.encode(f"1.3.6.1.4.1.5.1.1.{column}"),)
    assert points(known(SENSORS, found)) == []
    found.put(oid.encode(f"1.3.6.1.4.1.5.1.1.{column}.3"), parse(f"1.3.6|{cells[column]}\n").by_oid[b"+\x06"])
    assert points(known(SENSORS, found)) == ['dev sensor_temperature_celsius{sensor="rack"}']


JOINED = (
    "tables: { t: { entry: $root.1.1, index: [row],\n"
    "  labels: { sensor: [{ join: [[{ column: 2, prefix: infeed- }, { column: 3 }], { text: reactance }] }, { index: row, prefix: row- }] },\n"
    "  points: [ { metric: sensor_temperature_celsius, column: 4, unit: degC } ] } }\n"
)


@pytest.mark.parametrize(
    ("said", "late", "name"),
    [
        ({2: "A", 3: "B"}, (), "infeed-A-reactance"),
        ({3: "B"}, (), "B-reactance"),
        ({}, (), "reactance"),
        ({2: "A"}, (3,), "infeed-A-reactance"),
        ({3: "B"}, (2,), None),
        ({}, (3,), None),
    ],
)
def test_a_row_named_by_parts_waits_for_them(known, said, late, name):
    """Pains: A5, B1: what names it later is not its name now; its series would be two."""
    found = parse("1.3.6.1.4.1.5.1.1.4.3|2|23\n")
    for column, text in said.items():
        found.put(oid.encode(f"1.3.6.1.4.1.5.1.1.{column}.3"), Cell(Tag.OCTET_STRING, text.encode()))
    found.unheard = tuple(oid.encode(f"1.3.6.1.4.1.5.1.1.{column}") for column in late)
    one = known(JOINED, found)
    assert points(one) == ([f'dev sensor_temperature_celsius{{sensor="{name}"}}'] if name is not None else [])
    assert one.notes == ()


@pytest.mark.parametrize(("column", "note"), [(5, "no decimal digits"), (6, "no scale"), (2, "no text")])
def test_of_what_is_only_late_nothing_is_noted(known, column, note):
    """A note says what a device does not give, and has every survey understood anew."""
    lacking = {2: "label", 5: "digits", 6: "scale"}[column]
    found = parse(row(3, **{lacking: None}))
    assert any(note in one for one in known(OUTLETS, found).notes)
    found.unheard = (oid.encode(f"1.3.6.1.4.1.5.1.1.{column}"),)
    assert (points(known(OUTLETS, found)), known(OUTLETS, found).notes) == ([], ())


def test_of_a_unit_that_is_only_late_nothing_is_noted_and_the_next_survey_of_the_same_holds(known):
    found = parse("1.3.6.1.4.1.5.1.0|2|75\n")
    found.unheard = (oid.encode("1.3.6.1.4.1.5.2.0"),)
    one = known(PROBE % "", found)
    assert (points(one), one.notes) == ([], ())
    assert one.holds(found, found)


def test_a_survey_asks_what_decides_about_a_value_before_the_value():
    """Pains: A5, A13: used before it is whole, it has no value whose unit or row it does not know yet."""
    profile = (
        "tables: { t: { entry: $root.1.1, index: [row], columns: { kind: 3 }, labels: { sensor: { column: 2 } }, where: { kind: 1 },\n"
        "  points: [ { metric: sensor_temperature_celsius, column: 4, unit: degC, unit_from: { column: 5, map: { 1: degC } }, valid: { column: 6, is: 1 } } ] } }\n"
    )
    _, columns = wanted([compile_profile(parse_yaml(HEAD + profile, "p.yaml"), "x")])
    assert [oid.text(column).rpartition(".")[2] for column in columns][-1] == "4"
    assert len(columns) == 5


def test_a_label_may_be_made_of_two_numbers_and_words(known):
    profile = (
        "tables: { t: { entry: $root.1.1, index: [card, port], labels: { outlet: { index: [card, port], prefix: p } },\n"
        "  points: [ { metric: pdu_outlet_power_watts, column: 4, unit: W } ] } }\n"
    )
    assert points(known(profile, "1.3.6.1.4.1.5.1.1.4.2.9|2|5\n")) == [
        'dev pdu_outlet_power_watts{outlet="p2-9"}'
    ]


def test_rows_whose_code_has_no_word_are_left_out(known):
    profile = (
        "tables: { t: { entry: $root.1.1, index: [input], labels: { source: { index: input, map: { 1: a, 2: b } } },\n"
        "  points: [ { metric: ats_input_frequency_hertz, column: 4, unit: Hz } ] } }\n"
    )
    cells = "".join(f"1.3.6.1.4.1.5.1.1.4.{n}|2|50\n" for n in (1, 2, 3))
    assert points(known(profile, cells)) == [f'dev ats_input_frequency_hertz{{source="{s}"}}' for s in "ab"]


def test_a_single_alarm_is_a_point_with_its_own_word(known):
    profile = "points: [ { metric: pdu_alarm, oid: $root.9.0, labels: { alarm: fire }, states: { 1: clear, 2: { set: critical } } } ]\n"
    one = known(profile, "1.3.6.1.4.1.5.9.0|2|2\n")
    meanings = one.plans[0].program.layout.states[0]
    assert [meaning.word for meaning in meanings.values()] == ["clear", "fire"]
    assert points(one) == ['dev pdu_alarm{alarm="fire"}']


def test_raised_alarms_without_a_count_are_there_if_the_table_is(known):
    profile = "raised: [ { metric: pdu_alarm, column: $root.8.1.2, names: { 7: { fire: critical } } } ]\n"
    assert points(known(profile, "1.3.6.1.4.1.5.9.0|2|2\n")) == []
    one = known(profile, "1.3.6.1.4.1.5.8.1.2.1|2|7\n")
    assert points(one) == ['dev pdu_alarm{alarm="fire"}', 'dev pdu_alarm{alarm="unnamed"}']
    assert one.plans[0].oids == ()
    assert one.plans[0].raised[0].count is None


def test_one_cell_with_two_meanings_is_asked_once(known):
    profile = (
        "points:\n  - { metric: ups_mode_state, oid: $root.1.0, states: { 1: online } }\n"
        "  - { metric: ups_output_source_state, oid: $root.1.0, states: { 1: normal } }\n"
        "  - { metric: ups_battery_packs, oid: $root.1.0 }\n  - { metric: ups_battery_packs_bad, oid: $root.1.0 }\n"
    )
    one = known(profile, "1.3.6.1.4.1.5.1.0|2|1\n")
    assert len(one.plans[0].oids) == 1
    batch = one.plans[0].program.decode([1], b"\x02", 0.0)
    assert {batch.reading(slot).point.metric: batch.reading(slot).state or batch.reading(slot).value for slot in range(4)} == {
        "ups_mode_state": "online", "ups_output_source_state": "normal", "ups_battery_packs": 1, "ups_battery_packs_bad": 1,
    }  # fmt: skip


def test_a_survey_wants_each_name_once(known):
    profile = compile_profile(parse_yaml(HEAD + OUTLETS, "p.yaml"), "x")
    scalars, columns = wanted([profile, profile])
    assert len(scalars) == 1
    assert sorted(columns) == sorted(oid.encode(f"1.3.6.1.4.1.5.1.1.{c}") for c in (2, 3, 4, 5, 6))


def test_an_agent_that_ends_every_index_with_a_zero_of_its_own_is_understood(known):
    """Recorded of EAST iStars cards: upsInputVoltage.1.0 instead of upsInputVoltage.1."""
    profile = (
        "tables: { t: { entry: $root.1.1, index: [line], labels: { phase: { index: line, prefix: L } },\n"
        "  points: [ { metric: ups_input_voltage_volts, column: 3, unit: V } ] } }\n"
    )
    one = known(
        profile, "1.3.6.1.4.1.5.1.1.3.1.0|2|224\n1.3.6.1.4.1.5.1.1.3.1.7|2|9\n1.3.6.1.4.1.5.1.1.3.1.0.0|2|9\n"
    )
    assert points(one) == ['dev ups_input_voltage_volts{phase="L1"}']
    assert one.plans[0].program.layout.sources == ("1.3.6.1.4.1.5.1.1.3.1.0",)
