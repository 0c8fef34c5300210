"""What is on record of an incident at a moment that is past: what people had been told by then, and no later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from zoneinfo import ZoneInfo

import pytest

from dcim.alerts import Language
from dcim.daemon.records.recorded import Over, Past, over_of
from dcim.explain import Teller, Topic, of_device
from dcim.ledger.chain import Entry, seal
from dcim.model.fact import Fact, FactKind, Json
from dcim.record import replace
from dcim.store import MessageState, Queued
from dcim.words import words

INCIDENT, KEY = "58df39d0" + "0" * 56, "3fa9c1d2" + "0" * 56
EN, FR = Language.EN, Language.FR


def alert(change: str, at: float, incident: str = INCIDENT, key: str = KEY) -> Fact:
    body: dict[str, Json] = {
        "change": change, "rule": "ups_on_battery", "asset": "ups-a", "metric": "ups_output_source_state",
        "labels": {}, "state": "battery", "raised_at": 100.0, "open": change != "cleared", "why": "",
        "incident": incident, "because": "itself", "part": "ups-a", "cause": "", "apart": False,
    }  # fmt: skip
    return Fact(FactKind.ALERT, at, key, body)


def incident(change: str, at: float, into: str = "") -> Fact:
    return Fact(FactKind.INCIDENT, at, INCIDENT, {"change": change, "root": KEY, "into": into, "told": ()})


def message(at: float, english: str, french: str) -> Queued:
    body: dict[str, Json] = {"headline": {"en": english, "fr": french}}
    return Queued(1, "mail", INCIDENT, f"<{at}>", body, at, at, 1, MessageState.DELIVERED, at, "")


class Books:
    """A record of these facts and messages. Fulfils ``dcim.daemon.records.recorded.Ledger``."""

    def __init__(self, *facts: Fact, messages: Sequence[Queued] = ()) -> None:
        self._facts = [(one.at, Entry("cas1", "c", 1, 1, 1, *seal(one), "", "")) for one in facts]
        self._messages = messages

    def facts_about(
        self, kinds: Iterable[str], *, subject: str = "", holds: str = "", until: float = inf,
        limit: int = 1000,
    ) -> Sequence[Entry]:  # fmt: skip
        wanted = {str(kind) for kind in kinds}
        found = [one for at, one in self._facts if one.kind in wanted and at <= until and holds in one.body]
        return [one for one in found if one.subject.startswith(subject)][-limit:]

    def newest_about_each(self, kind: str, subjects: Iterable[str], before: int) -> Sequence[Entry]:
        newest = {one.subject: one for _, one in self._facts if one.kind == str(kind)}
        return [newest[name] for name in subjects if name in newest]

    def messages(self, dedup_key: str, limit: int = 100) -> Sequence[Queued]:
        return [one for one in self._messages if one.dedup_key == dedup_key]


@pytest.mark.parametrize(
    ("at", "english", "french"),
    [
        (110.0, "Onduleur A: on battery", "Onduleur A : sur batterie"),
        (130.0, "Feed A lost at the meter", "Voie A perdue au compteur"),
        (900.0, "Feed A lost at the meter", "Voie A perdue au compteur"),
    ],
)
def test_an_incident_is_called_as_people_had_last_been_told_by_then(
    at: float, english: str, french: str
) -> None:
    """`dcim explain --at` named an incident of the past by its number alone."""
    told = [
        message(105.0, "Onduleur A: on battery", "Onduleur A : sur batterie"),
        message(120.0, "Feed A lost at the meter", "Voie A perdue au compteur"),
    ]
    facts = (alert("raised", 100.0), incident("raised", 105.0), incident("updated", 120.0))
    past = Past(Books(*facts, messages=told), at, str, lambda _name, _point: None)
    story = past.alert(KEY)
    assert story is not None
    assert story.placed is not None
    assert (story.placed.headline[EN], story.placed.headline[FR]) == (english, french)


def test_of_an_incident_that_is_over_it_is_known_since_when_and_what_of_it_nobody_saw() -> None:
    later, mine = "7" * 64, "8" * 64
    books = Books(
        alert("raised", 100.0),
        incident("raised", 105.0),
        alert("cleared", 300.0),
        alert("cleared", 310.0, key=later),
        alert("cleared", 320.0, key=mine),
        incident("cleared", 320.0),
        alert("cleared", 900.0, "another incident", key=later),
    )
    assert over_of(books, INCIDENT, (later, mine)) == Over(320.0, "", frozenset({mine}))
    assert over_of(books, INCIDENT, ()) == Over(320.0, "", frozenset())
    assert over_of(books, "9" * 64, (mine,)) is None


def test_an_incident_that_became_one_with_another_says_with_which() -> None:
    known = over_of(Books(incident("merged", 105.0, into="b" * 64)), INCIDENT, ())
    assert known == Over(105.0, "b" * 64, frozenset())


def again(change: str, at: float, incident: str, raised_at: float, *, stands: bool = True) -> Fact:
    fact = alert(change, at, incident)
    return replace(fact, body={**fact.body, "raised_at": raised_at, "open": stands})


def test_an_incident_that_is_over_is_explained_by_itself_when_its_alert_came_again() -> None:
    """`dcim explain` of it told of the later one, and `dcim ack` acknowledged that."""
    later = "c" * 64
    facts = (
        alert("raised", 100.0),
        incident("raised", 105.0),
        alert("cleared", 300.0),
        incident("cleared", 300.0),
        again("acknowledged", 400.0, "", 100.0, stands=False),
        again("raised", 900.0, later, 900.0),
        Fact(FactKind.INCIDENT, 905.0, later, {"change": "raised", "root": KEY, "into": "", "told": ()}),
    )
    past = Past(Books(*facts), 1000.0, str, lambda _name, _point: None)
    (story,) = past.incident(INCIDENT)
    assert (story.placed and story.placed.id, story.raised_at, story.open) == (INCIDENT, 100.0, False)
    (newer,) = past.incident(later)
    assert (newer.placed and newer.placed.id, newer.raised_at, newer.open) == (later, 900.0, True)


def window(change: str, at: float, **scope: list[str]) -> Fact:
    body: dict[str, Json] = {"change": change, "reason": "new fans", "ticket": "CHG-1", **scope}
    return Fact(FactKind.MAINTENANCE, at, "fans", body)


def muting(by: str) -> Fact:
    mute: dict[str, Json] = {
        "kind": "out_of_service",
        "by": by,
        "reason": "new fans",
        "until": 900.0,
        "ticket": "CHG-1",
    }
    return Fact(
        FactKind.MUTE, 50.0, "ups-a", {"change": "begun", "asset": "ups-a", "rule": "", "key": "", **mute}
    )


@pytest.mark.parametrize(
    ("scope", "by", "named", "doubtful"),
    [
        ({"devices": ["ups-a"]}, "", ["fans"], False),
        ({"rooms": ["hall"]}, "maintenance fans", ["fans"], False),
        ({"rooms": ["hall"]}, "amina", [], True),  # hers lasts longer, and may hide the window's
        ({"devices": ["ups-b"]}, "", [], False),
    ],
)
def test_a_window_by_room_is_known_by_its_mute_and_else_said_not_to_be_on_record(
    scope: dict[str, list[str]], by: str, named: list[str], doubtful: bool
) -> None:
    """It said that no maintenance was open, below the mute of that maintenance."""
    facts = [window("started", 50.0, **scope), *([muting(by)] if by else ())]
    past = Past(Books(*facts), 100.0, str, lambda _name, _point: None)
    device, _ = past.device("device", "ups-a")
    assert [work.id for work in device.works] == named
    assert ("window" in device.missing) is doubtful
    said = [
        line.text
        for line in of_device(device, (), Teller(words(EN), ZoneInfo("UTC"))).lines
        if line.topic is Topic.WINDOW
    ]
    assert [line.partition(":")[0] for line in said] == (
        ["maintenance fans"] if named else [] if doubtful else ["no maintenance is open over it"]
    )
