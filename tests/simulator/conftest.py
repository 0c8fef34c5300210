from __future__ import annotations

from collections.abc import Callable, Collection
from copy import deepcopy

import pytest

from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint, Plant


@pytest.fixture(scope="session")
def blueprint() -> Blueprint:
    """The plant that we ship."""
    return plan("casablanca")


@pytest.fixture(scope="session")
def settled(blueprint: Blueprint) -> Plant:
    """The plant that we ship, after the hour in which it settles. Not to be changed."""
    return Plant(blueprint)


@pytest.fixture
def plant(settled: Plant) -> Plant:
    """A fresh life of the plant that we ship: its first hour was lived once for all tests."""
    return deepcopy(settled)


@pytest.fixture
def make_plant() -> Callable[..., Plant]:
    """Build a plant from sections of a plant file."""

    def make(tick: float = 0.25, seed: int = 0, **sections: object) -> Plant:
        whole = {"format": 1, "plant": "small", "site": {"id": "s", "name": "S"}, "supplies": [{"id": "u"}]}
        return Plant(Blueprint.model_validate(whole | sections), seed, tick)

    return make


KEPT = ("cas1-ups-a", "cas1-mtr-a", "cas1-mtr-b", "cas1-crac-1", "cas1-pdu-s1r3-a", "cas1-pdu-s1r3-b")


@pytest.fixture
def small(part_of_casablanca: Callable[[Collection[str]], str]) -> str:
    """A plant file with six devices."""
    return part_of_casablanca(KEPT)
