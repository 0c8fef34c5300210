"""Signs: which readings tell whether a part of the building works, read from ``signs.tsv``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Final

from dcim.catalogue import METRICS, Shape
from dcim.graph.node import NodeKind
from dcim.model import state_code
from dcim.record import dataclass


class State(StrEnum):
    """Whether something works, as far as anybody knows."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Of(StrEnum):
    """What a reading is a sign of."""

    OUTPUT = "output"
    INPUT = "input"
    CARRIES = "carries"
    REDUNDANCY = "redundancy"
    READY = "ready"


FEEDS: Final = {"a": 0, "1": 0, "b": 1, "2": 1, "c": 2, "3": 2}
"""The number of a feed, in the order of ``fed_by``, by what devices call it."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What the readings of one metric say. ``rank``: the lower one wins where two say different things.

    A number says up from ``up`` on and down until ``down``; a word says what ``words`` has for its code.
    ``proves_down`` is false where only the presence of something proves anything.
    """

    metric: str
    of: Of
    rank: int
    feed: int | None = None  # None: the label ``source`` says which
    up: float = inf
    down: float = -inf
    words: Mapping[float, State] | None = None

    @property
    def proves_down(self) -> bool:
        """Whether a reading of this sign can say that there is nothing."""
        return self.words is not None or self.down > -inf

    def quiet(self, value: float) -> tuple[float, float]:
        """Return the values around one that say the same; a gap has none."""
        if self.words is not None:
            return value, value
        if value >= self.up:
            return self.up, inf
        return (-inf, self.down) if value <= self.down else (value, value)

    def read(self, value: float) -> State:
        """Return what a value says; a gap (NaN) and whatever lies between says nothing."""
        if self.words is not None:
            return self.words.get(value, State.UNKNOWN)
        return State.UP if value >= self.up else State.DOWN if value <= self.down else State.UNKNOWN


Signs = Mapping[NodeKind, tuple[Sign, ...]]
"""The signs of every kind, by rank."""


def parse_signs(text: str) -> dict[NodeKind, tuple[Sign, ...]]:
    """Read lines of kinds, metric, of, up and down. Raise ValueError where one is wrong."""
    found: dict[NodeKind, tuple[Sign, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        try:
            for kind, sign in _parse_line(number, line):
                found[kind] = (*found.get(kind, ()), sign)
        except ValueError as why:
            msg = f"line {number}: {why}"
            raise ValueError(msg) from why
    return found


def _parse_line(number: int, line: str) -> Iterator[tuple[NodeKind, Sign]]:
    kinds, name, of, up, down = line.split("\t")
    metric = METRICS.get(name)
    if metric is None:
        msg = f"no canonical metric {name!r}"
        raise ValueError(msg)
    of, _, feed = of.partition(" ")
    at = FEEDS[feed] if feed else None
    if metric.shape is Shape.STATE:
        sign = Sign(name, Of(of), number, at, words=_words(metric.words, up, down))
    else:
        sign = Sign(name, Of(of), number, at, float(up), -inf if down == "-" else float(down))
    for kind in kinds.split():
        yield NodeKind(kind), sign


def _words(known: tuple[str, ...], up: str, down: str) -> dict[float, State]:
    found: dict[float, State] = {}
    for text, state in ((up, State.UP), (down, State.DOWN)):
        for word in text.split() if text != "-" else ():
            if word not in known:
                msg = f"the metric has no word {word!r}"
                raise ValueError(msg)
            found[state_code(word)] = state
    return found


SIGNS: Final[Signs] = parse_signs((Path(__file__).parent / "signs.tsv").read_text(encoding="utf-8"))
