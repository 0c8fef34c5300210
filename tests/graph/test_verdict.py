"""Function and redundancy from k, n and what is known: truth tables, and properties over everything else.

Pains: F2.
"""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.graph import Redundancy, Standing, State, judge

UP = Standing(State.UP, Redundancy.FULL)
WEAK = Standing(State.UP, Redundancy.REDUCED)
DOWN = Standing(State.DOWN, Redundancy.REDUCED)
OPEN = Standing(State.UNKNOWN, Redundancy.UNKNOWN)

TABLE = [
    # needs, parts, function, redundancy
    (1, (UP, UP), State.UP, Redundancy.FULL),
    (1, (UP, DOWN), State.UP, Redundancy.REDUCED),
    (1, (UP, OPEN), State.UP, Redundancy.UNKNOWN),
    (1, (DOWN, OPEN), State.UNKNOWN, Redundancy.REDUCED),
    (1, (OPEN, OPEN), State.UNKNOWN, Redundancy.UNKNOWN),
    (1, (DOWN, DOWN), State.DOWN, Redundancy.REDUCED),
    (2, (UP, UP), State.UP, Redundancy.FULL),
    (2, (UP, OPEN), State.UNKNOWN, Redundancy.UNKNOWN),
    (2, (DOWN, OPEN), State.DOWN, Redundancy.REDUCED),
    (2, (UP, UP, DOWN), State.UP, Redundancy.REDUCED),
    (2, (UP, DOWN, OPEN), State.UNKNOWN, Redundancy.REDUCED),
    (2, (DOWN, DOWN, OPEN), State.DOWN, Redundancy.REDUCED),
    (1, (WEAK, UP), State.UP, Redundancy.REDUCED),
    (2, (WEAK, OPEN), State.UNKNOWN, Redundancy.REDUCED),
]


@pytest.mark.parametrize(("needs", "parts", "function", "redundancy"), TABLE)
def test_the_truth_table(
    needs: int, parts: tuple[Standing, ...], function: State, redundancy: Redundancy
) -> None:
    """Pains: G1, E3."""
    assert judge(needs, parts) == Standing(function, redundancy)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_verdict_is_given_exactly_when_every_outcome_of_the_unknown_agrees(n: int) -> None:
    for needs in range(1, n + 1):
        for parts in product((UP, DOWN, OPEN), repeat=n):
            outcomes = [judge(needs, one) for one in _settled(parts)]
            said = judge(needs, parts)
            functions = {one.function for one in outcomes}
            redundancies = {one.redundancy for one in outcomes}
            assert said.function is (functions.pop() if len(functions) == 1 else State.UNKNOWN)
            assert said.redundancy is (redundancies.pop() if len(redundancies) == 1 else Redundancy.UNKNOWN)


def _settled(parts: tuple[Standing, ...]) -> list[tuple[Standing, ...]]:
    return list(product(*((UP, DOWN) if part is OPEN else (part,) for part in parts)))


leaves = st.sampled_from([UP, WEAK, DOWN, OPEN])


@st.composite
def trees(draw: st.DrawFn) -> tuple[int, list[Standing | tuple[int, list[Standing]]]]:
    """A service of parts and of services, two deep."""
    parts: list[Standing | tuple[int, list[Standing]]] = []
    for _ in range(draw(st.integers(1, 4))):
        inner = draw(st.lists(leaves, min_size=1, max_size=4))
        parts.append(inner[0] if draw(st.booleans()) else (draw(st.integers(1, len(inner))), inner))
    return draw(st.integers(1, len(parts))), parts


def _judged(tree: tuple[int, list[Standing | tuple[int, list[Standing]]]]) -> Standing:
    needs, parts = tree
    return judge(needs, [part if isinstance(part, Standing) else judge(*part) for part in parts])


@given(trees(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_what_becomes_known_never_contradicts_the_verdict_before(tree: tuple, chance) -> None:  # type: ignore[no-untyped-def, type-arg]
    """Pains: G1."""
    before = _judged(tree)
    needs, parts = tree
    settle = lambda one: chance.choice([UP, DOWN, WEAK, one]) if one is OPEN else one  # noqa: E731
    later = [
        settle(part) if isinstance(part, Standing) else (part[0], list(map(settle, part[1])))
        for part in parts
    ]
    after = _judged((needs, later))
    assert before.function in (State.UNKNOWN, after.function)
    assert before.redundancy in (Redundancy.UNKNOWN, after.redundancy)


@given(st.lists(leaves, min_size=1, max_size=6), st.data())
def test_needing_more_is_never_easier(parts: list[Standing], data: st.DataObject) -> None:
    order = [State.DOWN, State.UNKNOWN, State.UP]
    needs = data.draw(st.integers(1, len(parts)))
    more = data.draw(st.integers(needs, len(parts)))
    assert order.index(judge(more, parts).function) <= order.index(judge(needs, parts).function)


@given(st.lists(leaves, min_size=1, max_size=6))
def test_full_redundancy_means_that_everything_works(parts: list[Standing]) -> None:
    whole = judge(len(parts), parts)
    if whole.redundancy is Redundancy.FULL:
        assert whole.function is State.UP
        assert all(part.fine for part in parts)
