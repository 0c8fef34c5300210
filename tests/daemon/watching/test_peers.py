"""One site's daemon watches another's: by signed beats, and an alert when they stop."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dcim.clock import SystemClock
from dcim.daemon.watching.peers import Peers
from dcim.model import Batch
from dcim.notify.channels.heartbeat import beat
from dcim.notify.channels.webhook import sign
from dcim.secret import SecretRef
from dcim.settings import load
from dcim.store import Work

KEY = SecretRef.parse("env:RAB1")
HEAD = {"site": "rab1", "chain": "c0ffee", "epoch": 1, "sequence": 7, "hash": "ab" * 32}
NOON = 1_764_072_000.0


class HandClock:
    def __init__(self) -> None:
        self.wall = NOON

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.wall - NOON


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def peers(clock: HandClock) -> Peers:
    parts = [SimpleNamespace(name="rab1", fields=SimpleNamespace(key=KEY, silent_after=120.0))]
    made = Peers(parts, {KEY: "k3y"}, clock)  # type: ignore[arg-type]
    made.batches, made.works = [], []  # type: ignore[attr-defined]
    made.said, made.noted = made.batches.append, made.works.append  # type: ignore[attr-defined]
    return made


def beaten(at: float, key: bytes = b"k3y", site: str = "rab1", sent: str = "") -> tuple[bytes, str, str]:
    body, stamp = json.dumps(beat(site, at, 60.0, HEAD)).encode(), sent or str(round(at))
    return body, stamp, sign(key, stamp.encode() + b"." + body)


def state(peers: Peers) -> str | None:
    peers.look()
    batches: list[Batch] = peers.batches  # type: ignore[attr-defined]
    return batches[-1].reading(0).state


def test_a_peer_is_awaited_heard_and_silent(peers: Peers, clock: HandClock) -> None:
    """Pains: H3."""
    assert state(peers) == "awaited"
    clock.wall += 100.0
    assert peers.take(*beaten(clock.wall)) == ""
    assert state(peers) == "heard"
    clock.wall += 120.0
    assert state(peers) == "heard"
    clock.wall += 1.0
    assert state(peers) == "silent"
    assert peers.take(*beaten(clock.wall)) == ""
    assert state(peers) == "heard"


def test_one_that_is_never_heard_is_silent_after_its_patience(peers: Peers, clock: HandClock) -> None:
    clock.wall += 121.0
    assert state(peers) == "silent"


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        (beaten(NOON, key=b"other"), "not signed by a site that is listened for"),
        (beaten(NOON, site="cas9"), "not signed by a site that is listened for"),
        (beaten(NOON, site="cas9", key=b"nobody"), "not signed by a site that is listened for"),
        (beaten(NOON - 301), "its time is more than five minutes off"),
        (beaten(NOON + 301), "its time is more than five minutes off"),
        (beaten(NOON, sent="soon"), "its time is more than five minutes off"),
        (beaten(NOON - 10), "older than one that was heard"),
        ((b"[" * 100_000, "1764072000", "x"), "not signed by a site that is listened for"),
        ((b"\xff", "\u0661", "\u00e9"), "not signed by a site that is listened for"),
    ],
)
def test_what_is_not_right_counts_for_nothing(peers: Peers, forged: tuple[bytes, str, str], why: str) -> None:
    """An old beat that somebody kept is no beat: a dead site must not look alive. Pains: H3."""
    peers.take(*beaten(NOON))
    assert peers.take(*forged) == why


def test_a_beat_that_is_repeated_counts_for_nothing_not_even_in_its_own_second(
    peers: Peers, clock: HandClock
) -> None:
    first, second = beaten(NOON), beaten(NOON + 0.4, sent=str(round(NOON)))
    assert peers.take(*first) == ""
    assert peers.take(*first) == "heard already"
    assert peers.take(*second) == "", "two beats of one second are two"
    assert peers.take(*first) == peers.take(*second) == "heard already"
    clock.wall += 1
    assert peers.take(*beaten(clock.wall)) == ""
    assert peers.take(*first) == "older than one that was heard"


def test_the_end_of_its_ledger_is_kept_once_an_hour(peers: Peers, clock: HandClock) -> None:
    for _ in range(61):
        assert peers.take(*beaten(clock.wall)) == ""
        clock.wall += 60.0
    works: list[Work] = peers.works  # type: ignore[attr-defined]
    facts = [fact for work in works for fact in work.facts]
    assert [fact.subject for fact in facts] == ["rab1", "rab1"]
    assert facts[0].body["ledger"] == {name: HEAD[name] for name in ("chain", "epoch", "sequence", "hash")}


async def test_a_daemon_hears_the_beats_that_another_sends(
    plan_of: Callable[..., Any], running: Any, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("k3y")
    plan = plan_of("ups-a", peers=[{"site": "rab1", "key": f"file:{tmp_path}/key", "silent_after": "1m"}])
    async with running(plan) as site:
        body, stamp, signature = beaten(SystemClock().now())
        headers = {"X-Dcim-Timestamp": stamp, "X-Dcim-Signature-V2": signature}
        headers["Content-Type"] = "application/json"
        answer = await site.web.post("/api/heartbeat", content=body, headers=headers)
        assert answer.status_code == 204
        forged = await site.web.post("/api/heartbeat", content=body + b" ", headers=headers)
        assert (forged.status_code, forged.text) == (403, "not signed by a site that is listened for\n")
        huge = await site.web.post("/api/heartbeat", content=b" " * 20_000, headers=headers)
        assert huge.status_code == 413


def test_a_key_in_the_file_and_a_site_that_stands_twice_are_mistakes(tmp_path: Path) -> None:
    """Pains: J2."""
    path = tmp_path / "dcim.yaml"
    whole = {
        "format": 1,
        "site": {"id": "cas1"},
        "peers": [
            {"site": "rab1", "key": "env:A"},
            {"site": "rab1", "key": "env:B"},
            {"site": "fes1", "key": "hunter2"},
            "tan1",
        ],
    }
    path.write_text(json.dumps(whole))
    with pytest.raises(Exception, match="stands twice") as told:
        load(path, {}, {})
    assert "secrets only by reference" in str(told.value)
    assert "hunter2" not in str(told.value)
