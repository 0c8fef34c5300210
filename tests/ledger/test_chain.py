from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.ledger import GENESIS, Entry, Head, NotCanonical, append, genesis, seal
from dcim.model.fact import Fact, FactKind

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


def by_the_book(entry: Entry) -> str:
    """The hash as an auditor computes it from the documentation, with json and hashlib alone."""
    fields = {
        "schema": entry.schema,
        "site": entry.site,
        "chain": entry.chain,
        "epoch": entry.epoch,
        "sequence": entry.sequence,
        "at": entry.at,
        "kind": entry.kind,
        "subject": entry.subject,
        "previous": entry.previous,
        "body": json.loads(entry.body),
    }
    return sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@given(TEXT, st.dictionaries(TEXT, TEXT), st.floats(0, 4e9), st.integers(1, 10**9))
def test_an_auditor_with_plain_python_gets_the_same_hash(subject, body, at, epoch):
    entry = append(genesis("cas1", "c0ffee"), Fact(FactKind.ALERT, at, subject, body), epoch)
    assert entry.hash == by_the_book(entry)
    assert json.loads(entry.line())["subject"] == subject


def test_the_encoding_never_changes():
    fact = Fact(FactKind.DEVICE_STATE, 1764077525.123456, "ups-a", {"to": "down", "from": "up"})
    entry = append(genesis("cas1", "c0ffee"), fact, 3)
    assert entry.line() == (
        '{"schema":1,"site":"cas1","chain":"c0ffee","epoch":3,"sequence":1,"at":1764077525123456,'
        f'"kind":"device_state","subject":"ups-a","previous":"{GENESIS}","body":{{"from":"up","to":"down"}}}}'
    )
    assert entry.hash == "86acc1f7d0a5fd8489d4644091291e2e152e9b9c4b60d442679607aef0383b82"  # by sha256sum


def test_each_entry_continues_the_one_before(chain_of):
    entries = chain_of(5)
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries] == [GENESIS, *(entry.hash for entry in entries[:-1])]
    assert entries[-1].head == Head("cas1", "c0ffee", 1, 5, entries[-1].hash)


def test_time_is_kept_to_the_microsecond():
    entry = append(genesis("cas1", "c"), Fact(FactKind.HEARTBEAT, 1764077525.1234567, "cas1"), 1)
    assert entry.at == 1764077525123457
    assert entry.time == 1764077525.123457
    assert entry.read() == {}


def test_a_writer_that_was_replaced_cannot_append(chain_of):
    head = chain_of(2, epoch=5)[-1].head
    with pytest.raises(ValueError, match="epoch 4 is over: the chain is at 5"):
        append(head, Fact(FactKind.HEARTBEAT, 1.0, "cas1"), 4)


@pytest.mark.parametrize("at", [float("nan"), float("inf"), 1e300])
def test_a_time_that_is_none_is_refused(at):
    with pytest.raises(NotCanonical, match="is no time"):
        seal(Fact(FactKind.HEARTBEAT, at, "cas1"))


@pytest.mark.parametrize("subject", ["a\0b", "\udcff"])
def test_a_subject_that_no_database_keeps_is_refused(subject):
    with pytest.raises(NotCanonical, match="subject"):
        seal(Fact(FactKind.HEARTBEAT, 1.0, subject))


@pytest.mark.parametrize(("site", "chain"), [("", "c"), ("a b", "c"), ("a", "c\n"), ("a", ""), ("a\0", "c")])
def test_site_and_chain_are_names(site, chain):
    with pytest.raises(NotCanonical):
        genesis(site, chain)


def test_a_head_can_be_kept_as_one_line_and_read_back(chain_of):
    head = chain_of(3)[-1].head
    assert Head.parse(str(head)) == head


@pytest.mark.parametrize(
    "text", ["", "cas1 c 1 x " + "0" * 64, "cas1 c x 1 " + "0" * 64, "cas1 c 1 2 abc", "a b c"]
)
def test_a_text_that_is_no_head_says_what_was_expected(text):
    with pytest.raises(NotCanonical, match="expected 'site chain epoch sequence hash'"):
        Head.parse(text)


def test_quotes_in_a_subject_cannot_pose_as_another_field(chain_of):
    honest = chain_of(1)[0]
    posing = honest._replace(subject='ups-0","previous":"' + GENESIS + '","body":{"x":"')
    assert json.loads(posing.line())["subject"] == posing.subject
    strange = honest._replace(previous='0","body":{}}')
    assert json.loads(strange.line())["previous"] == strange.previous
