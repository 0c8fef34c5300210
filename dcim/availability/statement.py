"""What one fact says of how a subject stands: read out of a canonical body, quickly, and nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from dcim.availability.category import Level, Microseconds
from dcim.availability.columns import Bools, Columns, Floats, Ints, Smalls
from dcim.availability.knowledge import SETTLES
from dcim.late import np
from dcim.ledger import Entry
from dcim.model.fact import FactKind

STATE_KINDS: Final = (FactKind.SERVICE_STATE, FactKind.DEVICE_STATE)
"""The kinds of facts that say how a subject stands."""


class Statement(NamedTuple):
    """From ``at`` on a subject stands so, as far as anybody saw.

    Between ``held`` and ``at`` it changed: ``function`` and ``redundancy`` say what of it was not the same
    before, so that it is not known in between. Where nothing is said of that, ``held`` is ``at``.
    """

    sequence: int
    at: Microseconds
    level: Level
    held: Microseconds
    function: bool
    redundancy: bool


_LEVELS: Final = tuple(Level)
Row: TypeAlias = tuple[Any, ...]
"""What is stored of a fact: sequence, at, body, and whatever else."""


class Statements(Columns[Statement]):
    """Statements about one subject, in the order of their sequences."""

    __slots__ = ()

    @staticmethod
    def row(values: Sequence[Any]) -> Statement:
        """Return one statement."""
        sequence, at, stands, held, function, redundancy = values
        return Statement(sequence, at, _LEVELS[stands], held, function, redundancy)

    @staticmethod
    def types() -> tuple[type, ...]:
        """Return the type of each column."""
        return (np.int64, np.int64, np.uint8, np.int64, np.bool_, np.bool_)

    @property
    def sequences(self) -> Ints:
        """The sequence of the fact that each is read from."""
        return self.columns[0]

    @property
    def at(self) -> Ints:
        """From when on each holds."""
        return self.columns[1]

    @property
    def levels(self) -> Smalls:
        """How the subject stands, as the number of its level."""
        return self.columns[2]

    @property
    def held(self) -> Ints:
        """Until when what was said before is known to have been so."""
        return self.columns[3]

    @property
    def function(self) -> Bools:
        """Whether the function was another before."""
        return self.columns[4]

    @property
    def redundancy(self) -> Bools:
        """Whether the redundancy was another before."""
        return self.columns[5]


def level(function: object, redundancy: object) -> Level:
    """Return how a subject stands by the words of a fact; words that are not known say nothing."""
    if function == "up":
        return {"full": Level.FULL, "reduced": Level.REDUCED}.get(str(redundancy), Level.WORKING)
    return Level.DOWN if function == "down" else Level.UNKNOWN


def statement(entry: Entry) -> Statement:
    """Return what a fact of ``STATE_KINDS`` says. Raises ValueError when its body is none."""
    return read_statement(entry.sequence, entry.at, entry.kind, entry.body)


def read_statement(sequence: int, at: Microseconds, kind: str, text: str) -> Statement:
    """Return what a fact says, of what is stored of it. Raises ValueError when its body is none."""
    if kind == FactKind.DEVICE_STATE:
        return Statement(sequence, at, _reach(json.loads(text)), at, False, False)
    form = _FORM.fullmatch(text, max(0, text.rfind(_BEFORE)))
    was, whole, word, said, full = form.groups() if form else _words(json.loads(text))
    now, function, redundancy = _meaning(was, whole, word, full)
    held = at
    if said is not None:
        held = min(at, max(round(float(said) * 1e6), at - SETTLES))
    return tuple.__new__(Statement, (sequence, at, now, held, function, redundancy))


def read_statements(kind: str, rows: Sequence[Row]) -> Statements:
    """Return what facts of a kind say, each as ``read_statement`` has it: many cost a sixth of that.

    Raises ValueError when a body is none.
    """
    if not rows:
        return Statements.of(())
    words, said = _parted([row[2] for row in rows]) if kind == FactKind.SERVICE_STATE else (b"", [])
    seconds = _numbers(said)
    if len(words) != len(rows) or _STRICTLY in words or len(seconds) != len(rows):
        found = [read_statement(row[0], row[1], kind, row[2]) for row in rows]
        return Statements.of(found)  # not all as the daemon writes them
    at, meant = np.array([row[1] for row in rows], np.int64), np.frombuffer(words, np.uint8)
    held = np.rint(seconds * 1e6)
    return Statements(
        np.array([row[0] for row in rows], np.int64),
        at,
        meant & _LEVEL,
        np.clip(held, at - SETTLES, at).astype(np.int64),  # exact: below 2 ** 53
        meant & _FUNCTION > 0,
        meant & _REDUNDANCY > 0,
    )


def _numbers(texts: Sequence[str]) -> Floats:
    """Return numbers that are written as in JSON; none at all where one of them is not."""
    joined = ",".join(texts)
    try:
        return np.array(_FLOATS.decode(f"[{joined}]"))
    except msgspec.DecodeError:
        return np.array(())


def _parted(bodies: Sequence[str]) -> tuple[bytes, list[str]]:
    """Return what each body says but for when, as a byte, and the number of its ``held``."""
    meant, said = bytearray(), []
    for body in bodies:
        front, found, back = body.rpartition(_HELD)
        if found:
            number, _, after = back.partition(",")
        else:
            front, number, after = back, _LATE, ""
        meant.append(_stated(front[front.rfind(_BEFORE) :], after))
        said.append(number)
    return bytes(meant), said


@lru_cache(maxsize=4000)
def _stated(before: str, after: str) -> int:
    """Return what the end of a body says, as a byte: ``held`` has been cut out, with its number.

    ``_STRICTLY``: this is not the end of one as the daemon writes it.
    """
    form = _FORM.fullmatch(f"{before}{_HELD}0,{after}" if after else before)
    if form is None:
        return _STRICTLY
    was, whole, function, _, redundancy = form.groups()
    stands, *differs = _meaning(was, whole, function, redundancy)
    return stands | _FUNCTION * differs[0] | _REDUNDANCY * differs[1]


_BEFORE: Final = '"before":'
_HELD: Final = '"held":'
_LATE: Final = "9e99"
"""Where nothing is said of it: no later than the statement itself."""

_FLOATS: Final = msgspec.json.Decoder(list[float])
_STRICTLY: Final = 0xFF
_FORM: Final = re.compile(
    r'"before":\{"function":"([a-z]+)","redundancy":"([a-z]+)"\},"function":"([a-z]+)"(?:,"held":([0-9.e+-]+))?,'
    r'"kind":"[a-z]+","more":[0-9]+,"needs":[0-9]+,"of":[0-9]+,"redundancy":"([a-z]+)"\}'
)
"""The end of a canonical body as the daemon writes it: up to the last brace, the outermost one."""

_Words: TypeAlias = tuple[str, str, str, str | None, str]


def _words(body: Mapping[str, Any]) -> _Words:
    """Return the words of a body in any form: function and redundancy before and now; and ``held``."""
    before = body.get("before") or {}
    words = (before.get("function"), before.get("redundancy"), body.get("function"), body.get("redundancy"))
    held = body.get("held")
    was, whole, now, full = map(str, words)
    return was, whole, now, None if held is None else repr(held), full


@lru_cache(maxsize=1000)
def _meaning(was: str, whole: str, function: str, redundancy: str) -> tuple[Level, bool, bool]:
    return level(function, redundancy), was != function, whole != redundancy


_LEVEL, _FUNCTION, _REDUNDANCY = 0b0111, 0b1000, 0b10000


def _reach(body: Mapping[str, Any]) -> Level:
    """An agent that answers works; one that does not says nothing of its device."""
    return Level.FULL if body.get("reach") == "answering" else Level.UNKNOWN
