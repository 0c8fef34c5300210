"""Who answers and tells nothing is not there for anybody; one useful value is enough."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from math import nan
from typing import Any

import pytest

from dcim.collect import Ask, Collected
from dcim.model import Batch, Gap, GapReason, Identity, Lane, Layout, NoAnswer, Point
from dcim.poll import Polled, Presence, Reach
from dcim.poll.worth import Worth
from tests.poll.test_loop import poller

UP = "device_uptime_seconds"


def batch(*said: float | GapReason, lane: Lane = Lane.FAST, metric: str = "ups_input_voltage_volts") -> Batch:
    """Return a batch of one metric: values, and gaps by their reasons."""
    points = tuple(Point("x", metric, (("phase", f"L{n}"),)) for n in range(len(said)))
    layout = Layout("x", lane, points, (None,) * len(said), ("",) * len(said))
    gaps = {slot: Gap(one) for slot, one in enumerate(said) if isinstance(one, GapReason)}
    return Batch(layout, 0.0, array("d", (nan if isinstance(one, GapReason) else one for one in said)), gaps)


def clocked(*said: float | GapReason) -> Batch:
    """Return such a batch with the clock of the agent in front."""
    told = batch(7.0, *said)
    points = (Point("x", UP), *tuple(told.layout.points)[1:])
    layout = Layout("x", Lane.FAST, points, told.layout.states, told.layout.sources)
    return Batch(layout, 0.0, told.values, told.gaps)


def after(*polls: Collected) -> str:
    worth = Worth()
    return str([worth.trouble(poll) for poll in polls][-1] or "")


@pytest.mark.parametrize(
    "reason", [GapReason.DEADLINE, GapReason.MALFORMED, GapReason.OUT_OF_RANGE, GapReason.REFUSED]
)
def test_three_polls_without_a_value_are_a_trouble_and_one_value_ends_it(reason: GapReason) -> None:
    """Pains: D1, E5."""
    vain, told = Collected((clocked(reason, reason),)), Collected((clocked(reason, 230.0),))
    assert not after(vain, vain)
    assert after(vain, vain, vain)
    assert after(vain, told, vain, vain) == ""
    assert after(vain, vain, vain, told) == ""


@pytest.mark.parametrize("reason", [GapReason.ABSENT, GapReason.UNKNOWN_CODE])
def test_what_a_device_says_it_has_not_or_we_cannot_name_is_its_word(reason: GapReason) -> None:
    assert not after(*[Collected((clocked(reason, GapReason.DEADLINE),))] * 4)


def test_the_fastest_lane_is_judged_and_a_poll_of_another_says_nothing_about_it() -> None:
    late = Collected((batch(GapReason.DEADLINE),))
    slow = Collected((batch(20.0, lane=Lane.SLOW),))
    assert after(slow, late, slow, late, slow, late, slow) == "it answers, and nothing came by the deadline"
    assert not after(slow, Collected(), slow, Collected(), Collected())
    now_slow = Collected((batch(20.0, lane=Lane.SLOW),), identity=Identity(model="other"))
    assert not after(late, late, late, now_slow)


def test_the_clock_of_the_agent_alone_judges_nothing_and_the_collector_may() -> None:
    clock = Collected((batch(7.0, metric=UP),))
    assert not after(clock, clock, clock, clock)
    mute = Collected((batch(7.0, metric=UP),), untold="no profile fits")
    assert after(mute, mute, mute) == "no profile fits"


def test_who_answers_and_tells_nothing_is_no_answering_device(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D1, E5. Its batches are handed on all the same."""
    out: list[Polled] = []

    async def hides_all(_ask: Ask) -> Collected:
        return Collected((batch(7.0, metric=UP),), untold="it gives nothing of rfc1628_ups")

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = hides_all
        loop.start([device("x")])
        await asyncio.sleep(65)
        scripted.behaviour["x"] = tells
        await asyncio.sleep(20)
        await loop.aclose()

    async def tells(_ask: Ask) -> Collected:
        return Collected((batch(230.0),))

    run_virtual(story())
    first = next(one for one in out if one.presence.reach is Reach.NONSENSE)
    assert first.presence == Presence(Reach.NONSENSE, first.at, 0, "it gives nothing of rfc1628_ups")
    assert first.collected is not None
    assert [one.presence.reach for one in out].index(Reach.NONSENSE) == 2
    assert out[-1].presence.reach is Reach.ANSWERING


def test_who_answers_the_cheap_question_alone_stays_silent(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D1, D3. Else it came back at every beat, and no alert would ever see its delay run out."""
    out: list[Polled] = []

    async def little_alone(ask: Ask) -> Collected:
        if not ask.cheap:
            raise NoAnswer("nothing came back")
        return Collected()

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = little_alone
        loop.start([device("x")])
        await asyncio.sleep(200)
        await loop.aclose()

    run_virtual(story())
    assert {one.presence.reach for one in out} == {Reach.SILENT}
    assert len({one.presence.since for one in out}) == 1
    assert any(one.cheap for one in out)
    assert scripted.asks("x")[-1].lanes == frozenset(Lane)
