from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.words import duration, measured, quantity, words

EN, FR = words(Language.EN), words(Language.FR)


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (0.875, "ratio", "87.5 %", "87,5 %"),
        (22.04, "celsius", "22.0 °C", "22,0 °C"),
        (231.4, "volts", "231 V", "231 V"),
        (54.3, "volts", "54.3 V", "54,3 V"),
        (12345.0, "watts", "12.3 kW", "12,3 kW"),
        (950.0, "watts", "950 W", "950 W"),
        (7.2e9, "joules", "2.00 MWh", "2,00 MWh"),
        (1500.0, "rpm", "1,500 rpm", "1\u202f500 tr/min"),
        (3.0, "", "3", "3"),
    ],
)
def test_a_number_is_written_as_people_of_the_language_do(
    value: float, unit: str, english: str, french: str
) -> None:
    assert quantity(value, unit, EN).replace("\u00a0", " ") == english
    assert quantity(value, unit, FR).replace("\u00a0", " ") == french


def test_a_power_factor_is_a_bare_number_and_a_load_is_per_cent() -> None:
    assert measured("pdu_power_factor_ratio", 0.947, "ratio", EN) == "0.95"
    assert measured("ups_output_phase_power_factor_ratio", -0.8, "ratio", FR) == "-0,80"
    assert measured("ups_output_load_ratio", 0.947, "ratio", EN).replace("\u00a0", " ") == "94.7 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.25, "0.250 s"),
        (5.5, "5.5 s"),
        (59, "59 s"),
        (90, "1 min 30 s"),
        (3700, "1 h 01 min"),
        (200000, "2 d 07 h"),
        (172800, "2 d"),
        (7200, "2 h"),
        (120, "2 min"),
        (-90, "-1 min 30 s"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds, EN).replace("\u00a0", " ") == text
