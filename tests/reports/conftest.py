"""A document with one block of every kind, and names that are hard to set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dcim.alerts import Language
from dcim.contracts import Contract
from dcim.graph import Node, NodeKind, Service, ServiceKind, Wiring
from dcim.ledger import Head
from dcim.model import Kind as Device
from dcim.model.fact import Body, Fact, FactKind
from dcim.reports.model import (
    Bars,
    Code,
    Column,
    Curve,
    Document,
    Face,
    Facts,
    Figure,
    Figures,
    Heat,
    Kind,
    Length,
    Line,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Period,
    Ratio,
    Say,
    Section,
    Signatures,
    Stretch,
    Table,
    Timeline,
    Tone,
    Word,
)
from dcim.reports.plain import plain
from dcim.reports.site import Described, Thing, keep, text_of
from dcim.store import Store, Work
from tests.databases import backend, new_state, on_both

__all__ = ["backend", "new_state"]

SECOND = 1_000_000
DAY = 86_400 * SECOND
SINCE = 1_790_809_200 * SECOND  # 2026-10-01 00:00 in Casablanca
UNTIL = SINCE + 31 * DAY
ARABIC = "شركة الأطلس"
TITLE = Say("report.title.uptime")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that has a ledger on both databases, on PostgreSQL among the long ones."""
    on_both(metafunc, pytest.mark.long)


def face(**more: object) -> Face:
    held: dict[str, object] = {
        "kind": Kind.UPTIME,
        "site": "cas1",
        "site_name": "Casablanca 1 – الدار البيضاء",
        "scope": "tenant:x",
        "subject": Name(ARABIC),
        "period": Period(SINCE, UNTIL, "Africa/Casablanca"),
        "made_at": UNTIL + 3600 * SECOND + 123_456,
        "software": "0.1.0",
        "head": Head("cas1", "c0ffee", 3, 12345, "ab" * 32),
    }
    return Face(**{**held, **more})  # type: ignore[arg-type]


