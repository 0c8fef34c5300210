"""Phases and breakers of the plant: a load lies on its phases, too much for too long opens what carries it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.model import ConfigError
from dcim.simulator.plant import Plant
from dcim.simulator.plant.network import POWER_FACTOR, Bus, connected

Make = Callable[..., Plant]

TWINS = [
    {"id": "a", "source": "u", "amperes": 16},
    {"id": "b", "source": "u", "amperes": 16},
]


def word_at(plant: Plant, name: str, word: str) -> float:
    """When something first was in a condition."""
    return next(change.at for change in plant.truth.of(name) if change.word == word)


def test_watts_of_the_phases_are_the_watts_of_every_node(plant: Plant) -> None:
    """Pains: I4."""
    for target in ("pdu-s1r1-a", "utility-b", "ups-b"):
        plant.lose(target)
        for _ in range(20):
            plant.step(1.0)
            for node in plant.nodes.values():
                assert sum(node.by_phase) == pytest.approx(node.watts, abs=1e-6)


@given(
    phases=st.sets(st.sampled_from(["L1", "L2", "L3"]), min_size=1),
    share=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_a_load_lies_on_connected_phases_alone_and_wholly(phases: set[str], share: list[float]) -> None:
    found = connected(share, sorted(phases))
    assert sum(found) == pytest.approx(1.0)
    assert all(
        part == 0 for part, phase in zip(found, ("L1", "L2", "L3"), strict=True) if phase not in phases
    )


def test_a_single_phase_strip_loads_the_phase_of_the_board_on_which_it_hangs(make_plant: Make) -> None:
    buses = [{"id": "board", "source": "u"}, {"id": "strip", "source": "board", "phases": ["L2"]}]
    plant = make_plant(buses=buses, loads=[{"id": "l", "cords": ["strip"], "watts": 1000}])
    assert plant.nodes["board"].by_phase == [0.0, pytest.approx(plant.nodes["board"].watts), 0.0]


def test_cords_share_as_they_are_said_to_and_one_that_is_left_takes_all(make_plant: Make) -> None:
    loads = [{"id": "l", "cords": ["a", "b"], "watts": 1000, "shares": [3, 1], "phases": {"L1": 1, "L3": 1}}]
    plant = make_plant(buses=TWINS, loads=loads)
    whole = plant.loads["l"].watts
    assert plant.nodes["a"].by_phase == pytest.approx([whole * 3 / 8, 0, whole * 3 / 8])
    plant.lose("a")
    plant.step(1.0)
    assert plant.nodes["b"].watts == pytest.approx(plant.loads["l"].watts)


def test_a_strip_that_is_fine_trips_when_its_twin_fails(make_plant: Make) -> None:
    """At 10 A of 16 each nothing is wrong; 20 A on one is. Pains: I2, I10."""
    watts = 20 * 230 * POWER_FACTOR
    loads = [{"id": "l", "cords": ["a", "b"], "watts": watts, "phases": {"L1": 1}}]
    plant = make_plant(buses=TWINS, loads=loads)
    plant.advance(600.0)
    assert plant.nodes["a"].amperes(0) == pytest.approx(10, rel=0.06)
    assert plant.truth.word("l", 600) == "powered"
    plant.lose("a")
    plant.advance(700.0)
    assert plant.truth.word("b", 700) == "tripped"
    assert plant.truth.word("l", 700) == "dark"
    assert plant.truth.word("a", 700) == "dead"
    plant.restore("b")
    plant.restore("a")
    plant.advance(720.0)
    assert plant.truth.word("b", 720) == "live"


@given(share=st.floats(1.2, 3.0))
@settings(max_examples=20, deadline=None)
def test_a_breaker_opens_sooner_the_more_it_carries(share: float) -> None:
    """After ``trip_after`` at one and a half times its rating; by the square of the current else."""
    bus = Bus("b", parent=Bus("p", parent=None), rating=10.0, trip_after=10.0)  # type: ignore[arg-type]
    bus.live, bus.volts, waited = True, 230.0, 0.0
    bus.by_phase = [share * 10.0 * 230.0 * POWER_FACTOR, 0.0, 0.0]
    while not bus.tripped:
        bus.strain(0.05)
        waited += 0.05
    assert waited == pytest.approx(10.0 * 1.25 / (share**2 - 1.0), abs=0.06)


def test_a_short_overload_is_borne_and_forgotten(make_plant: Make) -> None:
    loads = [{"id": "l", "cords": ["a", "b"], "watts": 24 * 230 * POWER_FACTOR, "phases": {"L1": 1}}]
    plant = make_plant(buses=TWINS, loads=loads)
    for _ in range(5):
        plant.lose("a")
        plant.step(4.0)
        plant.restore("a")
        plant.step(60.0)
    assert {change.word for change in plant.truth.of("b")} == {"live"}


def test_a_ups_and_a_generator_that_carry_too_much_give_up(make_plant: Make) -> None:
    ups = {
        "id": "ups", "source": "sw", "watts": 3000, "battery_joules": 2e7, "battery_volts": 192,
        "charger_watts": 100,
    }  # fmt: skip
    parts = {
        "generators": [{"id": "g", "watches": ["u"], "watts": 3000, "crank": 1}],
        "changeovers": [{"id": "sw", "sources": ["u", "g"]}],
    }
    both = [ups, ups | {"id": "twin"}]
    plant = make_plant(**parts, ups=both, loads=[{"id": "l", "cords": ["ups", "twin"], "watts": 4500}])
    plant.lose("twin")
    plant.advance(120.0)
    assert word_at(plant, "ups", "tripped") == pytest.approx(30.0, abs=12)
    plant = make_plant(**parts, loads=[{"id": "l", "cords": ["sw"], "watts": 4500}])
    plant.lose("u")
    plant.advance(60.0)
    assert plant.truth.word("g", 60) == "fault"
    assert plant.truth.word("l", 60) == "dark"


def test_shares_that_are_not_one_a_cord_are_refused(make_plant: Make) -> None:
    with pytest.raises((ConfigError, ValueError), match="1 shares for 2 cords"):
        make_plant(buses=TWINS, loads=[{"id": "l", "cords": ["a", "b"], "watts": 1, "shares": [1]}])
