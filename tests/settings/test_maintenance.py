"""Announced work in the config file, and every mistake in it at its place. Pains: F7, J1."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcim.windows import Days, Every, Once, Scope, Span, Window

SITE = """\
format: 1
site: { id: cas1, time_zone: Africa/Casablanca }
rooms: { r1: Salle 1 }
devices:
  - { id: pdu-1, kind: pdu, collector: snmp, profile: apc_rpdu2, address: "10.0.0.1:161", room: r1, rack: r1-01, tags: [it] }
maintenance:
"""
OVER = "devices: [pdu-1], reason: fans"


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def one(config: Any, text: str) -> Window:
    read, problems = config(f"{SITE}  work: {{ {text} }}\n")
    assert problems == []
    (window,) = read.windows
    assert isinstance(window, Window)
    return window


def test_work_once_is_on_the_wall_of_the_site_unless_it_says_otherwise(config: Any) -> None:
    window = one(config, f"{OVER}, start: 2026-12-01 22:00, end: 2026-12-02 04:00, ticket: CHG-1")
    assert window == Window(
        "work", Scope(devices=frozenset({"pdu-1"})), Once(Span(utc("2026-12-01 21:00"), utc("2026-12-02 03:00"))), "fans", "CHG-1"
    )  # fmt: skip
    ramadan = one(config, f'{OVER}, start: 2026-02-20 22:00, end: "2026-02-21T04:00+01:00"')
    assert ramadan.when == Once(Span(utc("2026-02-20 22:00"), utc("2026-02-21 03:00")))


def test_work_again_and_again(config: Any) -> None:
    text = 'every: [1st sunday, 15], at: "02:30", for: 2h, from: 2026-12-01, until: 2027-06-30'
    window = one(config, f"{OVER}, {text}")
    assert window.when == Every(
        (Days("1st sunday"), Days("15")), time(2, 30), 7200.0, ZoneInfo("Africa/Casablanca"), date(2026, 12, 1), date(2027, 6, 30)
    )  # fmt: skip


def test_it_lies_over_devices_services_rooms_tags_or_everything(config: Any) -> None:
    when = "start: 2026-12-01 22:00, end: 2026-12-02 04:00, reason: x"
    window = one(config, f"{when}, rooms: r1, tags: [it], services: power/r1-01")
    assert window.scope == Scope(
        services=frozenset({"power/r1-01"}), rooms=frozenset({"r1"}), tags=frozenset({"it"})
    )
    assert one(config, f"{when}, everything: true").scope == Scope(everything=True)


WHEN = "start: 2026-12-01 22:00, end: 2026-12-02 04:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"devices: [pdu-2], reason: x, {WHEN}", "devices[0]: no device 'pdu-2'; did you mean 'pdu-1'?"),
        (f"rooms: r2, reason: x, {WHEN}", "rooms: no room 'r2'; known: r1"),
        (f"tags: [ti], reason: x, {WHEN}", "tags[0]: no tag 'ti'"),
        (f"services: [power/r9], reason: x, {WHEN}", "services[0]: no service 'power/r9'"),
        (
            f"reason: x, {WHEN}",
            "expected either `everything: true` or some of devices, services, rooms, tags",
        ),
        (f"{OVER}, everything: true, {WHEN}", "expected either `everything: true` or some of"),
        (f"devices: [pdu-1], {WHEN}", "reason"),
        (OVER, "expected `start` and `end`, or `every`, `at` and `for`"),
        (f'{OVER}, {WHEN}, every: day, at: "1:00", for: 1h', "expected `start` and `end`, or"),
        (f"{OVER}, start: 2026-12-02 04:00, end: 2026-12-01 04:00", "end: it ends before it starts"),
        (f"{OVER}, start: 2026-12-02 04:00, end: 2026-12-02 04:00", "end: it ends when it starts"),
        (f"{OVER}, start: 2026-12-02 04:00, end: '2026-12-02 04:00+02:00'", "end: it ends before it starts"),
        (  # the night Ramadan ends in Casablanca, at two it is three
            f"{OVER}, start: 2027-03-14 02:30, end: 2027-03-14 03:30",
            "end: the wall has no 02:30 that night, which is 03:30: nothing is left between",
        ),
        (f"{OVER}, start: 2026-12-02 04:00, end: 2027-12-01 04:00", "end: longer than 31 days"),
        (
            f"{OVER}, start: 2026-12-02, end: 2026-12-03 04:00",
            "expected a day and an hour such as 2026-12-01 22:00",
        ),
        (f'{OVER}, every: 6th sunday, at: "02:30", for: 2h', "'6th sunday' names no day"),
        (f'{OVER}, every: [], at: "02:30", for: 2h', "expected at least one day"),
        (f'{OVER}, every: day, at: "25:30", for: 2h', "expected an hour such as 02:30, found '25:30'"),
        (f'{OVER}, every: day, at: "02:30", for: 40d', "for"),
        (
            f'{OVER}, every: day, at: "02:30", for: 2h, from: soon',
            "expected a day such as 2026-12-01, found 'soon'",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(config: Any, text: str, said: str) -> None:
    read, problems = config(f"{SITE}  work: {{ {text} }}\n")
    assert read.windows == ()
    assert len(problems) == 1
    assert ":7:" in problems[0]
    assert said in problems[0]


def test_every_mistake_of_a_window_is_told_in_one_run(config: Any) -> None:
    """Pains: J1."""
    text = "devices: [pdu-2], rooms: [r2], tags: 7, reason: 3, start: soon, wrong: 1"
    read, problems = config(f"{SITE}  work: {{ {text} }}\n")
    assert read.windows == ()
    for what in ("no device 'pdu-2'", "no room 'r2'", "work.tags", "work.reason", "work.start", "work.wrong"):
        assert any(what in problem for problem in problems), what


def test_a_window_over_a_device_that_is_wrong_itself_is_no_second_mistake(config: Any) -> None:
    _, problems = config(
        f"{SITE}  work: {{ devices: [pdu-1], reason: x, {WHEN} }}\n".replace("kind: pdu", "kind: pdv", 1)
    )
    assert len(problems) == 1, problems
    assert "pdv" in problems[0]
