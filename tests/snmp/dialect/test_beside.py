"""What stands beside a value, from the file to the reading: patterns, units, sums, conditions, labels."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.answers.recording import parse
from collectors.snmp.devices.device import Device
from collectors.snmp.devices.plan import understand
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, Malformed, Oid, Tag
from collectors.snmp.recordings.offline import read_cells
from dcim.model import ConfigError
from dcim.yaml import parse as parse_yaml

HEAD = "profile: x\nformat: 1\nkind: pdu\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5 }\n"


def compiled(profile):
    return compile_profile(parse_yaml(HEAD + profile, "p.yaml"), "x")


@pytest.fixture
def says():
    """Return what a profile makes of cells: point to value, state or gap."""

    def make(profile, *cells):
        text = "".join(f"1.3.6.1.4.1.5.{cell}\n" for cell in cells)
        known = understand("dev", [compiled(profile)], parse(text))
        found = {}
        for plan in known.plans:
            batch = read_cells(plan, parse(text))
            for slot, point in enumerate(plan.program.layout.points):
                reading = batch.reading(slot)
                gap = batch.gaps.get(slot)
                found[str(point).removeprefix("dev ")] = (
                    f"gap {gap.reason}" if gap else reading.state or reading.value
                )
        return found

    return make


def problems(profile):
    with pytest.raises(ConfigError) as caught:
        compiled(profile)
    return "\n".join(map(str, caught.value.problems))


AMBIENT = "points: [ { metric: ups_ambient_temperature_celsius, oid: $root.1.0, unit: degC, absent: [N/A], pattern: '%s'%s } ]\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("23.5 C", 23.5),
        ("-4,5 C", -4.5),
        ("N/A", "gap absent"),
        ("C", "gap malformed"),
        ("9999 C", 9999.0),
    ],
)
def test_a_number_inside_a_text_is_found_by_its_pattern(says, text, value):
    found = says(AMBIENT % (r"^(-?\d+)(?:[.,](\d+))? C$", ""), f"1.0|4|{text}")
    assert found == {"ups_ambient_temperature_celsius": value}


@pytest.mark.parametrize(
    ("text", "value"), [("77 F", 25.0), ("25 C", 25.0), ("25 X", "gap unknown_code"), ("C", "gap malformed")]
)
def test_the_unit_may_stand_in_the_text_of_the_value_itself(says, text, value):
    """Pains: A5."""
    unit = ", unit_from: { oid: $root.1.0, pattern: '([A-Z])$', map: { F: degF, C: degC } }"
    found = says(AMBIENT % (r"^(\d+) ", unit), f"1.0|4|{text}")
    assert found == {"ups_ambient_temperature_celsius": value}


def test_a_pattern_takes_a_part_of_a_number_too(says):
    """A power factor whose sign says that it is capacitive; the number itself where there is no such part."""
    profile = "points: [ { metric: pdu_power_factor_ratio, oid: $root.1.0, unit: '1', scale: 0.001, absent: [-1], pattern: '%s' } ]\n"
    assert says(profile % r"(\d+)", "1.0|2|-707") == {"pdu_power_factor_ratio": 0.707}
    assert says(profile % r"(\d+)", "1.0|2|-1") == {"pdu_power_factor_ratio": "gap absent"}
    assert says(profile % r"^(\d+) pf", "1.0|2|707") == {"pdu_power_factor_ratio": 0.707}


TABLE = """tables:
  variable:
    entry: $root.2.1
    index: [device, number]
    columns: { name: 3, unit: 4 }
    where: { name: { like: '\\.Value$' }, unit: { like: '^°?C$' } }
    labels: { sensor: { join: [ { index: device }, { column: 3, pattern: '^(.*)\\.Value$' } ], by: "/" } }
    points:
      - metric: sensor_temperature_celsius
        column: 5
        unit: degC
        scale_from: { column: 6, map: { -10: 0.1, -100: 0.01, 0: 1, 1: 1, 10: 10 } }
