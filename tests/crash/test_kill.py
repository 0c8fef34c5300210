"""kill -9 of the whole daemon at random moments, against devices that know what was true and what they said.

What it had said to be on disk is there; the chain holds and says how long nobody watched; no alert is forgotten, none is
invented; a message comes twice only as the same message. Pains: D8, G2, H2, H5, K4.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dcim.store import MessageState, reading

from .chronicle import Chronicle
from .conftest import Flock, Receiver, Site, until
from .judge import BATTERY, SEEN, judge

AGENTS = 3


def kill_often(
    site: Site, flock: Flock, receiver: Receiver, kills: int, record: Callable[[str, object], None]
) -> dict[str, object]:
    """Kill a daemon so often; return what was judged of it, by name."""
    with httpx.Client(base_url=site.url, timeout=30, trust_env=False) as client:
        story = Chronicle(site, client)
        for number in range(kills):
            story.born()
            if number % 4 == 2:  # also while it starts
                time.sleep(random.uniform(0.5, 6.0))
                story.kill()
            else:
                story.lives()
                story.dies(random.uniform(0.0, 2 * SEEN if number % 4 == 1 else 3.0))
        story.born()
        story.lives()
        until(lambda: {"raised", "cleared"} <= on_record(story), "an alert was raised and one cleared")
        flock.process.send_signal(signal.SIGUSR1)  # from now on nothing changes
        receiver.moody = False
        settle(story, flock)
        assert site.process is not None
        assert site.processes.end(site.process) == 0, site.processes.log("dcim")[-3000:]
    judged = dict(judge(story, flock, receiver))
    for name, value in judged.items():
        record(name, value)
        print(f"{name}: {value}")
    return judged


def on_record(story: Chronicle) -> set[str]:
    """Return the changes of alerts that the ledger has."""
    with reading(story.state) as books:
        return {fact.read()["change"] for fact in books.facts(kinds=("alert",), limit=1_000_000)}


def settle(story: Chronicle, flock: Flock) -> None:
    """Wait until the page shows what is true, and every message has been delivered."""

    def all_told() -> bool:
        on_page = {
            alert["asset"]
            for alert in story.site.get("/alerts")
            if alert["rule"] == "on_battery" and alert["open"]
        }
        now = {f"ups-{line['agent']}": line["source"] for line in flock.lines() if "said" not in line}
        with reading(story.state) as books:
            waiting = books.outbox((MessageState.PENDING,), limit=1)
        return on_page == {name for name, source in now.items() if source == BATTERY} and not waiting

    until(all_told, "the page shows what is true and all is told")
    until(story.site.ready, "it is ready")


@pytest.mark.waits
@pytest.mark.timeout(900)
@pytest.mark.long
def test_nothing_is_lost_invented_or_forgotten_over_five_kills(
    site: Site, flock: Any, receiver: Receiver, watched: Any, record_property: Any
) -> None:
    devices = flock(AGENTS, 8.0)
    watched(devices, receiver)
    assert kill_often(site, devices, receiver, 5, record_property)


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_nothing_is_lost_invented_or_forgotten_over_two_hundred_kills(
    site: Site, flock: Any, receiver: Receiver, watched: Any, record_property: Any
) -> None:
    devices = flock(AGENTS, 12.0)
    watched(devices, receiver)
    assert kill_often(site, devices, receiver, 200, record_property)
