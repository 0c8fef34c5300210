"""A disk that is full for a while: it goes on asking, says so everywhere, and has everything once there is space.

Pains: D8, K4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from dcim.model import Point
from dcim.store import MessageState, reading, verify

from .conftest import Receiver, Site, until
from .judge import judge_incidents

pytestmark = [pytest.mark.waits, pytest.mark.timeout(900)]


def fill(place: Path) -> Path:
    """Write until nothing more fits."""
    path = place / "ballast"
    with path.open("ab", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


def own(site: Site, metric: str) -> float:
    text = httpx.get(f"{site.url}/metrics", timeout=60).text
    found = re.search(rf"^{metric} (\S+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def assert_whole(values: Sequence[float | None]) -> None:
    """Assert that not one number is missing. Each gap, of an answer that came too late, may have cost one."""
    numbers = [(at, int(value)) for at, value in enumerate(values) if value is not None]
    assert len(numbers) > 1
    for (at, number), (later, following) in pairwise(numbers):
        assert 1 <= following - number <= later - at
        assert later > at + 1 or following == number + 1


@pytest.mark.long
def test_a_full_disk_costs_nothing_that_was_read(
    site: Site, flock: Any, watched: Any, receiver: Receiver, tiny: Path
) -> None:
    receiver.moody = False
    birds = flock(2, 3.0)
    watched(birds, receiver, state=str(tiny / "state"), devices=birds.devices(snmp={"retries": 0}))
    site.start()
    until(site.ready, "it is ready")
    until(lambda: receiver.taken, "an alert was told")
    ballast = fill(tiny)

    def says_why() -> Any:
        answer = httpx.get(f"{site.url}/-/ready", timeout=60)
        why = " ".join(answer.json()["why"])
        return answer.status_code == 503 and "store: " in why and "history: " in why and why

    why = until(says_why, "it says that it is not ready, and why")
    assert "o space left" in why
    page = httpx.get(f"{site.url}/", timeout=60).text
    assert "o space left" in page
    polls, told = site.get("/status")["polls"], len(receiver.taken)
    waiting = own(site, "dcim_history_waiting")
    until(lambda: site.get("/status")["polls"] > polls + 20, "polls go on")
    until(lambda: own(site, "dcim_history_waiting") > waiting, "readings wait in memory")
    until(lambda: own(site, "dcim_store_waiting") > 0, "records wait in memory")
    assert len(receiver.taken) == told
    assert httpx.get(f"{site.url}/-/healthy", timeout=60).status_code == 200

    ballast.unlink()
    until(site.ready, "it is ready again")
    until(lambda: own(site, "dcim_store_waiting") == 0, "what waited is on record")
    until(lambda: len(receiver.taken) > told, "what waited is told")
    assert own(site, "dcim_history_dropped_total") == 0
    assert own(site, "dcim_store_dropped_total") == 0
    point = Point("ups-0", "ups_input_line_bads_total")
    track = site.get(f"/history?point={point.id:016x}")
    assert site.process is not None
    assert site.processes.end(site.process) == 0, site.processes.log("dcim")[-2000:]
    assert_whole([sample["value"] for sample in track[0]["samples"]])
    assert verify(tiny / "state").holds
    with reading(tiny / "state") as books:
        entries = list(books.entries())
        messages = books.outbox(limit=10_000)
    facts = [entry.read() for entry in entries if entry.kind == "alert"]
    changes = [body for body in facts if body["change"] in ("raised", "cleared")]  # they chatter, too
    for device in ("ups-0", "ups-1"):
        turns = [body["change"] for body in changes if body["asset"] == device]
        assert turns == (["raised", "cleared"] * len(turns))[: len(turns)]
    judge_incidents(entries)
    assert {queued.message_id for queued in messages} == {
        body["message_id"] for entry in entries if (body := entry.read()).get("told")
    }
    delivered = {queued.message_id for queued in messages if queued.state is MessageState.DELIVERED}
    assert {message["message_id"] for message in receiver.taken} >= delivered


@pytest.mark.long
def test_a_daemon_that_dies_on_a_full_disk_starts_when_there_is_space_and_says_so_while_there_is_none(
    site: Site, flock: Any, watched: Any, tiny: Path
) -> None:
    watched(flock(1, 60.0), state=str(tiny / "state"))
    site.start()
    until(site.ready, "it is ready")
    ballast = fill(tiny)
    assert site.process is not None
    site.process.kill()
    site.process.wait()
    with pytest.raises(pytest.fail.Exception, match="the daemon ended with 1"):
        site.start()
    assert "o space left" in site.processes.log("dcim").splitlines()[-1]
    assert "Traceback" not in site.processes.log("dcim")
    ballast.unlink()
    site.start()
    until(site.ready, "it is ready")
    assert site.processes.end(site.process) == 0
    assert verify(tiny / "state").holds