"""


def variable(number, name, unit, raw, scale):
    return (f"2.1.{column}.1.{number}|{tag}|{said}" for column, tag, said in
            ((3, 4, name), (4, 4, unit), (5, 2, raw), (6, 2, scale)))  # fmt: skip


def test_a_table_of_named_variables_keeps_the_rows_whose_texts_fit(says):
    found = says(
        TABLE,
        *variable(1, "Temperature.DescName", "", 0, 0),
        *variable(2, "Temperature.Value", "°C", 235, -10),
        *variable(3, "Temperature.SetPtHigh", "°C", 40, 0),
        *variable(4, "Humidity.Value", "%", 50, 0),
        *variable(5, "Water In.Value", "C", 8, 1),
    )
    assert found == {
        'sensor_temperature_celsius{sensor="1/Temperature"}': 23.5,
        'sensor_temperature_celsius{sensor="1/Water In"}': 8.0,
    }


def test_a_text_that_only_has_to_fit_may_change_without_a_new_walk():
    """A value shown as text beside its number; but a name that becomes a label may not."""
    profile = TABLE.replace("unit: 4", "unit: 7")
    cells = "".join(
        f"1.3.6.1.4.1.5.2.1.{column}.1.2|{tag}|{said}\n"
        for column, tag, said in ((3, 4, "T.Value"), (7, 4, "C"), (5, 2, 235), (6, 2, -10))
    )
    keys = dict(understand("dev", [compiled(profile)], parse(cells)).keys)
    assert sorted(keys.values()) == ["-10", "T.Value"]


def test_a_scale_and_a_unit_of_the_device_hold_together(says):
    profile = """tables:
  t:
    entry: $root.2.1
    index: [row]
    labels: { sensor: { index: row } }
    points:
      - metric: sensor_temperature_celsius
        column: 5
        unit: degC
        scale_from: { column: 6, map: { tenths: 0.1, whole: 1 } }
        unit_from: { column: 4, map: { degC: degC, degF: degF } }
