"""What the daemon tells the child of the readings that count now."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from math import nan
from pathlib import Path

from dcim.daemon.services.building import Building
from dcim.daemon.services.losses import Losses
from dcim.model import Batch, Lane, Layout, Point
from dcim.model.point import canonical
from dcim.redundancy import Asks, Book, Built, Values, Verdicts
from dcim.redundancy.message import Message, Reply
from dcim.series import Freshness, Newest

from .plants import Grower
from .told import Told

T = 1_790_000_000.0


class Child:
    """Keeps what it was told, and finds nothing."""

    child_process = None

    def __init__(self) -> None:
        self.told: list[Message] = []

    async def ask(self, message: Message) -> Reply:
        self.told.append(message)
        return Verdicts(message.at) if isinstance(message, Values) else None

    async def aclose(self) -> None:
        """Nothing runs."""


class Clock:
    """Stands where it is set."""

    at = T

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def layout(device: str, metric: str, *, own: bool) -> Layout:
    point = Point(device, metric, canonical({"phase": "L1"}))
    return Layout(
        device, Lane.SLOW if own else Lane.FAST, (point,), (None,), ("losses" if own else "",), own=own
    )


def test_what_the_daemon_says_of_a_device_itself_makes_no_other_book_and_a_late_answer_is_bridged(
    tmp_path: Path,
) -> None:
    """The points of losses come on the devices that they are of; taken for readings, they would start all anew."""
    settings = Told(Grower(1).plan(), tmp_path).settings
    device = next(asset.id for asset in settings.assets if "strip" in asset.id)
    newest, clock, child = Newest(), Clock(), Child()
    building = Building(settings.wiring, settings.assets, newest, Freshness(), lambda _facts: None)
    building.begin(T)
    made: Callable[[Built], Asks] = lambda _built: child  # noqa: E731  the seam
    losses = Losses(settings, building, newest, Freshness(), clock, made)
    said = layout(device, "pdu_phase_current_amperes", own=False)

    def look(at: float, batch: Batch) -> Values:
        clock.at = at
        newest.take(batch)
        asyncio.run(losses.look())
        values = child.told[-1]
        assert isinstance(values, Values)
        return values

    assert 7.25 in look(T, Batch(said, T, array("d", [7.25]))).values
    own = layout(device, "load_after_loss_ratio", own=True)
    assert 7.25 in look(T + 1, Batch(own, T + 1, array("d", [0.4]))).values
    assert 7.25 in look(T + 5, Batch(said, T + 5, array("d", [nan]))).values
    assert 7.25 not in look(T + 500, Batch(said, T + 500, array("d", [nan]))).values
    assert sum(isinstance(one, Book) for one in child.told) == 1
