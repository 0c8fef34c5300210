"""One place of a network with all that is known of it now, as losses are computed quickly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol, TypeAlias

from dcim.flow.drawing.caps import Cap
from dcim.flow.now.live import Live
from dcim.flow.now.plan import Carried, Cords
from dcim.flow.values.model import Element
from dcim.record import dataclass, field

ENDLESS: Final = 1e10
"""VA: stands for no upper end where numbers are added and taken away again."""


Change: TypeAlias = tuple[float, float, float, float]
"""How a number differs from before (least, most), and what it is, or is more by, as it was put together."""


class ArcTo(NamedTuple):
    """A number that one draw puts on a phase of a source, as it is now; ``same``: what is put unchanged."""

    number: int
    source: int
    gives: int
    part_low: float
    part_high: float
    low: float
    high: float
    same: Change


class Through(NamedTuple):
    """What comes through one feed of a draw now; ``whole``: all of it from one phase."""

    low: float
    high: float
    arcs: tuple[ArcTo, ...]
    whole: bool


class DrawOf(NamedTuple):
    """What one draw takes now, and how it follows what is given (``line`` -1: the total).

    ``exact``: it takes what is given.
    """

    line: int
    k_low: float
    k_high: float
    c_low: float
    c_high: float
    low: float
    high: float
    feeds: tuple[Through, ...]
    exact: bool


Row: TypeAlias = tuple[DrawOf, ...]
Span: TypeAlias = tuple[float, float]
Given: TypeAlias = tuple[tuple[tuple[Span, Span], ...], tuple[Span, Span], float]
"""What a place gives on each phase and in all, each with how that moved, and by how much all phases rise."""
Put: TypeAlias = tuple[int, int, Change, Change]
"""The number of an arc, the phase of the source, what is put there, what was before."""
PutOn: TypeAlias = tuple[int, Iterable[Put]]
"""A source, and all that one feed puts on its phases."""


@dataclass(slots=True)
class Known:
    """How a place stands: what it gives on each phase and how that moved, in all, and what it puts where.

    ``notes``: what others have concluded of it, by their name for that.
    """

    state: Live
    gives: tuple[tuple[Span, Span], ...]
    total: Span
    puts: tuple[PutOn, ...]
    rise: float
    notes: dict[str, object] = field(default_factory=dict)


class Draws(Protocol):
    """What knows the draws of places."""

    def of(self, at: int) -> Row:
        """Return those of a place as they are now."""
        ...


@dataclass(slots=True)
class Spot:
    """A place with all that is known of it now. ``gives``: the numbers of its phases.

    ``rests``: it lives on its battery although it is fed. ``above``: all that it hangs on. ``room``: VA (of
    all phases) that it may carry more before a limit is passed, ``margin``: that it may give more before
    anything above it passes one. ``memo``: how it stood when something changed; ``dark``: how it is when
    dead; ``steady``: what it gives as long as nothing below it moves.
    """

    at: int
    element: Element
    gives: tuple[int, ...]
    total: int
    drawn: Draws
    cords: Cords
    parents: tuple[int, ...]
    children: tuple[int, ...]
    above: frozenset[int]
    caps: tuple[Cap, ...]
    stores: bool
    ends: bool
    rated_demand: float
    stands: int
    own: Live
    live: Live
    modes: tuple[Live, ...]
    simple: bool
    rests: bool
    sure: bool  # it is live, and of each of its feeds it is known whether that carries
    room: float
    margin: float
    plans: dict[tuple[object, ...], tuple[Carried, ...]] = field(default_factory=dict)
    memo: dict[object, Known] = field(default_factory=dict)
    dark: Known | None = None
    steady: Given | None = None
    row: Row | None = None

    @property
    def draws(self) -> Row:
        """Return its draws, made when they are first asked for: most never are."""
        if self.row is None:
            self.row = self.drawn.of(self.at)
        return self.row
