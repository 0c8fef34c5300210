"""What devices send makes them be asked, soon and not more often than is good. Pains: B12, B13."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.collect import Heard, Stranger
from dcim.daemon.ports.listening import PortTaken, hear_on
from dcim.daemon.watching.ears import AGAIN, OWN_KEPT, PACE, Ears, Wishes
from dcim.model import Address, Asset


def heard(asset: str = "ups-a", what: str = "1.2.3", *, ask: bool = True) -> Heard:
    return Heard(asset, 1.0, what, "on_battery", "v2c trap", "10.0.0.1", ask)


def run(wishes: Wishes, until: float, step: float = 0.05, start: float = 0.0) -> list[tuple[float, str]]:
    """Return who is asked when, looked at every ``step`` seconds."""
    times = [start + n * step for n in range(round((until - start) / step) + 1)]
    return [(at, asset) for at in times for asset in wishes.due(at)]


def test_a_device_is_asked_at_once_and_again_after_its_last_message_but_not_for_each() -> None:
    wishes = Wishes()
    asked = []
    for tenth in range(40):
        wishes.wish("ups", tenth / 10)
        asked += [(tenth / 10, asset) for asset in wishes.due(tenth / 10)]
    assert asked == [(0.0, "ups")]
    assert wishes.wake_at == AGAIN
    assert run(wishes, 20.0, start=4.0) == [(AGAIN, "ups")]
    assert wishes.wake_at is None


def test_a_storm_of_traps_is_no_storm_of_polls_and_nobody_is_forgotten() -> None:
    wishes = Wishes()
    for number in range(1000):
        wishes.wish(f"d{number}", 0.0)
    asked = run(wishes, 60.0)
    by_second = Counter(int(at) for at, _ in asked)
    assert max(by_second.values()) <= PACE + 21
    assert len({asset for _, asset in asked}) == len(asked) == 1000


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(0.0, 2.0)), max_size=150))
def test_every_wish_is_followed_by_a_question_and_no_device_is_asked_twice_too_soon(
    story: list[tuple[int, float]],
) -> None:
    wishes, now, asked = Wishes(), 0.0, []
    last: dict[str, float] = {}
    for number, gap in story:
        now += gap
        wishes.wish(f"d{number}", now)
        last[f"d{number}"] = now
        asked += [(now, asset) for asset in wishes.due(now)]
    asked += run(wishes, now + 30.0, start=now)
    for asset, at in last.items():
        mine = [when for when, who in asked if who == asset]
        assert mine[-1] >= at
        assert all(later - earlier >= AGAIN - 1e-9 for earlier, later in pairwise(mine))


async def test_who_sent_what_is_kept_bounded_and_what_is_no_reason_asks_nobody() -> None:
    asked: list[str] = []
    clock = type("Clock", (), {"now": lambda _: 0.0, "monotonic": lambda _: 100.0})()
    ears = Ears(asked.append, clock)
    for number in range(OWN_KEPT + 5):
        ears.heard(heard(what=f"1.2.{number}", ask=number == 0))
    ears.heard(heard("pdu", ask=False))
    assert asked == ["ups-a"]
    assert [one.what for one in ears.recent("ups-a")][:2] == ["1.2.24", "1.2.23"]
    assert len(ears.recent("ups-a")) == OWN_KEPT
    assert ears.recent()[0].asset == "pdu"
    assert ears.recent("nobody") == ()
    assert dict(ears.heard_of) == {"ups-a": OWN_KEPT + 5, "pdu": 1}
    await ears.aclose()


class Ear:
    """An ear that hears what a test says."""

    def __init__(self, wire: socket.socket, assets: Sequence[Asset], told: Callable[[Heard], None]) -> None:
        self.address = Address(*wire.getsockname()[:2])
        self.counts = {"heard": 1, "stranger": 7}
        self.assets = [asset.id for asset in assets]
        self.told = told
        self.closed = False

    def strangers(self) -> list[Stranger]:
        return [Stranger("192.0.2.66", 7, 1_700_000_000.0, 1_700_000_100.0)]

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def ear(fleet: Any) -> list[Ear]:
    """Have the scripted collector listen; the ears that were opened."""
    opened: list[Ear] = []

    async def listen(
        wire: socket.socket, assets: Sequence[Asset], relays: Sequence[str], told: Callable[[Heard], None]
    ) -> Ear:
        assert relays == ("192.0.2.5",)
        opened.append(Ear(wire, assets, told))
        return opened[-1]

    fleet.listen = listen
    return opened


@pytest.mark.long
async def test_a_daemon_asks_a_device_that_sends_at_once_and_shows_what_it_sent(
    plan_of: Callable[..., Any], running: Any, fleet: Any, ear: list[Ear]
) -> None:
    asked: list[str] = []
    traps = {"listen": "127.0.0.1:0", "relays": ["192.0.2.5"]}
    plan = plan_of("ups-a", "ups-b", traps=traps, recordings={"enabled": False})
    async with running(plan) as site:
        (there,) = ear
        assert there.assets == ["ups-a", "ups-b"]
        rooms = site.daemon._rooms
        assert rooms.core.ask_now == rooms.poller.ask_now
        rooms.core.ask_now = asked.append
        there.told(heard("ups-a"))
        assert asked == ["ups-a"]
        told = await site.get("/traps")
        assert told["listening"] == [str(there.address)]
        assert told["counts"] == {"heard": 1, "stranger": 7}
        assert [(one["asset"], one["name"], one["asked"]) for one in told["recent"]] == [
            ("ups-a", "on_battery", True)
        ]
        assert [(one["sender"], one["number"]) for one in told["strangers"]] == [("192.0.2.66", 7)]
        assert (await site.get("/traps?device=ups-b"))["recent"] == []
        metrics = (await site.web.get("/metrics")).text
        assert 'dcim_traps_total{outcome="stranger"} 7.0' in metrics
        assert 'dcim_device_traps_total{asset="ups-a"} 1.0' in metrics
        assert "dcim_traps_asked_total 1.0" in metrics
        page = (await site.web.get("/devices/ups-a?lang=en")).text
        assert "on battery" in page
    assert there.closed


def test_a_port_that_is_taken_is_said_and_one_that_systemd_hands_over_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with hear_on(Address("127.0.0.1", 0), {}) as wire:
        taken = Address(*wire.getsockname()[:2])
        with pytest.raises(PortTaken, match=r"cannot listen for traps on 127\.0\.0\.1"):
            hear_on(taken, {})
        monkeypatch.setattr("dcim.daemon.ports.listening._FIRST_HANDED", wire.fileno())
        environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
        with hear_on(Address("0.0.0.0", 162), environ) as handed:
            assert handed.getsockname() == wire.getsockname()
        with hear_on(Address("127.0.0.1", 0), {**environ, "LISTEN_PID": "1"}) as own:
            assert own.getsockname() != wire.getsockname()
