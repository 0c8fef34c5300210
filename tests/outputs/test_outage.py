"""A far side that is away for a day, on a clock that is moved by hand: nothing is lost, nothing piles up in memory."""

import asyncio
import tracemalloc

import pytest

from dcim.history import History, Seams, closing
from dcim.outputs.contract import Later
from dcim.outputs.tally import State
from dcim.outputs.worker import IDLE

MINUTE = 60.0


async def inline(job):
    await asyncio.to_thread(closing.close, job)


class Away:
    """Takes nothing until it is back; then counts what comes, and that it comes in order, once."""

    def __init__(self, shelf):
        self.inner, self.back, self.asked, self.largest = shelf(), False, 0, 0

    def send(self, block):
        self.asked += 1
        self.largest = max(self.largest, len(block))
        return self.inner.send(block) if self.back else Later("down")

    def close(self):
        self.inner.close()


async def a_day(plant, batch, layouts, worker, hours):
    """Readings of every device each minute; the history is looked after each hour, as the daemon does."""
    for minute in range(hours * 60):
        for number, lay in enumerate(layouts):
            said = [0.5 + minute / 1e4, "battery" if minute % 7 == number else "normal", 230.0 + number]
            plant.say(batch(lay, *said, at=plant.clock.at + number / 100))
        await plant.commit()
        plant.clock.at += MINUTE
        while worker.turn() == 0.0:
            pass
        if minute % 60 == 59:
            await plant.history.tidy()


def arrived(far):
    found, newest = {}, {}
    for name, at, value in far.inner.seen:
        assert newest.get(name, -1) < at, "out of order, or twice"
        newest[name] = at
        found[name, at] = value
    return found


@pytest.fixture
async def site(plant, layout):
    await plant.history.aclose()
    plant.history = History.open(plant.folder / "history", plant.clock, plant.limits, Seams(run=inline))
    return [
        layout(
            "ups_load_ratio",
            "ups_output_source_state",
            ("ups_input_voltage_volts", {"phase": "L1"}),
            asset=name,
        )
        for name in ("ups-a", "ups-b")
    ]


@pytest.mark.parametrize("hours", [2, pytest.param(24, marks=pytest.mark.campaign)])
async def test_what_was_written_while_it_was_away_is_there_in_order_when_it_is_back(
    hours, plant, batch, site, shelf
):
    """Pains: E1."""
    far = Away(shelf)
    worker = plant.worker(far, batch=100)
    await a_day(plant, batch, site, worker, hours)
    assert worker.tally.state is State.FAILING
    assert worker.tally.oldest == pytest.approx(plant.told[0].at, abs=0.01)
    assert plant.history.counts().segments >= hours  # closed, and kept for the one that has not read them
    far.back = True
    while (wait := worker.turn()) != IDLE:
        plant.clock.at += wait
    assert arrived(far) == plant.expected()
    assert far.largest <= 106  # a batch, or the frame that goes beyond it
    assert worker.tally.dropped == 0
    assert far.asked <= hours * 60 + len(plant.told) / 10  # once a minute while it was away
    await plant.history.tidy()
    assert plant.history.counts().segments <= 2


@pytest.mark.campaign
async def test_memory_does_not_grow_with_the_length_of_the_outage(plant, batch, site, shelf):
    far = Away(shelf)
    worker = plant.worker(far, batch=100)
    peaks = []
    for _ in range(3):
        await a_day(plant, batch, site, worker, 6)
        plant.told.clear()
        tracemalloc.start()
        for _ in range(20):
            plant.clock.at += worker.turn()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 1.5 * min(peaks) + 100_000, peaks


async def test_a_slow_far_side_keeps_nobody_else_waiting(plant, batch, site, shelf):
    """Each has its own place: one that is down for good stands beside one that has everything."""
    dead, alive = Away(shelf), Away(shelf)
    alive.back = True
    one, other = plant.worker(dead, "dead"), plant.worker(alive, "alive")
    await a_day(plant, batch, site, one, 1)
    while other.turn() != IDLE:
        pass
    assert arrived(alive) == plant.expected()
    assert dead.inner.seen == []
