"""Nothing is asked twice of a device that is met: the greeting, what a walk has just brought, trees it has not."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest

from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME
from collectors.snmp.engine.request import Kind
from collectors.snmp.replay.telling import TellingCollector
from dcim.collect import Credential

PUBLIC = Credential("public", "snmp", {"version": "2c", "community": "public"})


def asked(device):
    return Counter(name for request in device.asked for name in request.oids if request.kind is Kind.GET)


async def test_who_was_identified_just_now_is_read_without_a_second_greeting_and_no_value_is_asked_twice(
    agent, asset, collector, ask, readings
):
    """Pains: B2."""
    device, one = agent(image="apc_rpdu2/two_units"), asset()
    poller = collector(device)
    await poller.identify(one.address, [PUBLIC], one)
    first = await poller.collect(one, ask())
    count = asked(device)
    assert count[SYS_OBJECT_ID] == 1
    walked = {name for plan in poller._devices["dev"].known.plans for name in plan.oids}
    survey = poller._devices["dev"].cells.by_oid.keys() - {SYS_UP_TIME}
    assert not [name for name in walked & survey if count[name] > 1]
    device.asked.clear()
    again = await poller.collect(one, ask())
    assert walked <= asked(device).keys() | {SYS_DESCR}, "from now on each value is asked"
    assert readings(again.batches) == readings(first.batches)


async def test_who_was_identified_a_while_ago_says_again_who_it_is(agent, asset, collector, ask):
    device, one = agent(image="apc_ats/redundant"), asset()
    poller = collector(device)
    await poller.identify(one.address, [PUBLIC], one)
    cells, at = poller._device(one).greeted
    poller._device(one).greeted = cells, at - 60
    await poller.collect(one, ask())
    assert asked(device)[SYS_OBJECT_ID] == 2


async def test_what_a_slow_walk_brought_is_asked_again_before_it_counts(
    agent, asset, collector, ask, monkeypatch
):
    """Pains: A6: a value stands under the time at which it was true."""
    monkeypatch.setattr("collectors.snmp.collecting.poll._FRESH", -1.0)
    device, one = agent(image="apc_ats/redundant"), asset()
    poller = collector(device)
    await poller.collect(one, ask())
    plans = poller._devices["dev"].known.plans
    assert {name for plan in plans for name in plan.oids} <= asked(device).keys()


@pytest.mark.parametrize("kept", [False, True], ids=["nobody keeps answers", "answers are kept"])
async def test_where_raw_answers_are_kept_what_reads_points_stands_at_the_end_of_the_poll(
    kept, agent, asset, shipped, ask
):
    """Pains: I10: what is played again is what was read."""
    clock = SimpleNamespace(now=lambda: 1.7e9, monotonic=lambda: 0.0)
    device, one = agent(image="apc_ats/redundant"), asset()
    poller = TellingCollector(lambda _: device, {"public": PUBLIC}, shipped, clock)
    poller.witness((lambda _name, _exchange: None) if kept else None)
    await poller.collect(one, ask())
    plans = poller._devices["dev"].known.plans
    last = [request.kind for request in device.asked][-1]
    read = {name for plan in plans for name in plan.oids} <= asked(device).keys()
    assert (last is Kind.GET and read) is kept


@pytest.mark.parametrize("skips", [False, True], ids=["walks in order", "ends at each maker"])
async def test_who_tells_no_number_is_asked_in_the_trees_that_it_has_and_in_all_if_it_does_not_walk_in_order(
    skips, agent, asset, collector, ask
):
    """Pains: C2."""
    device = agent(image="apc_ats/redundant")
    device.set("1.3.6.1.2.1.1.2.0", None)
    device.set("1.3.6.1.2.1.1.1.0", None)
    if skips:
        inner = device._next
        device._next = lambda name: b"" if len(name) < 8 else inner(name)
    poller = collector(device)
    found = await poller.identify(asset().address, [PUBLIC], asset())
    assert found[0].profile == "apc_ats"
    assert (len(device.asked) <= 14) is not skips
