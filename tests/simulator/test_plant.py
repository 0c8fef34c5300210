"""The physics of the plant: power balances, batteries empty on time, loads move, rooms warm."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.model import ConfigError
from dcim.simulator.plant import Blueprint, Plant
from dcim.simulator.plant.battery import KNEE, Battery
from dcim.simulator.plant.network import Bus, Changeover, Supply, Ups

Make = Callable[..., Plant]


def ups_of(plant: Plant, name: str) -> Ups:
    node = plant.nodes[name]
    assert isinstance(node, Ups)
    return node


def losses(plant: Plant) -> float:
    """What heats the path itself, from each node's own figures (watts)."""
    total = 0.0
    for node in plant.nodes.values():
        if isinstance(node, Bus):
            total += node.watts * node.loss
        if isinstance(node, Ups) and node.live:
            total += node.watts * (1 / node.efficiency - 1) + node.idle
            total += node.charging * (1 / node.charge_efficiency - 1)
    return total


def check_balance(plant: Plant) -> None:
    sources = sum(plant.nodes[name].watts for name in ("utility-a", "utility-b", "genset-1"))
    batteries = sum(ups.discharging - ups.charging for ups in (ups_of(plant, f"ups-{x}") for x in "abc"))
    loads = sum(load.watts for load in plant.loads.values())
    assert sources + batteries == pytest.approx(loads + losses(plant), rel=1e-9)


def test_power_in_is_power_out_plus_losses_plus_what_batteries_take(plant: Plant) -> None:
    check_balance(plant)
    for target in ("utility-a", "utility-b", "crac-1", "pdu-s1r1-a"):
        plant.lose(target)
        for _ in range(40):
            plant.step(1.0)
            check_balance(plant)
    for target in ("utility-a", "utility-b", "crac-1", "pdu-s1r1-a"):
        plant.restore(target)
    for _ in range(60):
        plant.step(1.0)
        check_balance(plant)


def test_energy_is_the_integral_of_power(plant: Plant) -> None:
    before = plant.nodes["tgbt-a"].joules
    total = 0.0
    for _ in range(400):
        plant.step(plant.tick)
        total += plant.nodes["tgbt-a"].watts * plant.tick
    assert plant.nodes["tgbt-a"].joules - before == pytest.approx(total)


@given(
    capacity=st.floats(1e5, 1e8),
    watts=st.floats(100, 50_000),
    charge=st.floats(0.01, 1.0),
)
def test_a_battery_lasts_its_energy_divided_by_the_load(capacity: float, watts: float, charge: float) -> None:
    battery = Battery(capacity, 1000.0, 192.0, charge)
    promised = battery.runtime(watts)
    given_out = sum(battery.drain(watts, promised / 50) for _ in range(49))
    assert battery.runtime(watts) == pytest.approx(promised / 50, rel=1e-6)
    given_out += battery.drain(watts, promised)
    assert battery.charge == 0.0
    assert given_out == pytest.approx(charge * capacity, rel=1e-9)
    assert battery.drain(watts, 1.0) == 0.0


@given(charge=st.floats(0, 1), cuts=st.lists(st.floats(0.1, 4000), min_size=1, max_size=8))
def test_charging_does_not_depend_on_how_time_is_cut(charge: float, cuts: list[float]) -> None:
    once, often = (Battery(10e6, 1500.0, 192.0, charge) for _ in range(2))
    whole = once.fill(sum(cuts))
    parts = sum(often.fill(cut) for cut in cuts)
    assert once.charge == pytest.approx(often.charge, abs=1e-9)
    assert whole == pytest.approx(parts, rel=1e-6, abs=1e-3)
    assert whole == pytest.approx((once.charge - charge) * 10e6, rel=1e-6, abs=1e-3)


def test_charging_is_straight_below_the_knee_and_exponential_above() -> None:
    battery = Battery(10e6, 1000.0, 192.0, 0.5)
    battery.fill(1000.0)
    assert battery.charge == pytest.approx(0.6)
    battery.charge = KNEE
    battery.fill(1000.0)  # one time constant: (1 - KNEE) x capacity / charger
    assert 1 - battery.charge == pytest.approx((1 - KNEE) / math.e)


def test_a_battery_without_load_lasts_for_ever_and_its_voltage_follows_its_charge() -> None:
    battery = Battery(10e6, 1000.0, 192.0, 1.0)
    assert battery.runtime(0.0) == math.inf
    assert battery.volts == pytest.approx(96 * 2.27)
    battery.charge = 0.0
    assert battery.volts == pytest.approx(96 * 1.75)


