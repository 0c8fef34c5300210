"""Values as people read them: nothing is rounded up, French is set as printers set it, a name turns nothing around."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.alerts import Language
from dcim.reports.kinds.energy import rest_on
from dcim.reports.model import Date, Length, List, Moment, Name, Number, Period, Ratio, Value
from dcim.reports.render.rows import safe
from dcim.reports.say import Writer, bare

from .conftest import ARABIC, DAY, SECOND, SINCE, UNTIL

CASABLANCA = Period(SINCE, UNTIL, "Africa/Casablanca")
FR = Writer(Language.FR, CASABLANCA)
EN = Writer(Language.EN, CASABLANCA)


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (Number(1234567.891, "kilowatt_hours", 1), "1\u202f234\u202f567,9\u202fkWh", "1,234,567.9\u00a0kWh"),
        (Number(-1234.5, "celsius", 1), "−1\u202f234,5\u202f°C", "−1,234.5\u00a0°C"),
        (Ratio(-1, 8), "−12,5000\u202f%", "−12.5000%"),
        (Length(-90 * SECOND), "−1\u00a0min 30\u00a0s", "−1\u00a0min 30\u00a0s"),
        (Number(-0.04, "celsius", 1), "0,0\u202f°C", "0.0\u00a0°C"),
        (Ratio(999_999_999, 1_000_000_000), "99,9999\u202f%", "99.9999%"),
        (Ratio(1, 1), "100,0000\u202f%", "100.0000%"),
        (Ratio(0, 0), "–", "–"),
        (None, "–", "–"),
        (Length(12_340_000), "12,3\u00a0s", "12.3\u00a0s"),
        (Length(2 * DAY + 3_600 * SECOND), "2\u00a0j 1\u00a0h", "2\u00a0d 1\u00a0h"),
        (Length(0), "0\u00a0s", "0\u00a0s"),
        (Length(1), "<\u00a00,1\u00a0s", "<\u00a00.1\u00a0s"),
        (Length(60_000), "0,1\u00a0s", "0.1\u00a0s"),
        (Date("2026-03-01"), "01/03/2026", "2026-03-01"),
        (Moment(SINCE, 15 * SECOND), "01/10/2026 00:00:00 ±\u202f15\u00a0s", "2026-10-01 00:00:00 ±\u202f15\u00a0s"),
        (List((Name("a"), Name("b"))), "a, b", "a, b"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_its_language_has_it(value: Value, french: str, english: str) -> None:
    assert FR(value) == french
    assert EN(value) == english


def test_a_name_in_arabic_stays_within_itself() -> None:
    assert FR(Name(ARABIC)) == f"\u2068{ARABIC}\u2069"
    assert bare(FR(Name(ARABIC))) == ARABIC
    assert FR(Name("Salle 1")) == "Salle 1"


def test_where_the_zone_changes_its_offset_every_moment_carries_it() -> None:
    """Pains: G6."""
    ramadan = Period(1_770_591_600 * SECOND, 1_773_270_000 * SECOND, "Africa/Casablanca")  # February 2026
    writer = Writer(Language.EN, ramadan)
    assert writer(Moment(1_771_110_000 * SECOND)) == "2026-02-15 00:00:00 +0100"
    assert writer(Moment(1_771_210_800 * SECOND)) == "2026-02-16 03:00:00 +0000"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(0, 6))
def test_no_ratio_below_one_is_ever_shown_as_all(part: int, whole: int, digits: int) -> None:
    """Pains: G1."""
    part %= whole
    shown = EN(Ratio(part, whole, digits))
    assert float(shown.removesuffix("%")) < 100


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert not safe(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**14))
def test_a_length_loses_less_than_its_smallest_unit(lasts: int) -> None:
    if EN(Length(lasts)).startswith("<"):
        assert 0 < lasts <= SECOND // 20  # what is not nothing is never written as nothing
        return
    sizes = {"d": 86_400.0, "h": 3600.0, "min": 60.0, "s": 1.0}
    shown = sum(
        float(part.split("\u00a0")[0]) * sizes[part.split("\u00a0")[1]]
        for part in EN(Length(lasts)).split(" ")
    )
    bound = 0.06 if lasts < 60 * SECOND else 0.6 if lasts < DAY * 0.9999 else 60
    assert abs(shown - lasts / SECOND) <= bound


def test_one_block_is_said_as_one() -> None:
    assert EN(rest_on(0)).startswith("The figures rest on 0 blocks of hours whose roots are")
    assert EN(rest_on(1)) == "The figures rest on 1 block of hours whose root is a fact of the ledger."
    assert FR(rest_on(1)) == (
        "Les chiffres reposent sur 1 bloc horaire dont la racine est un fait du registre."
    )
    assert FR(rest_on(2)).startswith("Les chiffres reposent sur 2 blocs horaires dont les racines sont")
