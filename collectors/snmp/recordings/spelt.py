"""What an OID spells of somebody, number by number, and the same OID without it. Pure.

    1.3.6.1.4.1.30932.1.10.1.2.10.1.2.17.48.48.58.67.48.58...   17 characters: 00:C0:B7:FA:E2:71
    1.3.6.1.4.1.534.9.1.10.20.30.40                             an address that stands in a cell too
    1.3.6.1.4.1.32473.7.11.115.101.99.114.101.116...            a name, with its length before it or without
    1.3.6.1.4.1.36582.46864.0.0.38674                           B710000000009712 in groups of 16 bits

Whatever a mask has replaced as a value is replaced here by the same placeholder, so that rows stay joined.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from collectors.snmp.engine import oid
from dcim.mask import Mask

_OWN: Final = 7  # numbers up to the maker's: what follows may be an index
_LEAST: Final = 6  # characters of a text in an OID that stands in no cell
_LEAST_OCTETS: Final = 4  # octets of what stands in a cell: shorter ones stand everywhere
_LEAST_NUMBER: Final = 1 << 16  # a single number below that is any index
_MOST: Final = 1 << 32
_OCTET: Final = 256
_FIRST_OF_ADDRESS: Final = 10  # below that a text of four numbers is a version, and OIDs are full of them
_TEXT: Final = re.compile(r"[0-9A-Za-z:._ -]+")
_PARTED: Final = re.compile(r"[:. -]")
_PRIVATE: Final = frozenset({(192, 168), (169, 254), *((172, second) for second in range(16, 32))})
"""How addresses begin that no column does; 10 is one too, but is a column as well."""


class Spelt:
    """Renames OIDs by what a mask knows once it has seen every value."""

    def __init__(self, veil: Mask, addresses: frozenset[bytes]) -> None:
        self._veil = veil
        self._made: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._sizes: dict[int, set[int]] = defaultdict(set)
        for sort, original, placeholder in veil.known():
            for found, made in _spellings(sort, original, placeholder, addresses):
                if found not in self._made:
                    self._made[found] = made
                    self._sizes[found[0]].add(len(found))
        self._longest_first = {first: sorted(sizes, reverse=True) for first, sizes in self._sizes.items()}

    def renamed(self, name: bytes) -> bytes:
        """Return an OID that spells placeholders."""
        before = oid.parts(name)
        parts, touched = self._replaced(before)
        for start, end in list(_runs(parts)):
            text = "".join(map(chr, parts[start:end]))
            if any(char.isdigit() for char in text) and not any(touched[start:end]):
                parts[start:end] = map(ord, self._instead(text))
        return name if tuple(parts) == tuple(before) else oid.encode_parts(parts)

    def _instead(self, text: str) -> str:
        made = self._veil.text(text)
        return made if made != text and len(made) == len(text) else self._veil.stand_in(text)

    def _replaced(self, parts: Sequence[int]) -> tuple[list[int], list[bool]]:
        """Return the numbers with placeholders for what is known, and which of them are placeholders."""
        done, touched = list(parts[:_OWN]), [False] * min(_OWN, len(parts))
        at = _OWN
        while at < len(parts):
            size, made = self._known_at(parts, at)
            if size and len(made) != size and done[-1] == size:
                done[-1] = len(made)  # the length before it
            done += made if size else parts[at : at + 1]
            touched += [bool(size)] * (len(made) if size else 1)
            at += size or 1
        return done, touched

    def _known_at(self, parts: Sequence[int], at: int) -> tuple[int, Sequence[int]]:
        """Return how many numbers from here on are known together, and what stands there instead."""
        for size in self._longest_first.get(parts[at], ()):
            made = self._made.get(tuple(parts[at : at + size]))
            if made is not None:
                return size, made
        address = parts[at : at + 4]
        if len(address) == 4 and tuple(address[:2]) in _PRIVATE and max(address) < _OCTET:
            return 4, _octets(self._veil.address(".".join(map(str, address))))
        return 0, ()


def _spellings(
    sort: str, original: str, placeholder: str, addresses: frozenset[bytes]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield each way in which an OID may spell something, with the same spelling of its placeholder."""
    if sort == "address":
        found, made = _octets(original), _octets(placeholder)
        yield _written(original), _written(placeholder)
        if bytes(found) in addresses or found[0] >= _FIRST_OF_ADDRESS:
            yield found, made
            yield from _grouped(bytes(found), bytes(made), (4,))
        return
    if sort in {"mac", "address 6"}:
        raw, instead = bytes.fromhex(original), bytes.fromhex(placeholder)
        yield tuple(raw), tuple(instead)
        yield from _hexadecimal(raw, instead)
        yield from _grouped(raw, instead, (2, 4))
        return
    if len(_written(original)) < _LEAST_OCTETS:
        return
    yield _written(original), _written(placeholder)
    if sort == "text":
        yield from _as_number(original, placeholder)


def _as_number(original: str, placeholder: str) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield a text of digits as the number it is, and a hexadecimal one as octets and larger groups."""
    if original.isascii() and original.isdecimal() and _LEAST_NUMBER <= int(original) < _MOST:
        yield (int(original),), (int(placeholder) if placeholder.isdecimal() else 0,)
    try:
        raw = bytes.fromhex(_PARTED.sub("", original))
    except ValueError:
        return
    if len(raw) < _LEAST_OCTETS:
        return
    try:
        made = bytes.fromhex(_PARTED.sub("", placeholder))
    except ValueError:  # a text of letters counts in all of them
        made = placeholder.encode()[-len(raw) :].rjust(len(raw), b"\0")
    if len(made) == len(raw):
        yield from _grouped(raw, made, (1, 2, 4))


def _grouped(
    raw: bytes, made: bytes, sizes: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield octets in groups of these sizes, unless such numbers may well be any index."""
    for size in sizes:
        if len(raw) % size:
            continue
        found, instead = (
            tuple(int.from_bytes(one[at : at + size], "big") for at in range(0, len(one), size))
            for one in (raw, made)
        )
        if max(found) >= (_LEAST_NUMBER if len(found) == 1 else _OCTET if size > 1 else _OCTET // 2):
            yield found, instead


def _hexadecimal(raw: bytes, made: bytes) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield octets as people write them, digit by digit."""
    for sign in (":", "-"):
        found, instead = raw.hex(sign), made.hex(sign)
        yield _written(found), _written(instead)
        yield _written(found.upper()), _written(instead.upper())


def _written(text: str) -> tuple[int, ...]:
    return tuple(text.encode("utf-8", "surrogateescape"))


def _octets(dotted: str) -> tuple[int, ...]:
    return tuple(map(int, dotted.split(".")))


def _runs(parts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where numbers are characters: as many as the number before them says, or to the end."""
    at = 0
    for is_text, group in groupby(parts, key=lambda part: 32 <= part < 127):
        start, at = at, at + len(list(group))
        if not is_text or start < _OWN:
            continue
        length = parts[start - 1]
        end = start + length if length <= at - start else at
        if end - start >= _LEAST and _TEXT.fullmatch("".join(map(chr, parts[start:end]))):
            yield start, end
