"""What stands behind a profile: what it extends, its other roots, the standard it inherits from."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.devices.plan import understand
from collectors.snmp.dialect.compiler import Device, compile_for
from collectors.snmp.identifying.identity import identity_of
from dcim.yaml import parse as parse_yaml

HEAD = "profile: {name}\nformat: 1\nkind: ups\nvendor: V\ntitle: T\n"
STANDARD = (
    HEAD.format(name="standard")
    + """snmp: { match: [1.3.6.1.2.1.33], root: 1.3.6.1.2.1.33, generic: true }
identity: { serial: [$root.8.0] }
points:
  - { metric: ups_battery_packs, oid: $root.1.0 }
  - { metric: ups_battery_packs_bad, oid: $root.2.0 }
  - { metric: ups_output_lines, oid: $root.3.0 }
  - { metric: ups_mode_state, oid: $root.4.0, states: { 1: on } }
raised: [ { metric: ups_alarm, column: $root.6.2.1.2, names: { 7: { fire: critical } } } ]
"""
)
OWN = (
    HEAD.format(name="own")
    + """%s
snmp: { match: [1.3.6.1.4.1.5], root: %s }
identity: { model: [$root.9.0] }
points:
  - { metric: ups_battery_packs, oid: $root.50.0 }
  - { metric: ups_input_lines, oid: %s.3.0 }
  - { metric: ups_output_source_state, oid: %s.4.0, states: { 1: normal } }
"""
)


def standard(root=None):
    return compile_for(parse_yaml(STANDARD, "s"), "standard", Device(root=root))


def own(more="", root="1.3.6.1.4.1.5", reads="1.3.6.1.2.1.33"):
    text = OWN % (more, root, reads, reads)
    return compile_for(parse_yaml(text, "o"), "own", Device(extended=lambda _, root: standard(root)))


def sources(profiles, *cells):
    known = understand("dev", profiles, parse("".join(f"{cell}\n" for cell in cells)))
    return {
        str(point).removeprefix("dev "): source
        for plan in known.plans
        for point, source in zip(plan.program.layout.points, plan.program.layout.sources, strict=True)
    }


STD = tuple(f"1.3.6.1.2.1.33.{number}.0|2|1" for number in (1, 2, 3, 4))


def test_a_standard_gives_what_the_own_profile_does_not():
    """Pains: C11: the same cell is not read twice as a number, whatever it is called."""
    assert sources([own(), standard()], *STD, "1.3.6.1.4.1.5.50.0|2|4") == {
        "ups_battery_packs": "1.3.6.1.4.1.5.50.0",
        "ups_battery_packs_bad": "1.3.6.1.2.1.33.2.0",
        "ups_input_lines": "1.3.6.1.2.1.33.3.0",
        "ups_mode_state": "1.3.6.1.2.1.33.4.0",
        "ups_output_source_state": "1.3.6.1.2.1.33.4.0",
    }


def test_what_the_own_profile_gives_no_value_for_comes_from_the_standard():
    assert sources([own(), standard()], *STD)["ups_battery_packs"] == "1.3.6.1.2.1.33.1.0"
    assert (
        sources([own(), standard()], *STD, "1.3.6.1.4.1.5.50.0|4|")["ups_battery_packs"]
        == "1.3.6.1.2.1.33.1.0"
    )


def test_a_profile_may_refuse_what_a_standard_gives():
    found = sources([own("without: [ups_battery_packs_bad, ups_battery_packs]"), standard()], *STD)
    assert sorted(found) == ["ups_input_lines", "ups_mode_state", "ups_output_source_state"]


def test_a_private_copy_of_a_standard_is_read_below_its_own_root():
    private = tuple(cell.replace("1.3.6.1.2.1.33", "1.3.6.1.4.1.5") for cell in STD)
    profile = own("extends: standard\nwithout: [ups_battery_packs_bad]", reads="1.3.6.1.4.1.5")
    alarm = "1.3.6.1.4.1.5.6.2.1.2.1|2|7"
    assert sources([profile], *private, alarm) == {
        "ups_battery_packs": "1.3.6.1.4.1.5.1.0",
        "ups_input_lines": "1.3.6.1.4.1.5.3.0",
        "ups_mode_state": "1.3.6.1.4.1.5.4.0",
        "ups_output_source_state": "1.3.6.1.4.1.5.4.0",
        'ups_alarm{alarm="fire"}': "1.3.6.1.4.1.5.6.2.1.2",
        'ups_alarm{alarm="unnamed"}': "1.3.6.1.4.1.5.6.2.1.2",
    }
    said = identity_of([profile], parse("1.3.6.1.4.1.5.9.0|4|M\n1.3.6.1.4.1.5.8.0|4|S\n"))
    assert (said.vendor, said.model, said.serial) == ("V", "M", "S")


@pytest.mark.parametrize("root", ["1.3.6.1.4.1.5", "1.3.6.1.4.1.6"])
def test_of_several_roots_the_one_that_the_device_has_is_read(root):
    profile = own("extends: standard", root="[1.3.6.1.4.1.5, 1.3.6.1.4.1.6]")
    found = sources([profile], f"{root}.50.0|2|4", f"{root}.2.0|2|5")
    assert found == {"ups_battery_packs": f"{root}.50.0", "ups_battery_packs_bad": f"{root}.2.0"}


def test_two_profiles_with_alarms_in_one_table_name_each_row_once():
    twice = sources([standard(), standard()], "1.3.6.1.2.1.33.6.2.1.2.1|2|7")
    assert sorted(twice) == ['ups_alarm{alarm="fire"}', 'ups_alarm{alarm="unnamed"}']
