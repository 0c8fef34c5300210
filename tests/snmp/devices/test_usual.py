"""The usual poll says what ``collect`` says, without a task; what is not usual is left to ``collect``."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from collectors.snmp.engine import oid
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Tag
from collectors.snmp.transport.contract import Target, Told
from dcim.collect import Collected, Outcome
from dcim.model import Gap, GapReason, Lane, NoAnswer, PollError
from tests.waiting import until_it

from ..conftest import Agent  # noqa: TID252

UP_TIME = "1.3.6.1.2.1.1.3.0"
FAST = frozenset({Lane.FAST})


@dataclass
class Quick(Agent):
    """An agent behind a transport that asks without a task."""

    begun: int = 0
    engine: bytes = b""

    def engine_of(self, target: Target) -> bytes:
        return self.engine

    def begin(self, target: Target, request: Request, deadline: float, told: Told) -> bool:
        self.begun += 1
        asyncio.get_running_loop().call_soon(self._tell, self.ask(target, request, deadline), told)
        return True

    def _tell(self, asking: Coroutine[Any, Any, Any], told: Told) -> None:
        try:
            asking.send(None)
        except StopIteration as over:
            told(over.value)
        except PollError as error:
            told(error)


@pytest.fixture
def quick(agent: Any) -> Any:
    def make(image: str) -> Quick:
        return Quick(agent(image=image).cells)

    return make


async def usual(poller: Any, asset: Any, ask: Any) -> Outcome | bool:
    """Return how a usual poll ended, or False where none was begun."""
    outcomes: list[Outcome] = []
    if not poller.begin(asset, ask, outcomes.append):
        return False
    await until_it(lambda: outcomes, "the poll has ended", every=0)
    (outcome,) = outcomes
    return outcome


@pytest.mark.parametrize("image", ["apc_ats/redundant", "apc_rpdu2/metered_by_outlet", "rfc1628_ups/online"])
async def test_a_usual_poll_says_what_collect_says(image, quick, asset, collector, ask):
    """Pains: A7."""
    device, one = quick(image), asset(image.split("/")[0])
    poller = collector(device)
    assert await usual(poller, one, ask(FAST)) is False  # nothing is understood yet
    await poller.collect(one, ask())
    slow = await poller.collect(one, ask(FAST))
    came = await usual(poller, one, ask(FAST))
    assert isinstance(came, Collected)
    assert (came.requests, came.retries, came.identity, came.restarted) == (device.begun, 0, None, False)
    (batch,), (other,) = came.batches, slow.batches
    assert batch.layout is other.layout
    assert batch.values.tobytes() == other.values.tobytes()
    assert batch.gaps == other.gaps


async def test_a_restart_is_left_to_collect_which_still_sees_it(quick, asset, collector, ask):
    """Pains: B9."""
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    device.set(UP_TIME, 90_000_000, Tag.TIME_TICKS)
    await poller.collect(one, ask())
    assert isinstance(await usual(poller, one, ask(FAST)), Collected)
    device.set(UP_TIME, 500, Tag.TIME_TICKS)
    assert await usual(poller, one, ask(FAST)) is None
    assert (await poller.collect(one, ask(FAST))).restarted


async def test_an_error_is_left_to_collect_and_what_it_learns_ends_usual_polls(quick, asset, collector, ask):
    """Pains: B6."""
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    plan = next(plan for plan in poller._devices["dev"].known.plans if plan.lane is Lane.FAST)
    device.refused.add(plan.oids[1])
    assert await usual(poller, one, ask(FAST)) is None
    (batch,) = (await poller.collect(one, ask(FAST))).batches
    assert batch.gaps
    assert await usual(poller, one, ask(FAST)) is False


async def test_answers_that_are_never_usual_are_not_asked_twice_for_long(quick, asset, collector, ask):
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    device.shuffled = True
    for _ in range(3):
        assert await usual(poller, one, ask(FAST)) is None
    assert await usual(poller, one, ask(FAST)) is False
    poller._devices["dev"].survey_due = 0.0  # a quarter of an hour later
    device.shuffled = False
    assert await usual(poller, one, ask(FAST)) is False
    await poller.collect(one, ask())
    assert isinstance(await usual(poller, one, ask(FAST)), Collected)


async def test_silence_ends_a_usual_poll_as_it_ends_any(quick, asset, collector, ask):
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    device.budget = 0
    assert isinstance(await usual(poller, one, ask(FAST)), NoAnswer)


async def test_a_row_that_is_gone_has_the_tables_walked_again_after_a_usual_poll_too(
    quick, asset, collector, ask
):
    """Pains: B2."""
    device, one = quick("apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    await poller.collect(one, ask())
    known = poller._devices["dev"]
    due = known.survey_due
    plan = next(plan for plan in known.known.plans if plan.lane is Lane.FAST)
    device.set(oid.text(plan.oids[-1]), None)
    came = await usual(poller, one, ask(FAST))
    assert isinstance(came, Collected)
    assert any(isinstance(gap, Gap) for gap in came.batches[0].gaps.values())
    assert known.survey_due < due


async def test_what_takes_more_than_the_questions_of_one_plan_is_left_to_collect(
    quick, asset, collector, ask
):
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    assert await usual(poller, one, ask()) is False
    assert await usual(poller, one, ask({Lane.FAST, Lane.SLOW})) is False


async def test_a_plan_of_several_questions_is_asked_one_after_the_other(quick, asset, collector, ask):
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    device.limit = 5
    assert await usual(poller, one, ask(FAST)) is None  # tooBig
    (other,) = (await poller.collect(one, ask(FAST))).batches
    came = await usual(poller, one, ask(FAST))
    assert isinstance(came, Collected)
    assert came.requests == device.begun - 1 > 5
    assert came.batches[0].values.tobytes() == other.values.tobytes()


async def test_silence_in_the_middle_leaves_gaps_and_fewer_are_asked_at_once(quick, asset, collector, ask):
    """Pains: B6."""
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    learned = poller._devices["dev"].learned
    before = learned.max_varbinds
    device.budget = 1
    came = await usual(poller, one, ask(FAST))
    assert isinstance(came, Collected)
    reasons = {gap.reason for gap in came.batches[0].gaps.values()}
    assert GapReason.DEADLINE in reasons
    assert len(came.batches[0].gaps) < len(came.batches[0].layout)
    assert learned.max_varbinds < before
    device.budget = 1_000_000
    for _ in range(12):
        assert isinstance(await usual(poller, one, ask(FAST)), Collected)
    assert learned.max_varbinds == before


async def test_another_engine_is_left_to_collect_which_tells_of_it(quick, asset, collector, ask):
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    device.engine = b"one"
    poller = collector(device)
    await poller.collect(one, ask())
    assert isinstance(await usual(poller, one, ask(FAST)), Collected)
    device.before = lambda _: setattr(device, "engine", b"two")
    assert await usual(poller, one, ask(FAST)) is None
    device.before = lambda _: None
    assert isinstance(await usual(poller, one, ask(FAST)), Collected)


async def test_alarms_that_rows_name_are_left_to_collect(quick, asset, collector, ask):
    device, one = quick("rfc1628_ups/battery"), asset("rfc1628_ups")
    poller = collector(device)
    await poller.collect(one, ask())
    assert await usual(poller, one, ask(FAST)) is None


async def test_a_bug_on_the_way_is_told_and_not_raised(quick, asset, collector, ask):
    device, one = quick("apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())

    def broken() -> float:
        raise RuntimeError("a clock that stands")

    poller._clock.now = broken
    assert isinstance(await usual(poller, one, ask(FAST)), RuntimeError)
