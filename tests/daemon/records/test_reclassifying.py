"""A person says that a time was not what it seemed: over the API, on record, and both figures stand. Pains: G6."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from dcim.availability import Category, answer
from dcim.availability.calendar import days
from dcim.daemon.records.reclassifying import Reclassifying
from dcim.graph import Service, ServiceKind, Topology, Wiring
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, StoreFull, Work
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts
from dcim.web.view.view import View

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0
TOPOLOGY = Topology(Wiring(services=(Service("power/r1", ServiceKind.POWER, 1, ("a",)),)))
WISH = {
    "service": "power/r1",
    "start": "2026-11-25T08:00:00Z",
    "end": "2026-11-25T09:00:00Z",
    "was": "forced_outage",
    "now": "force_majeure",
    "reason": "the river",
    "cause": "flood",
    "who": "amina",
}


class Clock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 5.0


class Health:
    version = "0"


class FewWords:
    """As much of a view as the routes need: nobody has tokens."""

    has_tokens = False

    def health(self) -> Health:
        return Health()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "state", "cas1", Clock(), chain_id="c")
    states = [("up", "full", 7 * HOUR), ("down", "reduced", 8 * HOUR), ("up", "full", 10 * HOUR)]
    midnight = NOW - 12 * HOUR
    facts = [Fact(FactKind.DAEMON_STARTED, midnight, "cas1", {})]
    for function, redundancy, at in states:
        body = {"function": function, "redundancy": redundancy}
        facts.append(Fact(FactKind.SERVICE_STATE, midnight + at, "power/r1", body))
    opened.commit_now(Work(facts=tuple(facts)))
    yield opened
    opened.close()


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    said = Reclassifying(store, TOPOLOGY, Clock())
    application = build(cast("View", FewWords()), Hosts("127.0.0.1", ()), reclassifier=said)
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asked:
        yield asked


async def test_it_is_a_fact_and_both_figures_stand(client: httpx.AsyncClient, store: Store) -> None:
    told = (await client.post("/api/v1/reclassified", json=WISH)).json()
    assert told["sequence"] == store.committed.sequence
    assert (await client.get("/api/v1/reclassified")).json() == [told]
    assert (await client.get("/api/v1/reclassified", params={"service": "other"})).json() == []
    entry = store.newest_fact((FactKind.RECLASSIFIED,))
    assert entry is not None
    (amina,) = store.people()
    assert (amina.name, told["who"]) == ("amina", "amina")
    assert entry.read() == {
        "from": NOW - 4 * HOUR,
        "to": NOW - 3 * HOUR,
        "was": "forced_outage",
        "now": "force_majeure",
        "who": amina.pseudonym,
        "reason": "the river",
        "cause": "flood",
        "proof": "claimed",
        "login": "",
    }
    day = datetime(2026, 11, 25, tzinfo=UTC).date()
    evidence = store.evidence(days(day, day.replace(day=26), cast("Any", UTC)))
    assert evidence is not None
    found = answer(evidence, "power/r1")
    assert found.reclassified
    hour = round(HOUR * 1e6)
    assert found.seen.figures.tally.times[Category.FORCED] == 2 * hour
    assert found.final.figures.tally.times[Category.FORCED] == hour
    assert found.final.figures.tally.times[Category.FORCE_MAJEURE] == hour


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"service": "power/r2"}, "no service 'power/r2'"),
        ({"end": "2026-11-25T08:00:00Z"}, "ends before"),
        ({"end": "2026-11-25T12:00:01Z"}, "not over yet"),
        ({"was": "force_majeure"}, "already"),
        ({"cause": ""}, "has a cause"),
        ({"now": "full"}, "has a cause"),
        ({"reason": "   "}, "who you are and why"),
        ({"who": ""}, "say who you are"),
        ({"now": "fine"}, "force_majeure"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_not_recorded(
    client: httpx.AsyncClient, store: Store, other: dict[str, str], why: str
) -> None:
    answered = await client.post("/api/v1/reclassified", json={**WISH, **other})
    assert answered.status_code == 422
    assert why in answered.text
    assert store.newest_fact((FactKind.RECLASSIFIED,)) is None


async def test_a_disk_that_takes_nothing_is_told(store: Store) -> None:
    class Full(Reclassifying):
        async def reclassify(self, *_: object) -> Any:
            msg = "no space"
            raise StoreFull(msg)

    application = build(
        cast("View", FewWords()), Hosts("127.0.0.1", ()), reclassifier=Full(store, TOPOLOGY, Clock())
    )
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asked:
        assert (await asked.post("/api/v1/reclassified", json=WISH)).status_code == 503
