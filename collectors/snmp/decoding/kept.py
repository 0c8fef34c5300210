"""What devices of one family have in common is held once: OIDs, texts, slots."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final, TypeVar

from collectors.snmp.decoding.slots import AnySlot, Slot

H = TypeVar("H", bound=Hashable)
T = TypeVar("T")
_MOST: Final = 1 << 17
"""Things held before all are let go: sharing is lost then, nothing else."""

_held: dict[Any, Any] = {}


def kept(thing: H) -> H:
    """Return the first thing equal to this one that was met, so that later ones can be let go."""
    found: H = _hold(thing, thing)
    return found


def kept_all(things: tuple[T, ...]) -> tuple[T, ...]:
    """Return the first tuple that was met of these very things, which need not be hashable."""
    found: tuple[T, ...] = _hold(tuple(map(id, things)), things)  # what is held keeps its ids from others
    return found


def kept_slot(slot: AnySlot) -> AnySlot:
    """Return a slot that reads as this one does; plain ones are held once for all devices of a profile."""
    if not isinstance(slot, Slot) or slot.variants is not None or slot.valid is not None:
        return slot
    # what is held holds its value, so that no other can have the same id
    key = (id(slot.value), slot.kind, slot.position, slot.decimals, slot.bit)
    found: Slot = _hold(key, slot)
    return found if found == slot else slot


def _hold(key: Hashable, thing: Any) -> Any:
    if len(_held) >= _MOST:
        _held.clear()
    return _held.setdefault(key, thing)
