"""What follows from one event, as it is found out."""

from __future__ import annotations

from dcim.incidents.case import Case
from dcim.incidents.incident import Apart, AskNow, Belongs, IncidentChange, IncidentKind, Member, Outcome
from dcim.incidents.sight import Sight
from dcim.record import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is decided, in monotonic (``now``) and UTC seconds (``at``), and what is seen then."""

    now: float
    at: float
    sight: Sight


@dataclass(slots=True)
class Desk:
    """Where the consequences of one event are laid down. ``touched``: incidents to be settled at its end.

    ``weighed``: how many alerts were looked at again in it, whose cause may have gone.
    """

    moment: Moment
    changes: list[IncidentChange] = field(default_factory=list)
    apart: list[Apart] = field(default_factory=list)
    places: dict[str, Belongs] = field(default_factory=dict)
    asks: dict[str, None] = field(default_factory=dict)
    touched: dict[str, Case] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    owing: dict[str, Case] = field(default_factory=dict)
    weighed: int = 0

    def touch(self, case: Case) -> None:
        """Settle an incident at the end."""
        self.touched[case.id] = case

    def put(self, case: Case, member: Member) -> None:
        """Take in what is new of an alert of an incident, and have it remembered."""
        case.put(member)
        self.places[member.key] = Belongs(case.id, member)

    def say(self, case: Case, kind: IncidentKind, *, who: str = "", why: str = "") -> None:
        """Lay down a change of an incident; those of one that was told are numbered."""
        self.changes.append(IncidentChange(kind, case.shown(), self.moment.at, who, why))
        case.kept, case.kept_lost = case.owed, case.reached.lost
        if case.told:
            case.number += 1

    def keep(self, case: Case) -> None:
        """Have it remembered what people are still to be told of an incident they know of, and its losses."""
        if case.told and (case.owed, case.reached.lost) != (case.kept, case.kept_lost):
            case.kept, case.kept_lost = case.owed, case.reached.lost
            self.owing[case.id] = case

    def merged(self, case: Case, into: Case) -> None:
        """Lay down that an incident of which nobody knows went into another."""
        shown = replace(case.shown(), into=into.id)
        if case.id not in self.new:
            self.changes.append(IncidentChange(IncidentKind.MERGED, shown, self.moment.at))
        self.new.discard(case.id)
        self.touched.pop(case.id, None)

    def outcome(self) -> Outcome:
        """Return what was laid down."""
        effects = tuple(AskNow(device) for device in self.asks)
        owing = tuple(case.shown() for case in self.owing.values())
        return Outcome(tuple(self.changes), tuple(self.apart), self.places, effects, self.moment.at, owing)
