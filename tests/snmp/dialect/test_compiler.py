"""A wrong profile is answered once, completely, with lines."""

from __future__ import annotations

import pytest

from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import oid
from dcim.model import ConfigError, Lane
from dcim.yaml import parse

HEAD = "profile: x\nformat: 1\nkind: ups\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5.1 }\n"


def compiled(text, **kw):
    return compile_profile(parse(text, "profile.yaml"), "x", **kw)


def problems(text):
    with pytest.raises(ConfigError) as caught:
        compiled(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_mistake_of_form_hides_no_pattern_and_no_wrong_name():
    points = "points: [ { metric: ups_battery_packs, oid: $root.1.0, pattern: '(a+)+' } ]\n"
    found = problems(HEAD.replace("profile: x", "profile: y").replace("format: 1", "format: 2") + points)
    assert found[0] == "profile.yaml:1:10: profile: expected 'x', the name of the folder, found 'y'"
    assert found[1].startswith("profile.yaml:2:9: format: ")
    assert found[2].startswith("profile.yaml:7:")
    assert "pattern" in found[2]


def test_ten_mistakes_are_ten_lines():
    found = problems(
        """profile: y
format: 1
kind: ups
vendor: V
title: T
snmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5.1 }
identity: { serial: [ { oid: 1.3.6.1.2.1.1.1.0, pattern: '(' } ], model: [ { oid: 1.3.6.1.2.1.1.1.0, pattern: 'a' } ] }
points:
  - { metric: ups_battery_chrage_ratio, oid: $root.1.0, unit: "%" }
  - { metric: ups_battery_voltage_volts, oid: $root.2.0, unit: A }
  - { metric: ups_battery_on_time_seconds, oid: $root.3.0, type: timeticks, unit: s }
  - { metric: ups_battery_state, oid: $root.4.0, states: { 1: shiny } }
  - { metric: ups_input_voltage_volts, oid: $root.5.0, unit: V }
  - { metric: ups_battery_packs, oid: $root.6.0, decimals: { column: 3 } }
tables:
  t:
    entry: $root.9.1
    index: [row]
    labels: { phase: { index: rwo } }
    where: { modul: 1 }
    points:
      - { metric: ups_input_voltage_volts, column: 1, unit: V, decimals: { column: 2, oid: $root.1 } }
      - { metric: ups_output_voltage_volts, column: 2, unit: V, valid: { oid: $root.2, index: [other], is: [1] } }
raised:
  - { metric: ups_mode_state, column: $root.8.1, names: { 1: a } }
"""
    )
    text = "\n".join(found)
    assert len(found) >= 10
    for line, what in (
        (1, "the name of the folder"),
        (7, "no regular expression"),
        (7, "expected one group, found 0"),
        (9, "did you mean 'ups_battery_charge_ratio'"),
        (10, "'A' is amperes"),
        (11, "the unit is cs"),
        (12, "no state 'shiny'"),
        (13, "needs the label 'phase'"),
        (14, "only a table has columns"),
        (19, "'rwo' is no index of this table; did you mean 'row'?"),
        (20, "'modul' is no index and none of columns"),
        (22, "expected column or oid, one of them"),
        (23, "'other' is no index of this table"),
        (25, "expected an alarm of the catalogue"),
    ):
        assert any(f"profile.yaml:{line}:" in one and what in one for one in found), (line, what, text)


def test_unknown_keys_are_named_with_the_nearest_right_one():
    found = problems(HEAD + "tabels: {}\n")
    assert any("unknown key; did you mean 'tables'?" in one for one in found)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("points: [ { metric: ups_battery_packs, oid: not.an.oid } ]", "oid"),
        ("points: [ { metric: ups_battery_packs, oid: 1.99.1 } ]", "cannot begin with 1.99"),
        ("points: [ { metric: ups_battery_state, oid: $root.1.0, states: { 1: normal }, unit_from: { oid: $root.2.0, map: { 1: V } } } ]", "only a number has a unit"),
        ("points: [ { metric: ups_battery_voltage_volts, oid: $root.1.0, unit: V, unit_from: { oid: $root.2.0, map: { 1: degC } } } ]", "'degC' is celsius"),
        ("points: [ { metric: ups_battery_voltage_volts, oid: $root.1.0, unit: V, unit_from: { oid: $root.2.0, map: { 1: V }, otherwise: degC } } ]", "'degC' is celsius"),
        ("tables: { t: { entry: $root.1.1, index: [row], labels: { phase: {} }, points: [ { metric: ups_battery_packs, column: 1 } ] } }", "expected column, oid, index or text"),
        ("tables: { t: { entry: $root.1.1, index: [a, b], rows: [1, 4], points: [ { metric: ups_battery_packs, column: 1 } ] } }", "single index"),
    ],
)  # fmt: skip
def test_each_mistake_says_what_is_wrong(body, what):
    assert any(what in one for one in problems(HEAD + body + "\n"))


def test_root_must_exist_to_be_used():
    text = (
        HEAD.replace(", root: 1.3.6.1.4.1.5.1", "")
        + "points: [ { metric: ups_battery_packs, oid: $root.1.0 } ]\n"
    )
    assert any("there is none" in one for one in problems(text))


