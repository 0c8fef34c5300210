"""An authority on loopback stamps heads of a ledger; what it fails at is told and tried again. Pains: G2, K1, K3."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import suppress

import pytest

from dcim.daemon.records import stamping as room
from dcim.daemon.records.signing import Signing
from dcim.daemon.records.stamping import Stamping, stamping
from dcim.evidence.copies import Copies
from dcim.evidence.custody import Custody
from dcim.evidence.export import export
from dcim.evidence.inplace import verify_in_place
from dcim.evidence.verifier.main import HOLDS, Options, verify
from dcim.ledger.signed import HEARTBEAT, HOUR
from dcim.model import state_code
from dcim.model.fact import Fact, FactKind
from dcim.settings import Settings, Timestamps
from dcim.store import Store, Work, reading
from tests.evidence.conftest import HandClock
from tests.evidence.tsa import Authority, serving
from tests.waiting import PATIENCE, until_it

pytestmark = [
    pytest.mark.long,  # each has an authority made by openssl
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl"),
]


@pytest.fixture
def authority(tmp_path):
    with serving(Authority(tmp_path / "tsa")) as it:
        yield it


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def store(tmp_path, clock):
    it = Store.open(tmp_path / "state", "cas1", clock, "c0ffee")
    Custody(tmp_path / "state", it, clock).begin()
    yield it
    it.close()


@pytest.fixture
def stamper(store, clock, monkeypatch):
    """Runs what stamps heads of the store, and writes what it notes; ended with the test."""
    monkeypatch.setattr(room, "_LOOK", 0.01)
    tasks = []

    def start(url, every=86400.0):
        settings = Settings(path="dcim.yaml", timestamps=Timestamps(url, every))
        it = stamping(settings, store, clock)
        it.noted = store.commit_now
        store.tell_signed(it.put)
        tasks.append(asyncio.create_task(it.run()))
        return it

    start.tasks = tasks
    yield start
    for task in tasks:
        task.cancel()


async def until(true):
    await until_it(true, "it came", every=0.005)


def beat(store, clock, why=HOUR):
    store.commit_now(Work(facts=(Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 30.0}),), sign=why))
    return store.signed


def stamps(store):
    return [json.loads(one.body) for one in store.facts(kinds=(FactKind.HEAD_STAMPED,))]


async def test_the_newest_head_is_stamped_once_in_so_often_and_the_bundle_holds(
    store, clock, authority, stamper, tmp_path
):
    it = stamper(authority.url)
    assert it.word == "awaited"
    beat(store, clock, HEARTBEAT)
    await asyncio.sleep(0.1)
    assert authority.asked == 0  # of mere heartbeats none is stamped
    signed = beat(store, clock)
    await until(lambda: stamps(store))
    (first,) = stamps(store)
    assert (first["sequence"], first["hash"], first["url"]) == (*signed.head[3:], authority.url)
    assert it.word == "working"
    clock.pass_time(86_399.0)
    beat(store, clock)
    await asyncio.sleep(0.1)
    assert len(stamps(store)) == 1
    clock.pass_time(1.0)
    await until(lambda: len(stamps(store)) == 2)
    beat(store, clock)  # a head that covers the facts with the tokens
    found = verify_in_place(tmp_path / "state")
    assert (found.report.faults, found.stamps) == ((), 2)
    pen = Custody(tmp_path / "state", store, clock).begin()
    export(tmp_path / "out", store, pen)
    options = Options(keys=[pen.public], authorities=str(authority.certificates))
    result = verify(str(tmp_path / "out"), options)
    assert (result.code, result.report.findings) == (HOLDS, [])


async def test_a_new_start_goes_on_where_the_daemon_before_stood(store, clock, authority, stamper):
    stamper(authority.url)
    beat(store, clock)
    await until(lambda: stamps(store))
    clock.pass_time(80_000.0)
    stamper(authority.url)
    beat(store, clock)
    await asyncio.sleep(0.1)
    assert len(stamps(store)) == 1
    clock.pass_time(6_400.0)
    await until(lambda: len(stamps(store)) == 2)


@pytest.mark.parametrize(
    ("status", "say", "why"),
    [
        (500, bytes, "HTTP status 500"),
        (302, bytes, "HTTP status 302"),
        (200, lambda _: b"<html>log in</html>", "the answer is no time stamp after RFC 3161"),
        (200, lambda answer: answer * 200, "the answer is longer than 64000 bytes"),
    ],
)
async def test_an_answer_that_is_none_is_told_and_asked_for_again(
    store, clock, authority, stamper, status, say, why
):
    authority.status, authority.say = status, say
    it = stamper(authority.url)
    beat(store, clock)
    await until(lambda: it.trouble)
    assert it.trouble == f"{authority.url}: {why}"
    assert (it.word, stamps(store)) == ("fault", [])
    authority.status, authority.say = 200, bytes
    await asyncio.sleep(0.1)
    assert stamps(store) == []
    clock.pass_time(300.0)
    await until(lambda: stamps(store))
    assert (it.trouble, it.word) == ("", "working")


async def test_an_authority_that_is_not_there_is_told(store, clock, stamper):
    it = stamper("http://127.0.0.1:1/tsr")
    beat(store, clock)
    await until(lambda: it.trouble)
    assert it.trouble.startswith("http://127.0.0.1:1/tsr: ")
    assert len(it.trouble) > len("http://127.0.0.1:1/tsr: ")


async def test_how_it_stands_is_a_point_of_the_daemon(store, clock, tmp_path):
    it = Stamping(Timestamps("http://127.0.0.1:1/tsr"), None, clock)
    signing, said = Signing(tmp_path / "state", store, Copies([]), clock, it), []
    signing.said = said.append
    store.tell_signed(signing.put)
    signing.look()
    it.trouble = "it is not there"
    signing.look()
    words = [dict(zip((dict(one.labels)["component"] for one in batch.layout.points), batch.values, strict=True)) for batch in said]  # fmt: skip
    assert [one["timestamps"] for one in words] == [state_code("awaited"), state_code("fault")]
    assert beat(store, clock) == it._newest


def test_nobody_is_asked_where_the_configuration_names_nobody(store, clock):
    assert stamping(Settings(path="dcim.yaml"), store, clock) is None


async def test_it_can_be_ended_while_the_authority_is_silent(store, clock, stamper):
    held = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    it = stamper(f"http://127.0.0.1:{port}/tsr")
    beat(store, clock)
    await until(lambda: held)
    (task,) = stamper.tasks
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, PATIENCE)
    assert it.trouble == ""
    for writer in held:
        writer.close()
        await writer.wait_closed()
    server.close()


async def test_a_daemon_whose_configuration_names_an_authority_has_its_first_head_stamped(
    plan_of, running, authority, tmp_path, monkeypatch
):
    """From the key of the configuration to the fact, and the point that says how it stands."""
    monkeypatch.setattr(room, "_LOOK", 0.02)
    async with running(plan_of("ups-a", ledger={"timestamps": {"url": authority.url}})) as site:

        async def kept():
            with reading(tmp_path / "state") as books:
                return bool(books.facts(kinds=(FactKind.HEAD_STAMPED,)))

        async def shown():
            said = (await site.web.get("/metrics")).text
            return 'component="timestamps",state="working"} 1.0' in said

        await site.until(kept)
        await site.until(shown)
    found = verify_in_place(tmp_path / "state")
    assert (found.report.faults, found.stamps, authority.asked) == ((), 1, 1)
