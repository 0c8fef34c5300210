"""Quantities, times and lines in English and French."""

from collections.abc import Callable

import pytest

from dcim.alerts import ChangeKind, Language
from dcim.notify import Notice, words

EN, FR = Language.EN, Language.FR
NOON = 1_764_072_000.0


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (0.425, "ratio", "42.5 %", "42,5 %"),
        (27.0, "celsius", "27 °C", "27 °C"),
        (231.25, "volts", "231.2 V", "231,2 V"),
        (45000.0, "watts", "45 kW", "45 kW"),
        (123456789.0, "watts", "123457 kW", "123457 kW"),
        (1500.0, "rpm", "1500 rpm", "1500 tr/min"),
        (90.0, "seconds", "90 s", "90 s"),
        (900.0, "seconds", "15 min", "15 min"),
        (3.0, "", "3", "3"),
        (2.0, "cubic_meters_per_second", "2 cubic meters per second", "2 cubic meters per second"),
    ],
)
def test_a_quantity_is_shown_in_the_unit_people_use(
    value: float, unit: str, english: str, french: str
) -> None:
    assert (words.quantity(value, unit, EN), words.quantity(value, unit, FR)) == (english, french)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (150, "2 min 30 s"),
        (3600, "1 h"),
        (3900, "1 h 05 min"),
        (86400, "1 d"),
        (90000, "1 d 01 h"),
        (-5, "0 s"),
    ],
)
def test_a_duration_is_shown_in_its_two_largest_parts(seconds: float, shown: str) -> None:
    assert words.duration(seconds) == shown


def test_a_moment_is_told_in_the_zone_of_the_site() -> None:
    assert words.moment(NOON, "UTC") == "2025-11-25 12:00:00 +0000"
    assert words.moment(NOON, "Africa/Casablanca") == "2025-11-25 13:00:00 +0100"


@pytest.mark.parametrize(
    ("limit", "french"),
    [
        ("above 0.5 K", "au-dessus de 0,5 K"),
        ("below 207 V or above 253 V", "au-dessous de 207 V ou au-dessus de 253 V"),
        ("not auto, test", "autre que auto, test"),
        ("battery", "battery"),
    ],
)
def test_a_limit_is_told_in_french(limit: str, french: str) -> None:
    assert words.limit(limit, FR) == french
    assert words.limit(limit, EN) == limit


def test_the_subject_is_enough(notice: Callable[..., Notice]) -> None:
    assert words.subject(notice(), EN) == "[CRITICAL] UPS-A: UPS on battery - Casablanca 1"
    assert words.subject(notice(labels={"phase": "L1"}), FR) == (
        "[CRITIQUE] UPS-A: Onduleur sur batterie (L1) - Casablanca 1"
    )
    assert words.subject(notice(ChangeKind.CLEARED), FR).startswith("[TERMINÉE] UPS-A:")


def test_a_raise_says_what_follows_and_what_to_do(notice: Callable[..., Notice]) -> None:
    """Pains: H5."""
    said = dict(words.lines(notice(), EN))
    assert said == {
        "Severity": "critical",
        "Site": "Casablanca 1",
        "Device": "UPS-A (ups-a), room r1, rack r1-01, feed A",
        "Point": "ups_output_source_state",
        "Value": "battery",
        "Limit": "battery",
        "Since": "2025-11-25 13:00:00 +0100",
        "Consequence": "The load lives on the battery.",
        "What to do": "Check the mains.",
        "Detected within": "at most 43 s",
        "Alert": notice().key,
    }


def test_a_bound_that_is_not_known_is_not_told(notice: Callable[..., Notice]) -> None:
    assert "Detected within" not in dict(words.lines(notice(detect_within=None), EN))


def test_a_clearance_says_how_long_it_lasted(notice: Callable[..., Notice]) -> None:
    said = dict(words.lines(notice(ChangeKind.CLEARED, at=NOON + 150), FR))
    assert said["Terminée"] == "2025-11-25 13:02:30 +0100"
    assert said["Durée"] == "2 min 30 s"
    assert "Que faire" not in said


def test_a_number_is_told_with_its_unit_and_a_point_with_its_labels(notice: Callable[..., Notice]) -> None:
    said = notice(
        state=None,
        value=0.857,
        unit="ratio",
        limit="above 80 %",
        labels={"phase": "L1"},
        name="ups-a",
        room="",
    )
    told = dict(words.lines(said, FR))
    assert (told["Valeur"], told["Seuil"]) == ("85,7 %", "au-dessus de 80 %")
    assert told["Point"] == "ups_output_source_state (phase=L1)"
    assert told["Équipement"] == "ups-a, baie r1-01, voie A"
    assert words.value(notice(state=None, value=None), EN) == ""


def test_every_change_and_severity_has_its_word_in_every_language() -> None:
    for table in (words.SEVERITIES, words.CHANGES):
        assert all(set(texts) == set(Language) for texts in table.values())
