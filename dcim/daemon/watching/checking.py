"""Whether what devices say can be true, looked at once a minute, beside the path of the polls.

newest ──▶ Plan (equations) ─┐
       ├─▶ Steps (counters) ─┼─▶ device_check_state{check, of}: the daemon's own slow lane of the device
       └─▶ Stuck (probes) ───┘

A device that has said nothing since the last look is not looked at again: what was found still holds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from zlib import crc32

from dcim.model import Asset, Batch, Health, Lane, Layout, Meaning, Point, state_code
from dcim.model.point import canonical
from dcim.plausible import CHECK, COUNTERS, WATCHED, Plan, Steps, Stuck, Verdict
from dcim.record import dataclass
from dcim.series import Newest

TURNS: Final = 240
"""Shares that the devices are dealt into, one looked at every quarter of a second, each once a minute.

Of 5,000 devices with 57 points each a share takes 2 ms of one core on average, all of them 0.5 s a minute.
"""

_LISTED: Final = 6
"""Places of a check that have a point each whatever they say; of more (48 outlets) only those that lie."""

_WORDS: Final = {True: "agrees", False: "contradicts", None: "unknown"}
_HEALTH: Final = {True: Health.OK, False: Health.WARNING, None: Health.UNKNOWN}
_CODES: Final = {holds: state_code(word) for holds, word in _WORDS.items()}
_STATES: Final = {_CODES[holds]: Meaning(word, _HEALTH[holds]) for holds, word in _WORDS.items()}

_Key: TypeAlias = tuple[str, str]
"""A check and the place it is of."""

_NOTHING: Final[frozenset[_Key]] = frozenset()


@dataclass(slots=True, eq=False)
class _Looked:
    """What is known of one device: the plan for its layouts, and when the last look was and what it said."""

    plan: Plan | None = None
    counts: bool = False  # it has counters whose steps are bounded
    feels: bool = False  # it has probes whose siblings are asked
    spoken: int = 0  # of ``Newest``, at the last look
    lied: frozenset[_Key] = _NOTHING  # steps and probes that have contradicted since the start
    stuck: tuple[Verdict, ...] = ()
    told: frozenset[_Key] = _NOTHING
    keys: tuple[_Key, ...] = ()  # the same in their order
    layout: Layout | None = None


class Checks:
    """Looks at the devices in turn. ``looks`` counts devices that were judged."""

    def __init__(self, newest: Newest, assets: Iterable[Asset], stuck: Stuck | None = None) -> None:
        self.looks = 0
        self._newest = newest
        self._steps = Steps()
        self._stuck = stuck or Stuck()
        self._known: dict[str, _Looked] = {}
        self._groups: dict[str, str] = {}
        self._turns: list[list[str]] = [[] for _ in range(TURNS)]
        self._rooms: list[list[str]] = [[] for _ in range(TURNS)]
        for asset in assets:
            group = self._groups[asset.id] = asset.room or asset.id
            self._turns[turn_of(asset.id)].append(asset.id)
            if group not in self._rooms[turn_of(group)]:
                self._rooms[turn_of(group)].append(group)

    def turn(self, number: int, now: float) -> Iterator[Batch]:
        """Look at a share of the devices at ``now`` (UTC seconds); yield what is found of who spoke."""
        for group in self._rooms[number % TURNS]:
            self._look_at_room(group, now)
        for asset_id in self._turns[number % TURNS]:
            spoken = self._newest.spoken(asset_id)
            known = self._known.get(asset_id)
            if known is None:
                known = self._known[asset_id] = _Looked()
            if spoken == known.spoken:
                continue
            self.looks += 1
            known.spoken = spoken
            batches = [one for one in self._newest.batches(asset_id) if not one.layout.own]
            verdicts = self._judge(asset_id, known, batches)
            if (report := _report(asset_id, known, verdicts, max([one.at for one in batches]))) is not None:
                yield report

    def _look_at_room(self, group: str, now: float) -> None:
        """Hold the probes of a room against each other; what is found is told with the devices' own."""
        found: dict[str, list[Verdict]] = {}
        for point, verdict in self._stuck.verdicts(group, now):
            found.setdefault(point.asset, []).append(verdict)
        for asset_id, verdicts in found.items():
            self._known.setdefault(asset_id, _Looked()).stuck = tuple(verdicts)

    def _judge(self, asset_id: str, known: _Looked, batches: Sequence[Batch]) -> dict[_Key, bool | None]:
        """Return what holds and what does not, by check and place."""
        if known.plan is None or not known.plan.fits(batches):
            layouts = [batch.layout for batch in batches]
            known.plan = Plan.of(layouts)
            there = {metric for layout in layouts for metric in layout.metrics}
            known.counts, known.feels = not there.isdisjoint(COUNTERS), not there.isdisjoint(WATCHED)
        said: dict[_Key, bool | None] = {}
        for (key, many), holds in zip(known.plan.keys, known.plan.holds(batches), strict=True):
            if holds is False or many <= _LISTED or key in known.lied:
                said[key] = holds
        if known.feels:
            self._stuck.take(self._groups[asset_id], batches)
        steps = self._steps.take(batches) if known.counts else ()
        for one in (*steps, *known.stuck):
            key = one.check, one.of
            if one.holds is False or key in known.lied:
                said[key] = one.holds
        if False in said.values():
            known.lied |= {key for key, holds in said.items() if holds is False}
        return said


def _report(asset_id: str, known: _Looked, said: Mapping[_Key, bool | None], at: float) -> Batch | None:
    """Return the batch that tells it. A point that was told once stays, unknown where nothing is said now."""
    if not known.keys and not said:
        return None
    if not known.told.issuperset(said) or known.layout is None:
        known.told |= said.keys()
        known.keys = tuple(sorted(known.told))
        points = tuple(
            Point(asset_id, CHECK, canonical({"check": check, "of": of})) for check, of in known.keys
        )
        none = ("plausibility",) * len(points)
        known.layout = Layout(asset_id, Lane.SLOW, points, (_STATES,) * len(points), none, own=True)
    return Batch(known.layout, at, array("d", [_CODES[said.get(key)] for key in known.keys]))


def turn_of(name: str) -> int:
    """Return the share that a device or a room is in."""
    return crc32(name.encode()) % TURNS
