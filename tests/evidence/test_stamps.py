"""Time stamps of an authority: of the head that was asked for, in the bundle, and checked against whoever says so.

Pains: G2, K1, K3.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from dcim.evidence.export import Extras, export
from dcim.evidence.issued import claims
from dcim.evidence.stamp import NotStamped, answered, body_of, digest_of, fresh, question
from dcim.evidence.verifier.main import HOLDS, UNCHECKED, Options, verify
from dcim.evidence.verifier.main import main as verify_py
from dcim.evidence.verifier.tokens import moment, read_token
from dcim.ledger import Head
from dcim.ledger.signed import HEARTBEAT, HOUR, head_statement
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work

from .conftest import Bundle, HandClock, words
from .forging import insider
from .tsa import Authority

pytestmark = [
    pytest.mark.long,  # each has an authority made by openssl
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl"),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"), "Somebody else")


def stamped(authority: Authority, digest: str) -> tuple[bytes, int]:
    nonce = fresh()
    token, said = answered(authority.answer(question(digest, nonce)), digest, nonce)
    return token, said.at


def note(store: Store, clock: HandClock, body: dict[str, object], head: int) -> None:
    store.commit_now(Work(facts=(Fact(FactKind.HEAD_STAMPED, clock.now(), str(head), body),), sign=HOUR))


def beat(store: Store, clock: HandClock, why: str = HOUR):
    clock.pass_time(3600.0)
    store.commit_now(Work(facts=(Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 30.0}),), sign=why))
    assert store.signed is not None
    return store.signed


@pytest.fixture
def ledger(begun, clock, authority):
    """A ledger with two heads of which each has a time stamp."""
    store, pen, state = begun
    for _ in range(2):
        signed = beat(store, clock)
        nonce = fresh()
        token, said = answered(authority.answer(question(digest_of(signed), nonce)), digest_of(signed), nonce)
        note(store, clock, dict(body_of(signed, "http://tsa.example/tsr", token, said)), signed.head.sequence)
    return store, pen, state


def exported(folder: Path, ledger, **more):
    store, pen, state = ledger
    done = export(folder, store, pen, Extras(claims=claims(state, store)))
    assert done.heads > 2
    return verify(str(folder), Options(keys=[pen.public], **more))


def test_a_question_is_what_openssl_understands_and_its_answer_is_of_this_head(authority):
    token, at = stamped(authority, "ab" * 32)
    said = read_token(token)
    assert (said.digest, said.at, said.serial > 0) == ("ab" * 32, at, True)
    assert 1_700_000_000_000_000 < at < 4_000_000_000_000_000


@pytest.mark.parametrize("nonce", [1 << 62, (1 << 63) - 1])
def test_the_least_and_the_greatest_number_of_a_question_come_back(authority, nonce):
    assert answered(authority.answer(question("cd" * 32, nonce)), "cd" * 32, nonce)[1].nonce == nonce


def test_an_answer_to_another_question_or_none_is_no_time_stamp(authority):
    nonce = fresh()
    answer = authority.answer(question("ab" * 32, nonce))
    with pytest.raises(NotStamped, match="something else"):
        answered(answer, "ba" * 32, nonce)
    with pytest.raises(NotStamped, match="something else"):
        answered(answer, "ab" * 32, nonce - 1)
    with pytest.raises(NotStamped, match=r"refused .status 2."):
        answered(bytes.fromhex("30053003020102"), "ab" * 32, nonce)
    for wrong in (b"", b"<html>", answer[:-1], answer[1:], bytes.fromhex("3080"), b"\x30\x03\x30\x01\x00"):
        with pytest.raises(NotStamped, match="RFC 3161"):
            answered(wrong, "ab" * 32, nonce)


def test_an_answer_of_which_a_byte_is_another_is_refused_or_says_the_same(authority):
    """Whatever comes over the wire: no other error, and never another head."""
    nonce = fresh()
    answer = authority.answer(question("ab" * 32, nonce))
    for at in range(min(len(answer), 400)):
        changed = bytearray(answer)
        changed[at] ^= 0x55
        try:
            _, said = answered(bytes(changed), "ab" * 32, nonce)
        except NotStamped:
            continue
        assert (said.digest, said.nonce) == ("ab" * 32, nonce)


@pytest.mark.parametrize(
    ("text", "at"),
    [(b"20261126160000Z", 1795708800_000000), (b"20261126160000.5Z", 1795708800_500000), (b"20240229000000.000001Z", 1709164800_000001)],
)  # fmt: skip
def test_a_time_is_read_to_the_microsecond(text, at):
    assert moment(text) == at


@pytest.mark.parametrize("text", [b"20261126160000", b"20261126160000.Z", b"20261126160000+0100", b"20261326160000Z", b"2026112616Z", b"20261126160000.xZ"])  # fmt: skip
def test_what_is_no_time_in_utc_is_refused(text):
    with pytest.raises(ValueError, match=r"time|data"):
        moment(text)


def test_a_bundle_carries_the_tokens_and_says_when_its_facts_were_there(ledger, authority, tmp_path):
    result = exported(tmp_path / "out", ledger, authorities=str(authority.certificates))
    assert (result.code, result.report.findings) == (HOLDS, [])
    said = " ".join(result.report.notes)
    assert "2 time stamps, the last of http://tsa.example/tsr: the facts up to 3 were there at 2" in said
    assert "of 2 of them openssl checked that an authority of --tsa signed" in said
    assert "that the authority signed" not in said


def test_without_certificates_nobody_says_that_the_authority_signed(ledger, tmp_path):
    result = exported(tmp_path / "out", ledger)
    assert result.code == HOLDS
    said = " ".join(result.report.notes)
    assert "openssl checked" not in said
    assert "- that the authority signed the time stamps: give its certificates (PEM) with --tsa" in said


def test_a_time_stamp_alone_vouches_for_nobody(ledger, authority, tmp_path):
    store, pen, _ = ledger
    export(tmp_path / "out", store, pen)
    options = Options(authorities=str(authority.certificates))
    assert verify(str(tmp_path / "out"), options).code == UNCHECKED


def test_tokens_of_another_authority_are_found(ledger, other, tmp_path):
    result = exported(tmp_path / "out", ledger, authorities=str(other.certificates))
    assert result.code == 1
    assert words(result) == {"stamp_signature"}
    assert result.report.count == 2


def test_certificates_are_given_and_no_head_has_a_time_stamp(begun, clock, authority, tmp_path):
    store, pen, _ = begun
    beat(store, clock)
    export(tmp_path / "out", store, pen)
    options = Options(keys=[pen.public], authorities=str(authority.certificates))
    assert words(verify(str(tmp_path / "out"), options)) == {"stamps_none"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"sequence": 1}, "stamp_other"),
        ({"sequence": "x"}, "stamp_form"),
        ({"time": 5}, "stamp_other"),
        ({"token": "AAAA"}, "stamp_form"),
        ({"token": "no base64!"}, "stamp_form"),
        ({"token": None}, "stamp_form"),
    ],
)
def test_a_time_stamp_that_is_not_of_its_head_is_found(begun, clock, authority, tmp_path, change, word):
    store, pen, state = begun
    signed = beat(store, clock)
    token, _ = stamped(authority, digest_of(signed))
    body = {**body_of(signed, "u", token, read_token(token)), **change}
    note(store, clock, body, signed.head.sequence)
    assert words(exported(tmp_path / "out", (store, pen, state))) == {word}


def test_a_time_stamp_of_a_head_that_was_made_anew_is_found(begun, clock, authority, tmp_path):
    store, pen, state = begun
    signed = beat(store, clock)
    token, _ = stamped(authority, digest_of(signed._replace(at=signed.at - 1)))
    note(store, clock, dict(body_of(signed, "u", token, read_token(token))), signed.head.sequence)
    assert words(exported(tmp_path / "out", (store, pen, state))) == {"stamp_other"}


def test_heads_of_heartbeats_are_never_stamped(begun, clock, authority, tmp_path):
    """They are let go after a month: a time stamp of one could not be checked any more."""
    store, pen, state = begun
    signed = beat(store, clock, HEARTBEAT)
    token, _ = stamped(authority, digest_of(signed))
    note(store, clock, dict(body_of(signed, "u", token, read_token(token))), signed.head.sequence)
    beat(store, clock)
    assert words(exported(tmp_path / "out", (store, pen, state))) == {"stamp_other"}


def test_of_many_tokens_some_are_checked_the_last_always(
    ledger, clock, other, authority, tmp_path, monkeypatch
):
    monkeypatch.setattr("dcim.evidence.verifier.stamps.MOST_STAMPS", 3)
    store, pen, state = ledger
    for number in range(9):
        signed = beat(store, clock)
        by = other if number == 8 else authority
        token, _ = stamped(by, digest_of(signed))
        note(store, clock, dict(body_of(signed, "u", token, read_token(token))), signed.head.sequence)
    result = exported(tmp_path / "out", (store, pen, state), authorities=str(authority.certificates))
    assert (words(result), result.report.count) == ({"stamp_signature"}, 1)
    assert "11 time stamps" in " ".join(result.report.notes)
    assert "of 4 of them openssl checked" in " ".join(result.report.notes)


def test_the_command_of_an_auditor_checks_them(ledger, authority, tmp_path):
    store, pen, _ = ledger
    export(tmp_path / "out", store, pen)
    said: list[str] = []
    asked = [str(tmp_path / "out"), "--key", pen.public, "--tsa", str(authority.certificates), "--lang", "fr"]
    assert verify_py(asked, said.append) == HOLDS
    assert any("2 horodatages" in line for line in said)
    assert verify_py([*asked[:4], str(tmp_path / "gone")], said.append) == 64
    (tmp_path / "text").write_text("no certificate")
    assert verify_py([*asked[:4], str(tmp_path / "text")], said.append) == 64
    assert "PEM" in said[-1]


def test_openssl_alone_checks_a_token_of_the_ledger(ledger, authority, tmp_path):
    """What docs/ledger.md tells an auditor who has neither dcim nor verify.py."""
    store, _, _ = ledger
    entry = store.newest_fact((FactKind.HEAD_STAMPED,))
    body = json.loads(entry.body)
    signed = next(one for one in store.heads() if one.head.sequence == body["sequence"])
    (tmp_path / "token").write_bytes(base64.b64decode(body["token"]))
    (tmp_path / "statement").write_bytes(signed.statement)
    asked = ["openssl", "ts", "-verify", "-data", "statement", "-in", "token", "-token_in", "-CAfile", str(authority.certificates)]  # fmt: skip
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert (done.returncode, b"Verification: OK" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("apart", [1, 15_000_000_000_000])
def test_a_head_that_was_signed_at_another_time_than_its_fact_says_is_found(
    ledger, authority, tmp_path, apart
):
    """Facts dated long ago, written and signed now, have a stamp soon after their head and long after them."""
    store, pen, state = ledger
    export(tmp_path / "out", store, pen)
    forger = insider(tmp_path / "out", Bundle(tmp_path / "out", pen.public, store.head(), state))
    sequence = forger.fact("heartbeat", "cas1", {"lasts": 30.0})
    forger.head(at=forger.last["at"] + apart)
    place = Head(*(forger.heads[-1][name] for name in Head._fields))
    statement = head_statement(place, forger.heads[-1]["at"], HOUR)
    token, at = stamped(authority, sha256(statement).hexdigest())
    body = {"sequence": sequence, "hash": place.hash, "statement": sha256(statement).hexdigest()}
    body.update(time=at, token=base64.b64encode(token).decode(), url="u")
    forger.fact("head_stamped", str(sequence), body)
    forger.head()
    result = verify(str(forger.seal()), Options(keys=[pen.public]))
    assert (result.code, words(result)) == (1, {"head_at"})
    assert f"fact {sequence}: " in result.report.findings[0][1]


@pytest.mark.parametrize("change", [str, lambda one: f" {one}", float, lambda one: "٣", lambda one: True])
def test_the_sequence_of_a_time_stamp_is_a_whole_number(begun, clock, authority, tmp_path, change):
    store, pen, state = begun
    signed = beat(store, clock)
    token, _ = stamped(authority, digest_of(signed))
    body = dict(body_of(signed, "u", token, read_token(token)))
    body["sequence"] = change(signed.head.sequence)
    note(store, clock, body, signed.head.sequence)
    assert words(exported(tmp_path / "out", (store, pen, state))) == {"stamp_form"}
