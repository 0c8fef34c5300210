"""What pages see of devices: the words of a state, those of before among them."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dcim.daemon.rooms import Rooms
from dcim.daemon.window.devices import Devices
from dcim.history import Disk, History, Limits, Seams
from dcim.history.closing import Job
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.poll import Presence, Reach
from dcim.series import Freshness, Newest, Quality

NOON = 1_795_608_000.0
LOST, VOLTS = Point("ups-a", "worst_loss_state"), Point("ups-a", "ups_input_voltage_volts")


class Noon:
    """A clock that stands."""

    def now(self) -> float:
        return NOON

    def monotonic(self) -> float:
        return NOON


async def nothing(_job: Job) -> None:
    """Close no segment."""


def said(word: str, at: float) -> Batch:
    states = {state_code(word): Meaning(word)}
    layout = Layout("ups-a", Lane.SLOW, (LOST, VOLTS), (states, None), ("", ""), own=True)
    return Batch(layout, at, array("d", [state_code(word), 230.0]))


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    opened = History.open(tmp_path / "history", Noon(), Limits(), Seams(Disk(), nothing))
    yield opened
    await opened.aclose()


def seen(
    history: History | None, newest: Newest, asset: Asset | None = None, presence: Presence | None = None
) -> Devices:
    """Pages over a history and what was last said; nothing else is there."""
    site = SimpleNamespace(id="cas1", name="Casablanca 1", time_zone="Africa/Casablanca", language="en")
    settings = SimpleNamespace(site=site, rooms={}, grafana="", assets=(asset,) if asset else ())
    rooms: Any = SimpleNamespace(
        plan=SimpleNamespace(settings=settings),
        core=SimpleNamespace(building=SimpleNamespace(assets=())),
        history=history,
        newest=newest,
        clock=Noon(),
        freshness=Freshness(),
        poller=SimpleNamespace(presence=lambda _: presence or Presence()),
    )
    return Devices(cast(Rooms, rooms))


async def test_a_state_has_the_words_of_before_for_the_readings_of_then(history: History) -> None:
    newest = Newest()
    for at, word in ((NOON, "UPS A"), (NOON + 10, "UPS B")):
        history.append(said(word, at))
        newest.take(said(word, at))
        await history.commit()
    newest.take(said("UPS C", NOON + 20))  # not in the history yet
    words = {state_code(word): word for word in ("UPS A", "UPS B", "UPS C")}
    assert await seen(history, newest).states(LOST.id) == words


async def test_what_is_no_state_or_was_never_said_has_no_words(history: History) -> None:
    newest = Newest()
    newest.take(said("UPS A", NOON))
    pages = seen(history, newest)
    assert await pages.states(VOLTS.id) is await pages.states(7) is None
    assert await seen(None, newest).states(LOST.id) == {state_code("UPS A"): "UPS A"}


@pytest.mark.parametrize(
    ("reach", "heard", "wanted"),
    [
        (Reach.SILENT, 40.0, Quality.STALE),
        (Reach.REFUSED, 40.0, Quality.STALE),
        (Reach.SILENT, 12.0, Quality.FRESH),  # a poll may be lost
        (Reach.ANSWERING, 40.0, Quality.FRESH),
    ],
)
def test_what_is_said_seldom_is_of_now_no_longer_than_the_device_answers(
    reach: Reach, heard: float, wanted: Quality
) -> None:
    """Pains: E3."""
    asset = Asset("ups-a", "UPS A", Kind.UPS, "snmp", Address("127.0.0.1"), interval=10.0)
    newest = Newest()
    for lane, at in ((Lane.FAST, NOON - heard), (Lane.SLOW, NOON - 50.0)):
        point = Point("ups-a", f"ups_{lane}_volts")
        newest.take(Batch(Layout("ups-a", lane, (point,), (None,), ("",)), at, array("d", [230.0])))
    own = Layout("ups-a", Lane.SLOW, (Point("ups-a", "load_after_loss_ratio"),), (None,), ("",), own=True)
    newest.take(Batch(own, NOON - 50.0, array("d", [0.5])))
    presence = Presence(reach, NOON - 30.0)
    pages = seen(None, newest, asset, presence)
    found = {batch.layout.lane: quality for batch, quality in pages.batches("ups-a") if not batch.layout.own}
    assert found[Lane.SLOW] is wanted
    concluded = [quality for batch, quality in pages.batches("ups-a") if batch.layout.own]
    assert concluded == [Quality.FRESH], "what was concluded of it is judged by its own age"