def on_one_ups(make: Make, **ups: float) -> Plant:
    shape = {
        "id": "ups", "source": "u", "watts": 10_000, "battery_joules": 2e6, "battery_volts": 192,
        "charger_watts": 1000, "efficiency": 0.9, "idle_watts": 0,
    }  # fmt: skip
    return make(ups=[shape | ups], loads=[{"id": "l", "cords": ["ups"], "watts": 4500}])


def test_a_ups_carries_its_load_exactly_as_long_as_the_closed_form_says(make_plant: Make) -> None:
    plant = on_one_ups(make_plant)
    ups = ups_of(plant, "ups")
    plant.loads["l"].wanted = plant.loads["l"].rated
    plant.lose("u")
    # the load breathes by 5 %: integrate it to know when 2 MJ are gone through an inverter of 90 %
    left, expected = 2e6, None
    while plant.now < 600:
        plant.step(plant.tick)
        if expected is None:
            left -= plant.loads["l"].watts / 0.9 * plant.tick
            expected = plant.now if left <= 0 else None
    dark = next(change.at for change in plant.truth.of("l") if change.word == "dark")
    assert expected is not None
    assert abs(dark - expected) <= 2 * plant.tick
    assert 2e6 / (4725 / 0.9) <= dark <= 2e6 / (4275 / 0.9) + plant.tick
    assert ups.word() == "off"
    assert plant.truth.word("ups", 10) == "battery"


def test_a_ups_counts_its_transfers_and_its_time_on_battery_and_says_low(make_plant: Make) -> None:
    plant = on_one_ups(make_plant, low_runtime=300.0)
    ups = ups_of(plant, "ups")
    assert not ups.low
    plant.lose("u")
    plant.step(10.0)
    assert (ups.transfers, ups.on_battery, ups.low) == (1, True, False)
    assert ups.on_battery_for == pytest.approx(10.0, abs=plant.tick)
    plant.drain("ups", 0.5)
    plant.step(1.0)
    assert ups.low
    plant.restore("u")
    plant.step(1.0)
    assert (ups.transfers, ups.on_battery, ups.low, ups.on_battery_for) == (1, False, False, 0.0)
    assert ups.charging > 0


def test_a_ups_comes_back_with_the_mains_after_exhaustion_and_dies_of_a_fault(make_plant: Make) -> None:
    plant = on_one_ups(make_plant)
    plant.drain("ups", 0.001)
    plant.lose("u")
    plant.step(5.0)
    assert plant.truth.word("l", plant.now) == "dark"
    assert plant.nodes["ups"].drawn == 0.0
    plant.restore("u")
    plant.step(1.0)
    assert plant.nodes["ups"].word() == "mains"
    plant.lose("ups")
    plant.step(1.0)
    assert plant.nodes["ups"].word() == "off"
    assert plant.loads["l"].watts == 0.0


def test_the_load_of_a_dead_path_moves_to_the_other(plant: Plant) -> None:
    plant.step(1.0)
    a, b = plant.nodes["pdu-s1r1-a"], plant.nodes["pdu-s1r1-b"]
    assert a.watts == pytest.approx(b.watts)
    plant.lose("pdu-s1r1-a")
    plant.step(1.0)
    assert (a.watts, a.volts, a.live) == (0.0, 0.0, False)
    assert b.watts == pytest.approx(plant.loads["srv-s1r1"].watts)
    assert plant.truth.word("srv-s1r1", plant.now) == "powered"
    plant.restore("pdu-s1r1-a")
    plant.step(1.0)
    assert a.watts == pytest.approx(b.watts)


def test_a_rack_switch_saves_what_has_one_cord_and_goes_back_later(plant: Plant) -> None:
    switch = plant.nodes["ats-s1"]
    assert isinstance(switch, Changeover)
    plant.lose("pdu-s1r4-a")
    plant.step(1.0)
    assert (switch.word(), switch.transfers) == ("source_b", 1)
    plant.restore("pdu-s1r4-a")
    plant.step(4.0)
    assert switch.word() == "source_b"
    plant.step(3.0)
    assert (switch.word(), switch.transfers) == ("source_a", 2)
    assert {change.word for change in plant.truth.of("net-s1")} == {"powered"}
    plant.lose("pdu-s1r4-a")
    plant.lose("pdu-s1r4-b")
    plant.step(1.0)
    assert switch.word() == "none"
    assert plant.loads["net-s1"].word() == "dark"


