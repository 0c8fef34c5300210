"""Verdicts in words that an engineer can check at the device."""

from __future__ import annotations

import pytest

from dcim.plausible import EQUATIONS, Verdict, sentence

L1 = (("phase", "L1"),)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (
            Verdict("pdu_phases_add_up", (), False, 61.0, 612.0),
            "the phases add up to 612 W, the device says 61 W",
        ),
        (
            Verdict("pdu_phase_power", L1, False, 380.0, 1104.0),
            "L1: P = V x I x pf: the device says 380 W, its other values say 1104 W",
        ),
        (
            Verdict("ups_output_load_is_power_by_rating", (), False, 0.176, 0.009),
            "UPS load in per cent is of the rated VA, or of the rated W where that is nearer: "
            "the device says 17.6 %, its other values say 0.9 %",
        ),
        (
            Verdict("pdu_outlets_below_inlets", (), False, 100.0, 250.0),
            "the outlets add up to 250 W, the inlets to 100 W",
        ),
        (Verdict("pdu_phases_add_up", (), None), "the load is the sum of its phases: a value is missing"),
        (Verdict("moves_sensor_temperature_celsius", L1, False), "L1: moves sensor temperature celsius"),
    ],
)
def test_a_verdict_is_a_sentence(verdict: Verdict, said: str) -> None:
    assert sentence(verdict) == said


def test_every_equation_has_one() -> None:
    for equation in EQUATIONS:
        said = sentence(Verdict(equation.name, (), False, 1.0, 2.0))
        assert "1" in said
        assert "2" in said
