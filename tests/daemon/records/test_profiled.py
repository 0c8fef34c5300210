"""By which profiles a run read its devices is on record, file by file. Pains: G2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dcim import plugins
from dcim.clock import SystemClock
from dcim.daemon.records.books import Books
from dcim.daemon.records.profiled import Profiled, TellsVersions
from dcim.store import Store


class Plugin:
    def __init__(self, **found: str) -> None:
        self.found = found

    def versions(self, profile_dirs: Sequence[Path] = ()) -> Mapping[str, str]:
        if "unreadable" in self.found:
            raise PermissionError
        return self.found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "state", "cas1", SystemClock())
    yield opened
    opened.close()


async def started(store: Store, plugin: object) -> list[Any]:
    books = Books(store, lambda _work: None)
    await Profiled({"snmp": plugin, "mute": object()}, (), store, books).run(SystemClock(), after=0.0)
    assert await books.flush(5.0)
    return [(entry.subject, entry.read()) for entry in store.facts(kinds=["profiles_loaded"])]


async def test_all_are_recorded_once_and_then_what_is_another(store: Store) -> None:
    first = ("snmp", {"profiles": {"a": "1", "b": "2"}, "removed": []})
    assert await started(store, Plugin(a="1", b="2")) == [first]
    assert await started(store, Plugin(a="1", b="2")) == [first]
    assert await started(store, Plugin(unreadable="")) == [first]
    second = ("snmp", {"profiles": {"b": "3", "c": "4"}, "removed": ["a"]})
    assert await started(store, Plugin(b="3", c="4")) == [first, second]


@pytest.mark.parametrize("name", ["snmp", "modbus"])
def test_the_version_of_a_profile_is_that_of_its_file_and_the_users_wins(name: str, tmp_path: Path) -> None:
    plugin: Any = plugins.collectors()[name]
    assert isinstance(plugin, TellsVersions)
    ours = plugin.versions()
    assert set(ours) == {one.name for one in plugin.profiles()}
    family = next(iter(ours))
    (tmp_path / family).mkdir()
    shipped = next(Path(__file__).parents[3].glob(f"collectors/{name}/profiles/{family}/profile.yaml"))
    assert ours[family] == sha256(shipped.read_bytes()).hexdigest()
    (tmp_path / family / "profile.yaml").write_bytes(shipped.read_bytes() + b"\n# ours\n")
    assert plugin.versions((tmp_path,))[family] not in ("", ours[family])
