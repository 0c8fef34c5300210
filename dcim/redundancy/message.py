"""What the daemon says to the process that tries losses, and what comes back. Plain values."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TypeAlias

from dcim.flow import Interval, Network
from dcim.graph import Wiring
from dcim.record import dataclass, field
from dcim.redundancy.place import Spot, Wish
from dcim.redundancy.seen import Slot
from dcim.redundancy.verdict import Answer, Verdicts


@dataclass(frozen=True, slots=True)
class Built:
    """How a site is built: its network and its wiring, litres of full tanks, what switches prefer.

    ``inlet_limit``: celsius that the inlets of the equipment should not pass.
    """

    network: Network
    wiring: Wiring
    tolerance: float = 0.02
    tanks: Mapping[str, float] = field(default_factory=dict)
    prefers: Mapping[str, str] = field(default_factory=dict)
    inlet_limit: float = 27.0


@dataclass(frozen=True, slots=True)
class Book:
    """Which values will come, in which order, until another book does."""

    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """How the site stands at ``at`` (UTC seconds): see ``Look``.

    ``masses``: what rooms swallow (J/K), as far as that was learnt before: in another run, or by a process
    that has ended.
    """

    at: float
    values: array[float]
    down: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    reduced: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    masses: Mapping[str, Interval] = field(default_factory=dict)

    def tells_as(self, other: Values) -> bool:
        """Whether the site stands as it did, by the values of one book."""
        stands = (self.down, self.doubtful, self.reduced, self.open)
        stood = (other.down, other.doubtful, other.reduced, other.open)
        return stands == stood and self.values.tobytes() == other.values.tobytes()


@dataclass(frozen=True, slots=True)
class Question:
    """What would be if these were lost, all at once; for ``maintenance`` also what one more loss would do."""

    lost: tuple[str, ...]
    maintenance: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a question has no answer: a name that is not there, or nothing known yet."""

    why: str
    names: tuple[str, ...] = ()


Message: TypeAlias = Book | Values | Question | Wish
Reply: TypeAlias = Verdicts | Answer | Refused | tuple[Spot, ...] | None
