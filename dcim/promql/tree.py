"""A query as a tree of plain values: what ``parse`` makes of a text and ``evaluate`` answers. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from dcim.record import dataclass, field

NAME: Final = "__name__"
"""The label that holds the name of a series."""


class Match(StrEnum):
    """How a matcher compares the value of a label; a label that is not there has the empty value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"  # of the whole value
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """What the value of a label must be."""

    label: str
    how: Match
    value: str

    def __str__(self) -> str:
        """Read as ``label="value"``."""
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.how}"{escaped}"'


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is written in the query."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is written in the query."""

    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """Series by their labels, ``offset`` ms earlier; with ``range`` (ms) all their samples of so long."""

    matchers: tuple[Matcher, ...]
    offset: int = 0
    range: int = 0


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query answered every ``step`` ms (0: the default) of the ``range`` ms before, ``offset`` earlier."""

    of: Node
    range: int
    step: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The labels that make a group: these, or all but these and the name."""

    labels: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Many series made one a group, or of each group the first ``most`` of an order."""

    operator: str
    of: Node
    grouping: Grouping = field(default_factory=Grouping)
    most: Node | None = None


class Many(StrEnum):
    """On which side several series may match one of the other side."""

    NEITHER = ""
    LEFT = "group_left"
    RIGHT = "group_right"


@dataclass(frozen=True, slots=True)
class Matching:
    """Which series of two sides belong together: by these labels, or by all but these.

    ``include``: labels that the side of the many takes over from the other side.
    """

    labels: tuple[str, ...] = ()
    on: bool = False
    many: Many = Many.NEITHER
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and what stands between them. ``bool``: a comparison answers 0 or 1 and drops nothing."""

    operator: str
    left: Node
    right: Node
    matching: Matching = field(default_factory=Matching)
    bool: bool = False


@dataclass(frozen=True, slots=True)
class Negative:
    """The negative of something."""

    of: Node


Node: TypeAlias = Number | Text | Selector | Subquery | Call | Aggregate | Binary | Negative
