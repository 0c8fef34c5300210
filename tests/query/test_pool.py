"""Children that answer: real processes over a small history, and what is told when one does not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import aclosing
from typing import Any

import pytest

from dcim.query import turns
from dcim.query.pool import EXPORTING, Manner, Pool
from dcim.query.refused import Refused
from dcim.query.told import Told

from .conftest import NOW, Site

SLOW = Manner("this_module_is_not_there", patience=20.0)


def told(site: Site) -> Told:
    made = Told(
        lambda: site.newest.version, lambda: [(30.0, one.layout.ids.tobytes()) for one in site.newest]
    )
    made.describe(site.news()["devices"], [])
    made.ring.take(NOW, [((("__name__", "dcim_polls_total"),), 7.0)])
    return made


def question(query: str, **said: Any) -> dict[str, Any]:
    asked = {"kind": "query", "match": [], "name": "", "start": 0, "end": round(NOW * 1000), "step": 0}
    return {**asked, "query": query, **said}


async def whole(pool: Pool, asked: dict[str, Any]) -> bytes:
    return b"".join([piece async for piece in pool.ask(asked)])


async def test_a_child_answers_from_the_history_and_from_what_it_is_told(site: Site) -> None:
    """One child does it all: what it refuses, what it hears later, and what somebody leaves half read."""
    site.say("ups-a", [230.0, 231.0, "normal"])
    await site.history.commit()
    news, loop = told(site), asyncio.get_running_loop()
    pool = Pool(site.folder / "history", news, loop.time, Manner(children=1))
    try:
        found = json.loads(await whole(pool, question("sum(dcim_ups_output_voltage_volts) + 0")))
        assert found["data"]["result"] == [{"metric": {}, "value": [round(NOW), "461"]}]
        with pytest.raises(Refused, match="'quantile'") as why:
            await whole(pool, question("quantile(0.5, x)"))
        assert why.value.kind == "bad_data"
        news.ring.take(NOW + 15, [((("__name__", "dcim_polls_total"),), 9.0)])
        later = json.loads(await whole(pool, question("dcim_polls_total", end=round(NOW + 15) * 1000)))
        assert later["data"]["result"][0]["value"][1] == "9"
        long = question("vector(1)", kind="query_range", start=0, end=40_000_000, step=4_000)
        async with aclosing(pool.ask(long)) as pieces:
            assert await anext(pieces)
        again = json.loads(await whole(pool, question("1 + 1")))
        assert again["data"]["result"][1] == "2"
        outcomes = {name: number for name, number in pool.counts.outcomes.items() if number}
        assert outcomes == {"answered": 3, "refused": 1, "left": 1}
    finally:
        await pool.aclose()


async def test_a_child_that_ends_costs_its_question_alone(site: Site) -> None:
    site.say("ups-a", [230.0, 231.0, "normal"])
    await site.history.commit()
    pool = Pool(site.folder / "history", told(site), asyncio.get_running_loop().time, Manner(children=1))
    try:
        await whole(pool, question("1"))
        (child,) = pool._idle
        os.kill(child.process.pid, signal.SIGKILL)
        await child.process.wait()
        assert json.loads(await whole(pool, question("1")))["status"] == "success"
    finally:
        await pool.aclose()
    broken = Pool(site.folder / "history", told(site), asyncio.get_running_loop().time, SLOW)
    with pytest.raises(Refused, match="has ended") as why:
        await whole(broken, question("1"))
    assert why.value.kind == "internal"
    await broken.aclose()


async def test_one_that_takes_too_long_is_ended_and_whoever_comes_too_many_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = Pool(
        site.folder / "history", told(site), asyncio.get_running_loop().time, Manner(children=1, patience=0.0)
    )
    with pytest.raises(Refused, match="longer than") as why:
        await whole(hasty, question("1"))
    assert why.value.kind == "timeout"
    monkeypatch.setattr(turns, "WAITING", 0)
    with pytest.raises(Refused, match="wait already") as why:
        await whole(hasty, question("1"))
    assert why.value.kind == "unavailable"
    await hasty.aclose()


async def test_an_export_comes_from_a_child_of_its_own(site: Site) -> None:
    site.say("ups-a", [230.0, None, "normal"])
    await site.history.commit()
    pool = Pool(site.folder / "history", told(site), asyncio.get_running_loop().time, EXPORTING)
    try:
        asked = question("", kind="export", match=['{asset="ups-a"}'], end=round(NOW + 1) * 1000)
        data = await whole(pool, asked)
        assert data.startswith(b"PAR1")
        assert data.endswith(b"PAR1")
        with pytest.raises(Refused, match="selector"):
            await whole(pool, {**asked, "match": ["sum(x)"]})
    finally:
        await pool.aclose()
