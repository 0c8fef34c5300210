"""A report as a document in no language: headings, sentences by key, tables, key figures, charts as data.

Numbers keep their unit, moments are microseconds since 1970 UTC, names are as people gave them. What a value
looks like is decided where a language and a time zone are known (``dcim.reports.say``). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

from dcim.ledger import Head
from dcim.model.fact import Json
from dcim.record import dataclass, field

Microseconds: TypeAlias = int
"""Whole microseconds: since 1970 UTC for a moment, as they are for a length of time."""


class Kind(StrEnum):
    """What a report is about."""

    UPTIME = "uptime"
    ALARMS = "alarms"
    QUALITY = "quality"  # of the data
    TESTS = "tests"  # the register of tests
    INCIDENT = "incident"
    ENERGY = "energy"
    THERMAL = "thermal"
    CAPACITY = "capacity"
    CALIBRATION = "calibration"


class Tone(StrEnum):
    """How a figure, a stretch of time or a row is to be looked at."""

    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    PLANNED = "planned"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Say:
    """A text of the vocabulary by its key, with values for its places."""

    key: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a kind in the vocabulary: a state, a metric, a kind of device."""

    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Name:
    """What people called a thing, in whatever script: never translated, never changed."""

    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    """A text that stands in both languages with whoever wrote it: the title of a rule."""

    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class Code:
    """A hash, an id, a command: written so that it can be compared letter by letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a unit of ``dcim.reports.say.UNITS`` (empty: a count), shown with so many decimals."""

    value: float
    unit: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share of a whole, exact; shown in per cent and cut off, never rounded up to a better figure.

    Undefined, and shown as a dash, where the whole is nothing.
    """

    part: int
    whole: int
    digits: int = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment; ``bound`` (microseconds) is how far it may lie from the truth, 0 where it is exact."""

    at: Microseconds
    bound: Microseconds = 0


@dataclass(frozen=True, slots=True)
class Date:
    """A day as a paper has it (ISO 8601), of no zone: that of a certificate."""

    day: str


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time."""

    lasts: Microseconds


@dataclass(frozen=True, slots=True)
class List:
    """Several values, one after the other."""

    values: tuple[Value, ...]


Value: TypeAlias = "Say | Word | Name | Texts | Code | Number | Ratio | Moment | Date | Length | List | None"
"""What stands in a cell. None: there is no such figure; a dash, never a zero."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences."""

    text: Say


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that must not be overlooked."""

    text: Say
    tone: Tone = Tone.WARNING


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure: what it is, its value, and what to know with it."""

    label: Say
    value: Value
    hint: Say | None = None
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures that a reader looks at first, side by side."""

    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what they stand for, one a line."""

    items: tuple[tuple[Say, Value], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the key of its title, how it is set, and its share of the width."""

    title: Say
    align: Literal["left", "right"] = "left"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values; ``id`` names it in CSV and JSON, ``empty`` is said when there is no row."""

    id: str
    title: Say | None  # None: the section says it
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    empty: Say = Say("report.none")
    note: Say | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in one tone, from ``since`` to before ``until``."""

    since: Microseconds
    until: Microseconds
    tone: Tone


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was when: a bar a row over the period. ``legend`` says what each tone means here."""

    id: str
    title: Say
    since: Microseconds
    until: Microseconds
    rows: tuple[tuple[Value, tuple[Stretch, ...]], ...]
    legend: tuple[tuple[Tone, Say], ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """A square for each hour of each day of the site: from ``bottom`` to ``top``, None: nothing is known."""

    id: str
    title: Say
    days: tuple[Microseconds, ...]  # noon of each day
    hours: tuple[tuple[float | None, ...], ...]  # 24 a day
    top: float
    unit: str = ""
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line through values; a gap where one is None. ``low`` and ``high`` draw the band around it."""

    label: Value
    at: tuple[Microseconds, ...]
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time, at most a handful of lines, with limits drawn across."""

    id: str
    title: Say
    unit: str
    since: Microseconds
    until: Microseconds
    lines: tuple[Line, ...]
    limits: tuple[tuple[Say, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar a row, each with its number."""

    id: str
    title: Say
    rows: tuple[tuple[Value, float, Value, Tone], ...]  # label, length, number as shown, tone
    top: float = 0.0  # what a full bar is; 0: the longest


@dataclass(frozen=True, slots=True)
class Signatures:
    """Room for those who sign, each by a role."""

    roles: tuple[Say, ...]


Chart: TypeAlias = Timeline | Heat | Curve | Bars
Block: TypeAlias = Paragraph | Note | Figures | Facts | Table | Chart | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report under a heading of its own."""

    title: Say
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` to before ``until``; ``zone`` is a name of the tz database."""

    since: Microseconds
    until: Microseconds
    zone: str


@dataclass(frozen=True, slots=True)
class Replay:
    """That a ledger is of a replay: of which recording, with which rules; empty where nothing says it."""

    recording: str
    rules: tuple[tuple[str, str], ...] = ()  # file and SHA-256 of those that stood for the recording's own


@dataclass(frozen=True, slots=True)
class Face:
    """What stands on the first page: whose report of what it is, made when, from which end of the ledger.

    ``scope`` is empty for the whole site, else ``tenant:NAME``, ``service:ID`` and so on; ``subject`` is how
    people call it. ``number`` counts the versions of this report from 1; ``supersedes`` is the SHA-256 of the
    claim of the version before, empty for the first.
    """

    kind: Kind
    site: str
    site_name: str
    scope: str
    subject: Value
    period: Period
    made_at: Microseconds
    software: str
    head: Head | None
    number: int = 1
    supersedes: str = ""
    issued: bool = False  # a fact of the ledger keeps the hashes of its files
    replay: Replay | None = None  # no site was watched: it was made from a replay


@dataclass(frozen=True, slots=True)
class Document:
    """A report. ``claim`` is everything it states as JSON, which a verifier recomputes."""

    face: Face
    sections: tuple[Section, ...]
    claim: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    evidence: tuple[str, ...] = ()
    """Lines of the ledger that the figures were computed from, as ``dcim.ledger`` writes them."""
