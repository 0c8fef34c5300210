"""Facts about one thing and messages of one key, as whoever explains reads them back."""

from __future__ import annotations

from dcim.model.fact import Fact, FactKind
from dcim.store import Message, Work

T0 = 1_764_000_000.0


def test_facts_about_a_thing_are_found_by_subject_text_and_time(store):
    for number, (kind, subject) in enumerate(
        [
            (FactKind.ALERT, "aa1"),
            (FactKind.ALERT, "ab2"),
            (FactKind.DELIVERY, "aa1"),
            (FactKind.ALERT, "aa1"),
            (FactKind.ALERT, "a%3"),
        ]
    ):
        body = {"asset": "ups-a" if subject == "aa1" else "ups_b"}
        store.commit_now(Work(facts=(Fact(kind, T0 + number, subject, body),)))

    def found(*kinds, **more):
        return [
            (entry.kind, entry.subject, entry.at / 1e6 - T0) for entry in store.facts_about(kinds, **more)
        ]

    assert found(FactKind.ALERT, subject="aa") == [("alert", "aa1", 0), ("alert", "aa1", 3)]
    assert found(FactKind.ALERT, FactKind.DELIVERY, subject="aa1", until=T0 + 2) == [
        ("alert", "aa1", 0),
        ("delivery", "aa1", 2),
    ]
    assert found(FactKind.ALERT, subject="a%") == [("alert", "a%3", 4)], "a wildcard is a letter"
    assert found(FactKind.ALERT, holds='"asset":"ups_b"') == [("alert", "ab2", 1), ("alert", "a%3", 4)]
    assert found(FactKind.ALERT, limit=1) == [("alert", "a%3", 4)], "the newest"


def test_messages_of_a_key_come_newest_first(store):
    for number in range(3):
        message = Message("mail", "k" if number else "other", f"<{number}>", {}, T0 + number, T0 + number)
        store.commit_now(Work(outbox=(message,)))
    assert [one.message_id for one in store.messages("k")] == ["<2>", "<1>"]
