"""What a layout looks like in the text format, worked out once for all devices of one family. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dcim.model import Labels, Layout
from dcim.outputs.exposition import exported, number, point_labels, quoted

_SlotKey: TypeAlias = tuple[str, Labels, tuple[tuple[float, str], ...] | None]
ShapeKey: TypeAlias = tuple[_SlotKey, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The slots of a layout that belong to one metric, and the text around their values.

    A line is ``head`` + labels of the device + ``tail`` + value. A state has one tail per word it can say.
    """

    metric: str
    head: str
    numbers: tuple[tuple[int, str], ...]
    states: tuple[tuple[int, tuple[tuple[float, str], ...]], ...]

    def render(self, device: str, values: Sequence[float], hidden: frozenset[int]) -> bytes:
        """Return the lines of one device; a gap has none, and neither has a state that is not known."""
        start = self.head + device
        lines = [
            f"{start}{tail}{number(value)}\n"
            for slot, tail in self.numbers
            if (value := values[slot]) == value and slot not in hidden
        ]
        for slot, words in self.states:
            code = values[slot]
            if slot not in hidden and any(code == each for each, _ in words):
                lines += [f"{start}{tail}{1 if each == code else 0}\n" for each, tail in words]
        return "".join(lines).encode()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shape:
    """The parts of a layout, and for each slot the number of its part."""

    parts: tuple[Part, ...]
    part_of: tuple[int, ...]


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
    """Work out the text of a layout. Series whose text is the same as an earlier one's are left out."""
    metrics = list(dict.fromkeys(metric for metric, _, _ in key))
    place = {metric: turn for turn, metric in enumerate(metrics)}
    return Shape(
        tuple(_part(metric, key) for metric in metrics), tuple(place[metric] for metric, _, _ in key)
    )


def _part(metric: str, key: ShapeKey) -> Part:
    numbers: list[tuple[int, str]] = []
    states: list[tuple[int, tuple[tuple[float, str], ...]]] = []
    seen: set[str] = set()
    for slot, (name, labels, words) in enumerate(key):
        text = point_labels(labels)
        if name != metric or text in seen:
            continue
        seen.add(text)
        if words is None:
            numbers.append((slot, f"{text}}} "))
        else:
            tails = tuple((code, f"{text},state={quoted(word)}}} ") for code, word in words)
            states.append((slot, tails))
    return Part(metric, f"{exported(metric)}{{", tuple(numbers), tuple(states))