def document(**more: object) -> Document:
    timeline = Timeline(
        "when",
        TITLE,
        SINCE,
        UNTIL,
        (
            (
                Name(ARABIC),
                (Stretch(SINCE, SINCE + 9 * DAY, Tone.GOOD), Stretch(SINCE + 9 * DAY, UNTIL, Tone.UNKNOWN)),
            ),
            (
                Name("Salle 1 #[x] <b>&"),
                (
                    Stretch(SINCE, SINCE + 5 * DAY, Tone.GOOD),
                    Stretch(SINCE + 5 * DAY, SINCE + 5 * DAY + 9 * SECOND, Tone.BAD),
                    Stretch(SINCE + 5 * DAY + 9 * SECOND, SINCE + 20 * DAY, Tone.WARNING),
                    Stretch(SINCE + 20 * DAY, UNTIL, Tone.PLANNED),
                ),
            ),
        ),
        ((Tone.GOOD, Say("report.none")), (Tone.UNKNOWN, Say("report.unknown"))),
    )
    heat = Heat(
        "heat",
        TITLE,
        tuple(SINCE + DAY // 2 + day * DAY for day in range(31)),
        tuple(
            tuple(None if day == 3 else float((day * hour) % 11) for hour in range(24)) for day in range(31)
        ),
        10.0,
        "minutes",
    )
    at = tuple(SINCE + hour * 3600 * SECOND for hour in range(744))
    values = tuple(None if 300 < hour < 360 else 40.0 + (hour % 24) for hour in range(744))
    line = Line(
        Name(ARABIC),
        at,
        values,
        tuple(v and v - 5 for v in values),
        tuple(v and v + 5 for v in values),
    )
    curve = Curve("curve", TITLE, "kilowatts", SINCE, UNTIL, (line,), ((Say("report.unknown"), 70.0),))
    bars = Bars(
        "bars",
        TITLE,
        (
            (Name(ARABIC), 1234.5, Number(1234.5, "kilowatt_hours", 1), Tone.PLAIN),
            (Name("B"), 3.0, Number(3), Tone.BAD),
        ),
    )
    columns = (
        Column(Say("report.sign.name"), weight=2),
        Column(Say("report.face.made")),
        Column(Say("report.page"), "right"),
    )
    rows = (
        (Name('=HYPERLINK("x")'), Moment(SINCE, 15 * SECOND), Number(1234.5, "kilowatt_hours", 1)),
        (Name(f"#set page(fill: red) {ARABIC}"), Length(3_725 * SECOND), Ratio(999_999, 1_000_000)),
        (Code("cd" * 32), Word("device", "ups"), None),
    )
    blocks = (
        Paragraph(TITLE),
        Note(Say("report.face.supersedes"), Tone.BAD),
        Figures((Figure(TITLE, Ratio(1, 3), TITLE, Tone.GOOD), Figure(TITLE, None, tone=Tone.UNKNOWN))),
        Facts(((TITLE, Code("ef" * 32)), (TITLE, Number(-0.0, "celsius", 1)))),
        Table("t", TITLE, columns, rows),
        Table("u", TITLE, columns, ()),
        timeline,
        heat,
        curve,
        bars,
        Signatures((Say("report.sign.manager"), Say("report.sign.auditor"))),
    )
    return Document(face(**more), (Section(TITLE, blocks),), {"a": {"b": [1, "</script>"]}}, ('{"x":1}',))


class Clock:
    """A clock that is told the time."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> float:
        return self.at / 1e6

    def monotonic(self) -> float:
        return self.at / 1e6


ATLAS, RIF = "Banque Atlas", ARABIC
"""Two tenants of one site; the report of one must not hold the name of the other."""


def described(contracts: tuple[Contract, ...] = ()) -> Described:
    things = {
        name: Thing(name, name.upper(), kind, room, rack, tenant, "snmp", ("apc_rpdu2",), 5.0)
        for name, kind, room, rack, tenant in (
            ("ups-a", Device.UPS, "elec", "", ""),
            ("pdu-1a", Device.PDU, "salle-1", "R1", ATLAS),
            ("pdu-1b", Device.PDU, "salle-1", "R1", ATLAS),
            ("pdu-2a", Device.PDU, "salle-1", "R2", RIF),
            ("ge1", Device.GENSET, "elec", "", ""),
        )
    }
    nodes = tuple(
        Node(one.id, NodeKind(str(one.kind)), one.name, () if one.id in ("ups-a", "ge1") else ("ups-a",),
             room=one.room, rack=one.rack, tenant=one.tenant, polled=True)
        for one in things.values()
    )  # fmt: skip
    services = (
        Service("power/R1", ServiceKind.POWER, 1, ("pdu-1a", "pdu-1b"), "R1", "R1", "salle-1", "R1", ATLAS),
        Service("power/R2", ServiceKind.POWER, 1, ("pdu-2a",), "R2", "R2", "salle-1", "R2", RIF),
        Service(f"tenant/{ATLAS}", ServiceKind.TENANT, 1, ("power/R1",), ATLAS, ATLAS),
        Service(f"tenant/{RIF}", ServiceKind.TENANT, 1, ("power/R2",), RIF, RIF),
    )
    rules = {
        "service_down": ("Service lost", "Service perdu"),
        "genset_running": ("Generator runs", "Groupe en marche"),
    }
    more = {"contracts": [plain(one) for one in contracts]}
    return Described(
        "cas1", "Casablanca 1", "Africa/Casablanca", Language.FR, {"salle-1": "Salle 1", "elec": "Local"}, things,
        Wiring(nodes, services), rules, more,
    )  # fmt: skip


def stands(service: str, minute: float, function: str, redundancy: str = "full", before: str = "up") -> Fact:
    body: Body = {
        "function": function,
        "redundancy": redundancy,
        "before": {"function": before, "redundancy": "full"},
        "because": [],
        "kind": "power",
        "needs": 1,
        "of": 2,
        "more": 0,
    }
    return Fact(FactKind.SERVICE_STATE, SINCE / 1e6 + 60 * minute, service, body)


def alert(key: str, minute: float, change: str, rule: str, asset: str, **more: object) -> Fact:
    body: dict[str, object] = {
        "change": change, "rule": rule, "asset": asset, "severity": "critical", "raised_at": SINCE / 1e6 + 60 * minute,
        "open": change == "raised", "labels": {}, "incident": "", "state": "down", "gap": "",
    }  # fmt: skip
    return Fact(FactKind.ALERT, SINCE / 1e6 + 60 * minute, key, {**body, **more})  # type: ignore[dict-item]


class Ledger:
    """A state directory with the facts of October: the daemon watches from the first second on."""

    def __init__(self, path: Path, contracts: tuple[Contract, ...] = ()) -> None:
        self.path = path
        self.clock = Clock(SINCE - 3600 * SECOND)
        self.store = Store.open(path, "cas1", self.clock, "c0ffee")
        digest = keep(text_of(described(contracts)), path)
        start = SINCE / 1e6 - 3500
        states = [stands(one.id, -58, "up", before="unknown") for one in described().wiring.services]
        answers = [
            Fact(FactKind.DEVICE_STATE, start, name, {"reach": "answering", "before": "unknown", "why": ""})
            for name in described().things
        ]
        self.say(Fact(FactKind.SITE_DESCRIBED, start, "cas1", {"sha256": digest}), *states, *answers)

    def say(self, *facts: Fact) -> None:
        self.store.commit_now(Work(facts=tuple(facts)))

    def watch_until(self, at: int) -> None:
        """Go on to a moment with the signs of life of a daemon that watched all the time."""
        self.clock.at = at
        self.say(Fact(FactKind.HEARTBEAT, at / 1e6, "cas1", {"lasts": 30.0}))

    def close(self) -> None:
        self.store.close()


@pytest.fixture
def ledger(new_state: Callable[[str], Path]) -> Iterator[Ledger]:
    found = Ledger(new_state("state"))
    yield found
    found.close()
