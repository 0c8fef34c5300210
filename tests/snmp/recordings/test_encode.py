"""Values that stand in texts, sums and octets are written where they are read."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.engine import oid
from collectors.snmp.recordings.encode import encoder
from dcim.yaml import parse as parse_yaml

PROFILE = """profile: x
format: 1
kind: ups
vendor: V
title: T
snmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5 }
points:
  - { metric: ups_ambient_temperature_celsius, oid: $root.1.0, unit: degC, pattern: '(-?\\d+)(?:[.,](\\d+))? [CF]$', unit_from: { oid: $root.1.0, pattern: '(.)$', map: { C: degC, F: degF } } }
  - { metric: ups_output_energy_joules_total, oid: $root.2.0, unit: kWh, plus: { oid: $root.3.0, scale: 1000 } }
  - { metric: ups_battery_state, oid: $root.5.0, mask: 0x6, states: { 1: normal, 2: low } }
  - { metric: ups_battery_packs, oid: $root.5.0, mask: 0xf0 }
  - { metric: ups_temperature_celsius, oid: $root.4.0, unit: degC, scale: 0.1, type: %s }
"""


@pytest.mark.parametrize(
    ("cells", "kind", "metric", "said", "written"),
    [
        ("1.0|4|Room: 23.5 C", "number", "ups_ambient_temperature_celsius", 24.25, (4, b"Room: 24.2 C")),
        ("1.0|4|Room: 23,55 C", "number", "ups_ambient_temperature_celsius", 24.25, (4, b"Room: 24,25 C")),
        ("1.0|4|70 F", "number", "ups_ambient_temperature_celsius", 25.0, (4, b"77 F")),
        ("2.0|65|5\n1.3.6.1.4.1.5.3.0|65|2", "number", "ups_output_energy_joules_total", 2100 * 3.6e6, (65, 100)),
        ("5.0|2|35", "number", "ups_battery_state", "low", (2, 37)),
        ("5.0|4|35", "number", "ups_battery_packs", 3.0, (4, b"51")),
        ("4.0|4x|00d7", "int_be", "ups_temperature_celsius", -21.5, (4, b"\xff\x29")),
        ("4.0|4x|00d7", "uint_be", "ups_temperature_celsius", -21.5, (4, b"\0\0")),
        ("4.0|4x|43570000", "float32", "ups_temperature_celsius", 22.5, (4, b"\x43\x61\0\0")),
    ],
)  # fmt: skip
def test_a_value_is_written_in_the_form_of_the_image(cells, kind, metric, said, written):
    profile = compile_profile(parse_yaml(PROFILE % kind, "p.yaml"), "x")
    image = parse(f"1.3.6.1.4.1.5.{cells}\n")
    first = oid.parts(next(iter(image.by_oid)))
    assert encoder(profile, image).encode({(metric, ()): said}) == {first: written}
