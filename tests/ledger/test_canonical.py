from __future__ import annotations

import json
from enum import StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.ledger.canonical import DEEPEST, LARGEST_BODY, NotCanonical, canonical, plain_text, quote, read
from tests.examples import many

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)
BODIES = st.dictionaries(TEXT, VALUES, max_size=4)


def typed(value: object) -> object:
    """The value with the type beside every leaf, so that 1, 1.0, True and -0.0 differ."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [typed(inner) for inner in value]
    return (type(value).__name__, repr(value))


@many(50)
@given(BODIES)
def test_what_is_read_back_is_what_was_written_so_no_two_bodies_share_bytes(body):
    text = canonical(body)
    assert typed(read(text)) == typed(body)
    assert canonical(read(text)) == text


@many(50)
@given(BODIES)
def test_plain_python_gives_the_same_bytes(body):
    plain = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    assert canonical(body) == plain


@many(50)
@given(BODIES, st.randoms())
def test_the_order_in_which_a_body_was_made_does_not_matter(body, random):
    items = list(body.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(body)


def test_the_bytes_are_those_of_the_documentation():
    body = {
        "b": [1, 1.0, -0.0, 1e22, 1e-7, 0.1],
        "a": 'é\u2028"\\/\x00\x1f\x7f\n',
        "é": None,
        "A": {"t": True},
    }
    assert canonical(body) == (
        '{"A":{"t":true},"a":"é\u2028\\"\\\\/\\u0000\\u001f\x7f\\n",'
        '"b":[1,1.0,-0.0,1e+22,1e-07,0.1],"é":null}'
    )


def test_composed_and_decomposed_letters_stay_what_they_were():
    assert canonical({"a": "\u00e9"}) != canonical({"a": "e\u0301"})


def test_tuples_mappings_and_words_are_written_as_their_json_kin():
    class Word(StrEnum):
        UP = "up"

    assert canonical(MappingProxyType({Word.UP: (Word.UP, MappingProxyType({}))})) == '{"up":["up",{}]}'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"a": {"b": [0, float("nan")]}}, "body.a.b[1]: nan is no number"),
        ({"a": float("inf")}, "body.a: inf is no number"),
        ({"point": 2**53}, "body.point: 9007199254740992 is beyond 2**53 - 1; write it as text"),
        ({"a": "\ud800"}, "body.a: the text has a lone surrogate at 0"),
        ({"\ud800": 1}, "lone surrogate"),
        ({1: 1}, "body.1: the key 1 is no text"),
        ({"a": b""}, "body.a: a bytes has no place in a fact"),
        ({"a": {1}}, "body.a: a set has no place"),
        ([], "a body is an object, not list"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(body, said):
    with pytest.raises(NotCanonical) as caught:
        canonical(body)
    assert said in str(caught.value)


def nested(kind: type, depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = {"k": value} if kind is dict else [value]
    return value


@pytest.mark.parametrize("kind", [dict, list])
def test_depth_is_bounded(kind):
    assert canonical({"a": nested(kind, DEEPEST - 1)})
    with pytest.raises(NotCanonical, match="deeper than 32 levels"):
        canonical({"a": nested(kind, DEEPEST)})


def test_size_is_bounded_in_bytes_not_characters():
    frame = len('{"a":""}')
    assert canonical({"a": "é" * ((LARGEST_BODY - frame) // 2)})
    with pytest.raises(NotCanonical, match="more than 1048576 bytes"):
        canonical({"a": "é" * (LARGEST_BODY // 2)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        '{"a":1',
        '{ "a":1}',
        '{"b":1,"a":1}',
        '{"a":1,"a":1}',
        '{"a":1.00}',
        '{"a":NaN}',
        "[" * 200_000,
    ],
)
def test_text_that_no_canonical_writer_made_is_refused(text):
    with pytest.raises(NotCanonical):
        read(text)


def test_names_are_free_of_what_databases_cannot_keep():
    assert plain_text("Onduleur é", "name") == "Onduleur é"
    with pytest.raises(NotCanonical, match="name: a NUL"):
        plain_text("a\0", "name")
    with pytest.raises(NotCanonical, match="name: the text has a lone surrogate at 1"):
        plain_text("a\udcff", "name")
    with pytest.raises(NotCanonical, match="lone surrogate"):
        quote("\udcff")
