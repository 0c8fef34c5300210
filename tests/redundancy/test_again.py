"""A look that tells what the one before it told is not worked out again, but time goes on. Pains: I1, I2."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.flow import Flow
from dcim.record import replace
from dcim.redundancy import Values, Verdicts
from dcim.redundancy.engine import Engine
from dcim.simulator.files import plan

from .told import Told


@pytest.fixture
def rabat(tmp_path: Path) -> Told:
    told = Told(plan("rabat"), tmp_path)
    told.plant.advance(60.0)
    return told


def _looked(engine: Engine, values: Values) -> Verdicts:
    found = engine.take(values)
    assert isinstance(found, Verdicts)
    return replace(found, spent=0.0)


def test_it_says_what_a_fresh_engine_says_and_no_loss_is_tried(
    rabat: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, values = rabat.messages()
    engine, fresh = Engine(rabat.built), Engine(rabat.built)
    for one in (engine, fresh):
        one.take(book)
    first = _looked(engine, values)
    tried: list[Flow] = []
    sweep = Flow.sweep
    monkeypatch.setattr(Flow, "sweep", lambda flow: tried.append(flow) or sweep(flow))
    later = replace(values, at=values.at + 10.0)
    again = _looked(engine, later)
    assert not tried
    assert again == replace(first, at=later.at) == _looked(fresh, later)
    moved = replace(later, values=later.values[:])
    moved.values[next(at for at, one in enumerate(moved.values) if one > 1.0)] *= 1.1
    for other in (moved, replace(later, down=frozenset({rabat.element("pdu-r1-a")}))):
        tried.clear()
        assert _looked(engine, other).headroom != again.headroom
        assert tried


def test_a_loss_is_held_against_what_was_said_although_nothing_moves_any_more(rabat: Told) -> None:
    book, values = rabat.messages()
    engine = Engine(rabat.built)
    engine.take(book)
    begun = values.at
    lost = rabat.element("pdu-r1-a")
    compared = []
    for number in range(16):
        at = begun + number * 10.0
        gone = frozenset({lost}) if number > 5 else frozenset()
        found = _looked(engine, replace(values, at=at, down=gone))
        compared += [(at - begun, found.comparison.lost)] if found.comparison else []
    assert compared == [(120.0, (lost,))]
