"""What a layout looks like in the text format, worked out once for all devices of one family. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dcim.model import Labels, Layout
from dcim.outputs.exposition import exported, number, numbers, point_labels, quoted

_Words: TypeAlias = tuple[tuple[float, str], ...]
_SlotKey: TypeAlias = tuple[str, Labels, _Words | None]
ShapeKey: TypeAlias = tuple[_SlotKey, ...]


@dataclass(frozen=True, slots=True)
class SlotText:
    """The text around the value of one slot: ``head`` + labels of the device + ``tail`` + value.

    A state has a series, and so a tail, for each word it can say.
    """

    head: str
    tail: str
    words: _Words | None = None

    def render(self, device: str, value: float) -> bytes:
        """Return the lines of a value. A gap has none, and neither has a state that is not known."""
        if value != value:
            return b""
        if self.words is None:
            return f"{self.head}{device}{self.tail}{number(value)}\n".encode()
        if not any(value == code for code, _ in self.words):
            return b""
        lines = [f"{self.head}{device}{tail}{1 if value == code else 0}\n" for code, tail in self.words]
        return "".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one metric of a layout.

    ``slots`` are those that show it, in order. ``template`` makes all of them from device, value, device,
    value ...; None where a slot is a state, whose lines depend on its value.
    """

    metric: str
    slots: tuple[int, ...]
    texts: tuple[SlotText, ...]
    template: str | None

    def render(self, device: str, values: Sequence[float], hidden: frozenset[int]) -> bytes:
        """Return the lines of the values that are there; of ``hidden`` slots none."""
        said = [values[slot] for slot in self.slots]
        total = sum(said)
        if self.template is None or total != total or hidden:
            shown = zip(self.slots, self.texts, said, strict=True)
            return b"".join([text.render(device, value) for slot, text, value in shown if slot not in hidden])
        words = [device] * (2 * len(said))
        words[1::2] = numbers(said)
        return (self.template % tuple(words)).encode()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shape:
    """The parts of a layout, by metric; ``part[i]`` is that of slot i, -1 where it has no line."""

    parts: tuple[Part, ...]
    part: NDArray[np.int32]


def shape_key(layout: Layout) -> ShapeKey:
    """Return what two layouts must have in common to look the same but for the labels of their device."""
    return tuple(
        (
            point.metric,
            point.labels,
            None if states is None else tuple((code, state.word) for code, state in states.items()),
        )
        for point, states in zip(layout.points, layout.states, strict=True)
    )


def shape(key: ShapeKey) -> Shape:
    """Work out the text of a layout: lines stand metric by metric, in the order of the slots."""
    by_metric: dict[str, list[tuple[int, SlotText]]] = {}
    for slot, text in enumerate(_texts(key)):
        if text is not None:
            by_metric.setdefault(key[slot][0], []).append((slot, text))
    parts = [_part(metric, found) for metric, found in sorted(by_metric.items())]
    where = np.full(len(key), -1, dtype=np.int32)
    for turn, part in enumerate(parts):
        where[list(part.slots)] = turn
    return Shape(tuple(parts), where)


def _part(metric: str, found: Sequence[tuple[int, SlotText]]) -> Part:
    slots, texts = zip(*found, strict=True)
    plain = all(text.words is None for text in texts)
    lines = (f"{_escaped(text.head)}%s{_escaped(text.tail)}%s\n" for text in texts)
    return Part(metric, slots, texts, "".join(lines) if plain else None)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _texts(key: ShapeKey) -> Iterator[SlotText | None]:
    """Go through the texts. A series whose text is the same as an earlier one's is left out."""
    seen: set[tuple[str, str]] = set()
    for metric, labels, words in key:
        text, head = point_labels(labels), f"{exported(metric)}{{"
        if (metric, text) in seen:
            yield None
        elif words is None:
            yield SlotText(head, f"{text}}} ")
        else:
            yield SlotText(head, "", tuple((code, f"{text},state={quoted(word)}}} ") for code, word in words))
        seen.add((metric, text))
