"""A value that is of now no more is not shown as if it were."""

import math

import pytest

from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.outputs.block import Block
from dcim.outputs.remotewrite.stale import Staleness

REACH = {state_code(word): Meaning(word) for word in ("answering", "silent", "refused")}


@pytest.fixture
def reach():
    points = (Point("ups-a", "device_reach_state"),)
    return Layout("ups-a", Lane.FAST, points, (REACH,), ("poll",), own=True)


class Reader:
    def __init__(self, plant, shelf):
        self.shelf = shelf()
        self.worker = plant.worker(self.shelf)
        self.staleness = Staleness(plant.book)
        self.plant = plant

    async def next(self):
        """What the next block says: value or stale by asset, metric and second."""
        await self.plant.commit()
        before = len(self.shelf.blocks)
        self.worker.turn()
        found = []
        for block in self.shelf.blocks[before:]:
            lines = self.staleness.marked(block)
            assert (lines.at[1:] >= lines.at[:-1]).all()
            for number, at, value in zip(
                lines.series.tolist(), lines.at.tolist(), lines.value.tolist(), strict=True
            ):
                series = block.book.series(number)
                word = series.labels.get("state", "")
                found.append(
                    (
                        series.labels["asset"],
                        series.name[5:] + word,
                        at // 1000 - 1_795_600_800,
                        "stale" if math.isnan(value) else value,
                    )
                )
        return found


@pytest.fixture
def reader(plant, shelf):
    return Reader(plant, shelf)


async def test_a_gap_is_marked_once_and_a_value_ends_it(plant, batch, layout, reader):
    """Pains: A11, E6."""
    lay = layout("ups_load_ratio")
    for second, value in enumerate([0.5, None, None, 0.6, None]):
        plant.say(batch(lay, value, at=plant.clock.at + second))
    assert await reader.next() == [
        ("ups-a", "ups_load_ratio", 0, 0.5),
        ("ups-a", "ups_load_ratio", 1, "stale"),
        ("ups-a", "ups_load_ratio", 3, 0.6),
        ("ups-a", "ups_load_ratio", 4, "stale"),
    ]
    plant.say(batch(lay, None, at=plant.clock.at + 5))
    assert await reader.next() == []


async def test_every_word_of_a_state_that_is_not_known_ends(plant, batch, layout, reader):
    lay = layout("ups_output_source_state")
    plant.say(batch(lay, "battery", at=plant.clock.at))
    plant.say(batch(lay, "no such word", at=plant.clock.at + 1))
    found = await reader.next()
    assert {(name, value) for _, name, second, value in found if second == 1} == {
        (f"ups_output_source_state{word}", "stale") for word in ("normal", "battery", "bypass")
    }


async def test_a_device_that_does_not_answer_three_times_has_no_values(plant, batch, layout, reach, reader):
    """Pains: A11, E3."""
    lay, other = layout("ups_load_ratio"), layout("ups_load_ratio", asset="ups-b")
    start = plant.clock.at
    plant.say(batch(lay, 0.5, at=start))
    plant.say(batch(reach, "answering", at=start))
    for second in (1, 2):
        plant.say(batch(reach, "silent", at=start + second))
    plant.say(batch(other, 0.7, at=start + 2))
    assert not [one for one in await reader.next() if one[3] == "stale"]
    plant.say(batch(reach, "silent", at=start + 3))
    plant.say(batch(reach, "refused", at=start + 4))
    plant.say(batch(other, 0.7, at=start + 4))
    found = await reader.next()
    assert [one for one in found if one[3] == "stale"] == [("ups-a", "ups_load_ratio", 3, "stale")]
    plant.say(batch(lay, 0.6, at=start + 5))
    plant.say(batch(reach, "answering", at=start + 5))
    plant.say(batch(reach, "silent", at=start + 6))
    found = await reader.next()
    assert ("ups-a", "ups_load_ratio", 5, 0.6) in found
    assert not [one for one in found if one[3] == "stale"]


async def test_one_lost_poll_leaves_no_hole(plant, batch, layout, reach, reader):
    lay = layout("ups_load_ratio")
    for second in range(20):
        lost = second % 3 == 1
        if not lost:
            plant.say(batch(lay, 0.5, at=plant.clock.at + second))
        plant.say(batch(reach, "silent" if lost else "answering", at=plant.clock.at + second))
    assert not [one for one in await reader.next() if one[3] == "stale"]


def test_a_block_with_nothing_says_nothing(plant):
    import numpy as np

    none = np.empty(0, dtype=np.int64)
    block = Block(plant.book, none, none, none.astype(float), none.astype(np.uint8), None)
    assert len(Staleness(plant.book).marked(block)) == 0
