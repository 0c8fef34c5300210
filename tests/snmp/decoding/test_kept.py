"""Devices of one family share what they have in common, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from collectors.snmp.decoding.kept import kept, kept_slot
from collectors.snmp.decoding.slots import Slot
from dcim.model import Lane, canonical

FAST = frozenset({Lane.FAST})


def test_the_first_of_equal_things_stands_for_all():
    first, second = (tuple(bytes([number]) for number in range(3)) for _ in range(2))
    assert first is not second
    assert kept(first) is kept(second)
    assert kept(first[:2]) == first[:2]


def test_labels_that_say_the_same_are_one_object():
    assert canonical({"phase": "L1", "outlet": "7"}) is canonical({"outlet": "7", "phase": "L1"})


async def test_two_devices_of_a_family_share_questions_and_slots_but_no_layout(agent, asset, collector, ask):
    plans = []
    for name in ("one", "two"):
        device = agent(image="apc_rpdu2/metered_by_outlet")
        poller, one = collector(device), asset("apc_rpdu2", id=name)
        await poller.collect(one, ask())
        plans.append(next(plan for plan in poller._devices[name].known.plans if plan.lane is Lane.FAST))
    for mine, other in pairwise(plans):
        assert mine.oids is other.oids
        assert mine.program.layout.sources is other.program.layout.sources
        same = [a is b for a, b in zip(mine.program.slots, other.program.slots, strict=True)]
        assert sum(same) > len(same) / 2  # all but those that other cells lean on
        assert {point.asset for point in other.program.layout.points} == {"two"}


async def test_slots_that_read_otherwise_are_not_shared(agent, asset, collector, ask):
    poller = collector(agent(image="apc_rpdu2/metered_by_outlet"))
    await poller.collect(asset("apc_rpdu2"), ask())
    plan = next(plan for plan in poller._devices["dev"].known.plans if plan.lane is Lane.FAST)
    slot = next(one for one in plan.program.slots if isinstance(one, Slot))
    assert kept_slot(replace(slot)) == slot
    moved = replace(slot, position=slot.position + 1, decimals=slot.decimals + 3)
    assert kept_slot(moved) == moved
    beside = replace(slot, valid=(0, frozenset({1})))
    assert kept_slot(beside) is beside
