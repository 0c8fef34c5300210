"""Device B under A's name and one shared v3 user: every signature holds, and the engine id tells. Pains: B7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from collectors.snmp.collecting.collector import SnmpCollector
from collectors.snmp.collecting.pins import CHANGED_FOR, Pins
from collectors.snmp.config.options import SnmpOptions
from dcim.collect import Credential, Remembers
from dcim.model import Address, Batch, Lane, Refused

A, B = b"\x80engine-a", b"\x80engine-b"
NOW = 1_800_000_000.0


def alarms(batch: Batch) -> set[str]:
    """Return which of the two alarms stand."""
    readings = [batch.reading(slot) for slot in range(len(batch.layout))]
    return {dict(one.point.labels)["alarm"].rpartition("_id_")[2] for one in readings if one.state == "set"}


def test_a_changed_engine_is_an_alarm_of_the_device_for_a_day(asset: Callable[..., Any]) -> None:
    pins, device = Pins(), asset()
    assert alarms(pins.seen(device, A, "", NOW)) == set()
    assert alarms(pins.seen(device, A, "", NOW + 10)) == set()
    assert alarms(pins.seen(device, B, "", NOW + 20)) == {"changed"}
    assert alarms(pins.seen(device, B, "", NOW + 20 + CHANGED_FOR - 1)) == {"changed"}
    assert alarms(pins.seen(device, B, "", NOW + 20 + CHANGED_FOR)) == set()
    assert alarms(pins.seen(device, A, "", NOW + 20 + 2 * CHANGED_FOR)) == {"changed"}


def test_one_engine_at_two_addresses_is_an_alarm_of_both_until_one_has_another(
    asset: Callable[..., Any],
) -> None:
    pins = Pins()
    a, b = asset(id="a"), asset(id="b", address=Address("192.0.2.2"))
    assert alarms(pins.seen(a, A, "", NOW)) == set()
    assert alarms(pins.seen(b, A, "", NOW)) == {"shared"}
    assert alarms(pins.seen(a, A, "", NOW + 10)) == {"shared"}
    assert alarms(pins.seen(b, B, "", NOW + 10)) == {"changed"}
    assert alarms(pins.seen(a, A, "", NOW + 20)) == set()


def test_engines_are_kept_over_a_restart_and_a_change_in_between_is_one(asset: Callable[..., Any]) -> None:
    kept: dict[str, Any] = {}
    pins, device = Pins(), asset()
    pins.recall({}, kept.__setitem__)
    assert pins.engine("dev") == b""
    pins.seen(device, A, "", NOW)
    assert kept == {"engine of dev": {"engine": A.hex(), "changed": None}}
    again = Pins()
    again.recall(dict(kept), kept.__setitem__)
    assert again.engine("dev") == A
    assert alarms(again.seen(device, A, "", NOW + 60)) == set()
    last = Pins()
    last.recall(dict(kept), kept.__setitem__)
    assert alarms(last.seen(device, B, "", NOW + 120)) == {"changed"}
    assert kept == {"engine of dev": {"engine": B.hex(), "changed": NOW + 120}}
    assert last.engine("dev") == B
    after = Pins()
    after.recall(dict(kept), kept.__setitem__)
    assert alarms(after.seen(device, B, "", NOW + 180)) == {"changed"}
    assert alarms(after.seen(device, B, "", NOW + 120 + CHANGED_FOR)) == set()


def test_what_was_kept_of_a_device_that_is_gone_or_is_not_readable_shares_nothing(
    asset: Callable[..., Any],
) -> None:
    kept = {
        "engine of gone": {"engine": A.hex(), "changed": None},
        "engine of dev": {"engine": "no hex", "changed": "never"},
    }
    pins = Pins()
    pins.recall(kept, lambda *_: None)
    assert alarms(pins.seen(asset(), A, "", NOW)) == set()


async def test_a_collector_keeps_its_pins_under_keys_of_its_own(
    agent: Callable[..., Any], asset: Callable[..., Any], shipped: Any, ask: Callable[..., Any]
) -> None:
    device = agent(image="apc_ats/redundant")
    device.engine_of = lambda target: A
    user = Credential("v3", "snmp", {"version": "3", "user": "noc"})
    clock = type("Clock", (), {"now": lambda _: NOW, "monotonic": lambda _: 0.0})()
    kept: dict[str, Any] = {}
    collector = SnmpCollector(lambda _: device, {"v3": user}, shipped, clock)
    assert isinstance(collector, Remembers)
    collector.recall({}, kept.__setitem__)
    one = asset("apc_ats", credentials=("v3",))
    await collector.collect(one, ask())
    assert kept == {"engine of dev": {"engine": A.hex(), "changed": None}}
    again = SnmpCollector(lambda _: device, {"v3": user}, shipped, clock)
    again.recall(dict(kept), kept.__setitem__)
    device.engine_of = lambda target: B
    said = (await again.collect(one, ask())).batches[-1]
    assert alarms(said) == {"changed"}


def test_two_devices_behind_one_address_may_have_one_engine(asset: Callable[..., Any]) -> None:
    pins = Pins()
    for name in ("a", "b", "a"):
        assert alarms(pins.seen(asset(id=name), A, "", NOW)) == set()


def test_an_engine_that_the_configuration_does_not_want_is_refused(asset: Callable[..., Any]) -> None:
    pins, device = Pins(), asset()
    assert alarms(pins.seen(device, A, A.hex().upper(), NOW)) == set()
    with pytest.raises(Refused, match=rf"engine {B.hex()} answers, the configuration wants {A.hex()}"):
        pins.seen(device, B, A.hex(), NOW)


@pytest.mark.parametrize("written", ["80", "8000000001020304z", "80000000010203040"])
def test_an_engine_id_is_written_in_pairs_of_hex_digits(written: str) -> None:
    with pytest.raises(ValueError, match="engine_id"):
        SnmpOptions(engine_id=written)


async def test_a_poll_tells_the_alarms_and_refuses_values_of_another_engine(
    agent: Callable[..., Any], asset: Callable[..., Any], shipped: Any, ask: Callable[..., Any], readings: Any
) -> None:
    device = agent(image="apc_ats/redundant")
    device.engine_of = lambda target: A
    clock = type("Clock", (), {"now": lambda _: NOW, "monotonic": lambda _: 0.0})()
    user = Credential("v3", "snmp", {"version": "3", "user": "noc"})
    collector = SnmpCollector(lambda _: device, {"v3": user}, shipped, clock)
    one = asset("apc_ats", credentials=("v3",), options=SnmpOptions(engine_id=A.hex()))
    said = readings((await collector.collect(one, ask())).batches)
    assert said['device_alarm{alarm="snmp_engine_id_changed"}'] == "clear"
    assert said['device_alarm{alarm="snmp_engine_id_shared"}'] == "clear"
    fast = readings((await collector.collect(one, ask({Lane.FAST}))).batches)
    assert fast
    assert not any("snmp_engine" in name for name in fast)
    device.engine_of = lambda target: B
    with pytest.raises(Refused, match="engine"):
        await collector.collect(one, ask({Lane.FAST}))
