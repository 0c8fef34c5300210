"""What a site is asked about itself: told once how it is built, then how it stands, again and again. Pure.

Built ─▶ Engine ◀─ Book (which values come), Values ─▶ Verdicts
                ◀─ Question: what if these were lost ─▶ Answer
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from dcim.flow import MODULE, Flow, Network, Outcome, Situation, is_engine
from dcim.graph import Evidence, Topology
from dcim.record import replace
from dcim.redundancy.air import Air
from dcim.redundancy.compare import Comparing
from dcim.redundancy.hits import Hits
from dcim.redundancy.judge import evidence_of, is_end, standings, struck
from dcim.redundancy.limits import shares
from dcim.redundancy.message import Book, Built, Message, Question, Refused, Reply, Values
from dcim.redundancy.place import Placing, Spot, Wish
from dcim.redundancy.seen import Slot, single_phased
from dcim.redundancy.situation import (
    Look,
    as_fed,
    bypassed,
    on_bypass,
    on_one_phase,
    preferring,
    rated,
    ratings,
    situation,
    stands,
)
from dcim.redundancy.still import Still
from dcim.redundancy.verdict import Answer, Bar, Shown, Single, Verdicts
from dcim.redundancy.ways import Ways


class Engine:
    """Answers for one site. ``cpu``: seconds of CPU that this process has spent; ``still`` judges losses."""

    def __init__(
        self, built: Built, cpu: Callable[[], float] = time.process_time, still: Still | None = None
    ) -> None:
        self._built = built
        self._cpu = cpu
        self._topology = Topology(built.wiring)
        self._drawn = preferring(built.network, built.prefers)
        self._network = as_fed(self._drawn)
        self._single: frozenset[str] = frozenset()
        self._ratings: dict[str, dict[str, float]] = {}
        self._bypassed: frozenset[str] = frozenset()
        self._slots: tuple[Slot, ...] = ()
        self._ways = Ways(())
        self._look: Look | None = None
        self._said: Values | None = None
        self._flow: Flow | None = None
        self._evidence: Mapping[str, Evidence] = {}
        self._hits: Hits | None = None
        self._still = still or Still()
        self._before = Verdicts(0.0)
        self._comparing = Comparing()
        self._air = Air(self._topology, built.inlet_limit)

    def take(self, message: Message) -> Reply:
        """Return what follows from a message; nothing from a book."""
        match message:
            case Book():
                self._slots, self._ways = message.slots, Ways(message.slots)
                self._single = single_phased(self._topology.nodes, message.slots)
                self._network, self._said = self._made(), None
                return None
            case Values():
                return self._looked(message)
            case Question():
                return self._asked(message)
            case Wish():
                return self._placed(message)

    def _looked(self, said: Values) -> Verdicts:
        began = self._cpu()
        look = Look(said.at, self._slots, said.values, said.down, said.doubtful, said.reduced, said.open)
        if self._flow is not None and self._said is not None and said.tells_as(self._said):
            return self._told(look, self._flow, said, began)
        stood = self._ratings, self._bypassed
        self._ratings, self._bypassed = ratings(look, self._ways), on_bypass(look, self._ways)
        if (self._ratings, self._bypassed) != stood:
            self._network = self._made()
        cells = self._flow.cells if self._flow else None
        self._flow = None  # let go first: two of a large site would be there at once
        flow = Flow(self._network, self._stood(look), cells)
        self._still.note(look, self._ways, self._built.tolerance)
        judged = self._still.judged(flow, self._hits_at(look), self._before.headroom)
        self._flow = flow
        self._before = Verdicts(
            said.at,
            judged.headroom,
            judged.services,
            judged.singles,
            () if self._still.plain else tuple(flow.findings),
        )
        return self._told(look, flow, said, began)

    def _told(self, look: Look, flow: Flow, said: Values, began: float) -> Verdicts:
        """Return what was found of a look, with what comes of the time that has passed since others."""
        self._look, self._said = look, said
        self._air.recall(said.masses)
        self._air.take(look, flow, self._ways)
        compared = self._comparing.take(look, flow)
        spent = self._cpu() - began
        self._before = replace(
            self._before, at=said.at, spent=spent, comparison=compared, masses=self._air.masses
        )
        return self._before

    def _hits_at(self, look: Look) -> Hits:
        """Return what judges losses; the same as at the look before while all parts stand as they did."""
        before = self._look
        if self._hits is None or before is None or stands(look) != stands(before):
            self._evidence = evidence_of(self._topology, look)
            self._hits = Hits(self._topology, self._evidence)
        return self._hits

    def _made(self) -> Network:
        fed = as_fed(on_one_phase(self._drawn, self._single))
        return bypassed(rated(fed, self._ratings), self._bypassed)

    def _stands(self, look: Look) -> Situation:
        return self._stood(look)()

    def _stood(self, look: Look) -> Callable[[], Situation]:
        """Return what says how the network stands by a look, once it is asked."""
        built, network, ways = self._built, self._network, self._ways
        return cache(
            lambda: situation(network, look, tolerance=built.tolerance, tanks=built.tanks, ways=ways)
        )

    def _asked(self, question: Question) -> Answer | Refused:
        flow, look = self._flow, self._look
        if flow is None or look is None:
            return Refused("no_look")
        unknown = [name for name in question.lost if name not in self._losable]
        if unknown:
            return Refused("no_part", tuple(unknown))
        outcome = flow.lose(*question.lost)
        return Answer(
            look.at,
            outcome,
            tuple(self._shown(flow, outcome, len(outcome.stages))),
            standings(self._topology, self._evidence),
            dict(struck(self._topology, self._evidence, outcome).standing),
            warming=tuple(self._air.warming(flow, outcome, look.down, look.doubtful)),
            findings=tuple(flow.findings),
            following=tuple(self._following(flow, outcome)) if question.maintenance else (),
            at_once=tuple(self._shown(flow, outcome, 1)) if len(outcome.stages) > 1 else (),
        )

    def _following(self, flow: Flow, first: Outcome) -> Iterator[Single]:
        """Yield what one more loss would do while these parts are away, where that is anything."""
        gone = struck(self._topology, self._evidence, first)
        opened = {trip.element for trip in first.trips}
        for name in self._network.losable:
            if name in first.lost or name in first.settled.dead or is_end(self._network, name):
                continue
            outcome = flow.lose(*first.lost, name)
            hit = struck(self._topology, self._evidence, outcome)
            trips = tuple(trip for trip in outcome.trips if trip.element not in opened)
            down = tuple(one for one in hit.down if one not in gone.down)
            unknown = tuple(one for one in hit.unknown if one not in gone.unknown)
            if trips or down or unknown:
                over = tuple(outcome.worst.values())
                yield Single(name, trips, over, down, unknown, len(hit.reduced))

    def _placed(self, wish: Wish) -> tuple[Spot, ...] | Refused:
        if self._look is None:
            return Refused("no_look")
        rooms = sorted({node.room for node in self._topology.nodes.values() if node.room})
        if wish.room and wish.room not in rooms:
            return Refused("no_room", (wish.room, ", ".join(rooms) or "-"))
        return tuple(Placing(self._topology, self._network, self._before.headroom).spots(wish))

    @property
    def _losable(self) -> frozenset[str]:
        return frozenset(self._network.losable)

    def _shown(self, flow: Flow, outcome: Outcome, stages: int) -> Iterator[Shown]:
        """Yield every part as it is before, and after so many stages."""
        outcome = replace(outcome, stages=outcome.stages[:stages])
        end, lost = outcome.settled, next(iter(outcome.lost), "")
        for name in self._network.order:
            element, before, was = self._network.elements[name], flow.load(name), self._was(flow, name)
            after = end.loads.get(name, before)
            then = {
                (phase, unit): share
                for phase, unit, _, share in shares(flow, name, after, self._module(name, lost))
            }
            bars = tuple(
                Bar(phase, unit, limit, share, then.get((phase, unit), share))
                for phase, unit, limit, share in shares(flow, name, before)
            )
            yield Shown(
                part=name,
                kind=element.kind,
                feeds=tuple(feed.source for feed in element.feeds),
                before=before,
                after=after,
                was=was,
                state=self._state(name, was, outcome),
                bars=bars,
                warn=element.limit.warn,
                trip=element.limit.trip,
            )

    @staticmethod
    def _module(name: str, lost: str) -> str:
        return lost if lost == name + MODULE else ""

    @staticmethod
    def _was(flow: Flow, name: str) -> str:
        """Return how a part stands now; an engine that does not run and could is stopped, not dead."""
        live = flow.live(name)
        if live is None:
            return "doubtful"
        if live:
            return "live"
        ready = is_engine(flow.network.elements[name]) and name not in flow.situation.down
        return "stopped" if ready else "dead"

    @staticmethod
    def _state(name: str, was: str, outcome: Outcome) -> str:
        """Return how a part stands at the last of these stages, by the strongest of what can be said."""
        end = outcome.settled
        said = (
            ("lost", name in outcome.lost),
            ("tripped", any(trip.element == name and trip.surely for trip in outcome.trips)),
            ("stopped", name in end.dead and was == "stopped"),
            ("dead", name in end.dead),
            ("doubtful", name in end.doubtful),
            ("battery", name in end.discharging),
            ("live", name in end.loads),
        )
        return next((word for word, holds in said if holds), was)
