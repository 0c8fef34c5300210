"""What a device turned out to have: its rows as points, and the questions that read them again. Pure.

    profile + cells of a survey -> candidates (a point of the profile on a row) -> slots -> one plan a lane

Of several candidates for the same point the first in the file wins; a later one only while the earlier ones
are absent. Rows whose labels are the same cannot be told apart and are refused (B1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import Final

from collectors.snmp.answers.cells import Cells, text_of
from collectors.snmp.decoding.kept import kept, kept_all, kept_slot
from collectors.snmp.decoding.program import Program
from collectors.snmp.decoding.slots import AnySlot, RaisedSlot, is_word, quick_number, quick_state
from collectors.snmp.dialect.profile import SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.tables.rows import Candidate, Finder
from dcim.catalogue import UP_TIME
from dcim.model import Labels, Lane, Layout, Point, Points
from dcim.profile import Ratio

_LANES: Final = (Lane.FAST, Lane.SLOW, Lane.STATIC)


@dataclass(frozen=True, slots=True)
class RaisedAt:
    """A table of raised alarms: what to ask, and where in the answers the names go."""

    column: bytes
    count: int | None
    position: int


@dataclass(frozen=True, slots=True, eq=False)
class LanePlan:
    """The questions of one lane and the program that decodes their answers.

    ``contested`` are slots with a value for which the device has another cell too, should this become absent.
    """

    lane: Lane
    oids: tuple[bytes, ...]
    program: Program
    raised: tuple[RaisedAt, ...] = ()
    contested: frozenset[int] = frozenset()

    def same(self, other: LanePlan) -> bool:
        """Whether both plans ask and mean the same."""
        mine, others = self.program, other.program
        return (
            self.oids == other.oids
            and self.raised == other.raised
            and mine.layout.points == others.layout.points
            and mine.slots == others.slots
        )


@dataclass(frozen=True, slots=True, eq=False)
class Understanding:
    """What is known of one device.

    ``keys`` are the cells that name rows, with what they said; ``notes`` say what was left out and why.
    ``contested``: some point had several candidates, so that the choice depends on their values. ``scales``
    are those chosen among the ones that agents of a family use, by point.
    """

    plans: tuple[LanePlan, ...] = ()
    keys: tuple[tuple[bytes, str], ...] = ()
    notes: tuple[str, ...] = ()
    contested: bool = False
    scales: Mapping[str, Ratio] = field(default_factory=dict)

    @property
    def tells(self) -> bool:
        """Whether anything but the agent's own clock is read: that alone tells nothing of a device."""
        read = [plan.program.layout.points for plan in self.plans if plan.oids or plan.raised]
        if any(plan.raised for plan in self.plans) or sum(map(len, read)) > 1:
            return True
        return any(point.metric != UP_TIME for points in read for point in points)

    def holds(self, old: Cells, new: Cells) -> bool:
        """Whether a survey that found ``new`` leads to what ``old`` led to: the same cells and names."""
        if self.contested or self.notes or self.scales or old.unheard != new.unheard:
            return False
        if old.by_oid.keys() != new.by_oid.keys():
            return False
        before = old.by_oid
        if any(before[name].tag != cell.tag for name, cell in new.by_oid.items()):
            return False
        return all(text_of(new.by_oid[name].value) == text for name, text in self.keys)

    def keeping(self, old: Understanding | None) -> Understanding:
        """Return this with the plans of ``old`` where nothing changed: layouts keep their identity.

        Where nothing at all changed it is ``old`` itself.
        """
        if old is None:
            return self
        kept = {plan.lane: plan for plan in old.plans}
        plans = tuple(
            kept[plan.lane] if plan.lane in kept and plan.same(kept[plan.lane]) else plan
            for plan in self.plans
        )
        beside = (self.keys, self.notes, self.contested, self.scales)
        same = len(plans) == len(old.plans) and all(map(is_, plans, old.plans))
        if same and beside == (old.keys, old.notes, old.contested, old.scales):
            return old
        return Understanding(plans, *beside)


def understand(
    asset: str, profiles: Sequence[SnmpProfile], cells: Cells, before: Understanding | None = None
) -> Understanding:
    """Return the points that a device has after these profiles, and how they are read.

    ``before`` is what was understood until now: a scale stays chosen while the cells do not tell.
    """
    return understood(asset, profiles, cells, before)[0]