def test_the_generator_takes_over_and_hands_back(plant: Plant) -> None:
    fuel = plant.nodes["genset-1"].fuel  # type: ignore[attr-defined]
    plant.step(10.0)
    plant.lose("utility-a")
    plant.lose("utility-b")
    plant.step(60.0)
    assert [change.word for change in plant.truth.of("genset-1")] == ["stopped", "cranking", "running"]
    started, ready = (change.at for change in plant.truth.of("genset-1")[1:])
    assert started - 10.0 == pytest.approx(3.0, abs=0.5)
    assert ready - started == pytest.approx(6.0, abs=0.5)
    assert plant.nodes["inv-a"].word() == plant.nodes["inv-b"].word() == "source_b"
    assert plant.nodes["ups-a"].word() == "mains"
    assert plant.nodes["genset-1"].watts > 20_000
    plant.restore("utility-a")
    plant.restore("utility-b")
    plant.step(60.0)
    assert plant.nodes["inv-a"].word() == "source_a"
    assert plant.nodes["genset-1"].word() == "stopped"
    assert plant.nodes["genset-1"].fuel < fuel  # type: ignore[attr-defined]
    assert plant.nodes["genset-1"].starts == 1  # type: ignore[attr-defined]


def test_a_generator_that_will_not_start_gives_up_after_three_tries(plant: Plant) -> None:
    plant.lose("genset-1")
    plant.lose("utility-a")
    plant.step(3.0 + 3 * 6.0 + 1.0)
    assert plant.nodes["genset-1"].word() == "fault"
    assert plant.nodes["inv-a"].word() == "none"
    assert plant.truth.word("srv-s1r1", plant.now) == "powered"
    plant.restore("genset-1")
    plant.step(20.0)
    assert plant.nodes["genset-1"].word() == "running"
    plant.lose("genset-1")
    plant.step(1.0)
    assert plant.nodes["genset-1"].word() == "fault"


def test_a_generator_without_fuel_stops(plant: Plant) -> None:
    genset = plant.nodes["genset-1"]
    plant.lose("utility-a")
    plant.step(30.0)
    genset.fuel = 1e-6  # type: ignore[attr-defined]
    plant.step(5.0)
    assert genset.word() == "fault"


def test_a_generator_that_cools_down_takes_the_load_again(plant: Plant) -> None:
    plant.lose("utility-a")
    plant.step(20.0)
    plant.restore("utility-a")
    plant.step(20.0)
    assert plant.nodes["genset-1"].word() == "cooling_down"
    plant.lose("utility-a")
    plant.step(2.0)
    assert plant.nodes["genset-1"].word() == "running"


def warm_room(make: Make, **unit: object) -> Plant:
    crac = {"id": "c", "room": "r", "fan": "u", "compressor": "u", "capacity": 12_000}
    return make(
        rooms=[{"id": "r", "name": "R", "capacity": 400_000, "walls": 60, "outside": 27}],
        loads=[{"id": "l", "cords": ["u"], "watts": 8000, "room": "r"}],
        cracs=[crac | unit],
    )


def test_a_room_without_cooling_warms_at_heat_divided_by_capacity(make_plant: Make) -> None:
    plant = warm_room(make_plant)
    room = plant.rooms["r"]
    start = room.temperature
    plant.lose("c")
    plant.step(60.0)
    # 8 kW +- 5 % and the walls' 60 W/K x about 5 K into 400 kJ/K
    low, high = (8000 * share + 60 * (27 - start - extra) for share, extra in ((0.95, 1.5), (1.05, 0)))
    assert low / 400_000 * 59 <= room.temperature - start <= high / 400_000 * 61


def test_a_room_without_walls_or_cooling_warms_on_a_straight_line(make_plant: Make) -> None:
    plant = make_plant(
        rooms=[{"id": "r", "name": "R", "capacity": 1e6, "walls": 0}],
        loads=[{"id": "l", "cords": ["u"], "watts": 1000, "room": "r"}],
    )
    room = plant.rooms["r"]
    start, joules = room.temperature, 0.0
    for _ in range(400):
        plant.step(plant.tick)
        joules += plant.loads["l"].watts * plant.tick
    assert room.temperature - start == pytest.approx(joules / 1e6, rel=1e-6)
    assert room.exhaust() == room.temperature + 5.0  # no air moves


@pytest.mark.long
def test_when_a_unit_stops_the_other_works_harder_and_the_room_settles_warmer(plant: Plant) -> None:
    plant.step(10.0)
    before, demand = plant.rooms["salle-2"].temperature, plant.cracs["crac-4"].demand
    other = plant.rooms["salle-1"].temperature
    plant.lose("crac-3")
    plant.step(800.0)
    assert plant.cracs["crac-4"].demand > 1.7 * demand
    assert 1.0 < plant.rooms["salle-2"].temperature - before < 3.0
    assert abs(plant.rooms["salle-1"].temperature - other) < 0.3
    assert plant.cracs["crac-3"].cooling == plant.cracs["crac-3"].speed == plant.cracs["crac-3"].drop == 0.0
    assert plant.cracs["crac-3"].word() == "stopped"


