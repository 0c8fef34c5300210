"""What a layout looks like in the text format, worked out once for all devices of one family. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dcim.model import Labels, Layout
from dcim.outputs.exposition import exported, number, point_labels, quoted

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
    """Where the lines of one metric stand among the lines of a layout."""

    metric: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shape:
    """``slots[i]`` is the text of slot i (None: shown by another one), ``place[i]`` where its lines stand."""

    slots: tuple[SlotText | None, ...]
    place: tuple[int, ...]
    parts: tuple[Part, ...]


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
    order = sorted(range(len(key)), key=lambda slot: key[slot][0])
    place = [0] * len(key)
    for turn, slot in enumerate(order):
        place[slot] = turn
    return Shape(tuple(_slots(key)), tuple(place), tuple(_parts([key[slot][0] for slot in order])))


def _slots(key: ShapeKey) -> Iterator[SlotText | None]:
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


def _parts(metrics: list[str]) -> Iterator[Part]:
    start = 0
    for stop in range(1, len(metrics) + 1):
        if stop == len(metrics) or metrics[stop] != metrics[start]:
            yield Part(metrics[start], start, stop)
            start = stop
