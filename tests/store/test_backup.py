"""A backup taken while the daemon writes starts like the original, and shows what is missing. Pains: G2, K4."""

from __future__ import annotations

import asyncio
import json
import subprocess
from array import array
from hashlib import sha256
from types import MappingProxyType

import pytest

from dcim.backup import DUMP, MANIFEST, BackupFailed, backup
from dcim.evidence.keyfile import KEY
from dcim.history import History
from dcim.model import Batch, Lane, Layout, Point
from dcim.model.fact import Fact, FactKind
from dcim.store import StateDirectoryUnusable, Store, StoreError, Work, verify

LAYOUT = Layout("ups-a", Lane.FAST, (Point("ups-a", "ups_load_ratio"),), (None,), ("1.3.6",))


def batch(at: float, value: float) -> Batch:
    return Batch(LAYOUT, at, array("d", [value]), MappingProxyType({}))


def fact(name: str) -> Work:
    return Work(facts=(Fact(FactKind.ALERT, 1.0, name),))


async def test_it_holds_what_was_acknowledged_and_starts_while_the_original_goes_on(
    opened, state, tmp_path, clock, backend
):
    store, history = opened(), History.open(state / "history", clock)
    for number in range(50):
        history.append(batch(clock.wall + number, float(number)))
    await history.commit()
    await store.commit(fact("before"))
    (state / "reports").mkdir()
    (state / "reports" / "one.pdf").write_bytes(b"%PDF")
    (state / KEY).write_text("secret")
    for folder in ("site", "rollup"):
        (state / folder).mkdir()
        (state / folder / "kept").write_text(folder)

    async def go_on() -> None:
        number = 50
        while True:
            history.append(batch(clock.wall + number, float(number)))
            await history.commit()
            await store.commit(fact(f"during {number}"))
            number += 1

    going = asyncio.create_task(go_on())
    copy = tmp_path / "copy"
    done = await asyncio.to_thread(backup, state, copy)
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    await history.aclose()
    store.close()

    assert not (copy / KEY).exists()
    assert (copy / "reports" / "one.pdf").read_bytes() == b"%PDF"
    assert [(copy / folder / "kept").read_text() for folder in ("site", "rollup")] == ["site", "rollup"]
    manifest = json.loads((copy / MANIFEST).read_text())
    assert len(manifest["files"]) == done.files
    for name, about in manifest["files"].items():
        assert sha256((copy / name).read_bytes()).hexdigest() == about["sha256"]
    again = History.open(copy / "history", clock)
    found = again.query([LAYOUT.points[0].id], clock.wall, clock.wall + 100_000.0)
    kept = found["value"].to_list()
    assert kept[:50] == [float(number) for number in range(50)]
    await again.aclose()
    if backend == "postgresql":
        assert (copy / DUMP).stat().st_size > 1000
        listed = subprocess.run(
            ["pg_restore", "--list", copy / DUMP], capture_output=True, text=True, check=True
        )
        assert "TABLE DATA" in listed.stdout
        return
    assert done.head is not None
    assert verify(copy, done.head).holds
    restored = Store.open(copy, "cas1", clock)
    assert "before" in [entry.subject for entry in restored.facts(kinds=(FactKind.ALERT,))]
    assert restored.started[-1].body["previous"] == "crash"
    restored.close()
    assert verify(copy, done.head).holds


@pytest.mark.one_file
def test_the_key_goes_along_only_when_asked_for(opened, state, tmp_path):
    opened().close()
    (state / KEY).write_text("secret")
    backup(state, tmp_path / "copy", with_key=True)
    assert (tmp_path / "copy" / KEY).read_text() == "secret"


@pytest.mark.one_file
def test_a_ledger_that_does_not_hold_is_no_backup(opened, state, tmp_path, sql):
    opened().commit_now(fact("x"))
    sql("UPDATE facts SET subject = 'y' WHERE subject = 'x'")
    with pytest.raises(BackupFailed, match="does not hold"):
        backup(state, tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_what_is_no_state_directory_and_what_is_not_empty_is_refused(opened, state, tmp_path):
    with pytest.raises((BackupFailed, StoreError, StateDirectoryUnusable)):
        backup(tmp_path / "nowhere", tmp_path / "copy")
    opened().close()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    with pytest.raises(BackupFailed, match="is not empty"):
        backup(state, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]
