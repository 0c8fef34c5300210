"""Lines of the dictionary of points come apart without being parsed, and say what a parser of JSON reads in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.history.lines import Lines, described, parted, text, what_of, words_of
from dcim.model import Lane, Layout, Meaning, Point, canonical, state_code

hard = st.text(alphabet='",:{}[]\\a\né', max_size=12)
"""What JSON stands on."""
telling = st.sampled_from(
    ['","source":"', '},"source":"', '"},"source":"x","states":{', '","metric":"', "\\"]
)
texts = st.one_of(hard, telling)


def line(asset: str, metric: str, labels: dict[str, str], source: str, words: list[str]) -> bytes:
    states = {state_code(word): Meaning(word) for word in words}
    point = Point(asset, metric, canonical(labels))
    (made,) = Lines().of(Layout(asset, Lane.FAST, (point,), (states or None,), (source,)))
    return made


@given(
    texts, texts, st.dictionaries(texts, texts, max_size=3), texts, st.lists(texts, max_size=3, unique=True)
)
def test_its_parts_say_what_the_whole_says(
    asset: str, metric: str, labels: dict[str, str], source: str, words: list[str]
) -> None:
    made = line(asset, metric, labels, source, words)
    said, parts = json.loads(made), parted(made)
    assert parts is not None
    assert f"{parts.id:016x}" == said["id"]
    assert (text(parts.asset), text(parts.source)) == (said["asset"], said["source"])
    assert what_of(parts.what) == (said["metric"], canonical(said["labels"]))
    states = words_of(parts.words)
    written = (
        None if states is None else {f"{code:.0f}": [one.word, one.health] for code, one in states.items()}
    )
    assert written == said.get("states")


@given(texts, st.dictionaries(texts, texts, max_size=2), st.data())
def test_of_a_damaged_line_nothing_is_taken_for_another_point(
    asset: str, labels: dict[str, str], data: st.DataObject
) -> None:
    made = line(asset, "m", labels, "1.3.6", ["on"])
    place = data.draw(st.integers(0, len(made) - 1))
    damaged = made[:place] + data.draw(st.binary(max_size=2)) + made[place + 1 :]
    whole, found = described(made), described(damaged)
    assert whole is not None
    assert found is None or found.point == whole.point


@pytest.mark.parametrize(
    "what",
    [b"", b"\n", b"{}\n", b'{"id":"00000000000000zz","asset":"a"}\n', line("a", "m", {}, "", [])[:-1]],
)
def test_what_is_no_line_has_no_parts(what: bytes) -> None:
    assert parted(what) is None
    assert described(what) is None


def test_of_several_lines_a_damaged_one_says_nothing_wherever_it_stands() -> None:
    first, second = line("a", "m", {}, "1", ["on"]), line("a", "m", {}, "2", ["off"])
    whole, broken = described(first, second), first[:-9] + b"\n"
    assert whole is not None
    assert {one.word for one in (whole.states or {}).values()} == {"on", "off"}
    assert whole == described(broken, first, second) == described(first, broken, second)
    assert whole == described(first, second, broken)
    assert described(broken) is described() is None
