"""What a new configuration changed, key by key: a fact where the files are others than before. No value.

files ──▶ keys, each with the digest of its value ──▶ memory ──▶ compared with the next ──▶ ``config_changed``
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from dcim.clock import Clock
from dcim.daemon.records.books import Books
from dcim.ledger import canonical
from dcim.model import ConfigError, Memory
from dcim.model.fact import Body, Fact, FactKind
from dcim.people import People
from dcim.store import Store, Work
from dcim.yaml import read

ROOM: Final = "configuration"
_KEY: Final = "keys"
LISTED: Final = 200
"""Keys that a fact lists, of those that were added, removed and changed each."""

AFTER: Final = 20.0
"""Seconds after the start: whoever starts asks devices first. Until it is done the old keys are kept."""

_NAMES: Final = ("id", "name", "rule", "rota", "route")
_PEOPLE: Final = ("notify", "people")
_WIDE: Final = 1 << 18
"""Bytes of keys and digests in one memory, of which a body may have four times as many."""

_DIGITS: Final = 16  # of a digest, hex: two values of one key never share them by accident


class Configured:
    """Compares the files that a daemon was started from with those of the start before."""

    def __init__(
        self, site: str, files: Mapping[str, str], store: Store, books: Books, people: People
    ) -> None:
        self._site = site
        self._files = dict(files)
        self._store = store
        self._books = books
        self._people = people

    async def run(self, clock: Clock, after: float = AFTER) -> None:
        """Compare once, and record what changed; keys of people by their pseudonyms."""
        await asyncio.sleep(after)
        kept = {one.key: one.body for one in await asyncio.to_thread(self._store.memories, ROOM)}
        before = kept.get(_KEY)
        if before is not None and before["files"] == self._files:
            return
        try:
            found = await asyncio.to_thread(keys_of, self._files)
        except (OSError, ConfigError):  # changed or gone since the start: the next start compares
            return
        at = clock.now()
        keys = {_nameless(loc, lambda who: self._people.known_as(who, at)): one for loc, one in found.items()}
        parts = {f"{_KEY} {number}": {"keys": part} for number, part in enumerate(_parts(keys))}
        new: dict[str, Body | None] = dict.fromkeys(kept) | {_KEY: {"files": self._files}} | parts
        memories = tuple(Memory(ROOM, name, body) for name, body in new.items())
        facts = () if before is None else (self._changed(before["files"], _together(kept), keys, at),)
        self._books.note(Work(facts=facts, memories=memories, people=self._people.unsaved()))

    def _changed(self, files: Any, old: Mapping[str, str], keys: Mapping[str, str], at: float) -> Fact:
        found = {
            "added": sorted(keys.keys() - old.keys()),
            "removed": sorted(old.keys() - keys.keys()),
            "changed": sorted(key for key in keys.keys() & old.keys() if keys[key] != old[key]),
        }
        body: Body = {
            "before": _digest(files),
            "after": _digest(self._files),
            **{what: names[:LISTED] for what, names in found.items()},
            "more": sum(max(0, len(names) - LISTED) for names in found.values()),
        }
        return Fact(FactKind.CONFIG_CHANGED, at, self._site, body)


def keys_of(files: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Return every key of configuration files with a digest of its value. Raise ``ConfigError``, ``OSError``.

    Parts of lists that have an id or a name are called by it, others by their number.
    """
    found: dict[tuple[str, ...], str] = {}
    for path in files:
        for loc, value in _leaves(read(Path(path)).data, ()):
            found[loc] = sha256(repr(value).encode(errors="replace")).hexdigest()[:_DIGITS]
    return found


def _leaves(data: Any, loc: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(data, Mapping) and data:
        for key, value in data.items():
            yield from _leaves(value, (*loc, str(key)))
    elif isinstance(data, list) and data:
        for number, value in enumerate(data):
            yield from _leaves(value, (*loc, _called(value, number)))
    else:
        yield loc, data


def _called(value: Any, number: int) -> str:
    named = (value.get(key) for key in _NAMES) if isinstance(value, Mapping) else ()
    return next((name for name in named if isinstance(name, str)), str(number))


def _nameless(loc: tuple[str, ...], known_as: Callable[[str], str]) -> str:
    """Return a key as facts write it: a person by the pseudonym."""
    if loc[:2] == _PEOPLE and len(loc) > 2:
        loc = (*_PEOPLE, known_as(loc[2]), *loc[3:])
    return ".".join(loc)


def _parts(keys: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield all keys in parts that each fit a memory: those of a large site take megabytes."""
    part: dict[str, str] = {}
    wide = 0
    for key, digest in sorted(keys.items()):
        part[key] = digest
        wide += len(key.encode()) + len(digest)
        if wide > _WIDE:
            yield part
            part, wide = {}, 0
    yield part


def _together(kept: Mapping[str, Body | None]) -> dict[str, str]:
    """Return the keys of all parts; those of the time before there were parts stood beside the files."""
    found: dict[str, str] = {}
    for body in kept.values():
        some: Any = (body or {}).get("keys", {})
        found |= some
    return found


def _digest(files: Any) -> str:
    return sha256(canonical(files).encode()).hexdigest()
