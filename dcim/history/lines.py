r"""Lines of the dictionary of points, written and read. What many points share is made and understood once.

    {"id":"1f…","asset":"pdu-7","metric":"…","labels":{…},"source":"…","states":{…}}
      point ─┘   device ─┘     └─ what it is ─────────┘   place ─┘    └─ words, of a state

All is ASCII, and a quote within a text stands behind a backslash: a line comes apart without being parsed.

A point may have several lines. The newest says what it is; the words of all of them count, since a code means
one word for ever and a reading of last year has a code of then. A line without words ends those before it:
there the point is no state any more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from dcim.model import Health, Labels, Layout, Meaning, Point, canonical
from dcim.model.reading import States
from dcim.record import dataclass, replace

_TEXT: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LINE: Final = re.compile(
    rb'\{"id":"([0-9a-f]{16})","asset":(%b),("metric":%b,"labels":\{.*?\}),"source":(%b)(?:,"states":(\{.*\}))?\}\n'
    % (_TEXT, _TEXT, _TEXT)
)
_JSON: Final = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Described:
    """What a point is: whose, what, where it stands in the device, and all words its states ever had."""

    point: Point
    states: States | None
    source: str


class Parts(NamedTuple):
    """A line in parts that are not understood yet: the id of the point, and JSON.

    ``what`` and ``words`` are the same bytes for the same point of all devices of a family; ``words`` is
    empty where a point is no state.
    """

    id: int
    asset: bytes
    what: bytes
    source: bytes
    words: bytes


class What(NamedTuple):
    """What a point measures, whoever's it is."""

    metric: str
    labels: Labels


def parted(line: bytes) -> Parts | None:
    """Take a line apart; None when it is torn, damaged, or not made by this program."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    point_id, asset, what, source, words = found.groups(b"")
    return Parts(int(point_id, 16), asset, what, source, words)


@lru_cache(1 << 14)
def text(written: bytes) -> str:
    """Return a text. Raise ValueError."""
    return str(json.loads(written))


@lru_cache(1 << 14)
def what_of(written: bytes) -> What:
    """Return what the part ``what`` says; of equal ones mostly one object. Raise ValueError, TypeError."""
    said = json.loads(b"{" + written + b"}")
    return What(said["metric"], canonical(said["labels"]))


@lru_cache(1 << 12)
def words_of(written: bytes) -> States | None:
    """Return the words of a state; of equal ones mostly one object. Raise ValueError, TypeError."""
    if not written:
        return None
    said: Mapping[str, tuple[str, str | None]] = json.loads(written)
    return MappingProxyType(
        {
            float(code): Meaning(str(word), Health(health) if health else None)
            for code, (word, health) in said.items()
        }
    )


@lru_cache(1 << 12)
def _words_of_all(written: tuple[bytes, ...]) -> States:
    """Return the words of several lines; of two meanings of one code the later counts."""
    return MappingProxyType(
        {code: means for each in written for code, means in (words_of(each) or {}).items()}
    )


def described(*lines: bytes) -> Described | None:
    """Read the lines of one point in the order in which they were written; None when none can be read.

    A line that is not whole, not of this program, or whose id is not that of its point says nothing.
    """
    said, words = None, dict[bytes, None]()
    for line in lines:
        found = _described(line)
        if found is None:
            continue
        said, written = found
        if written:
            words.pop(written, None)
            words[written] = None  # behind the others
        else:
            words.clear()
    return said if said is None or len(words) <= 1 else replace(said, states=_words_of_all(tuple(words)))


def _described(line: bytes) -> tuple[Described, bytes] | None:
    """Read one line: what it says, and its words as they are written."""
    parts = parted(line)
    if parts is None:
        return None
    try:
        what = what_of(parts.what)
        point = Point(text(parts.asset), what.metric, what.labels)
        if point.id != parts.id:
            return None
        return Described(point, words_of(parts.words), text(parts.source)), parts.words
    except (ValueError, TypeError):
        return None


class Lines:
    """Writes lines."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._labels: dict[Labels, str] = {}
        self._states: dict[int, str] = {}

    def of(self, layout: Layout) -> list[bytes]:
        """Return a line for each slot of a layout."""
        asset = self._text(layout.asset)
        slots = zip(layout.ids, layout.points, layout.states, layout.sources, strict=True)
        return [
            (
                f'{{"id":"{point_id:016x}","asset":{asset},"metric":{self._text(point.metric)},'
                f'"labels":{self._label(point.labels)},"source":{self._text(source)}{self._words(states)}}}\n'
            ).encode()
            for point_id, point, states, source in slots
        ]

    def _text(self, text: str) -> str:
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = _json(text)
        return found

    def _label(self, labels: Labels) -> str:
        found = self._labels.get(labels)
        if found is None:
            found = self._labels[labels] = _json(dict(labels))
        return found

    def _words(self, states: States | None) -> str:
        """Return the words of a state. Known by identity: the layouts that are written keep them alive."""
        if states is None:
            return ""
        found = self._states.get(id(states))
        if found is None:
            words = {f"{code:.0f}": [state.word, state.health] for code, state in states.items()}
            found = self._states[id(states)] = f',"states":{_json(words)}'
        return found


def _json(what: object) -> str:
    """Return JSON in ASCII: whatever text a device gave, lone surrogates too, reads back the same."""
    return _JSON.encode(what)
