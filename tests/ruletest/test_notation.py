"""What a point says over time, in one line."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Gap, GapReason, Health
from dcim.ruletest.notation import Word, course


def test_words_times_polls_ramps_repeats_and_gaps() -> None:
    text = "normal for 1 min, (fault/critical for 2 polls, gap absent for 5 s) x 2, 20 degC to 30 degC for 10 s, 30 degC"
    made = course(text, interval=10.0)
    assert [one.end for one in made.stretches] == [60.0, 80.0, 85.0, 105.0, 110.0, 120.0, inf]
    assert made.at(59.9) == Word("normal")
    assert made.at(60.0) == Word("fault", Health.CRITICAL)
    assert made.at(84.0) == Gap(GapReason.ABSENT)
    assert made.at(115.0) == pytest.approx(25.0)
    assert made.at(1e9) == pytest.approx(30.0)
    assert made.told == 120.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("normal, battery", "normal does not say for how long, and is not the last"),
        ("normal for 10 s,", "a value is missing at the end"),
        ("(on for 1 s", "a bracket is not closed"),
        ("(on for 1 s) 4", "expected how often behind the bracket, such as x 4"),
        ("on for 0 s", "expected a time above 0, found '0 s'"),
        ("on for ever", "expected a time such as 10s, 5m, 1h or 30d, found 'ever'"),
        ("5 parsecs", "no unit 'parsecs'"),
        ("gap absend", "no reason of a gap 'absend'; did you mean 'absent'?"),
        ("fault/bad", "no health 'bad'"),
        ("((a for 1 s) x 9999) x 9999", "more than 10000 stretches"),
        ("a)", "unexpected ')'"),
        (",", "expected a value, found ','"),
        ("", "a value is missing at the end"),
    ],
)
def test_a_mistake_says_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=r".") as wrong:
        course(text, 10.0)
    assert expected in str(wrong.value)


@given(st.text("abx()/,0123456789 .%gapfortos", max_size=40))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        made = course(text, 1.0)
    except ValueError:
        return
    starts = [one.start for one in made.stretches]
    assert starts == sorted(starts)
    assert made.stretches[0].start == 0.0
