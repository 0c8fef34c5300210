"""What pages redraw is drawn once for all who read at the same time, and anew when it differs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from dcim.alerts import Language
from dcim.web.pages import news as room
from dcim.web.pages.news import News
from dcim.words import words
from tests.waiting import PATIENCE


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often each part of a page was drawn."""
    times: Counter[str] = Counter()

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(room, name)

        def draw(*said: Any) -> Any:
            times[name] += 1
            return original(*said)

        return draw

    for name in ("alert_cards", "device_card", "service_rows", "summary"):
        monkeypatch.setattr(room, name, counted(name))
    return times


def said(event: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(event.removeprefix("data: ")))


async def heard(view: Any, news: News, readers: int) -> list[dict[str, Any]]:
    """Let so many readers read one change; return what each was told."""
    streams = [news.stream("") for _ in range(readers)]
    told = [said(await anext(one)) for one in streams]
    for subscription in view.subscriptions:
        subscription.note("ups-a")
    for already, more in zip(told, [asyncio.ensure_future(anext(one)) for one in streams], strict=True):
        already.update(said(await more))
    for one in streams:
        await one.aclose()
    return told


async def test_thirty_readers_cost_the_drawing_of_one(view: Any, drawn: Counter[str]) -> None:
    told = await heard(view, News(view, words(Language.EN)), 30)
    assert all(one == told[0] for one in told)
    assert [card["id"] for card in told[0]["cards"]] == ["ups-a"]
    assert set(drawn.values()) == {1}


async def test_what_differs_is_drawn_anew_within_the_same_moment(view: Any, drawn: Counter[str]) -> None:
    news = News(view, words(Language.EN))
    (before,) = await heard(view, news, 1)
    view.batch = replace(view.batch)
    view.open_alerts = ()
    (after,) = await heard(view, news, 1)
    assert (len(before["alerts"]), len(after["alerts"])) == (1, 0)
    assert drawn["device_card"] == drawn["alert_cards"] == 2


async def test_a_page_is_told_at_once_that_it_is_live(view: Any) -> None:
    """Pains: E3."""
    stream = News(view, words(Language.EN)).stream("")
    told = said(await asyncio.wait_for(anext(stream), PATIENCE))
    await stream.aclose()
    assert (told["cards"], told["at"]) == ([], view.now())


async def test_devices_that_nobody_knows_are_asked_for_without_end_and_nothing_is_kept_of_them(
    view: Any,
) -> None:
    news = News(view, words(Language.EN))
    view.stirring = ("ups-a",)
    for number in range(50):
        stream = news.stream(f"nobody-{number}")
        told = json.loads((await anext(stream)).removeprefix("data: "))
        assert told["alerts"] == []
        await stream.aclose()
    assert len(news._drawn) <= 3
