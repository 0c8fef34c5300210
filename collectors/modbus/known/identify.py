"""Which family answered, and what the device calls itself. Pure: values are looked up, not asked.

A family fits when every pattern of its ``match`` fits an object of function 43/14 and every register of it
holds what it should. A family that says neither is never found, only named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from collectors.modbus.families.family import ModbusHead, Part, Place
from collectors.modbus.transport.contract import Read
from dcim.collect import Match
from dcim.model import Identity
from dcim.profile import Raw

Lookup: TypeAlias = "Callable[[Place], Raw | None]"
"""Returns the raw value at a place, or None where there is none."""

_OBJECT_SCORE: Final = 20
_SIGN_SCORE: Final = 10
_KNOWN: Final = {0: "vendor", 1: "product", 5: "model"}
_OBJECTS: Final = {
    0: "VendorName", 1: "ProductCode", 2: "MajorMinorRevision", 3: "VendorUrl", 4: "ProductName",
    5: "ModelName", 6: "UserApplicationName",
}  # fmt: skip
"""Modbus application protocol 1.1b3, 6.21."""


def signs_of(families: Iterable[ModbusHead]) -> tuple[Read, ...]:
    """Return every read that telling these families apart needs."""
    return tuple(sorted({sign.place.read for family in families for sign in family.signs}))


def matches(families: Iterable[ModbusHead], objects: Mapping[int, str], lookup: Lookup) -> tuple[Match, ...]:
    """Return the families that fit, best first, each with its reason."""
    found = [match for family in families if (match := _match(family, objects, lookup)) is not None]
    return tuple(sorted(found, key=lambda match: (-match.score, match.profile)))


def _match(family: ModbusHead, objects: Mapping[int, str], lookup: Lookup) -> Match | None:
    reasons: list[str] = []
    for number, pattern in family.objects.items():
        text = objects.get(number, "")
        if not pattern.search(text):
            return None
        reasons.append(f"{_KNOWN.get(number, f'object {number}')} is {text!r}")
    for sign in family.signs:
        raw = lookup(sign.place)
        if raw is None or not sign.fits(raw):
            return None
        reasons.append(f"{sign.place.read} is {raw!r}")
    if not reasons:
        return None
    score = _OBJECT_SCORE * len(family.objects) + _SIGN_SCORE * len(family.signs)
    return Match(family.name, score, ", ".join(reasons), identity_of(family, objects, lookup))


def greeting_of(objects: Mapping[int, str]) -> dict[str, str]:
    """Return the objects of function 43/14 by their names in the specification, or by number."""
    return {
        _OBJECTS.get(number, f"object {number}"): text for number, text in sorted(objects.items()) if text
    }


def places_of(family: ModbusHead) -> tuple[Read, ...]:
    """Return every read that a device's identity needs."""
    parts = (part for parts in family.identity.values() for part in parts)
    return tuple(sorted({part.place.read for part in parts if part.place is not None}))


def wants_objects(family: ModbusHead) -> bool:
    """Whether a device's identity stands in objects of function 43/14."""
    return any(part.object is not None for parts in family.identity.values() for part in parts)


def identity_of(family: ModbusHead, objects: Mapping[int, str], lookup: Lookup) -> Identity:
    """Return what a device of this family calls itself; empty where it does not say."""
    said = {name: _said(parts, objects, lookup) for name, parts in family.identity.items()}
    said["vendor"] = said.get("vendor") or family.vendor
    return Identity(kind=family.kind, **said)


def _said(parts: Iterable[Part], objects: Mapping[int, str], lookup: Lookup) -> str:
    """Join the parts; one that is missing leaves nothing worth joining."""
    texts = [_text(part, objects, lookup) for part in parts]
    return ".".join(texts) if all(texts) else ""


def _text(part: Part, objects: Mapping[int, str], lookup: Lookup) -> str:
    if part.object is not None:
        return objects.get(part.object, "")
    if part.place is None:
        return part.text
    raw = lookup(part.place)
    if raw is None or raw in part.absent:
        return ""
    if part.names is not None and isinstance(raw, int):
        return part.names.get(raw, str(raw))
    if isinstance(raw, str) or part.scale == 1:
        return str(raw)
    return f"{raw * part.scale:.10g}"
