"""What a point could say all along: each word once, however many vocabularies came and went. Pains: E3."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from dcim.query.vocabulary import Vocabularies, Words

CODES = st.frozensets(st.integers(1, 6), min_size=1, max_size=4)
TOLD = st.lists(st.none() | CODES, min_size=1, max_size=12)


def words(codes: frozenset[int] | None) -> Words | None:
    return None if codes is None else tuple((float(code), f"word {code}") for code in sorted(codes))


def number(known: Vocabularies, told: list[frozenset[int] | None]) -> int:
    """Return the number of a point that told this, one vocabulary after the other."""
    found = known.number(words(told[0]))
    for codes in told[1:]:
        found = known.followed(found, known.number(words(codes)))
    return found


@given(TOLD)
def test_a_state_has_all_words_since_it_was_none_and_of_each_those_that_stood_beside_it(
    told: list[frozenset[int] | None],
) -> None:
    known = Vocabularies()
    found = number(known, told)
    if told[-1] is None:
        assert not known.is_state(found)
        assert known.said(found) is None
        return
    since = told[max((place + 1 for place, one in enumerate(told) if one is None), default=0) :]
    sets = [one for one in since if one is not None]
    everything = frozenset().union(*sets)
    assert known.is_state(found)
    assert known.said(found) == {code: f"word {code}" for code in everything}
    beside = {code: frozenset().union(*(one for one in sets if code in one)) for code in everything}
    together = known.together(found)
    assert {code: frozenset(codes) for code, codes in together.items()} == beside
    assert all(len(set(codes)) == len(codes) for codes in together.values())


def test_what_came_back_or_is_said_whole_by_another_vocabulary_makes_no_new_number() -> None:
    known = Vocabularies()
    one, two = frozenset({1}), frozenset({2})
    both = number(known, [one, two])
    assert number(known, [one, two, one, two, one]) == both
    assert number(known, [one, one | two]) == number(known, [one | two]) == number(known, [one | two, two])


def held(vocabularies: int) -> int:
    """Return the bytes that a point keeps that had so many vocabularies of one word."""
    past: list[frozenset[int] | None] = [frozenset({code}) for code in range(vocabularies)]
    tracemalloc.start()
    try:
        known = Vocabularies()
        found = number(known, past)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number(known, past) == found
    assert known.said(found) == {float(code): f"word {code}" for code in range(vocabularies)}
    assert known.together(found) == {float(code): (float(code),) for code in range(vocabularies)}
    return kept


def test_each_of_hundreds_of_words_costs_the_same_memory() -> None:
    """A phase whose worst loss was any of 500 parts: every prefix of its past was kept as a copy of its own."""
    assert held(800) < 8 * held(200)
