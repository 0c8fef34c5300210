"""Counters that no device can have."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.devices.plan import understand
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.recordings.offline import read_cells
from dcim.model import GapReason
from dcim.yaml import parse as parse_yaml

PROFILE = """\
profile: x
format: 1
kind: pdu
vendor: V
title: T
snmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5 }
points:
  - { metric: pdu_energy_joules_total, oid: $root.1.0, unit: Wh }
  - { metric: pdu_power_watts, oid: $root.2.0, unit: W }
"""


@pytest.fixture
def said():
    profile = compile_profile(parse_yaml(PROFILE, "p.yaml"), "x")

    def say(tag, raw):
        cells = parse("".join(f"1.3.6.1.4.1.5.{at}.0|{tag}|{raw}\n" for at in (1, 2)))
        batch = read_cells(understand("dev", [profile], cells).plans[0], cells)
        found = {point.metric: batch.reading(slot) for slot, point in enumerate(batch.layout.points)}
        return found["pdu_energy_joules_total"], found["pdu_power_watts"]

    return say


def test_a_counter_is_never_below_zero(said):
    """Pains: A2: a card that has none says -1. A gauge of the same value is a number like any other."""
    energy, power = said(2, -1)
    assert (energy.value, energy.gap.reason, energy.gap.raw) == (None, GapReason.OUT_OF_RANGE, "-1")
    assert power.value == -1
    assert said(2, 0)[0].value == 0


@pytest.mark.parametrize(("tag", "raw"), [(2, 2**31 - 2), (65, 2**31 - 1), (66, 2**31 - 1), (70, 2**31 - 1)])
def test_a_large_counter_is_a_number(said, tag, raw):
    assert said(tag, raw)[0].value == raw * 3600.0


def test_an_integer_that_is_full_counts_nothing(said):
    """Pains: A2."""
    energy, power = said(2, 2**31 - 1)
    assert (energy.value, energy.gap.reason) == (None, GapReason.ABSENT)
    assert power.value == 2**31 - 1
