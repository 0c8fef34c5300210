"""The whole daemon with its ledger in a real PostgreSQL: killed, started again, and all that it said stands. Pains: D8, G2."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dcim.ledger import Head
from dcim.store import DATABASE, reading, verify

from .conftest import Site, until

URL = "DCIM_TEST_POSTGRESQL"


@pytest.mark.live
@pytest.mark.waits
@pytest.mark.timeout(900)
@pytest.mark.long
def test_a_daemon_on_postgresql_is_killed_and_goes_on_where_it_stood(
    postgresql: str | None, live: Any, site: Site, flock: Any, watched: Callable[..., None], monkeypatch: Any
) -> None:
    live(postgresql is not None, "no PostgreSQL is installed (postgresql)")
    monkeypatch.setenv(URL, str(postgresql))
    watched(flock(1, 3.0), database={"url": f"env:{URL}", "schema": "whole_daemon"})
    state = site.folder / "state"
    site.start()
    until(site.ready, "it is ready")
    until(lambda: site.get("/alerts"), "an UPS is on battery")
    order = {"who": "Zineb Tazi", "note": "the test of the mains", "seconds": 3600}
    done = httpx.post(f"{site.url}/api/v1/devices/ups-0/shelve", json=order, timeout=60)
    assert done.json()["recorded"], done.text
    with reading(state) as books:
        head, (zineb,) = books.head(), [one for one in books.people() if one.name == "Zineb Tazi"]
    assert head is not None
    assert site.process is not None
    site.processes.end(site.process, signal.SIGKILL)

    site.start()
    until(site.ready, "it is ready again")
    assert [one["mute"]["by"] for one in site.get("/mutes")] == ["Zineb Tazi"]
    until(lambda: _beats(state) > 2, "heartbeats go on")
    assert site.processes.end(site.process) == 0, site.processes.log("dcim")[-3000:]
    report = verify(state, Head.parse(str(head)))
    assert report.faults == ()
    with reading(state) as books:
        starts = [fact.read()["previous"] for fact in books.facts(kinds=["daemon_started"])]
        blind = [fact.read() for fact in books.facts(kinds=["blind"])]
        mute = books.facts(kinds=["mute"])[0].read()
    assert (starts, [one["reason"] for one in blind]) == (["none", "crash"], ["crash"])
    assert mute["by"] == zineb.pseudonym
    assert not (state / DATABASE).exists()


def _beats(state: Any) -> int:
    with reading(state) as books:
        (last,) = books.facts(kinds=["daemon_started"])[-1:]
        return len(books.facts(last.sequence, kinds=["heartbeat"]))
