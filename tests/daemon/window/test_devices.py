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
from dcim.model import Batch, Lane, Layout, Meaning, Point, state_code
from dcim.series import Newest

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


def seen(history: History | None, newest: Newest) -> Devices:
    """Pages over a history and what was last said; nothing else is there."""
    site = SimpleNamespace(id="cas1", name="Casablanca 1", time_zone="Africa/Casablanca", language="en")
    settings = SimpleNamespace(site=site, rooms={}, grafana="", assets=())
    rooms: Any = SimpleNamespace(
        plan=SimpleNamespace(settings=settings),
        core=SimpleNamespace(building=SimpleNamespace(assets=())),
        history=history,
        newest=newest,
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
