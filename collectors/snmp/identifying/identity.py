"""What a device calls itself: vendor, model, serial number, firmware. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from collectors.snmp.answers.cells import Cells, code_of, text_of, told
from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.profile import SYS_OBJECT_ID, Part, SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid
from dcim.model import Identity

VENDORS: Final = Path(__file__).with_name("vendors.tsv")
FIELDS: Final = ("vendor", "model", "serial", "firmware")

_AGENTS: Final = ("1.3.6.1.4.1.8072", "1.3.6.1.4.1.2021", "1.3.6.1.4.1.311", "1.3.6.1.4.1.901")
AGENTS: Final = tuple(map(oid.encode, _AGENTS))
"""Numbers of agents that run in devices of many and name no maker: Net-SNMP, UCD, Microsoft, NETsilicon."""

_ENTERPRISES: Final = oid.encode("1.3.6.1.4.1")
_NOTHING: Final = frozenset(
    {
        "",
        "-",
        "--",
        "n/a",
        "na",
        "none",
        "null",
        "unknown",
        "not set",
        "undefined",
        "uninitialized",
        "0",
        "default",
        "ups",
    }
)
"""What cards say that were never told, in small letters."""


def identity_of(profiles: Sequence[SnmpProfile], cells: Cells) -> Identity:
    """Return what a device calls itself; the first profile that knows a field wins.

    The vendor of a standard's profile is no vendor: there it is what the device says, or who owns its
    sysObjectID. So it is without a profile.
    """
    if not profiles:
        return Identity(vendor=enterprise(cells))
    every = [layer for profile in profiles for layer in profile.stack()]
    found = {name: next(_texts(every, name, cells), "") for name in FIELDS}
    first = profiles[0]
    vendor = found["vendor"] or (enterprise(cells) if first.generic else first.vendor)
    return Identity(first.kind, vendor, found["model"], found["serial"], found["firmware"])


def asked(profiles: Iterable[SnmpProfile]) -> Iterator[Part]:
    """Yield every cell of the device that its identity comes from."""
    for profile in profiles:
        for layer in profile.stack():
            yield from (part for parts in layer.identity.values() for part in parts if part.oid)
        if profile.generic:
            yield Part(SYS_OBJECT_ID)


def _texts(profiles: Iterable[SnmpProfile], name: str, cells: Cells) -> Iterator[str]:
    for profile in profiles:
        for part in profile.identity[name]:
            text = _part(part, cells)
            if text.lower() not in _NOTHING:
                yield text


def _part(part: Part, cells: Cells) -> str:
    if part.text:
        return part.text
    if part.enterprise:
        return enterprise(cells)
    names = [part.oid, *(cells.below(part.oid) if part.column else ())]
    said = (cell.value for name in names if (cell := cells.get(name)) is not None)
    return next(filter(None, (_word(part, value) for value in said)), "")


def _word(part: Part, value: object) -> str:
    text = text_of(value)
    if part.patterns:
        found = (patterns.part(one, text) for one in part.patterns)
        text = next(filter(None, found), "")
    if part.words is None or not text:
        return text
    code = code_of(text)
    if code in part.words or not isinstance(value, Oid):
        return part.words.get(code, "")
    prefixes = [str(key) for key in part.words if text.startswith(f"{key}.")]
    return part.words[max(prefixes, key=len)] if prefixes else ""


def enterprise(cells: Cells) -> str:
    """Return the maker that the numbers of a device tell; nothing where that is no known one.

    Where its sysObjectID is that of an agent that runs in the devices of many, or none, it is the maker in
    whose tree the device answers, if that is one alone.
    """
    found = cells.get(SYS_OBJECT_ID)
    own = bytes(found.value) if found is not None and isinstance(found.value, Oid) else b""
    if own.startswith(_ENTERPRISES) and not own.startswith(AGENTS):
        return next((name for number, name in _vendors().items() if own.startswith(number)), "")
    names = {name for number, name in _vendors().items() if told(cells, number) is not None}
    return names.pop() if len(names) == 1 else ""


def makers() -> tuple[bytes, ...]:
    """Return the trees of the known makers, those below which a device may answer and is asked."""
    return tuple(_tree(row) for row in _rows() if row[2:] != ["number"])


@cache
def _vendors() -> dict[bytes, str]:
    """Return names by the tree of an enterprise number."""
    return {_tree(row): row[1] for row in _rows()}


@cache
def _rows() -> tuple[list[str], ...]:
    lines = VENDORS.read_text(encoding="utf-8").splitlines()
    return tuple(line.split("\t") for line in lines if line and not line.startswith("#"))


def _tree(row: list[str]) -> bytes:
    return _ENTERPRISES + oid.encode_index((int(row[0]),))