"""
    found = says(profile, "2.1.5.1|2|770", "2.1.6.1|4|tenths", "2.1.4.1|4|degF", "2.1.5.2|2|25", "2.1.6.2|4|whole", "2.1.4.2|4|degC")  # fmt: skip
    assert found == {f'sensor_temperature_celsius{{sensor="{row}"}}': 25.0 for row in (1, 2)}


ENERGY = "points: [ { metric: pdu_energy_joules_total, oid: $root.1.0, unit: kWh, absent: [-1], plus: { oid: $root.2.0, scale: 1000 } } ]\n"


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (("1.0|2|345", "2.0|2|12"), 12345 * 3.6e6),
        (("1.0|4|345.5", "2.0|4|12"), 12345.5 * 3.6e6),
        (("1.0|2|345",), "gap absent"),
        (("1.0|2|345", "2.0|2|-1"), "gap absent"),
        (("1.0|2|345", "2.0|4|many"), "gap malformed"),
    ],
)
def test_two_cells_may_be_one_number(says, cells, value):
    """Pains: A1: megawatt hours beside kilowatt hours; either missing makes a gap, not a small number."""
    assert says(ENERGY, *cells) == {"pdu_energy_joules_total": value}


def test_a_number_in_two_words_is_exact(says):
    profile = "points: [ { metric: pdu_energy_joules_total, oid: $root.1.0, unit: J, plus: [ { oid: $root.2.0, scale: 65536 }, { oid: $root.3.0, scale: 4294967296 } ] } ]\n"
    found = says(profile, "1.0|2|65535", "2.0|2|65535", "3.0|2|1048575")
    assert found == {"pdu_energy_joules_total": float(2**52 - 1)}


@pytest.mark.parametrize(
    ("kind", "octets", "value"),
    [
        ("uint_be", "ff38", 65336.0),
        ("int_be", "ff38", -200.0),
        ("float32", "41bc0000", 23.5),
        ("float32", "4037800000000000", 23.5),
        ("float32", "41", "gap malformed"),
        ("uint_be", "010203040506070809", "gap malformed"),
        ("int_be", "", "gap absent"),
    ],
)
def test_a_number_may_stand_in_octets(says, kind, octets, value):
    profile = (
        "points: [ { metric: ups_ambient_temperature_celsius, oid: $root.1.0, unit: degC, type: %s } ]\n"
    )
    assert says(profile % kind, f"1.0|4x|{octets}") == {"ups_ambient_temperature_celsius": value}


@pytest.mark.parametrize(("cell", "value"), [("67|5399", 53.99), ("67|4294967196", -1.0), ("2|5399", 53.99)])
def test_a_plain_number_may_come_as_time_ticks(says, cell, value):
    """Pains: A3: only where the profile says that this family does so."""
    profile = (
        "points: [ { metric: ups_battery_voltage_volts, oid: $root.1.0, unit: V, scale: 0.01, type: %s } ]\n"
    )
    assert says(profile % "ticks_number", f"1.0|{cell}") == {"ups_battery_voltage_volts": value}
    assert (says(profile % "number", "1.0|67|5399")) == {"ups_battery_voltage_volts": "gap malformed"}


PACKED = "points: [ { metric: ups_mode_state, oid: $root.1.0, mask: 0x1c, states: { 1: auto, 2: manual, 0: off } }, { metric: ups_battery_packs, oid: $root.1.0, mask: 0x3, absent: [3] } ]\n"


@pytest.mark.parametrize(
    ("cell", "mode", "packs"),
    [("2|5", "auto", 1.0), ("4|9", "manual", 1.0), ("2|35", "off", "gap absent"), ("4|x", "gap malformed", "gap malformed")],
)  # fmt: skip
def test_several_values_may_be_packed_in_one_number(says, cell, mode, packs):
    assert says(PACKED, f"1.0|{cell}") == {"ups_mode_state": mode, "ups_battery_packs": packs}


WHEN = "points: [ { metric: pdu_power_watts, oid: $root.1.0, unit: W, when: %s } ]\n"


@pytest.mark.parametrize(
    ("when", "cells", "used"),
    [
        ("{ oid: $root.9.0, is: [3] }", ("9.0|2|3",), True),
        ("{ oid: $root.9.0, is: [3] }", ("9.0|2|4",), False),
        ("{ oid: $root.9.0, is: [3] }", (), False),
        ("{ oid: $root.9.0, is_not: [3] }", ("9.0|2|4",), True),
        ("{ oid: $root.9.0, like: '^v[23]' }", ("9.0|4|v2.1",), True),
        ("{ oid: $root.9.0, unlike: '^v[23]' }", ("9.0|4|v2.1",), False),
        ("{ oid: $root.9.0 }", ("9.0|4|v2.1",), True),
        ("{ oid: $root.9.0, there: false }", ("9.0|4|v2.1",), False),
        ("{ oid: $root.9.0, there: false }", (), True),
        ("[ { oid: $root.9.0, is: [3] }, { oid: $root.8.0, is: [1] } ]", ("9.0|2|3", "8.0|2|2"), False),
    ],
)
def test_a_point_is_used_only_when_an_instance_says_so(says, when, cells, used):
    assert bool(says(WHEN % when, "1.0|2|7", *cells)) == used


def test_a_table_is_used_only_when_an_instance_says_so(says):
    profile = TABLE.replace("    points:", "    when: { oid: $root.9.0, is: yes }\n    points:")
    row = tuple(variable(2, "Temperature.Value", "C", 235, -10))
    assert says(profile, *row) == {}
    assert len(says(profile, *row, "9.0|4|yes")) == 1


@pytest.mark.parametrize(
    ("kind", "cells", "there"),
    [
        ("{ is_not: [5, 6] }", ("3|2|5",), False),
        ("{ is_not: 5 }", ("3|2|7",), True),
        ("{ is_not: 5 }", (), True),
        ("{ unlike: '^x' }", (), True),
        ("{ is_not: 5, like: '^x' }", (), False),
        ("5", (), False),
    ],
)
def test_a_row_without_the_cell_is_kept_by_a_condition_that_only_excludes(says, kind, cells, there):
    profile = LABELS.replace("labels:", f"columns: {{ kind: 3 }}, where: {{ kind: {kind} }}, labels:")
    found = says(
        profile % "{ index: row }", "2.1.4.7|2|5", *(f"2.1.{cell.replace('|', '.7|', 1)}" for cell in cells)
    )
    assert bool(found) == there


@pytest.mark.parametrize(
    ("count", "rows"), [("9.0|2|2", 2), ("9.0|2|0", 3), ("9.0|4|two", 3), ("8.0|2|1", 3), ("9.0|2|9", 3)]
)
def test_rows_beyond_what_the_device_says_it_has_are_left_out(says, count, rows):
    profile = LABELS.replace("labels:", "count: $root.9.0, labels:") % "{ index: row }"
    assert len(says(profile, *(f"2.1.4.{row}|2|5" for row in (1, 2, 3)), count)) == rows


SCALES = """tables:
  input:
    entry: $root.3.1
    index: [line]
    labels: { phase: { index: line, prefix: L } }
    points:
      - metric: ups_input_voltage_volts
        column: 3
        unit: V
        range: [0, 1000]
        scale_by: { of: [1, 0.1], within: [80, 800] }
