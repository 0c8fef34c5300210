"""A small history on the disk, with its devices as the daemon tells of them."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import settings

from dcim.history import History, Limits
from dcim.model import Address, Asset, Batch, Gap, GapReason, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.outputs.exposition import device_values
from dcim.series import Freshness, Newest

settings.register_profile("dcim", deadline=None)  # no test asserts a duration
settings.load_profile("dcim")

NOW = 1_795_600_800.0
WORDS = MappingProxyType({state_code(word): Meaning(word) for word in ("normal", "battery")})


def asset(name: str, **fields: Any) -> Asset:
    places = {"site": "cas1", "room": "r1", "feed": "A", "interval": 10.0} | fields
    return Asset(name, name.upper(), Kind.UPS, "snmp", Address("127.0.0.1", 161), **places)


def layout_of(name: str, lane: Lane = Lane.FAST) -> Layout:
    if lane is Lane.FAST:
        points = [Point(name, "ups_output_voltage_volts", (("phase", f"L{number}"),)) for number in (1, 2)]
        points.append(Point(name, "ups_output_source_state"))
        states = (None, None, WORDS)
    else:
        points, states = [Point(name, "ups_battery_charge_ratio", (("room", "b 1"),))], (None,)
    return Layout(name, lane, tuple(points), states, ("",) * len(points))


@dataclass
class Site:
    """Devices, what they said last, and a history of it; ``say`` says something at a time."""

    folder: Path
    at: float = NOW
    devices: Mapping[str, Asset] = field(
        default_factory=lambda: {"ups-a": asset("ups-a"), "ups-b": asset("ups-b", room="r2", tenant="t")}
    )
    newest: Newest = field(default_factory=Newest)
    freshness: Freshness = field(default_factory=Freshness)
    layouts: dict[tuple[str, Lane], Layout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.history = History.open(self.folder / "history", self, Limits(days=30))

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def say(self, name: str, values: Sequence[float | str | None], lane: Lane = Lane.FAST) -> None:
        layout = self.layouts.setdefault((name, lane), layout_of(name, lane))
        said = [state_code(v) if isinstance(v, str) else float("nan") if v is None else v for v in values]
        gaps = {slot: Gap(GapReason.ABSENT) for slot, value in enumerate(values) if value is None}
        batch = Batch(layout, self.at, array("d", said), gaps)
        self.newest.take(batch)
        self.history.append(batch)

    def lose(self, name: str, could: Sequence[str], word: str) -> None:
        """Let the daemon name what a device would lose: a state whose words come and go."""
        states = {state_code(one): Meaning(one) for one in could}
        layout = Layout(name, Lane.SLOW, (Point(name, "worst_loss_state"),), (states,), ("",), own=True)
        batch = Batch(layout, self.at, array("d", [state_code(word)]))
        self.newest.take(batch)
        self.history.append(batch)

    def commit(self) -> None:
        asyncio.run(self.history.commit())

    def tidy(self) -> None:
        async def work() -> None:
            await self.history.commit()
            await self.history.tidy()

        asyncio.run(work())

    def news(self) -> dict[str, Any]:
        import base64

        lasting = [
            [
                self.freshness.lasts(batch.layout.lane, self.devices[batch.layout.asset].interval),
                base64.b64encode(batch.layout.ids.tobytes()).decode(),
            ]
            for batch in self.newest
        ]
        devices = {name: device_values(one) for name, one in self.devices.items()}
        return {"devices": devices, "hidden": [], "lasting": lasting}


@pytest.fixture
def site(tmp_path: Path) -> Any:
    made = Site(tmp_path)
    yield made
    asyncio.run(made.history.aclose())
