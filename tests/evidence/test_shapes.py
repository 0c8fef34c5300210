"""Whatever matches the shape of a body is canonical: what is read quickly is as strict as what is read alone.

Pains: G4.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.evidence.verifier.shapes import FRACTION, KIND, LEARNED, MOST_SHAPES, Shapes
from dcim.evidence.verifier.strict import NotStrict, read_body
from dcim.ledger import canonical

KEY = KIND + b"alert"
NEWS = '"{}:,[]0123456789.-+eE tfn\\\t\x7fé'.encode()

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**9), 2 * 10**9).map(lambda micro: micro / 1e6),
    st.text(max_size=6),
)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
bodies = st.dictionaries(st.text("abc", min_size=1, max_size=2), values, max_size=4)


def line(body: bytes) -> bytes:
    before = b'1764077525123456,"kind":"alert","subject":"ups-a","previous":"' + b"0" * 64 + b'","body":'
    return before + body + b"}\n"


def learned(some: list[Any]) -> Shapes:
    shapes = Shapes()
    for body in [some[0]] * LEARNED + some[1:]:
        shapes.learn(KEY, body)
    return shapes


def matches(shapes: Shapes, body: bytes) -> bool:
    return KEY in shapes.quick and shapes.match(KEY, line(body), 0) is not None


def is_strict(body: bytes) -> bool:
    try:
        read_body(body)
    except NotStrict:
        return False
    return True


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(some=st.lists(bodies, min_size=1, max_size=4), seed=st.integers(0, 2**32))
def test_nothing_matches_that_is_not_canonical_whatever_is_changed_in_it(some: list[Any], seed: int) -> None:
    shapes, random = learned(some), Random(seed)
    for body in some:
        text = canonical(body).encode()
        for _ in range(20):
            changed = bytearray(text)
            at = random.randrange(len(changed) + 1)
            changed[at : at + random.randrange(3)] = bytes(random.choices(NEWS, k=random.randrange(4)))
            assert not matches(shapes, bytes(changed)) or is_strict(bytes(changed)), changed


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}', b'{"b":1,"a":"x"}', b'{"a": 1,"b":"x"}', b'{"a":01,"b":"x"}', b'{"a":1.50,"b":"x"}',
        b'{"a":-0,"b":"x"}', b'{"a":1e2,"b":"x"}', b'{"a":0.00001,"b":"x"}', b'{"a":9007199254740993,"b":"x"}',
        b'{"a":1.,"b":"x"}', b'{"a":1,"b":"\t"}', b'{"a":1,"b":"\\u0061"}', b'{"a":1,"b":"\xff"}', b'{"a":1,"b":"x"} ',
        b'{"a":4294967296.000001,"b":"x"}', b'{"a":1,"b":"x","c":1}', b'{"a":1}', b'{"a":NaN,"b":"x"}', b"{}", b"[]",
    ],
)  # fmt: skip
def test_the_like_of_a_body_is_not_taken_for_one(body: bytes) -> None:
    shapes = learned([{"a": 1, "b": "x"}, {"a": 1.5, "b": "x"}, {"a": None, "b": "y"}])
    assert matches(shapes, b'{"a":-12.000025,"b":"hello, {}"}')
    assert not matches(shapes, body)


@given(st.from_regex(FRACTION, fullmatch=True, alphabet="0123456789.-"))
def test_every_fraction_that_matches_is_the_shortest_of_its_double(text: str) -> None:
    assert repr(float(text)) == text
    assert math.isfinite(float(text))


def test_a_list_of_any_length_and_a_value_of_several_sorts_are_one_shape() -> None:
    shapes = learned([{"a": [], "b": None}, {"a": [{"c": 1}], "b": "x"}, {"a": [{"c": "y"}], "b": True}])
    for body in (b'{"a":[],"b":false}', b'{"a":[{"c":2},{"c":"z"},{"c":3}],"b":"x"}'):
        assert matches(shapes, body)
    assert not matches(shapes, b'{"a":[{"c":2},],"b":"x"}')


def test_the_shapes_of_a_hostile_kind_are_few_and_a_body_of_no_shape_is_left_alone() -> None:
    shapes = Shapes()
    for number in range(10_000):
        shapes.learn(KEY, {f"k{number}": 1})
    fit = [number for number in range(200) if matches(shapes, b'{"k%d":1}' % number)]
    assert len(fit) == MOST_SHAPES
    other = learned([{"a": [1, "x", [2]]}])
    assert not matches(other, b'{"a":[1,"x",[2]]}')
    assert not matches(learned([{"\u00e9": 1}]), '{"\u00e9":1}'.encode())