def understood(
    asset: str, profiles: Sequence[SnmpProfile], cells: Cells, before: Understanding | None = None
) -> tuple[Understanding, list[Candidate]]:
    """Return the same, and the candidates that were not chosen, the better ones first."""
    finder = Finder(cells, scales=dict(before.scales) if before is not None else {})
    groups: dict[tuple[str, Labels], list[Candidate]] = {}
    for candidate in finder.candidates(profiles):
        groups.setdefault((candidate.metric, candidate.labels), []).append(candidate)
    chosen: dict[Lane, list[tuple[Candidate, bool]]] = {lane: [] for lane in _LANES}
    contested = False
    others: list[Candidate] = []
    for group in groups.values():
        contested = contested or len(group) > 1
        unique = _unique(group, finder.notes)
        if unique:
            best = next((one for one in unique if one.present(cells)), unique[0])
            chosen[best.lane].append((best, len(unique) > 1 and best.present(cells)))
            others += (one for one in unique if one is not best)
    plans = tuple(lane_plan(asset, lane, found) for lane, found in chosen.items() if found)
    known = Understanding(plans, tuple(finder.keys.items()), tuple(finder.notes), contested, finder.scales)
    return known, others


def _unique(group: list[Candidate], notes: list[str]) -> list[Candidate]:
    """Return the candidates without those that one point of a file finds on several rows."""
    keys = [candidate.key for candidate in group]
    twice = {key for key in keys if keys.count(key) > 1}
    for key in sorted(twice):
        rows = ", ".join(oid.text(one.oids[0]) for one in group if one.key == key)
        notes.append(f"{key}: {Point('', group[0].metric, group[0].labels)} stands on several rows: {rows}")
    return [candidate for candidate in group if candidate.key not in twice]


def _order(found: tuple[Candidate, bool]) -> int:
    slot = found[0].slot
    if quick_number(slot):
        return 0
    return 1 if quick_state(slot) else 2 if is_word(slot) else 3


def lane_plan(asset: str, lane: Lane, found: list[tuple[Candidate, bool]]) -> LanePlan:
    """Lay out the slots of one lane: what the quick pass reads first, each at the position of its slot.

    With each candidate stands whether the device has another cell for it.
    """
    ordered = _quick_first(sorted(found, key=_order))
    positions: dict[bytes, int] = {}
    for candidate, _ in ordered:
        positions.setdefault(candidate.oids[0], len(positions))
    for candidate, _ in ordered:
        for name in candidate.oids[1:]:
            positions.setdefault(name, len(positions))
    columns = {one.raised.column: one.raised for one, _ in ordered if one.raised is not None}
    for column in columns:
        positions.pop(column, None)
    oids = kept(tuple(positions))
    positions = {name: at for at, name in enumerate(oids)}
    raised: dict[bytes, RaisedAt] = {}
    for column, one in columns.items():
        count = positions.get(one.count) if one.count is not None else None
        raised[column] = RaisedAt(column, count, len(oids) + len(raised))
    slots = kept_all(tuple(kept_slot(_placed(candidate, positions, raised)) for candidate, _ in ordered))
    layout = Layout(
        asset,
        lane,
        Points(asset, kept(tuple((candidate.metric, candidate.labels) for candidate, _ in ordered))),
        kept_all(tuple(candidate.meanings for candidate, _ in ordered)),
        kept(tuple(oid.text(candidate.oids[0]) for candidate, _ in ordered)),
    )
    contested = kept(frozenset(at for at, (_, others) in enumerate(ordered) if others))
    return LanePlan(lane, oids, Program(layout, slots), tuple(raised.values()), contested)


def _quick_first(found: list[tuple[Candidate, bool]]) -> list[tuple[Candidate, bool]]:
    """Put behind the quick slots those whose cell another slot reads too: a position is asked once."""
    seen: set[bytes] = set()
    first: list[tuple[Candidate, bool]] = []
    later: list[tuple[Candidate, bool]] = []
    for one in found:
        name = one[0].oids[0]
        (later if name in seen or _order(one) > 1 else first).append(one)
        seen.add(name)
    return [*first, *sorted(later, key=lambda one: not is_word(one[0].slot))]


def _placed(candidate: Candidate, positions: dict[bytes, int], raised: dict[bytes, RaisedAt]) -> AnySlot:
    slot = candidate.slot
    if isinstance(slot, RaisedSlot):
        assert candidate.raised is not None  # noqa: S101  made together
        return RaisedSlot(raised[candidate.raised.column].position, slot.name, slot.known)
    return slot.moved([positions[name] for name in candidate.oids])
