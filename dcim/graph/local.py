"""What is known of one part, from its own readings and from its neighbours as they stand. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final, TypeAlias

from dcim.graph.evidence import Basis, Evidence
from dcim.graph.node import COOLERS, SOURCES, STORES, TRANSFER, Node, NodeKind, Via
from dcim.graph.observe import NOTHING, WHOLE, Places, Said
from dcim.graph.phases import (
    NONE,
    SOME,
    as_some,
    is_none,
    merged,
    of_own,
    once,
    overall,
    placed,
    spread,
    where,
)
from dcim.graph.sign import State
from dcim.graph.topology import Topology
from dcim.graph.verdict import Redundancy
from dcim.record import dataclass, field

Measured: TypeAlias = tuple[frozenset[str], frozenset[str], tuple[str, ...]]
"""The phases that readings say are up and down, and the meter if it is one that says it."""

_UNMEASURED: Final[Measured] = (NONE, NONE, ())
_MEMBERS: Final = {NodeKind.RACK: Via.POWER, NodeKind.ROOM: Via.COOLING}
"""Parts that are as good as what serves them: nobody measures them as such."""

_COOL: Final = COOLERS | {NodeKind.CHILLER}
_REDUNDANCY: Final = {
    State.UP: Redundancy.FULL,
    State.DOWN: Redundancy.REDUCED,
    State.UNKNOWN: Redundancy.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Around:
    """The building as it stands: what devices say, which phases are proven alive, what is known.

    ``shown``: the phases that each part below proves here, kept because a busbar has a hundred parts below,
    of which one says something; ``proofs``: how many parts prove which phases. ``read``: what readings say
    of each part, until one of its devices says something else. ``gone``: the parts that give nothing on any
    phase, by what is measured there and above.
    """

    topology: Topology
    said: dict[str, Said] = field(default_factory=dict)
    alive: dict[str, frozenset[str]] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    shown: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    proofs: dict[str, Counter[frozenset[str]]] = field(default_factory=dict)
    read: dict[str, Measured] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def says(self, device: str, said: Said) -> None:
        """Take what a device says now."""
        node, before = self.topology.nodes[device], self.said_by(device)
        self.said[device] = said
        self.read.pop(device, None)
        self.read.pop(node.measures, None)
        if not node.passes or before.inputs or said.inputs:
            self.show(device)

    def lives(self, name: str, phases: frozenset[str]) -> None:
        """Take it that these phases of a part are proven alive."""
        self.alive[name] = once(phases)
        node = self.topology.nodes[name]
        if node.passes or node.joins:
            self.show(name)

    def sinks(self, node: Node) -> bool:
        """Look anew whether a part gives nothing, by its own readings first; return whether that is new."""
        gone = self._gives_nothing(node)
        if gone is (node.id in self.gone):
            return False
        (self.gone.add if gone else self.gone.discard)(node.id)
        return True

    def _gives_nothing(self, node: Node) -> bool:
        up, down, _ = self.measured(node)
        if up or down:
            return not up and (WHOLE in down or down >= frozenset(node.phases))
        if not node.fed_by or node.kind in STORES or node.kind in SOURCES:
            return False
        return (any if node.needs_all else all)(name in self.gone for name in node.fed_by)

    def show(self, name: str) -> None:
        """Note anew what a part proves of those that feed it."""
        for above in self.topology.parents(name, Via.POWER):
            shown = self.shown.get(above)
            if shown is None:
                continue
            before, after = shown[name], self._proves(self.topology.nodes[above], name)
            if after != before:
                shown[name] = after
                proofs = self.proofs[above]
                proofs[after] += 1
                proofs[before] -= 1
                if not proofs[before]:
                    del proofs[before]

    def _proves(self, node: Node, child: str) -> frozenset[str]:
        return once(of_own(node, self._shown(node, self.topology.nodes[child])))

    def _below(self, node: Node) -> dict[str, frozenset[str]]:
        """Return what each part below proves here, also those that prove nothing."""
        shown = self.shown.get(node.id)
        if shown is None:
            children = self.topology.children(node.id, Via.POWER)
            shown = self.shown[node.id] = {name: self._proves(node, name) for name in children}
            self.proofs[node.id] = Counter(shown.values())
        return shown

    def said_by(self, name: str) -> Said:
        """Return what a device says; nothing where there is none."""
        return self.said.get(name, NOTHING)

    def measured(self, node: Node) -> Measured:
        """Return the phases that readings say are up and down, and the meter if it is one that says it."""
        found = self.read.get(node.id)
        if found is None:
            found = self.read[node.id] = self._measured(node)
        return found

    def _measured(self, node: Node) -> Measured:
        for device in (node.id, *self.topology.meters(node.id)):
            if output := placed(node, self.said_by(device).output):
                up = once(of_own(node, spread(node, where(output, State.UP))))
                down = once(of_own(node, spread(node, where(output, State.DOWN))))
                return up, down, () if device == node.id else (device,)
        return _UNMEASURED

    # upwards

    def proven(self, node: Node) -> frozenset[str]:
        """Return the phases that have voltage: as the readings here say, else as parts below show."""
        up, down, _ = self.measured(node)
        if WHOLE in down:
            return up
        if node.id not in self.proofs:
            self._below(node)
        shown = NONE.union(*self.proofs[node.id])
        return up | (shown - down - SOME if up or down else shown)  # of some phase it says itself of which

    def showing(self, node: Node) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the parts below that prove voltage here, and on which phases."""
        return ((name, phases) for name, phases in self._below(node).items() if phases)

    def names_others(self, node: Node) -> bool:
        """Whether other parts below are to be named than were, where the same phases are alive as before."""
        known = self.evidence[node.id]
        if known.basis is Basis.BELOW:
            return known.witnesses != self._named(node)
        return known.basis is Basis.MEASURED and known.doubt != self._doubt(node, known.down)

    def _named(self, node: Node) -> tuple[str, ...]:
        found: list[str] = []
        for name, phases in self._below(node).items():
            if phases:
                found.append(name)
                if len(found) == _NAMED:
                    break
        return tuple(found)

    def _shown(self, node: Node, child: Node) -> frozenset[str]:
        inputs = self.said_by(child.id).inputs
        shown = self.alive.get(child.id, NONE)
        if shown:
            alone = child.passes or (child.joins and self._is_alone(node.id, child, inputs))
            shown = as_some(child, shown) if alone else NONE
        if not inputs:
            return shown
        return shown.union(
            phase
            for number, feed in enumerate(child.fed_by)
            if feed == node.id and number in inputs
            for phase in as_some(child, spread(child, where(placed(child, inputs[number]), State.UP)))
        )

    def _is_alone(self, name: str, child: Node, inputs: Mapping[int, Places]) -> bool:
        """Whether of all that feeds a part only this one can be what gives it voltage."""
        able = [
            feed for number, feed in enumerate(child.fed_by) if self._may_give(feed, inputs.get(number, {}))
        ]
        return able == [name]

    def _may_give(self, feed: str, arrives: Places) -> bool:
        """Whether a feed may be what gives a part its voltage; what arrives goes before what is above."""
        states = arrives.values()
        if State.UP in states:
            return True
        return feed not in self.gone and not is_none(arrives)

    # downwards

    def concluded(self, node: Node) -> Evidence:
        """Return what is known of a part; what is above it must have been concluded before."""
        if via := _MEMBERS.get(node.kind):
            return self._as_members(node, via)
        up = self.alive.get(node.id, NONE)
        measured_up, measured_down, meters = self.measured(node)
        starved = self._starved(node, alive=bool(up)) - up - measured_down if WHOLE not in up else NONE
        down = measured_down | starved
        state = overall(node, up, down)
        if node.kind in _COOL and (cut := self._cut(node)):
            return self._evident(node, State.DOWN, Basis.ABOVE, up, down, cut)
        if state is State.UNKNOWN and up | down:
            return self._evident(node, state, Basis.PARTLY, up, down, meters)
        if measured_up | measured_down:
            return self._evident(node, state, Basis.MEASURED, up, down, meters)
        if starved:
            return self._evident(node, state, Basis.ABOVE, up, down, node.fed_by)
        if up:
            return self._evident(node, state, Basis.BELOW, up, down, self._named(node))
        return self._evident(node, state, Basis.NOTHING, up, down, ())

    def _as_members(self, node: Node, via: Via) -> Evidence:
        members = node.before(via)
        states = [self.evidence[name].works for name in members]
        needs = len(states) if node.needs_all else 1
        up, unknown = states.count(State.UP), states.count(State.UNKNOWN)
        state = State.UP if up >= needs > 0 else State.DOWN if up + unknown < needs else State.UNKNOWN
        basis = Basis.MEMBERS if members else Basis.NOTHING
        return self._evident(node, state if members else State.UNKNOWN, basis, NONE, NONE, members)

    def _starved(self, node: Node, *, alive: bool) -> frozenset[str]:
        """Return the phases on which all that feeds a part is down, unless it stores or makes power.

        Where something is alive, a feed that says to be down as a whole is not believed.
        """
        if not node.fed_by or node.kind in STORES or node.kind in SOURCES:
            return NONE
        evidence = self.evidence
        feeds = [evidence[name] for name in node.fed_by]
        named = node.phases or (WHOLE,)  # which it has of those that are down nobody has said
        dead = partial(_dead, self.topology, alive=alive)
        if len(feeds) == 1:
            return frozenset([phase for phase in named if dead(feeds[0], phase)])
        enough = any if node.needs_all else all
        return frozenset([phase for phase in named if enough([dead(feed, phase) for feed in feeds])])

    def _cut(self, node: Node) -> tuple[str, ...]:
        """Return what a cooling unit cannot do without and what is down, whatever the unit says of itself."""
        dead = [name for name in node.fed_by if self.evidence[name].state is State.DOWN]
        dry = [name for name in node.cooled_by if self.evidence[name].works is State.DOWN]
        if dead and (node.needs_all or len(dead) == len(node.fed_by)):
            return tuple(dead)
        return tuple(dry) if dry and len(dry) == len(node.cooled_by) else ()

    def _evident(
        self,
        node: Node,
        state: State,
        basis: Basis,
        up: frozenset[str],
        down: frozenset[str],
        witnesses: tuple[str, ...],
    ) -> Evidence:
        said = self.said_by(node.id)
        ready = basis is not Basis.ABOVE and said.ready is State.UP
        return Evidence(
            node=node.id,
            state=state,
            basis=basis,
            redundancy=self._redundancy(node, state, said, ready=ready),
            ready=ready,
            up=once(up),
            down=once(down),
            witnesses=witnesses,
            points=said.points,
            doubt=self._doubt(node, down) if basis is Basis.MEASURED else "",
        )

    def _doubt(self, node: Node, down: frozenset[str]) -> str:
        """Name a part below that has voltage on a phase that has none here."""
        if not down:
            return ""
        lacks_some = bool(self.measured(node)[0])  # then something below may have another phase
        for name, phases in self.showing(node):
            if WHOLE in down or phases & down or (WHOLE in phases and not lacks_some):
                return name
        return ""

    def _redundancy(self, node: Node, state: State, said: Said, *, ready: bool) -> Redundancy:
        if state is State.DOWN:
            return Redundancy.FULL if ready else Redundancy.REDUCED
        if node.kind in TRANSFER or node.kind in STORES:
            return (
                _REDUNDANCY[said.redundancy]
                if said.redundancy is not State.UNKNOWN
                else self._of_feeds(node, said)
            )
        return Redundancy.FULL if state is State.UP else Redundancy.UNKNOWN

    def _of_feeds(self, node: Node, said: Said) -> Redundancy:
        """Return whether every feed of a part that could choose, or store, is there."""
        states = [merged(said.inputs[number].values()) for number in said.inputs]
        above = [self.evidence[name] for name in node.fed_by]
        if State.DOWN in states or any(one.works is State.DOWN for one in above):
            return Redundancy.REDUCED
        known = len(states) >= max(len(above), 1 + (node.kind in TRANSFER))
        return Redundancy.FULL if known and State.UNKNOWN not in states else Redundancy.UNKNOWN


_NAMED: Final = 3
"""Parts below that are named as showing voltage: one is enough to prove it."""


def _dead(topology: Topology, feed: Evidence, phase: str, *, alive: bool) -> bool:
    """Whether a feed is known to give nothing on a phase; ``""`` asks for all of them."""
    if phase != WHOLE and phase in feed.down:
        return True
    if alive:
        return False
    if WHOLE in feed.down or phase != WHOLE:
        return WHOLE in feed.down
    connected = topology.nodes[feed.node].phases
    return feed.state is State.DOWN and not feed.up and feed.down >= frozenset(connected)
