"""Addresses and serial numbers that OIDs spell, number by number, and the same OIDs without them. Pure.

1.3.6.1.4.1.30932.1.10.1.2.10.1.2.17.48.48.58.67.48.58...   17 characters: 00:C0:B7:FA:E2:71
1.3.6.1.4.1.534.9.1.10.20.30.40                             an address that stands in a cell too
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Final

from collectors.snmp.engine import oid
from dcim.mask import Mask

_OWN: Final = 7  # numbers up to the maker's: what follows may be an index
_LEAST: Final = 6  # characters of a text in an OID
_TEXT: Final = re.compile(r"[0-9A-Za-z:._ -]+")


class Spelt:
    """Renames OIDs. ``addresses`` and ``macs`` are those that stand in cells of the recording."""

    def __init__(self, veil: Mask, addresses: Collection[bytes], macs: Collection[bytes]) -> None:
        self._veil = veil
        self._known = frozenset((*addresses, *macs))

    def renamed(self, name: bytes) -> bytes:
        """Return an OID of the same length that spells placeholders."""
        parts = list(oid.parts(name))
        changed = self._numbers(parts)
        for start, end in list(_runs(parts)):
            text = "".join(map(chr, parts[start:end]))
            if any(char.isdigit() for char in text):
                parts[start:end] = map(ord, self._instead(text))
                changed = True
        return oid.encode_parts(parts) if changed else name

    def _instead(self, text: str) -> str:
        made = self._veil.text(text)
        return made if made != text and len(made) == len(text) else self._veil.stand_in(text)

    def _numbers(self, parts: list[int]) -> bool:
        changed = False
        for size in {len(one) for one in self._known}:
            for at in range(_OWN, len(parts) - size + 1):
                found = parts[at : at + size]
                if max(found) < 256 and bytes(found) in self._known:
                    parts[at : at + size] = self._address(bytes(found))
                    changed = True
        return changed

    def _address(self, raw: bytes) -> bytes:
        if len(raw) != 4:
            return self._veil.mac(raw)
        return bytes(map(int, self._veil.address(".".join(map(str, raw))).split(".")))


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
