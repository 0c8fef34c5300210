"""The daemon has its ledger signed, says when it is not, and takes another key when somebody asks. Pains: K1, K2, K3."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from dcim.clock import SystemClock
from dcim.daemon.records import signing as room
from dcim.daemon.records.signing import Signing
from dcim.evidence.copies import Copies
from dcim.evidence.custody import ask
from dcim.evidence.exported import FOLDER, note
from dcim.evidence.keyfile import KEY
from dcim.model import state_code
from dcim.store import Store
from tests.waiting import until_it


@pytest.fixture
def store(tmp_path):
    it = Store.open(tmp_path / "state", "cas1", SystemClock())
    yield it
    it.close()


async def until(true):
    await until_it(true, "it came", every=0.005)


def states(said):
    return {dict(point.labels)["component"]: value for batch in said[-1:] for point, value in zip(batch.layout.points, batch.values, strict=True)}  # fmt: skip


async def test_heads_are_signed_and_a_request_changes_the_key(store, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_LOOK", 0.01)
    copies, said = Copies([tmp_path / "heads"]), []
    store.tell_signed(copies.put)
    signing = Signing(tmp_path / "state", store, copies, SystemClock())
    signing.said = said.append
    signing.look()
    assert states(said) == {"key": state_code("awaited"), str(tmp_path / "heads"): state_code("working")}
    task = asyncio.create_task(signing.run())
    await until(lambda: store.signed is not None)
    first = store.signed.key
    ask(tmp_path / "state", "every year")
    await until(lambda: store.signed.key != first)
    signing.look()
    assert states(said)["key"] == state_code("working")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    copies.close(10.0)
    assert len((tmp_path / "heads").read_text().splitlines()) == 2


async def test_a_stop_while_the_key_is_made_waits_until_it_is_in_the_ledger(store, tmp_path, monkeypatch):
    """Else its fact may follow that of the clean stop, which then reads as a crash."""
    signing = Signing(tmp_path / "state", store, Copies([]), SystemClock())
    begin, is_begun, may_end, ended = signing._custody.begin, threading.Event(), threading.Event(), []

    def slowly():
        is_begun.set()
        may_end.wait(20)
        pen = begin()
        ended.append(store.signed)
        return pen

    monkeypatch.setattr(signing._custody, "begin", slowly)
    task = asyncio.create_task(signing.run())
    await until(is_begun.is_set)
    task.cancel()
    await asyncio.sleep(0.02)
    assert not task.done()
    may_end.set()
    with suppress(asyncio.CancelledError):
        await task
    assert len(ended) == 1


async def test_an_export_is_noted_for_the_ledger_and_what_is_no_note_is_passed_by(
    store, tmp_path, monkeypatch
):
    monkeypatch.setattr(room, "_LOOK", 0.01)
    note(tmp_path / "state", 7, "ab" * 32, 7, 1, "")
    folder = tmp_path / "state" / FOLDER
    (folder / "a.json").write_text('{"sequence": -1}')
    (folder / "b.json").write_text("x" * 5000)
    signing, heard = Signing(tmp_path / "state", store, Copies([]), SystemClock()), []
    signing.noted = heard.append
    task = asyncio.create_task(signing.run())
    await until(lambda: heard)
    await until(lambda: len(list(folder.iterdir())) == 2)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    (said,) = heard
    assert said.pop("login")
    assert said == {"sequence": 7, "hash": "ab" * 32, "facts": 7, "claims": 1, "signed_by": ""}


async def test_a_key_that_cannot_be_used_is_said_and_the_daemon_goes_on(store, tmp_path):
    (tmp_path / "state" / KEY).write_text("no key")
    (tmp_path / "state" / KEY).chmod(0o600)
    copies, said = Copies([]), []
    signing = Signing(tmp_path / "state", store, copies, SystemClock())
    signing.said = said.append
    task = asyncio.create_task(signing.run())
    await until(lambda: signing.trouble)
    assert "holds no Ed25519 key" in signing.trouble
    signing.look()
    assert states(said) == {"key": state_code("fault")}
    assert (await store.heartbeat(30.0)).signed is None
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_the_daily_test_mail_says_where_the_ledger_ended_and_no_other_channel_does():
    from dcim.notify import Site, trial

    site, channel = Site("cas1", "Casablanca 1"), object()
    [plain] = trial(site, "sms", channel, 5.0).outbox
    [mail] = trial(site, "mail", channel, 5.0, "cas1 c0ffee 1 7 " + "0" * 64).outbox
    assert "cas1 c0ffee 1 7 000" not in str(plain.body)
    assert mail.body["action"]["en"].endswith("the ledger ended at head cas1 c0ffee 1 7 " + "0" * 64)
    assert mail.body["action"]["fr"].endswith("le registre finissait à la tête cas1 c0ffee 1 7 " + "0" * 64)