def test_a_unit_without_compressor_power_blows_but_does_not_cool(plant: Plant) -> None:
    plant.lose("cold-a")
    plant.step(1.0)
    assert plant.cracs["crac-1"].word() == "running"
    assert plant.cracs["crac-1"].cooling == 0.0
    plant.lose("ups-c")
    plant.step(1.0)
    assert {unit.word() for unit in plant.cracs.values()} == {"stopped"}


def test_warm_air_is_dryer(plant: Plant) -> None:
    room = plant.rooms["salle-1"]
    assert room.humidity(room.dew_point) == 1.0
    assert room.humidity(25.0) < room.humidity(20.0) < 0.6
    assert room.humidity(20.0) == pytest.approx(0.543, abs=0.002)  # dew point 10.5: psychrometric tables


@settings(max_examples=20)
@given(steps=st.lists(st.floats(0.01, 3.0), min_size=1, max_size=12))
def test_a_life_does_not_depend_on_the_steps_it_is_told_in(steps: list[float]) -> None:
    plan = Blueprint.model_validate(
        {
            "format": 1, "plant": "p", "site": {"id": "s", "name": "S"}, "supplies": [{"id": "u"}],
            "buses": [{"id": "b", "source": "u", "loss": 0.1}], "loads": [{"id": "l", "cords": ["b"], "watts": 10}],
        }
    )  # fmt: skip
    one, many = Plant(plan), Plant(plan)
    for step in steps:
        many.step(step)
    one.advance(many.now)
    assert one.nodes["u"].joules == many.nodes["u"].joules
    assert one.truth.changes == many.truth.changes


def test_equal_seeds_live_equal_lives_and_others_do_not(blueprint: Blueprint) -> None:
    first, second, third = Plant(blueprint, 1), Plant(blueprint, 1), Plant(blueprint, 2)
    for plant in (first, second, third):
        plant.step(30.0)
    assert first.nodes["tgbt-a"].watts == second.nodes["tgbt-a"].watts != third.nodes["tgbt-a"].watts


def test_a_copy_of_a_settled_plant_lives_as_one_that_settled_itself(
    blueprint: Blueprint, settled: Plant, plant: Plant
) -> None:
    """So the tests of this room need not each live through the first hour."""
    fresh = Plant(blueprint)
    for one in (plant, fresh):
        one.step(5.0)
        one.lose("tr-a")
        one.step(30.0)
    assert plant.now == fresh.now
    assert settled.now == 0.0
    assert [(node.name, node.watts, node.joules) for node in plant.nodes.values()] == [
        (node.name, node.watts, node.joules) for node in fresh.nodes.values()
    ]
    assert plant.truth.changes == fresh.truth.changes != settled.truth.changes
    assert all(plant.nodes[name] is not node for name, node in settled.nodes.items())


def test_time_does_not_go_back_and_unknown_names_are_refused(plant: Plant) -> None:
    plant.step(1.0)
    with pytest.raises(ValueError, match="cannot go back"):
        plant.advance(0.5)
    with pytest.raises(KeyError, match="nothing called 'crac-9'"):
        plant.lose("crac-9")
    with pytest.raises(KeyError, match="no UPS 'tr-a'"):
        plant.drain("tr-a", 0.5)
    with pytest.raises(KeyError):
        plant.truth.word("crac-9", 0.0)
    assert "utility-a" in plant.targets


def test_a_voltage_is_near_its_nominal_and_gone_when_lost(plant: Plant) -> None:
    feed = plant.nodes["utility-a"]
    assert isinstance(feed, Supply)
    assert 225 < feed.volts < 235
    assert 49.9 < feed.hertz < 50.1
    plant.lose("utility-a")
    plant.step(0.25)
    assert plant.nodes["tr-a"].volts == plant.nodes["tr-a"].hertz == 0.0


def test_a_wrong_plant_is_answered_with_everything_that_is_wrong(make_plant: Make) -> None:
    with pytest.raises(ConfigError) as caught:
        make_plant(
            buses=[{"id": "b", "source": "x"}, {"id": "u", "source": "u"}],
            rooms=[{"id": "r", "name": "R", "capacity": 1e5}],
            loads=[{"id": "l", "cords": ["b"], "watts": 1, "room": "nowhere"}],
            devices=[{"id": "d", "name": "D", "kind": "ups", "speaks": "p", "protocol": "snmp", "of": "y"}],
        )
    text = str(caught.value)
    for part in (
        "u: stands 2 times",
        "b: no node 'x'",
        "l: no room 'nowhere'",
        "d: nothing called 'y' to measure",
    ):
        assert part in text
    with pytest.raises(ConfigError, match="is fed by itself"):
        make_plant(buses=[{"id": "b", "source": "c"}, {"id": "c", "source": "b"}])
