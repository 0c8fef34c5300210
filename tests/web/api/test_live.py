"""Live events: what is said of a device is made once for all who read at the same time."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.routing import APIRoute

from dcim.daemon.ports.turns import FIRST, STREAMS
from dcim.web.api import live
from dcim.web.api.api import api
from dcim.web.api.live import Sayings, stream
from dcim.web.pages.pages import pages


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the times at which the values of a device were put into words."""
    times: list[float] = []
    original = live.values_of

    def counted(batches: Any, now: float) -> Any:
        times.append(now)
        return original(batches, now)

    monkeypatch.setattr(live, "values_of", counted)
    return times


async def test_a_reader_hears_what_changed_with_its_values(view: Any) -> None:
    reader = stream(view, Sayings(view))
    assert (await reader.__anext__()).startswith("retry: ")
    task = asyncio.ensure_future(reader.__anext__())
    await asyncio.sleep(0)
    for subscription in view.subscriptions:
        subscription.note("ups-a")
        subscription.note("vanished")
    kind, data = (await task).strip().split("\n")
    said = json.loads(data.removeprefix("data: "))
    assert (kind, said["alerts"]) == ("event: changed", len(view.open_alerts))
    assert [one["id"] for one in said["devices"]] == ["ups-a"]
    assert said["devices"][0]["values"]
    await reader.aclose()
    assert not view.subscriptions


async def test_many_readers_cost_one(view: Any, made: list[float]) -> None:
    sayings = Sayings(view)
    assert len({sayings.of({"ups-a"}) for _ in range(30)}) == 1
    assert len(made) == 1


async def test_what_changed_since_is_said_anew(view: Any, made: list[float]) -> None:
    sayings = Sayings(view)
    before = json.loads(sayings.of({"ups-a"}))
    view.batch = replace(view.batch)
    sayings.of({"ups-a"})
    view.open_alerts = ()
    after = json.loads(sayings.of({"ups-a"}))
    assert len(made) == 3
    assert (before["devices"][0]["alerts"], after["devices"][0]["alerts"]) == (1, 0)


def test_the_paths_of_which_only_so_many_are_open_and_those_that_go_first_are_served(view: Any) -> None:
    assert "/api/v1/status" in FIRST
    routes = [*api(view).routes, *pages(view).routes]
    assert {route.path for route in routes if isinstance(route, APIRoute)} >= STREAMS | {"/api/v1/status"}
