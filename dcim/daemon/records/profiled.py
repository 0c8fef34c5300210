"""Which device profiles a run reads by, as facts: the SHA-256 of each file that is another than before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from dcim.clock import Clock
from dcim.daemon.records.books import Books
from dcim.model import Memory
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work

ROOM: Final = "profiles"
AFTER: Final = 20.0
"""Seconds after the start: whoever starts asks devices first."""


@runtime_checkable
class TellsVersions(Protocol):
    """What a plug-in may offer beside: which profiles it has, and in which version."""

    def versions(self, profile_dirs: Sequence[Path] = ()) -> Mapping[str, str]:
        """Return the SHA-256 (hex) of the file of every family by its name. Reads them all. Raise OSError."""
        ...


class Profiled:
    """Compares the profiles of collectors with those of the start before."""

    def __init__(
        self, plugins: Mapping[str, object], dirs: Sequence[Path], store: Store, books: Books
    ) -> None:
        self._plugins = {name: one for name, one in plugins.items() if isinstance(one, TellsVersions)}
        self._dirs = tuple(dirs)
        self._store = store
        self._books = books

    async def run(self, clock: Clock, after: float = AFTER) -> None:
        """Compare once, and record every profile that is new, another or gone; the first time all."""
        await asyncio.sleep(after)
        kept: dict[str, Any] = {
            one.key: one.body for one in await asyncio.to_thread(self._store.memories, ROOM)
        }
        for name, plugin in self._plugins.items():
            try:
                found = dict(await asyncio.to_thread(plugin.versions, self._dirs))
            except OSError:  # changed under our eyes: the next start compares
                continue
            before: Mapping[str, str] = kept.get(name) or {}
            if found == before:
                continue
            changed = {one: digest for one, digest in found.items() if before.get(one) != digest}
            removed = sorted(before.keys() - found.keys())
            fact = Fact(
                FactKind.PROFILES_LOADED, clock.now(), name, {"profiles": changed, "removed": removed}
            )
            self._books.note(Work(facts=(fact,), memories=(Memory(ROOM, name, found),)))
