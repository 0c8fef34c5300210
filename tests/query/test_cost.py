"""What a query costs is known before work begins; the heavy ones do not hold back the cheap ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from dcim.promql import Grid, Unanswerable, parse
from dcim.query import cost as costs
from dcim.query.answer import Asked, weighed
from dcim.query.cost import cost
from dcim.query.lanes import Lanes
from dcim.query.pool import QUICK, Counts, Heavier, Pool
from dcim.query.source import World

from .conftest import NOW, Site
from .test_pool import question, told

HOUR = Grid(0, 15_000, 241)


class Plant:
    """A thousand series, each read every ten seconds."""

    def weigh(self, matchers: Sequence[Any], first: int, last: int) -> tuple[int, int]:
        return 1_000, (last - first) // 10_000 * 1_000


def test_a_cost_is_series_times_samples_and_series_times_steps() -> None:
    found = cost(Plant(), parse("rate(x[5m])"), HOUR)
    assert found.touched == 1_000 * 390 + 1_000 * 241
    assert found.cheap
    both = cost(Plant(), parse("sum(rate(x[5m])) / sum(rate(x[5m]))"), HOUR)
    assert both.touched == 2 * found.touched
    assert not cost(Plant(), parse("sum(x)"), Grid(0, 3_600_000, 24 * 7)).cheap
    assert cost(Plant(), parse("1 + 1"), HOUR).touched == 0
    inner = cost(Plant(), parse("max_over_time(sum(x)[1h:15s])"), Grid(3_600_000, 1, 1))
    assert inner.touched == 1_000 * 390 + 1_000 * 241


def test_too_much_is_refused_with_the_reason_and_sparse_steps_are_not() -> None:
    with pytest.raises(Unanswerable, match=r"about 5\d million readings and values, more than 40 million"):
        cost(Plant(), parse("max_over_time(x[6d])"), Grid(0, 3_600_000, 2))
    month = Grid(0, 3_600_000, 720)
    assert cost(Plant(), parse("sum(x)"), month).held < 2_000_000


def test_what_is_weighed_is_about_what_is_there(site: Site) -> None:
    for turn in range(30):
        site.at = NOW + 10 * turn
        site.say("ups-a", [230.0, 231.0, "normal"])
    site.commit()
    world = World(site.folder / "history")
    world.tell(site.news())
    end = round(site.at * 1000)
    series, readings = world.weigh((), 0, end)
    assert series == 4  # a state is a series a word
    assert 90 <= readings <= 130
    asked = Asked("tracks", match=("dcim_ups_output_voltage_volts",), start=end - 100_000, end=end)
    assert 20 <= weighed(world, asked).touched <= 24


@pytest.mark.long
async def test_a_heavy_query_is_not_begun_in_the_lane_of_the_cheap_ones(site: Site) -> None:
    """What goes through the quick lane is answered there, or goes on to the other."""
    site.say("ups-a", [230.0, 231.0, "normal"])
    await site.history.commit()
    loop = asyncio.get_running_loop()
    heavy = question(
        "sum(dcim_ups_output_voltage_volts)",
        kind="query_range", start=0, end=round(NOW * 1000), step=round(NOW * 1000 / 10_000),
    )  # fmt: skip
    heavy["query"] = " + ".join([heavy["query"]] * 101)
    quick = Pool(site.folder / "history", told(site), loop.time, QUICK, Counts())
    try:
        with pytest.raises(Heavier):
            _ = [piece async for piece in quick.ask(heavy)]
        assert b"success" in b"".join([piece async for piece in quick.ask(question("1"))])
        assert quick.counts.outcomes["answered"] == 1
        assert not any(number for name, number in quick.counts.outcomes.items() if name != "answered")
    finally:
        await quick.aclose()
    lanes = Lanes(site.folder / "history", told(site), loop.time)
    try:
        said = json.loads(b"".join([piece async for piece in lanes.ask(heavy, "noc")]))
        assert said["status"] == "success"
        assert lanes.counts.outcomes["answered"] == 1
        await lanes._heavy._turns.take("somebody")  # a query that takes its time
        wall = [asyncio.create_task(anext(lanes.ask(heavy, "noc"))) for _ in range(3)]
        while lanes._heavy._turns.waiting < 3:
            await asyncio.sleep(0.01)
        assert b"success" in b"".join([piece async for piece in lanes.ask(question("1"), "noc")])
        for task in wall:
            task.cancel()
        await asyncio.gather(*wall, return_exceptions=True)
        assert lanes.counts.outcomes["left"] == 3
        assert lanes.counts.waiting == 0
    finally:
        await lanes.aclose()


def test_a_query_is_cheap_up_to_a_stated_number() -> None:
    assert costs.Cost(costs.CHEAP).cheap
    assert not costs.Cost(costs.CHEAP + 1).cheap
