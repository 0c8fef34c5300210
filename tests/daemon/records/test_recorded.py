"""What is on record of an incident at a moment that is past: what people had been told by then, and no later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

import pytest

from dcim.alerts import Language
from dcim.daemon.records.recorded import Over, Past, over_of
from dcim.ledger.chain import Entry, seal
from dcim.model.fact import Fact, FactKind, Json
from dcim.store import MessageState, Queued

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
