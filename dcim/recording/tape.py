"""A segment of a recording as bytes that prove themselves. Pure.

    DCR1 │ kind │ lengths │ crc │ packed content           a frame, and so on until the end of the file
           H      head: JSON; the first frame, and no other
           Z      a block: what came in two seconds or so
                  counts │ notes │ columns of polls │ columns of exchanges │ words │ answers

    note     with the number of the poll of this block before which it stands
             Q  a question, with a number by which exchanges name it
             D  what is known of a device from here on (its portrait)   A  what a person did
    words    why a poll or an exchange failed, with its number in this block (exchanges behind the polls)

Polls stand in the order in which they ended, each with so many of the exchanges, and answers in that of the
exchanges: what devices of one family say is alike, and little is left of it once it is packed. Questions
count from 0 in each segment: none needs another. All numbers are little-endian; times are seconds, monotonic
ones unless UTC is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias
from zlib import crc32

from dcim.collect import Collected
from dcim.model import Lane
from dcim.record import dataclass, field
from dcim.recording.columns import packed
from dcim.recording.frame import BLOCK, HEAD, frame
from dcim.witness import Exchange, Fault, Heard

SUFFIX: Final = ".tape"
FORMAT: Final = 2
COUNTS: Final = Struct("<4I")
"""Of polls, of exchanges; bytes of notes, of words."""

NOTE: Final = Struct("<IcIdI")
"""The poll before which it stands, what it is; of which number, at which time, so many bytes."""

WORDS: Final = Struct("<IH")
QUESTION, DRAWN, ACT = b"Q", b"D", b"A"
POLLS: Final = "IddddBBBBBIIII"
EXCHANGES: Final = "IddBI"
_MOST_WORDS: Final = 0xFFFF
_LANES: Final = tuple(Lane)
LANE_SETS: Final = tuple(
    frozenset(lane for at, lane in enumerate(_LANES) if number >> at & 1)
    for number in range(1 << len(_LANES))
)
"""Lanes by their bits."""

LANES: Final = {lane: LANE_SETS[1 << at] for at, lane in enumerate(_LANES)}
"""Each lane alone."""

_LANE_BITS: Final = {lanes: number for number, lanes in enumerate(LANE_SETS)}


class Poll(NamedTuple):
    """One poll as it ended. ``at`` is UTC seconds, ``ended`` monotonic; ``late`` and ``lasted`` are seconds.

    ``lanes``: those that brought anything. ``fault`` and ``why``: how it failed as a whole. ``check``: CRC-32
    of the values that were made of it then, 0 where there were none.
    """

    asset: str
    ended: float
    at: float
    late: float
    lasted: float
    lanes: frozenset[Lane] = LANE_SETS[0]
    cheap: bool = False
    restarted: bool = False
    identity: bool = False
    fault: Fault = Fault.NONE
    why: str = ""
    requests: int = 0
    retries: int = 0
    check: int = 0
    exchanges: Sequence[Exchange] = ()


Row: TypeAlias = tuple[
    str,
    float,
    float,
    float,
    float,
    frozenset[Lane],
    bool,
    bool,
    bool,
    Fault,
    str,
    int,
    int,
    int,
    Sequence[Heard],
]
"""The fields of a ``Poll`` as a plain tuple: one is made for every poll."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is known of a device from ``at`` (monotonic seconds) on."""

    asset: str
    at: float
    portrait: bytes


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did at ``at`` (monotonic seconds), as JSON."""

    at: float
    body: Mapping[str, Any]


Event: TypeAlias = "Poll | Drawn | Act"


@dataclass(slots=True)
class Block:
    """What came since the last block, by reference; ``notes`` with the number of the poll that follows."""

    polls: list[Row] = field(default_factory=list)
    notes: list[tuple[int, Drawn | Act]] = field(default_factory=list)


class Segment:
    """Makes the bytes of one segment. ``assets`` are the devices that it may speak of.

    What comes is taken on the loop, by reference; ``frame`` makes bytes of it, in a thread.
    """

    def __init__(self, head: Mapping[str, Any], assets: Sequence[str]) -> None:
        self._head = head
        self._numbers = {asset: number for number, asset in enumerate(assets)}
        self._block = Block()
        self._writing = _Writing()

    def opening(self, *, small: bool = False) -> bytes:
        """Return the head of the file."""
        said = {**self._head, "format": FORMAT, "assets": list(self._numbers)}
        return frame(HEAD, json.dumps(said, sort_keys=True, ensure_ascii=False).encode(), small=small)

    def portrait(self, drawn: Drawn) -> None:
        """Note what is known of a device."""
        if drawn.asset in self._numbers:
            self._block.notes.append((len(self._block.polls), drawn))

    def act(self, act: Act) -> None:
        """Note what a person did."""
        self._block.notes.append((len(self._block.polls), act))

    def poll(self, poll: Row) -> None:
        """Note a poll with its exchanges; one of a device that the head does not name is left out."""
        if poll[0] in self._numbers:
            self._block.polls.append(poll)

    def take(self) -> Block:
        """Return what came since the last time, for ``frame``."""
        block, self._block = self._block, Block()
        return block

    def frame(self, block: Block, *, small: bool = False) -> bytes:
        """Return a block that was taken as one frame; nothing where nothing came. Call in their order."""
        if not (block.polls or block.notes):
            return b""
        return frame(BLOCK, self._writing.content(block, self._numbers), small=small)


class _Writing:
    """Writes the blocks of one segment one after the other."""

    def __init__(self) -> None:
        self._questions: dict[bytes, int] = {}

    def content(self, block: Block, numbers: Mapping[str, int]) -> bytes:
        """Return what stands in a block; the devices of its polls are numbered."""
        asked = len(self._questions)
        polls, words, heard = _polls(block.polls, numbers)
        exchanges, whys, answers = self._exchanges(heard)
        notes = [part for place, note in block.notes for part in _note(place, note, numbers)]
        for number, question in enumerate(islice(self._questions, asked, None), asked):
            notes += (NOTE.pack(0, QUESTION, number, 0.0, len(question)), question)
        words += _words(whys, len(heard))
        noted, worded = b"".join(notes), b"".join(words)
        counts = COUNTS.pack(len(heard), len(whys), len(noted), len(worded))
        return b"".join((counts, noted, polls, exchanges, worded, *answers))

    def _exchanges(self, heard: Sequence[Sequence[Heard]]) -> tuple[bytes, Sequence[str], Sequence[bytes]]:
        """Return the columns of exchanges, why they failed, and their answers."""
        rows = [one for said in heard for one in said]
        if not rows:
            return b"", (), ()
        questions, answers, began, ended, faults, whys = zip(*rows, strict=True)
        known = self._questions
        for question in dict.fromkeys(questions):
            known.setdefault(question, len(known))
        asked = [known[question] for question in questions]
        sizes = [len(answer) for answer in answers]
        return packed(EXCHANGES, (asked, began, ended, faults, sizes)), whys, answers


def _note(place: int, note: Drawn | Act, numbers: Mapping[str, int]) -> tuple[bytes, bytes]:
    if isinstance(note, Drawn):
        fixed = NOTE.pack(place, DRAWN, numbers[note.asset], note.at, len(note.portrait))
        return fixed, note.portrait
    body = json.dumps(note.body, sort_keys=True, ensure_ascii=False).encode()
    return NOTE.pack(place, ACT, 0, note.at, len(body)), body


def _polls(
    rows: Sequence[Row], numbers: Mapping[str, int]
) -> tuple[bytes, list[bytes], Sequence[Sequence[Heard]]]:
    """Return the columns of polls, why they failed, and what was heard in each."""
    if not rows:
        return b"", [], ()
    assets, ended, at, late, lasted, lanes, *said = zip(*rows, strict=True)
    cheap, restarted, identity, fault, whys, requests, retries, check, heard = said
    devices = [numbers[asset] for asset in assets]
    bits, counts = [_LANE_BITS[one] for one in lanes], [len(one) for one in heard]
    flags = (bits, cheap, restarted, identity, fault)
    columns = packed(POLLS, (devices, ended, at, late, lasted, *flags, requests, retries, check, counts))
    return columns, list(_words(whys, 0)), heard


def _words(whys: Iterable[str], first: int) -> Iterator[bytes]:
    for number, why in enumerate(whys, first):
        if why:
            told = why.encode()[:_MOST_WORDS]
            yield WORDS.pack(number, len(told)) + told


def check_of(collected: Collected) -> int:
    """Return the CRC-32 of all values of a poll, in their order; 0 where there are none."""
    check = 0
    for batch in collected.batches:
        check = crc32(batch.values, check)
    return check
