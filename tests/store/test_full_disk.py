"""A file system that really has no space left."""

from __future__ import annotations

import asyncio
import os
import subprocess

import pytest

from dcim.ledger import digest
from dcim.model.fact import Fact, FactKind
from dcim.store import AlertRow, StoreError, StoreFull, Work, verify

BALLAST = "ballast"


@pytest.fixture
def tiny(tmp_path):
    """A file system of 2 MiB, with half of it taken by a file that can go."""
    place = tmp_path / "tiny"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "dcim-test", str(place)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"cannot mount a small file system here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


RAISED = {"change": "raised", "digest": digest({}), "message_id": "<1@cas1>", "told": []}


def fill(place):
    """Write until nothing more fits."""
    with (place / BALLAST).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def works(start):
    return [
        Work(
            facts=(Fact(FactKind.ALERT, 1.0, f"alert-{number}", {**RAISED, "t": "x" * 3000}),),
            alerts=(AlertRow(f"alert-{number}", True, 1.0, {}),),
        )
        for number in range(start, start + 40)
    ]


@pytest.mark.long
async def test_a_full_disk_refuses_works_whole_and_takes_them_when_there_is_space(opened, tiny):
    store = opened(tiny / "state")
    first = await asyncio.gather(*(store.commit(work) for work in works(0)))
    fill(tiny)
    said = await asyncio.gather(*(store.commit(work) for work in works(100) * 20), return_exceptions=True)
    refused = [answer for answer in said if isinstance(answer, BaseException)]
    assert refused
    assert all(isinstance(answer, StoreFull) for answer in refused)
    assert "free some space" in str(refused[0])
    assert store.status.error
    assert len(store.facts(limit=10_000)) == store.committed.sequence
    os.unlink(tiny / BALLAST)
    again = await asyncio.gather(*(store.commit(work) for work in works(200)))
    assert store.status.error == ""
    written = {row.key for row in store.open_alerts()}
    assert {f"alert-{number}" for number in (*range(40), *range(200, 240))} <= written
    assert written == {entry.subject for entry in store.facts(kinds=(FactKind.ALERT,), limit=10_000)}
    assert verify(tiny / "state", first[-1].head, again[-1].head).holds


def test_a_start_on_a_full_disk_says_so_and_holds_nothing(opened, tiny):
    fill(tiny)
    with pytest.raises(StoreError, match=r"[Nn]o space left"):
        opened(tiny / "state")
    os.unlink(tiny / BALLAST)
    assert opened(tiny / "state").committed.sequence == 1


def test_a_restart_on_a_full_disk_loses_nothing(opened, tiny):
    store = opened(tiny / "state")
    head = store.committed
    store.close()
    fill(tiny)
    with pytest.raises(StoreFull, match="no space left"):
        opened(tiny / "state")
    os.unlink(tiny / BALLAST)
    assert verify(tiny / "state", head).holds
    assert opened(tiny / "state").committed.sequence > head.sequence
