"""Every constant of a standard is a line of data that says where it stands; what follows from others is computed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dcim.availability import Category
from dcim.standards import STANDARDS, Verified, constant, number, parse

HEAD = "name\tvalue\tunit\tstandard\tedition\tclause\tsource\tverified_by"
LINE = "least\t0.99\tratio\tdcim\t\tleast coverage\tour choice\thouse"


@pytest.mark.parametrize("name", [name for name in STANDARDS if name.startswith("downtime_year_")])
def test_the_downtime_of_a_year_is_what_the_percentage_leaves(name: str) -> None:
    share = Fraction(name.removeprefix("downtime_year_").replace("_", ".")) / 100
    assert constant(name) == (1 - share) * constant("year")


def test_what_is_computed_is_what_it_says() -> None:
    assert constant("redundant_feed_share") == constant("continuous_load_share") / 2
    assert constant("year") == 365 * 86_400
    assert constant("leap_year") - constant("year") == 86_400
    assert constant("month_30_days") == 43_200 * 60
    assert {one.name for one in STANDARDS.values() if one.verified_by is Verified.COMPUTED} == {
        "redundant_feed_share",
        "year",
        "leap_year",
        "month_30_days",
        "pue_least",
        *(name for name in STANDARDS if name.startswith("downtime_year_")),
    }


def test_the_categories_have_the_order_of_the_standard() -> None:
    named = {one.word: one for one in Category} | {"full": Category.FULL}
    for word, category in named.items():
        assert constant(f"category_{word}") == category


@pytest.mark.parametrize("kind", ["a1", "a2", "a3", "a4"])
def test_each_allowable_envelope_holds_the_recommended_one(kind: str) -> None:
    assert constant(f"ashrae_{kind}_low") <= constant("ashrae_recommended_low")
    assert constant(f"ashrae_{kind}_high") >= constant("ashrae_recommended_high")
    assert constant(f"ashrae_{kind}_dew_point_high") >= constant("ashrae_recommended_dew_point_high")
    assert constant(f"ashrae_{kind}_humidity_high") >= constant("ashrae_recommended_humidity_high")


def test_a_constant_says_where_it_stands() -> None:
    one = STANDARDS["ashrae_a1_high"]
    assert one.cited == "ASHRAE TC 9.9, 5th ed. 2021, Table 2.1, allowable A1"
    assert (one.exact, number(one.name), one.unit) == (32, 32.0, "celsius")
    with pytest.raises(ValueError, match="is a text"):
        _ = STANDARDS["pue_category_1"].exact
    with pytest.raises(KeyError):
        constant("nothing")


def test_a_line_is_read() -> None:
    (one,) = parse(f"{HEAD}\n# our own\n\n{LINE}\n").values()
    assert (one.exact, one.cited, one.verified_by) == (
        Fraction(99, 100),
        "dcim, least coverage",
        Verified.HOUSE,
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (LINE.replace("least\t", "Least\t", 1), "a name is"),
        (LINE.replace("ratio", "percent"), "unknown unit"),
        (LINE.replace("0.99", "0,99"), "no number"),
        (LINE.replace("0.99", " 0.99"), "white space"),
        (LINE.replace("our choice", ""), "where that was read"),
        (LINE.replace("house", "me"), "verified_by is one of"),
        (LINE.removesuffix("\thouse"), "found 7"),
        (f"{LINE}\n{LINE}", "line 3: least stands twice"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(line: str, what: str) -> None:
    with pytest.raises(ValueError, match=r"line [23]: ") as refused:
        parse(f"{HEAD}\n{line}")
    assert what in str(refused.value)


def test_a_file_without_its_head_is_refused() -> None:
    with pytest.raises(ValueError, match="names of the fields"):
        parse(LINE)