def test_a_family_must_be_recognisable():
    assert any("nothing says how" in one for one in problems(HEAD.replace("match: [1.3.6.1.4.1.5], ", "")))


def test_a_tree_under_the_devices_own_number_is_bound_when_it_is_known():
    text = (
        HEAD.replace("root: 1.3.6.1.4.1.5.1", "root: $sys_object_id")
        + "points: [ { metric: ups_battery_packs, oid: $root.1.0 } ]\n"
    )
    one, two = (compiled(text, sys_object_id=f"1.3.6.1.4.1.5.{model}") for model in (7, 8))
    assert one.relative
    assert one.values[0].place.oid != two.values[0].place.oid


def test_a_tree_of_each_model_stands_one_number_below_that_of_its_family():
    text = (
        HEAD.replace("root: 1.3.6.1.4.1.5.1", "root: 1.3.6.1.4.1.5.*")
        + "points: [ { metric: ups_battery_packs, oid: $root.1.0 } ]\n"
    )
    places = {
        own: oid.text(compiled(text, sys_object_id=own).values[0].place.oid)
        for own in ("1.3.6.1.4.1.5.7", "1.3.6.1.4.1.5.7.99.1", "1.3.6.1.4.1.50.7", "0.0")
    }
    assert list(places.values()) == [f"1.3.6.1.4.1.5.{model}.1.0" for model in (7, 7, 0, 0)]
    assert oid.text(compiled(text).above) == "1.3.6.1.4.1.5"


def test_a_unit_of_a_chain_is_part_of_filters_and_names():
    text = HEAD + (
        "identity: { serial: [$root.2.$unit] }\npoints: [ { metric: ups_battery_packs, oid: $root.1.0, chain: first } ]\n"
        "tables: { t: { entry: $root.3.1, index: [pdu], where: { pdu: $unit }, points: [ { metric: ups_battery_packs, column: 1 } ] } }\n"
    )
    first, second = compiled(text, unit=1), compiled(text, unit=2)
    assert [value.key for value in first.values] == ["points[0]", "tables.t.points[0]"]
    assert [value.key for value in second.values] == ["tables.t.points[0]"]
    assert second.values[0].where[0].codes == frozenset({2})
    assert first.identity["serial"] != second.identity["serial"]


def test_minus_one_is_absent_for_an_agent_without_a_sign_too():
    """Pains: A4."""
    profile = compiled(HEAD + "points: [ { metric: ups_battery_packs, oid: $root.1.0, absent: [-1] } ]\n")
    assert profile.values[0].value.absent == frozenset({-1, 4294967295})


def test_a_point_takes_lane_absent_and_untested_from_its_table():
    text = HEAD + (
        "tables: { t: { entry: $root.3.1, index: [row], absent: [7], lane: slow, untested: no such model here, rows: [1, 3],\n"
        "  points: [ { metric: ups_battery_packs, column: 1 }, { metric: ups_battery_packs_bad, column: 2, lane: static, absent: [8] } ] } }\n"
    )
    first, second = compiled(text).values
    assert (first.lane, first.value.absent, first.untested, first.rows) == (
        Lane.SLOW,
        frozenset({7}),
        "no such model here",
        (1, 3),
    )
    assert (second.lane, second.value.absent) == (Lane.STATIC, frozenset({8}))


async def test_rows_that_are_listed_are_got_and_never_walked(
    agent, asset, collector, ask, readings, tmp_path
):
    """Pains: B4: walking gives wrong values, single GETs are right."""
    from collectors.snmp.engine.request import Kind

    folder = tmp_path / "listed"
    folder.mkdir()
    (folder / "profile.yaml").write_text(
        "profile: listed\nformat: 1\nkind: pdu\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5 }\n"
        "tables: { t: { entry: $root.1.1, index: [outlet], rows: [1, 4], labels: { outlet: { index: outlet } },\n"
        "  points: [ { metric: pdu_outlet_power_watts, column: 2, unit: W, range: [0, 9000] } ] } }\n"
    )
    device = agent("\n".join(f"1.3.6.1.4.1.5.1.1.2.{row}|2|{row * 100}" for row in (1, 2, 4)))
    collected = await collector(device, Library.of([tmp_path])).collect(asset("listed"), ask())
    assert readings(collected.batches) == {
        f'pdu_outlet_power_watts{{outlet="{row}"}}': row * 100 for row in (1, 2, 4)
    }
    assert {request.kind for request in device.asked} == {Kind.GET}


def test_every_metric_of_a_table_may_carry_the_label_of_a_gateways_member():
    profile = compiled(
        HEAD
        + """
tables:
  crac:
    entry: $root.9.1
    index: [bus, member]
    labels: { unit: { index: [bus, member] }, sensor: { index: member } }
    points:
      - { metric: crac_return_air_temperature_celsius, column: 1, unit: degC }
"""
    )
    assert [label.name for label in profile.values[0].labels] == ["unit"]


@pytest.mark.parametrize("root", ["1.3.6.1.x", "1.3.6.*.5", "x", "'[1.3.6.1.4.1.5.1, 1.3.6.1.x]'"])
def test_a_wrong_root_is_told_once(root):
    found = problems(HEAD.replace("root: 1.3.6.1.4.1.5.1", f"root: {root}") + "points: []\n")
    assert len([one for one in found if "snmp.root" in one]) == 1, found
