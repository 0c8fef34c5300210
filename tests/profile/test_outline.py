"""What a file says of itself without being compiled is what compiling it says."""

from __future__ import annotations

import pytest

from collectors.modbus import plugin as modbus
from collectors.snmp import plugin as snmp
from dcim.profile import outline

TEXT = """\
profile: acme
title: Acme UPS; from the MIB alone, no recording seen
extends: rfc1628_ups
# Sources: a list; confidence medium (3 registers high).
#  - { metric: ups_alarm }  an example in a comment is no point
points:
  - metric: ups_output_power_watts   # untested: in a comment
    untested: no image shows it
  - { metric: ups_alarm, untested: "no list, of bits" }
"""


def test_points_and_what_no_image_shows() -> None:
    said = outline(TEXT)
    assert said.metrics == ("ups_alarm", "ups_output_power_watts")
    assert said.points == 2
    assert said.extends == "rfc1628_ups"
    assert said.confidence == "manual alone"
    assert said.untested == (
        "ups_output_power_watts: no image shows it",
        "ups_alarm: no list, of bits",
    )


@pytest.mark.parametrize(
    ("text", "confidence"),
    [("# x; confidence high (2 registers low)", "high"), ("title: confidence high", ""), ("", "")],
)
def test_confidence_is_what_a_comment_says_of_the_sources(text: str, confidence: str) -> None:
    assert outline(text).confidence == confidence


@pytest.mark.parametrize("name", ["apc_rpdu2", "rfc1628_ups", "apc_cpdu", "raritan_px2", "eaton_xups"])
def test_the_metrics_of_an_snmp_family_are_those_of_its_compiled_profile(name: str) -> None:
    found = {one.name: one for one in snmp.profiles()}
    compiled = snmp._library(()).profile(name)
    layers = list(compiled.stack())
    metrics = {value.value.metric for layer in layers for value in layer.values}
    metrics |= {raised.metric for layer in layers for raised in layer.raised}
    assert set(found[name].metrics) == metrics


@pytest.mark.parametrize("name", ["stulz_c7000", "schneider_pm5000", "deepsea_gencomm"])
def test_the_metrics_of_a_modbus_family_are_those_of_its_compiled_profile(name: str) -> None:
    found = {one.name: one for one in modbus.profiles()}
    compiled = modbus.library().get(name)
    assert set(found[name].metrics) == {value.value.metric for value in compiled.values}
