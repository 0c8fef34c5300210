"""What a device answers beside what its profiles ask for."""

from __future__ import annotations

import asyncio

from collectors.snmp.answers import recording
from collectors.snmp.collecting.explore import trees
from collectors.snmp.dialect.library import SHIPPED
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid, Tag

STRANGER = """\
1.3.6.1.2.1.1.1.0|4|Some box
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.13742.99
1.3.6.1.2.1.1.5.0|4|box-7
1.3.6.1.2.1.33.1.3.1.0|65|4
1.3.6.1.4.1.13742.99.1.0|2|17
1.3.6.1.4.1.13742.99.2.1.1|4|A1
1.3.6.1.4.1.318.1.1.0|2|5
"""


def soon() -> float:
    return asyncio.get_running_loop().time() + 30


async def test_answers_that_nothing_is_made_of_are_told_with_their_place(agent, collector, asset, ask):
    """Pains: A6."""
    device = agent(image="apc_rpdu2/metered_by_outlet")
    device.cells.put(
        oid.encode("1.3.6.1.4.1.318.1.1.26.99.7.0"), device.cells.by_oid[oid.encode("1.3.6.1.2.1.1.1.0")]
    )
    device._order.clear()
    poller, one = collector(device), asset("apc_rpdu2")
    collected = await poller.collect(one, ask())
    found = await poller.explore(one, soon())
    assert found.profiles == ("apc_rpdu2",)
    assert found.whole
    unused = dict(found.unused)
    assert "1.3.6.1.4.1.318.1.1.26.99.7.0" in unused
    sources = {source for batch in collected.batches for source in batch.layout.sources}
    assert not sources & unused.keys()
    assert found.answers > len(unused) > 0
    assert found.answers - len(unused) >= len(sources & {oid.text(name) for name in device.cells.by_oid}) - 1


async def test_a_stranger_whose_number_tells_no_maker_is_walked_below_all_and_named_by_its_tree(
    agent, collector, asset
):
    """Pains: A6: a card with the agent of many, whose family nobody here has seen."""
    card = STRANGER.replace("6|1.3.6.1.4.1.13742.99", "6|1.3.6.1.4.1.8072.3.2.10").replace(
        "4.1.318.", "4.1.99999."
    )
    found = await collector(agent(card + "1.3.6.1.4.1.8072.1.2.1.0|2|1\n")).explore(asset(), soon())
    assert found.vendor == "Raritan"
    assert {"1.3.6.1.4.1.13742.99.1.0", "1.3.6.1.4.1.99999.1.1.0"} <= dict(found.unused).keys()


async def test_a_stranger_is_walked_below_its_makers_number_and_the_standards(agent, collector, asset):
    poller = collector(agent(STRANGER))
    found = await poller.explore(asset(), soon())
    assert found.profiles == ()
    assert found.vendor == "Raritan"
    assert found.greeting["sysName"] == "box-7"
    assert found.greeting["sysObjectID"] == "1.3.6.1.4.1.13742.99"
    assert dict(found.unused) == {
        "1.3.6.1.2.1.33.1.3.1.0": "4",
        "1.3.6.1.4.1.13742.99.1.0": "17",
        "1.3.6.1.4.1.13742.99.2.1.1": "A1",
    }


async def test_who_answers_for_two_families_under_a_number_of_many_is_told(agent, collector, asset, ask):
    """Pains: A6: a gateway behind Net-SNMP."""
    device = agent(image="apc_ats/redundant")
    for name, cell in recording.read(SHIPPED / "eaton_ats2" / "ats16.snmprec").by_oid.items():
        device.cells.by_oid.setdefault(name, cell)
    device._order.clear()
    one = asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    assert (await poller.explore(one, soon())).fitting == ()
    device.set("1.3.6.1.2.1.1.2.0", Oid(oid.encode("1.3.6.1.4.1.8072.3.2.10")), Tag.OBJECT_IDENTIFIER)
    ((name, root, number),) = (await poller.explore(one, soon())).fitting
    assert (name, root) == ("eaton_ats2", "1.3.6.1.4.1.534.10.2")
    assert number > 20


async def test_without_a_walk_only_the_greeting_is_asked(agent, collector, asset):
    device = agent(STRANGER)
    found = await collector(device).explore(asset(), soon(), walk=False)
    assert (found.answers, found.greeting["sysName"]) == (0, "box-7")
    assert len(device.asked) == 1


def test_a_profile_without_a_root_is_looked_at_where_its_points_stand(shipped):
    profile = shipped.profile("entity_sensor")
    names = [oid.text(name) for name in trees((profile,), b"")]
    assert "1.3.6.1.2.1.99.1.1.1" in names or "1.3.6.1.2.1.99" in names
    assert all(len(name.split(".")) >= 7 for name in names)
    assert not any(name.startswith("1.3.6.1.2.1.1.") for name in names)


async def test_the_makers_own_tree_of_a_device_that_a_standard_serves_is_kept_for_a_profile(
    agent, collector, asset, ask
):
    """What it answers below its maker's number is all that somebody could write a profile from. Pains: A6."""
    device = agent(STRANGER)
    poller, one = collector(device), asset("rfc1628_ups")
    await poller.collect(one, ask())
    found = await poller.explore(one, soon())
    assert found.profiles == ("rfc1628_ups",)
    assert dict(found.unused)["1.3.6.1.4.1.13742.99.1.0"] == "17"
    assert "1.3.6.1.4.1.318.1.1.0" not in dict(found.unused), "another maker's"
