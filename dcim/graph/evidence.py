"""What is known of one part of the building, and why. Pure.

    above   every feed is known to be down, nothing is stored here          -> down
    here    its own readings, or those of a meter on it                     -> up, down, by phase
    below   something lives there, and this is the only way to it           -> up, by phase

What it says itself goes before what others show. An agent that does not answer says nothing, so that the
part behind it is as its neighbours show it, or unknown.
"""

from __future__ import annotations

from enum import StrEnum

from dcim.graph.sign import State
from dcim.graph.verdict import Redundancy
from dcim.model import Point
from dcim.record import acyclic, dataclass


class Basis(StrEnum):
    """What the state of a part is concluded from."""

    MEASURED = "measured"  # its own readings, or those of a meter on it
    BELOW = "below"  # something that it alone feeds has voltage
    ABOVE = "above"  # everything that feeds it is down
    MEMBERS = "members"  # a rack is as its feeds
    PARTLY = "partly"  # some phases have voltage, others have not or are not known
    NOTHING = "nothing"  # nobody says anything that proves something


@dataclass(frozen=True, slots=True)
@acyclic
class Evidence:
    """The state of a part with its reason. ``up`` and ``down`` are phases; ``""`` stands for the whole.

    ``witnesses`` are the parts that show it, ``points`` those of its own readings that say something.
    ``doubt`` names a part below that has voltage although the readings here say that there is none.
    ``ready``: it stands by and would work if it were needed.
    """

    node: str
    state: State
    basis: Basis
    redundancy: Redundancy = Redundancy.UNKNOWN
    ready: bool = False
    up: frozenset[str] = frozenset()
    down: frozenset[str] = frozenset()
    witnesses: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    doubt: str = ""

    @property
    def works(self) -> State:
        """Return whether a service can count on it: what stands by counts too."""
        return State.UP if self.ready and self.state is State.DOWN else self.state

    @property
    def below(self) -> tuple[State, bool, frozenset[str], frozenset[str]]:
        """Return what the parts below are judged by: nothing else here concerns them."""
        return self.state, self.ready, self.up, self.down

    @property
    def why(self) -> str:
        """Say the reason in one line."""
        by = ", ".join(self.witnesses)
        match self.basis:
            case Basis.MEASURED:
                said = "its readings say so" if not by else f"{by} measures it"
                return f"{said}, but {self.doubt} below it has voltage" if self.doubt else said
            case Basis.BELOW:
                return f"{by} below it has voltage"
            case Basis.ABOVE:
                return f"{by} above it is down"
            case Basis.MEMBERS:
                return f"it is fed by {by}"
            case Basis.PARTLY:
                return f"voltage on {_phases(self.up)}, none on {_phases(self.down)}"
            case Basis.NOTHING:
                return "no fresh reading here, below or above says anything"


def _phases(phases: frozenset[str]) -> str:
    return ", ".join(sorted(phase or "some phase" for phase in phases)) or "no phase that is known"
