"""A view made by hand: three devices, one of them silent, one open alert. No daemon."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.types import ASGIApp

from dcim.alerts import Alert, Change, Deed, Language, Lying, MuteRefused, RuleSet, Severity, shipped_rules
from dcim.collect import Heard
from dcim.explain import Answer, Unknown
from dcim.graph import ServiceKind
from dcim.model import (
    Address,
    Asset,
    Batch,
    DcimError,
    Gap,
    GapReason,
    Health,
    Identity,
    Kind,
    Lane,
    Layout,
    Meaning,
    Point,
    state_code,
)
from dcim.poll import Presence, Reach
from dcim.routing import Override
from dcim.series import Quality
from dcim.web import (
    AlertView,
    Caller,
    DutyView,
    Exchange,
    HealthView,
    Hearing,
    IncidentView,
    LinkState,
    LinkView,
    Part,
    ServiceView,
    SiteView,
    Subscription,
    View,
    WindowView,
)
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts
from dcim.windows import Window

NOW = 1_790_000_000.0

UPS = Asset(
    "ups-a", "Onduleur A", Kind.UPS, "snmp", Address("127.0.0.1", 161), room="Salle 1", rack="E1", feed="A"
)
PDU = Asset("pdu<1>", "PDU <b>1</b>", Kind.PDU, "snmp", Address("127.0.0.1", 162), room="Salle 1")
CRAC = Asset("crac-1", "CRAC 1", Kind.CRAC, "modbus", Address("127.0.0.1", 502), room="Salle 2")

SOURCES = {
    state_code("normal"): Meaning("normal", Health.OK),
    state_code("battery"): Meaning("battery", Health.CRITICAL),
}
POINTS = (
    Point("ups-a", "ups_output_source_state"),
    Point("ups-a", "ups_battery_charge_ratio"),
    Point("ups-a", "ups_battery_runtime_seconds"),
    Point("ups-a", "ups_output_voltage_volts", (("phase", "L1"),)),
)
LAYOUT = Layout("ups-a", Lane.FAST, POINTS, (SOURCES, None, None, None), ("1.3.1", "1.3.2", "1.3.3", "1.3.4"))


@dataclass
class FakeView:
    """Fulfils ``dcim.web.View`` from plain fields."""

    devices: tuple[Asset, ...] = (UPS, PDU, CRAC)
    reaches: dict[str, Presence] = field(
        default_factory=lambda: {
            "ups-a": Presence(Reach.ANSWERING, NOW - 3600),
            "crac-1": Presence(Reach.SILENT, NOW - 60, 5, "nothing came back"),
        }
    )
    batch: Batch | None = field(
        default_factory=lambda: Batch(
            LAYOUT,
            NOW - 4,
            array("d", (state_code("battery"), 0.875, float("nan"), 231.4)),
            {2: Gap(GapReason.ABSENT, "-1")},
        )
    )
    quality: Quality = Quality.FRESH
    open_alerts: tuple[AlertView, ...] = ()
    parts: tuple[Part, ...] = (Part("store", True),)
    ready: bool = True
    recorded: frozenset[str] = frozenset()
    blind_from: float | None = None
    exchanged: Exchange | None = None
    ear: Hearing = field(default_factory=Hearing)
    traps: list[Heard] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    outcome: list[Change] | MuteRefused = field(default_factory=list)
    lying: list[Lying] = field(default_factory=list)
    duty: list[DutyView] = field(default_factory=list)
    work: list[WindowView] = field(default_factory=list)
    wishes: list[Any] = field(default_factory=list)
    told: list[IncidentView] = field(default_factory=list)
    past: dict[int, list[tuple[float, float | None]]] = field(default_factory=dict)
    served: list[ServiceView] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    linked: LinkView = field(default_factory=lambda: LinkView(LinkState.WRONG))
    looked: list[str] = field(default_factory=list)
    followed: list[tuple[str, str]] = field(default_factory=list)
    answer: Answer | Unknown = field(default_factory=lambda: Unknown("nothing"))
    names: dict[str, str] = field(default_factory=dict)
    stirring: tuple[str, ...] = ()  # devices that have changed when somebody begins to look
    subscriptions: set[Subscription] = field(default_factory=set)
    site: SiteView = field(
        default_factory=lambda: SiteView("cas1", "Casablanca 1", ZoneInfo("Africa/Casablanca"), "fr")
    )

    def now(self) -> float:
        return NOW

    def assets(self) -> tuple[Asset, ...]:
        return self.devices

    def asset(self, asset_id: str) -> Asset | None:
        return next((asset for asset in self.devices if asset.id == asset_id), None)

    def name(self, part: str) -> str:
        return self.names.get(part, part)

    def presence(self, asset_id: str) -> Presence:
        return self.reaches.get(asset_id, Presence())

    def identity(self, asset_id: str) -> Identity:
        return Identity("ups", "APC", "Smart-UPS 3000", "AS1", "9.1") if asset_id == "ups-a" else Identity()

    def exchange(self, asset_id: str) -> Exchange | None:
        return self.exchanged if asset_id == "ups-a" else None

    def on_call(self) -> list[DutyView]:
        return self.duty

    @property
    def has_tokens(self) -> bool:
        return bool(self.tokens)

    def person_of(self, token: str) -> str:
        return self.tokens.get(token, "")

    def link(self, text: str) -> LinkView:
        self.looked.append(text)
        return self.linked

    async def follow(self, text: str, note: str) -> tuple[LinkView, bool]:
        self.followed.append((text, note))
        return replace(self.linked, state=LinkState.DONE), True

    async def on_call_at(self, at: float) -> dict[str, str]:
        self.asked.append(at)
        return {"on-call": "amina"}

    async def stand_in(self, rota: str, override: Override, caller: Caller) -> None:
        self.wishes.append((rota, override, caller.who))
        if rota == "nobody":
            raise DcimError("there is no rota 'nobody'")

    def recording_of(self, incident: str) -> str:
        return f"incident-{incident[:12]}" if incident in self.recorded else ""

    def windows(self) -> list[WindowView]:
        return self.work

    async def announce(self, window: Window, caller: Caller) -> None:
        self.wishes.append(window)

    async def withdraw(self, window_id: str, caller: Caller) -> None:
        self.wishes.append((window_id, caller.who))
        raise DcimError("nobody announced it")

    def services(self) -> list[ServiceView]:
        return [one for one in self.served if one.service.kind is not ServiceKind.FEED]

    def service(self, service_id: str) -> ServiceView | None:
        return next((one for one in self.served if one.service.id == service_id), None)

    def hearing(self) -> Hearing:
        return self.ear

    def heard(self, asset_id: str = "") -> list[Heard]:
        return [one for one in self.traps if asset_id in ("", one.asset)]

    def batches(self, asset_id: str) -> list[tuple[Batch, Quality]]:
        return [(self.batch, self.quality)] if asset_id == "ups-a" and self.batch else []

    def point(self, point_id: int) -> Point | None:
        return next((point for point in POINTS if point.id == point_id), None)

    async def states(self, point_id: int) -> dict[float, str] | None:
        return {code: meaning.word for code, meaning in SOURCES.items()} if point_id == POINTS[0].id else None

    def alerts(self) -> tuple[AlertView, ...]:
        return self.open_alerts

    def incidents(self) -> list[IncidentView]:
        return self.told

    async def explain(self, name: str, at: float | None, language: Language) -> Answer | Unknown:
        self.asked.append((name, at, language))
        return self.answer

    def mutes(self) -> list[Lying]:
        return self.lying

    async def act(self, deed: Deed) -> tuple[list[Change], bool]:
        self.deeds.append(deed)
        if isinstance(self.outcome, MuteRefused):
            raise self.outcome
        return self.outcome, True

    def health(self) -> HealthView:
        return HealthView("0.1.0", NOW - 600, self.blind_from, self.ready, self.parts, 4, 100, 0.01, 0)

    async def history(self, *asked: Any) -> dict[int, list[tuple[float, float | None]]]:
        self.asked.append(asked)
        return self.past

    async def metrics(self, *, openmetrics: bool = False) -> AsyncIterator[bytes]:
        yield b"dcim_up 1\n"

    def subscribe(self) -> Subscription:
        subscription = Subscription()
        for asset_id in self.stirring:
            subscription.note(asset_id)
        self.subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self.subscriptions.discard(subscription)


@cache
def rules() -> RuleSet:
    return shipped_rules()


def on_battery(view: FakeView) -> AlertView:
    """An open alert of the shipped rule about a UPS on battery."""
    rule = next(rule for rule in rules().rules.values() if "ups_output_source_state" in rule.metrics)
    alert = Alert("a" * 64, rule.name, POINTS[0], Severity.CRITICAL, NOW - 90)
    reading = view.batch.reading(0) if view.batch else None
    return AlertView(alert, UPS, rule, reading)


@pytest.fixture
def view() -> FakeView:
    made = FakeView()
    made.open_alerts = (on_battery(made),)
    return made


class Seen:
    """The view of the test that runs: the application over it is made once, which takes a quarter of a second."""

    def __init__(self) -> None:
        self.view = FakeView()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view, name)


@pytest.fixture(scope="session")
def seen() -> Seen:
    return Seen()


@pytest.fixture(scope="session")
def application(seen: Seen) -> ASGIApp:
    return build(cast("View", seen), Hosts("127.0.0.1", ("site",), "https://dcim.example.net/noc"))


@pytest.fixture
async def client(view: FakeView, seen: Seen, application: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    seen.view = view
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as made:
        yield made


@pytest.fixture
def points() -> tuple[Point, ...]:
    return POINTS