"""


@pytest.mark.parametrize(
    ("raws", "values"),
    [
        ((230, 0, 231), (230.0, 0.0, 231.0)),
        ((2302, 0, 512), (230.2, 0.0, 51.2)),
        ((1222, 1219, 1230), (122.2, 121.9, 123.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((23020, 23010, 0), ("gap out_of_range", "gap out_of_range", 0.0)),
    ],
)
def test_the_scale_of_a_column_is_the_one_that_makes_sense_of_most_rows(says, raws, values):
    """Pains: A1: agents of one standard send volts or tenths of them."""
    found = says(SCALES, *(f"3.1.3.{line}|2|{raw}" for line, raw in enumerate(raws, 1)))
    assert tuple(found.values()) == values


LABELS = "tables: { t: { entry: $root.2.1, index: [row], labels: { outlet: %s }, points: [ { metric: pdu_outlet_power_watts, column: 4, unit: W } ] } }\n"


@pytest.mark.parametrize(
    ("label", "cells", "found"),
    [
        ("[ { column: 2 }, { column: 3 }, { index: row } ]", ("2.1.2.7|4|", "2.1.3.7|4|B3"), "B3"),
        ("[ { column: 2 }, { index: row, prefix: o } ]", (), "o7"),
        ("{ column: 2, pattern: '^Outlet (\\d+)' }", ("2.1.2.7|4|Outlet 12 (left)",), "12"),
        ("{ column: 2, pattern: '^Outlet (\\d+)', map: { 12: twelve } }", ("2.1.2.7|4|Outlet 12",), "twelve"),
        ("{ column: 2, pattern: '^Outlet (\\d+)' }", ("2.1.2.7|4|Inlet 12",), None),
        ("{ join: [ { text: A }, { index: row } ] }", (), "A-7"),
        (
            "{ join: [ [ { column: 2 }, { column: 3 } ], { index: row } ], by: ' #' }",
            ("2.1.3.7|4|B3",),
            "B3 #7",
        ),
        ("{ join: [ { text: A }, { column: 2 } ] }", (), "A"),
        ("{ join: [ { text: A }, { column: 2, map: { 1: x } } ] }", ("2.1.2.7|2|5",), None),
    ],
)
def test_a_label_is_the_first_source_that_gives_text(says, label, cells, found):
    expected = {f'pdu_outlet_power_watts{{outlet="{found}"}}': 5.0} if found else {}
    assert says(LABELS % label, "2.1.4.7|2|5", *cells) == expected


def test_the_rows_of_a_table_may_be_named_by_the_text_in_their_index(says):
    profile = LABELS.replace("index: [row]", "index: [{ row: text }]") % "{ index: row }"
    assert says(profile, "2.1.4.2.65.49|2|5", "2.1.4.3.65.49|2|5") == {
        'pdu_outlet_power_watts{outlet="A1"}': 5.0
    }


@pytest.mark.parametrize(
    ("profile", "what"),
    [
        (AMBIENT % ("(a+)+", ""), "points[0].pattern: + repeats a group"),
        (AMBIENT % ("a", ""), "expected one or two groups, found 0"),
        (AMBIENT % ("(a)", ", scale_from: { oid: $root.2.0, map: { 1: 0 } }"), "a scale of 0"),
        (AMBIENT % ("(a)", ", scale_from: { oid: $root.1.0, map: { 1: 1 } }"), "say the unit of each text in unit_from"),
        (AMBIENT % ("(a)", ", scale_by: { of: [1, 0], within: [1, 2] }"), "no scale is 0"),
        (AMBIENT % ("(a)", ", scale_by: { of: [1, 2], within: [2, 1] }"), "expected [low, high]"),
        (AMBIENT % ("(a)", ", scale_by: { of: [1, 2], within: [1, 2], until: 1 }"), "expected at least 2"),
        (AMBIENT % ("(a)", ", plus: { column: 3 }"), "only a table has columns"),
        (AMBIENT % ("(a)", ", valid: { oid: $root.2.0 }"), "expected is, is_not, like or unlike"),
        (LABELS % "{ column: 2, pattern: x }", "expected one or two groups"),
        (LABELS.replace("[row]", "[{ row: any }, other]") % "{ index: row }", "only the last part"),
        (LABELS.replace("[row]", "[row, row]") % "{ index: row }", "'row' stands twice"),
        (LABELS.replace("[row]", "[{ row: txt }]") % "{ index: row }", "tables.t.index[0].row"),
        (TABLE.replace("like: '\\.Value$'", "like: '('"), "no regular expression"),
        (TABLE.replace("like: '\\.Value$'", ""), "expected is, is_not, like or unlike"),
    ],
)  # fmt: skip
def test_each_mistake_says_what_is_wrong(profile, what):
    assert what in problems(profile)


def test_a_scale_stays_chosen_while_everything_is_dark(asset):
    """Pains: A1: an outage during a survey does not turn tenths into volts; a new card does, whose agent starts."""

    def raws(*values):
        return parse("".join(f"1.3.6.1.4.1.5.3.1.3.{at}|2|{raw}\n" for at, raw in enumerate(values, 1)))

    profiles = [compiled(SCALES)]
    before = None
    volts = []
    device = Device(asset())
    for cells, starts in ((raws(2302, 2299), 0), (raws(0, 0), 0), (raws(231, 230), 1), (raws(0, 0), 0)):
        if starts:
            device.known = before
            device.forget()
            before = device.known
        known = understand("dev", profiles, cells, before).keeping(before)
        (plan,) = known.plans
        volts.append(plan.program.slots[0].read([230, 0], b"\x02\x02"))
        assert not known.holds(cells, cells)
        assert understand("dev", profiles, cells, known).keeping(known) is known
        before = known
    assert volts == [23.0, 23.0, 230.0, 230.0]


EVERYTHING = f"""{TABLE}  input:
    entry: $root.3.1
    index: [{{ name: text }}, {{ rest: any }}]
    count: $root.9.0
    labels: {{ phase: [{{ column: 2, pattern: '^L(.)' }}, {{ index: [name, rest] }}] }}
    points:
      - metric: ups_input_voltage_volts
        column: 3
        unit: V
        pattern: '([-\\d.]+)'
        plus: {{ column: 4, scale: 65536 }}
        scale_by: {{ of: [1, 0.1], within: [80, 800] }}
        valid: {{ column: 5, is_not: [0, off] }}
      - {{ metric: ups_input_frequency_hertz, column: 6, unit: Hz, type: float32, decimals: {{ column: 7 }}, when: {{ oid: $root.9.0, like: '^.' }} }}
      - {{ metric: ups_input_current_amperes, column: 3, unit: A, type: int_be, unit_from: {{ column: 3, pattern: '(.)$', map: {{ A: A, m: mA, 1: A }} }} }}
