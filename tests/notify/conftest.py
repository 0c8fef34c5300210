"""A site, a change of an alert and what is made of it; channels that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dcim.alerts import Alert, Change, ChangeKind, Delay, Language, Rule, Severity, alert_key
from dcim.alerts.condition import InState
from dcim.model import Address, Asset, Health, Kind, Point, Reading
from dcim.notify import Delivered, Letter, Notice, Site, Verdict, notice_of
from dcim.store import Store

NOON = 1_764_072_000.0  # 2025-11-25 12:00:00 UTC
BATTERY = InState(frozenset({"battery"}))


class HandClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.wall = NOON

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.wall - NOON


@dataclass
class ToldChannel:
    """Takes every letter and answers what the test says; delivered when it says nothing more."""

    verdicts: list[Verdict] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    gate: asyncio.Event | None = None
    closed: bool = False

    async def send(self, letter: Letter) -> Verdict:
        self.letters.append(letter)
        if self.gate is not None:
            await self.gate.wait()
        return self.verdicts.pop(0) if self.verdicts else Delivered()

    async def aclose(self) -> None:
        self.closed = True

    @property
    def ids(self) -> list[str]:
        return [letter.id for letter in self.letters]


@pytest.fixture
def told_channel() -> type[ToldChannel]:
    return ToldChannel


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def opened(tmp_path: Path, clock: HandClock) -> Iterator[Callable[[], Store]]:
    """Open the store of one state directory, again after a kill if the test wants it."""
    stores: list[Store] = []

    def make() -> Store:
        for before in stores:
            before.close()
        stores.append(Store.open(tmp_path / "state", "cas1", clock))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def site() -> Site:
    return Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)


@pytest.fixture
def change() -> Callable[..., Change]:
    """Make a change of the alert 'UPS on battery' of one UPS."""

    def make(
        kind: ChangeKind = ChangeKind.RAISED,
        asset: str = "ups-a",
        raised_at: float = NOON,
        at: float | None = None,
        severity: Severity = Severity.CRITICAL,
        labels: tuple[tuple[str, str], ...] = (),
    ) -> Change:
        point = Point(asset, "ups_output_source_state", labels)
        alert = Alert(
            alert_key("cas1", "ups_on_battery", point), "ups_on_battery", point, severity, raised_at
        )
        when = raised_at if at is None else at
        word, health = ("battery", Health.WARNING) if kind is ChangeKind.RAISED else ("normal", Health.OK)
        reading = Reading(point, when, None, word, health, None, "")
        device = Asset(
            asset,
            asset.upper(),
            Kind.UPS,
            "snmp",
            Address("192.0.2.1", 161),
            room="r1",
            rack="r1-01",
            feed="A",
        )
        return Change(kind, alert, when, RULE.paced(10.0), device, reading)

    return make


RULE = Rule(
    "ups_on_battery",
    frozenset({Kind.UPS}),
    ("ups_output_source_state",),
    BATTERY,
    BATTERY,
    Severity.CRITICAL,
    {Language.EN: "UPS on battery", Language.FR: "Onduleur sur batterie"},
    {
        Language.EN: "The load lives on the battery.",
        Language.FR: "La charge vit sur la batterie, pas sur l'arrivée.",
    },
    {Language.EN: "Check the mains.", Language.FR: "Vérifier le secteur."},
    on=Delay(5.0),
    off=Delay(60.0),
    limit="battery",
)


@pytest.fixture
def notice(change: Callable[..., Change], site: Site) -> Callable[..., Notice]:
    def make(kind: ChangeKind = ChangeKind.RAISED, at: float | None = None, **more: object) -> Notice:
        return replace(notice_of(change(kind, at=at), site), **more)

    return make


@pytest.fixture
def letter(notice: Callable[..., Notice]) -> Callable[..., Letter]:
    def make(kind: ChangeKind = ChangeKind.RAISED, at: float | None = None, **more: object) -> Letter:
        said = notice(kind, at, **more)
        return Letter(said.message_id, said.key, said)

    return make
