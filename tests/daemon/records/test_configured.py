"""What a new configuration changed is on record by its keys: no value, no secret, no name of a person. Pains: G2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dcim.clock import SystemClock
from dcim.daemon.records.books import Books
from dcim.daemon.records.configured import Configured
from dcim.model import Memory
from dcim.people import People
from dcim.store import Store, Work

OLD = """
site: { id: cas1, language: fr }
notify: { people: { z.tazi: { name: Zineb, channels: [mail] } } }
devices:
  - { id: ups-a, interval: 10s, tags: [a, b] }
  - { id: ups-b, interval: 10s }
"""
NEW = (
    OLD.replace("ups-a, interval: 10s", "ups-a, interval: 20s")
    .replace("Zineb", "Zineb T.")
    .replace("{ id: ups-b, interval: 10s }", "{ id: hunter2, interval: 10s }")
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "state", "cas1", SystemClock())
    yield opened
    opened.close()


async def started(store: Store, *files: Path) -> list[Any]:
    """Start once from these files; return what is on record of changes."""
    books = Books(store, lambda _work: None)
    digests = {str(file): sha256(file.read_bytes()).hexdigest() for file in files}
    configured = Configured("cas1", digests, store, books, People(store.people()))
    await configured.run(SystemClock(), after=0.0)
    assert await books.flush(5.0)
    return [entry.read() for entry in store.facts(kinds=["config_changed"])]


async def test_each_key_that_changed_is_named_and_no_value(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "dcim.yaml"
    file.write_text(OLD)
    assert await started(store, file) == []
    file.write_text(OLD)
    assert await started(store, file) == []
    file.write_text(NEW)
    (changed,) = await started(store, file)
    (person,) = store.people()
    assert person.name == "z.tazi"
    assert changed["added"] == ["devices.hunter2.id", "devices.hunter2.interval"]
    assert changed["removed"] == ["devices.ups-b.id", "devices.ups-b.interval"]
    assert changed["changed"] == ["devices.ups-a.interval", f"notify.people.{person.pseudonym}.name"]
    assert (changed["more"], changed["before"] != changed["after"]) == (0, True)
    assert [word for word in ("Zineb", "z.tazi", "20s") if word in json.dumps(changed)] == []


async def test_a_change_of_more_than_anybody_reads_says_how_much_more(store: Store, tmp_path: Path) -> None:
    file, more = tmp_path / "dcim.yaml", tmp_path / "more.yaml"
    file.write_text(OLD)
    await started(store, file)
    more.write_text("devices:\n" + "".join(f"  - {{ id: pdu-{n}, rack: r1 }}\n" for n in range(150)))
    (changed,) = await started(store, file, more)
    assert (len(changed["added"]), changed["more"]) == (200, 100)


async def test_files_that_went_away_since_the_start_are_compared_by_the_next(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "dcim.yaml"
    file.write_text(OLD)
    await started(store, file)
    books = Books(store, lambda _work: None)
    gone = Configured("cas1", {str(tmp_path / "gone.yaml"): "0"}, store, books, People())
    await gone.run(SystemClock(), after=0.0)
    assert books.waiting == 0
    file.write_text(NEW)
    assert len(await started(store, file)) == 1


async def test_the_keys_of_a_large_site_are_kept_in_parts_and_none_is_forgotten(
    store: Store, tmp_path: Path
) -> None:
    """All of 5,000 devices are more than one memory holds. Pains: G2."""
    file = tmp_path / "dcim.yaml"

    def write(number: int, interval: str) -> None:
        rows = [
            f"  - {{ id: cas1-salle-1-pdu-{n:05}, interval: {interval if n == number - 1 else '10s'}, "
            f"address: 10.0.0.1, community: x, rack: r{n}, tags: [a, b], room: s1 }}\n"
            for n in range(number)
        ]
        file.write_text("devices:\n" + "".join(rows))

    write(5000, "10s")
    assert await started(store, file) == []
    assert len(store.memories("configuration")) > 3
    write(5000, "20s")
    (changed,) = await started(store, file)
    assert changed["changed"] == ["devices.cas1-salle-1-pdu-04999.interval"]
    assert (changed["added"], changed["removed"]) == ([], [])
    write(10, "10s")
    *_, less = await started(store, file)
    assert (less["added"], len(less["removed"]) + less["more"]) == ([], 8 * 4990)
    assert len(store.memories("configuration")) == 2


async def test_keys_that_an_earlier_version_kept_are_compared(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "dcim.yaml"
    file.write_text("site: { id: cas1 }\n")
    store.commit_now(
        Work(memories=(Memory("configuration", "keys", {"files": {}, "keys": {"site.no": "1"}}),))
    )
    (changed,) = await started(store, file)
    assert (changed["added"], changed["removed"]) == (["site.id"], ["site.no"])
    assert await started(store, file) == [changed]