"""
VALUES = st.one_of(
    st.integers(-(2**31), 2**64 - 1).map(lambda number: Cell(Tag.INTEGER, number)),
    st.binary(max_size=12).map(lambda octets: Cell(Tag.OCTET_STRING, octets)),
    st.sampled_from(["23,5 °C", "T.Value", "230 V", "°C", "-10", "9" * 300]).map(lambda text: Cell(Tag.OCTET_STRING, text.encode())),
    st.floats().map(lambda number: Cell(Tag.OPAQUE, number)),
    st.sampled_from([
        Cell(Tag.OBJECT_IDENTIFIER, Oid(b"\x2b\x06")), Cell(Tag.NULL, None), Cell(Tag.TIME_TICKS, 7),
        Cell(Tag.NO_SUCH_INSTANCE, Absence.NO_SUCH_INSTANCE), Cell(Tag.INTEGER, Malformed(Tag.INTEGER, b"")),
    ]),
)  # fmt: skip
NAMES = st.sampled_from(
    [(2, 1, column, 1, 2) for column in range(3, 7)]
    + [(3, 1, column, 1, 65, *rest) for column in range(2, 8) for rest in ((), (7,))]
).map(lambda name: (1, 3, 6, 1, 4, 1, 5, *name))
CELLS = st.dictionaries(NAMES, VALUES, max_size=20)


@cache
def everything():
    return compiled(EVERYTHING)


@given(CELLS, CELLS, VALUES)
@settings(max_examples=80, deadline=None)
def test_whatever_a_device_says_is_a_value_or_a_gap(surveyed, read, count):
    first, then = (
        Cells({oid.encode_parts(name): cell for name, cell in cells.items()})
        for cells in (surveyed, surveyed | read)
    )
    first.put(oid.encode("1.3.6.1.4.1.5.9.0"), count)
    for plan in understand("dev", [everything()], first).plans:
        for cells in (first, then):
            batch = read_cells(plan, cells)
            assert all((value != value) == (slot in batch.gaps) for slot, value in enumerate(batch.values))
