"""The raw values of many places in one pass over an image. Pure.

image     [ uint16 | .. | float32 | uint16 ]      one ``struct`` with holes, for what stands as it is read
                |   \\_____ & mask                 a register that several places look at is read once
          [ words low first ]                     the others are put in order first, all at once
raws      (350, 12, 49.98, ...)                   in the order of the places
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from struct import Struct
from typing import Any, Final, TypeAlias

from collectors.modbus.families.family import Place
from collectors.modbus.families.registers import CODES, bytes_of, shift_of

_Field: TypeAlias = "tuple[tuple[int, ...], str]"
"""Where the bytes of a value stand, the highest first, and the code of its type in ``struct``."""

_BIT: Final = "B"


def fits(place: Place) -> bool:
    """Whether ``struct`` knows the type of a place."""
    return not place.read.space.has_words or place.coding.type in CODES


class Columns:
    """Reads the values of these places. ``read(image)`` is what a reader of each would give."""

    def __init__(self, places: Sequence[tuple[int, Place]]) -> None:
        """Compile the reading of places, each with the offset of its first byte in the image."""
        fields = [_field(at, place) for at, place in places]
        straight = sorted({one for one in fields if _is_straight(one)})
        crooked = sorted(set(fields).difference(straight))
        layers = _layers(straight)
        self._unpackers = [_holed(layer).unpack_from for layer in layers]
        self._order = _picker([at for one in crooked for at in one[0]])
        self._ordered = Struct(">" + "".join(code for _, code in crooked)).unpack
        found = {one: at for at, one in enumerate([*(one for layer in layers for one in layer), *crooked])}
        order = [found[one] for one in fields]
        self._pick = None if order == list(range(len(found))) else _picker(order)
        self._masked = tuple(
            (at, place.coding.mask, shift_of(place.coding.mask))
            for at, (_, place) in enumerate(places)
            if place.coding.mask is not None
        )

    def read(self, image: bytearray) -> Sequence[Any]:
        """Return the raw value of every place."""
        raws: tuple[Any, ...] = ()
        for unpack in self._unpackers:
            raws += unpack(image)
        if self._order is not None:
            raws += self._ordered(bytes(self._order(image)))
        if self._pick is not None:
            raws = self._pick(raws)
        if not self._masked:
            return raws
        masked = list(raws)
        for at, mask, shift in self._masked:
            masked[at] = (masked[at] & mask) >> shift
        return masked


def _field(at: int, place: Place) -> _Field:
    if not place.read.space.has_words:
        return (at,), _BIT
    return tuple(at + byte for byte in bytes_of(place.coding)), CODES[place.coding.type]


def _is_straight(field: _Field) -> bool:
    places = field[0]
    return places == tuple(range(places[0], places[0] + len(places)))


def _layers(fields: Sequence[_Field]) -> list[list[_Field]]:
    """Return the fields in as few lists as it takes so that none overlaps another in its list."""
    layers: list[list[_Field]] = []
    for field in fields:
        for layer in layers:
            if layer[-1][0][-1] < field[0][0]:
                layer.append(field)
                break
        else:
            layers.append([field])
    return layers


def _holed(fields: Sequence[_Field]) -> Struct:
    """Return what unpacks fields from an image, across what stands between them."""
    form, stands = ">", 0
    for places, code in fields:
        form += f"{places[0] - stands}x{code}"
        stands = places[-1] + 1
    return Struct(form)


def _picker(order: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]] | None:
    """Return what takes items of a sequence in this order; None for none of them."""
    if len(order) > 1:
        return itemgetter(*order)
    return (lambda items: (items[order[0]],)) if order else None
