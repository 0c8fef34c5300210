"""What a layout looks like in the text format, worked out once for all devices of one family. Pure."""

from __future__ import annotations

import marshal
from collections.abc import Container, Iterator
from hashlib import blake2b
from math import nan
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dcim.model import Labels, Layout
from dcim.model.reading import States
from dcim.outputs.exposition import point_labels, quoted
from dcim.record import dataclass

Words: TypeAlias = tuple[tuple[float, str], ...]
"""What a state can say: codes and words."""
_SlotKey: TypeAlias = tuple[str, Labels, Words | None]
ShapeKey: TypeAlias = tuple[_SlotKey, ...]
_Row: TypeAlias = tuple[str, int, str, float]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shape:
    """The lines of a layout: those of one slot stand together, one for each word that a state can say.

    Of each line: its metric, its slot, the text behind the labels of the device up to the value, and the
    code that a state has while the line says 1; NaN where the line says the value itself.
    """

    metrics: tuple[str, ...]
    slots: NDArray[np.int64]
    tails: tuple[str, ...]
    codes: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.metrics)

    def without(self, hidden: Container[int]) -> Shape:
        """Return the lines of all other slots."""
        kept = [row for row, slot in enumerate(self.slots.tolist()) if slot not in hidden]
        return Shape(
            metrics=tuple(self.metrics[row] for row in kept),
            slots=self.slots[kept],
            tails=tuple(self.tails[row] for row in kept),
            codes=self.codes[kept],
        )


def shape_key(layout: Layout, words: dict[int, Words] | None = None) -> ShapeKey:
    """Return what two layouts must have in common to look the same but for the labels of their device.

    ``words`` keeps those of states by identity, for as long as the layouts are there that they come from.
    """
    words = {} if words is None else words
    return tuple(
        [
            (point.metric, point.labels, None if states is None else _words(states, words))
            for point, states in zip(layout.points, layout.states, strict=True)
        ]
    )


def _words(states: States, known: dict[int, Words]) -> Words:
    found = known.get(id(states))
    if found is None:
        found = known[id(states)] = tuple([(code, str(state.word)) for code, state in states.items()])
    return found


def digest(key: ShapeKey) -> bytes:
    """Return what stands for a key: one that is equal has mostly the same, one that is not has another.

    Of the formats of marshal 2 is the last that writes no references: a text is the same bytes each time. It
    takes nothing but plain texts and numbers; a member of an enumeration is a text too.
    """
    try:
        written = marshal.dumps(key, 2)
    except ValueError:
        written = repr(key).encode()
    return blake2b(written, digest_size=16).digest()


def shape(key: ShapeKey) -> Shape:
    """Work out the lines of a layout, in the order of its slots."""
    rows = list(_rows(key))
    return Shape(
        metrics=tuple(metric for metric, *_ in rows),
        slots=np.array([slot for _, slot, _, _ in rows], dtype=np.int64),
        tails=tuple(tail for _, _, tail, _ in rows),
        codes=np.array([code for *_, code in rows], dtype=np.float64),
    )


def _rows(key: ShapeKey) -> Iterator[_Row]:
    """Go through the lines. A series whose text is the same as an earlier one's is left out."""
    seen: set[tuple[str, str]] = set()
    for slot, (metric, labels, words) in enumerate(key):
        text = point_labels(labels)
        if (metric, text) in seen:
            continue
        seen.add((metric, text))
        if words is None:
            yield metric, slot, f"{text}}}", nan
        else:
            yield from ((metric, slot, f"{text},state={quoted(word)}}}", code) for code, word in words)
