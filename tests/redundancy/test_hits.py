"""What a look found of services counts for the next one as long as it must: a fresh engine says the same.

Pains: I2, I10.
"""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.record import replace
from dcim.redundancy import Values, Verdicts
from dcim.redundancy.engine import Engine
from dcim.simulator.files import plan

from .told import Told


@pytest.fixture(scope="module")
def rabat(tmp_path_factory: pytest.TempPathFactory) -> Told:
    told = Told(plan("rabat"), tmp_path_factory.mktemp("rabat"))
    told.plant.advance(60.0)
    return told


def look_of(told: Told, rolled: random.Random, before: Values | None) -> Values:
    """Return how the plant may stand: loads anew, at times one part down or in doubt, readings missing."""
    book, now = told.messages()
    values = array("d", now.values)
    for place, slot in enumerate(book.slots):
        if slot.words is None:
            values[place] *= rolled.uniform(0.5, 1.4)
    if rolled.random() < 0.3:
        values[rolled.randrange(len(values))] = float("nan")
    if before is not None and rolled.random() < 0.5:
        return replace(before, at=before.at + 10.0, values=values)
    parts = sorted(told.network.elements)
    down, doubtful, reduced, less = (
        frozenset(rolled.sample(parts, rolled.choice((0, 0, 1)))) for _ in range(4)
    )
    at = before.at + 10.0 if before is not None else 0.0
    return Values(at, values, down, doubtful, reduced, less)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 32))
@pytest.mark.long
def test_an_engine_that_has_looked_before_says_what_a_fresh_one_says(rabat: Told, seed: int) -> None:
    rolled, book = random.Random(seed), rabat.messages()[0]
    engine = Engine(rabat.built)
    values: Values | None = None
    engine.take(book)
    for _ in range(5):
        values = look_of(rabat, rolled, values)
        fresh = Engine(rabat.built)
        fresh.take(book)
        found, anew = engine.take(values), fresh.take(values)
        assert isinstance(found, Verdicts)
        assert isinstance(anew, Verdicts)
        assert found.services == anew.services
        assert found.singles == anew.singles
        assert found.findings == anew.findings
        assert [one.after for one in found.headroom] == [one.after for one in anew.headroom]
