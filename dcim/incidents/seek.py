"""Where the cause of an alert stands: up feeds, network and cooling, as far as something proves it. Pure.

    power    from part to feed, as long as nothing there has voltage; the last one that has none is the root;
             whatever a part complains of that has evidently no power, it complains of for want of it
    network  from device to gateway, switch, router, as long as nobody there answers
    cooling  from room to cooling unit

A feed of which nothing is known explains nothing by itself (I4). It is the root only where voltage is proven
above it and proven gone below it: then the fault lies between. A source that had only just come when it was
gone below, as a generator does in an outage, proves nothing of that: what is read below is of before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from typing import Final

from dcim.graph import Node, NodeKind, State, Topology, Via
from dcim.graph.node import STORES
from dcim.incidents.parts import made_of, told_before
from dcim.incidents.path import Path
from dcim.incidents.place import Because, Place, Root, is_another
from dcim.incidents.poor import Poor
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import CAUSES, FOLLOWS, NEEDS_ALL, NO_VOLTAGE, OF_MANY, OF_STORES, STOPS, Trouble
from dcim.incidents.ways import OpenTroubles, Ways
from dcim.record import replace

_FEEDS: Final = {"a": 0, "1": 0, "b": 1, "2": 1, "c": 2, "3": 2}
"""The place of a feed in ``fed_by``, by what transfer switches call it."""

_FAR: Final = 400  # parts below that are looked at for a common load
_TRANSFERS: Final = 30.0
"""Seconds after which what a source gives has come through a transfer switch to whatever is read below it."""


class Seeker:
    """Finds the root of an alert in the building as it is seen now."""

    def __init__(self, topology: Topology, opened: OpenTroubles, placed: Callable[[str], Place]) -> None:
        self._topology = topology
        self._opened, self._placed = opened, placed
        self._poor = Poor(topology, opened)
        self._gensets = frozenset(topology.of_kind(NodeKind.GENSET))
        self._path = Path(topology)
        self._ways = Ways()

    def anew(self) -> None:
        """Forget what was found out: a new moment has begun."""
        self._path.anew()
        self._ways.anew()

    def turned(self, place: Place) -> None:
        """Take it that an alert came or went: what it says of power is to be found out anew."""
        if place.trouble in _OF_POWER:
            self._ways.turned(place.node)

    def root(self, place: Place, sight: Sight) -> Root:
        """Return where the cause of an alert stands: at its own part where nothing above explains it."""
        for seek in _SEEKS.get(place.trouble, ()):
            found = seek(self, place, sight)
            if found is not None:
                return found
        return self._follows(place, sight) or Root(place.node, Because.ITSELF, place.key)

    def state(self, node: str, sight: Sight, since: float = -inf) -> State:
        """Return whether a part has power: by evidence, else by the alerts that are open on it.

        A device that was on its last source when it fell silent counts as lost, whatever it said just before.
        """
        seen = sight.state(node, since)
        if seen is State.DOWN or (seen is State.UP and sight.answers(node) is not State.DOWN):
            return seen
        opened = self._opened.get(node)
        if not opened:
            return seen
        troubles = opened.values()
        lost = Trouble.POWER_LOST in troubles or Trouble.SOURCE_LOST in troubles
        return State.DOWN if lost else seen

    def is_head(self, node: str, sight: Sight, since: float = -inf) -> bool:
        """Whether nothing above a part is known: where power enters the building, as far as we see.

        What was seen to work only before ``since`` (monotonic) is not known; a generator may stand by.
        """
        above = {name: self.state(name, sight, since) for name in self._topology.ancestors(node, Via.POWER)}
        stands = {name for name, state in above.items() if state is State.DOWN and name in self._gensets}
        return all(above[name] is State.UNKNOWN for name in above.keys() - stands)

    def gave_up(self, name: str, sight: Sight) -> bool:
        """Whether a part that stores power failed with much of it left: no loss above explains that."""
        node = self._node(name)
        return node is not None and node.kind in STORES and sight.held(name) is State.UP

    def shows(self, trouble: Trouble, node: str, sight: Sight) -> bool:
        """Whether an alert of this trouble on a part can be why what hangs on it is dead."""
        return trouble in CAUSES and not (trouble in OF_STORES and self.gave_up(node, sight))

    # the same part

    def _follows(self, place: Place, sight: Sight) -> Root | None:
        """Find what brings an alert about in its own part; of the same trouble only what was there before."""
        before = True
        apart = place.trouble is Trouble.POWER_LOST and self.gave_up(place.node, sight)
        for key, trouble in self._opened.get(place.node, {}).items():
            before = before and key != place.key
            other = trouble is place.trouble in OF_MANY and is_another(place, self._placed(key))
            if other or (apart and trouble in OF_STORES):
                continue
            if place.trouble in FOLLOWS.get(trouble, ()) and (before or trouble is not place.trouble):
                return Root(place.node, Because.FOLLOWS, key)
        return None

    # power

    def _power(self, place: Place, sight: Sight) -> Root | None:
        """Follow every feed that is lost, for what is hit by the loss of one; else only if none is left."""
        feeds = self._feeds(place)
        if place.trouble is Trouble.SILENT and not self._may_be_empty(place.device, sight):
            return None
        if place.trouble in NEEDS_ALL and self.gave_up(place.node, sight):
            return None
        one_is_enough = place.trouble not in NEEDS_ALL or self._needs_all(place.node)
        if not one_is_enough and any(self._gives(feed, sight, place.since) for feed in feeds):
            return None
        proven = place.trouble in NO_VOLTAGE
        return self._first(feeds, sight, place.since, proven=proven)

    def _may_be_empty(self, name: str, sight: Sight) -> bool:
        """Whether a part is known to give nothing from its store any more, or has none."""
        node = self._node(name)
        if node is None or node.kind not in STORES or self.state(name, sight) is State.DOWN:
            return True
        return any(self.state(one, sight) is State.DOWN for one in self._topology.children(name, Via.POWER))

    def _powerless(self, place: Place, sight: Sight) -> Root | None:
        """Return why a part has evidently no power: whatever it complains of, it lacks that.

        A device complains of many things at once; its feeds are followed once in a moment.
        """
        known, starved = (place.node, place.since), self._ways.starved
        if known not in starved:
            starved[known] = self._follow(place, sight)
        return starved[known]

    def _follow(self, place: Place, sight: Sight) -> Root | None:
        """Follow the feeds of a part that has evidently no power."""
        if self.state(place.node, sight, place.since) is not State.DOWN:
            return None
        feeds = self._feeds(replace(place, feed="") if place.feed else place)
        if not self._needs_all(place.node) and any(self._gives(feed, sight, place.since) for feed in feeds):
            return None
        return self._first(feeds, sight, place.since, proven=False)

    def _feeds(self, place: Place) -> tuple[str, ...]:
        """Return what feeds a part, generators last; of a transfer switch the feed that the alert names."""
        node = place.device if place.trouble is Trouble.SILENT else place.node
        feeds = self._topology.parents(node, Via.POWER)
        number = _FEEDS.get(place.feed.lower(), -1)
        if 0 <= number < len(feeds):
            return (feeds[number],)
        return self._generators_last(feeds)

    def _generators_last(self, feeds: tuple[str, ...]) -> tuple[str, ...]:
        return feeds if len(feeds) < 2 else tuple(sorted(feeds, key=self._gensets.__contains__))

    def _kind(self, name: str) -> NodeKind | None:
        return node.kind if (node := self._node(name)) else None

    def _node(self, name: str) -> Node | None:
        return self._topology.nodes.get(name)

    def _needs_all(self, name: str) -> bool:
        node = self._node(name)
        return node is not None and node.needs_all

    def _gives(self, feed: str, sight: Sight, since: float) -> bool:
        """Whether a feed has voltage and no open breaker."""
        opened = self._opened.get(feed)
        if opened and Trouble.BREAKER_OPEN in opened.values():
            return False
        return self.state(feed, sight, since) is State.UP

    def _gave(self, feed: str, sight: Sight, since: float) -> bool:
        """Whether a feed gives, and had given for long enough at ``since`` to be seen below it."""
        return self._gives(feed, sight, since) and sight.came(feed) <= since - _TRANSFERS

    def _top(self, name: str, sight: Sight, since: float, *, proven: bool) -> Root | None:
        """Return the highest part of a dead path that begins at ``name``, or None where nothing is proven.

        ``proven``: it is known that no voltage comes out below.
        """
        state = self.state(name, sight, since)
        if state is State.UP:
            return Root(name, Because.POWER)  # its breaker is open
        if state is State.DOWN and self.gave_up(name, sight):
            return Root(name, Because.POWER)
        feeds = self._generators_last(self._topology.parents(name, Via.POWER))
        self._ways.passing(feeds)
        live = True in [self._gave(feed, sight, since) for feed in feeds]
        if state is State.DOWN:
            lost = not live or self._needs_all(name)
            above = self._first(feeds, sight, since, proven=True) if lost else None
            return above or Root(name, Because.POWER)
        if live:
            return Root(name, Because.BETWEEN) if proven else None
        return self._first(feeds, sight, since, proven=proven)

    def top(self, name: str, sight: Sight, since: float) -> str:
        """Return the highest part of the dead path that begins at a dead part."""
        root = self._top(name, sight, since, proven=True)
        return root.node if root is not None else name

    def _first(self, feeds: tuple[str, ...], sight: Sight, since: float, *, proven: bool) -> Root | None:
        way, dead = (feeds, since, proven), self._ways.dead
        if way in dead:
            return dead[way]
        self._ways.passing(feeds)
        dead[way] = None
        mains = [feed for feed in feeds if feed not in self._gensets]
        for feed in mains or feeds:  # a generator that stands by is no cause beside the mains
            lost = not self._gives(feed, sight, since)
            if lost and (top := self._top(feed, sight, since, proven=proven)):
                dead[way] = top
                break
        return dead[way]

    def poor(self, place: Place, sight: Sight, told: Place | None = None) -> Root | None:
        """Find the highest feed that is poor already. ``told``: an alert that is told only now."""
        named = self._feeds(place) if place.feed else ()
        feed = named[0] if len(named) == 1 else ""
        return self._poor.above(place, partial(self.state, sight=sight), told, feed)

    def _twin(self, place: Place, sight: Sight) -> Root | None:
        """Find the lost feed of a load that hangs on this part too."""
        below = self._topology.descendants(place.node, Via.POWER)[:_FAR]
        mine = {place.node, *below}
        for load in below:
            for other in self._topology.parents(load, Via.POWER):
                if other not in mine and self.state(other, sight) is State.DOWN:
                    top = self._top(other, sight, place.since, proven=True)
                    return Root(top.node if top else other, Because.TWIN)
        return None

    def _foretold(self, place: Place, sight: Sight) -> Root | None:
        """Find the loss that has come: a part of the service, or the other feed of a load."""
        return (self._parts if place.node in self._topology.services else self._twin)(place, sight)

    def _as_foretold(self, place: Place, sight: Sight) -> Root | None:
        """Find the lost feed whose load a part was said not to bear, and evidently does not."""
        said = _TOO_MUCH.intersection(self._opened.get(place.node, {}).values())
        return self._twin(place, sight) if said else None

    def _standby(self, place: Place, sight: Sight) -> Root | None:
        """Find the lost feed that a generator stands by for."""
        for switch in self._topology.children(place.node, Via.POWER):
            for other in self._topology.parents(switch, Via.POWER):
                if other != place.node and self.state(other, sight) is State.DOWN:
                    top = self._top(other, sight, place.since, proven=True)
                    return Root(top.node if top else other, Because.STANDBY)
        return None

    # network

    def _network(self, place: Place, sight: Sight) -> Root | None:
        return self._path.silent(place, sight)

    # cooling

    def _cooling(self, place: Place, sight: Sight) -> Root | None:
        """Find the cooling unit of the room that gives no cold; an open alert of one goes before evidence."""
        if self._kind(place.node) in _COOL and (starved := self._powerless(place, sight)):
            return starved
        units = [unit for unit in self._coolers(place.node) if unit != place.node]
        for unit in units:
            for key, trouble in self._opened.get(unit, {}).items():
                if trouble is Trouble.COOLING_LOST:
                    return Root(unit, Because.COOLING, key)
        if (lost := next((unit for unit in units if sight.state(unit) is State.DOWN), None)) is None:
            return None
        above = self._power(Place(lost, lost, Trouble.COOLING_LOST, since=place.since), sight)
        return Root(above.node if above else lost, Because.COOLING)

    def _coolers(self, name: str) -> Iterable[str]:
        node = self._node(name)
        room = f"room/{node.room}" if node is not None and node.room else ""
        own = self._topology.ancestors(name, Via.COOLING)
        return dict.fromkeys((*own, *self._topology.ancestors(room, Via.COOLING)))

    def _chilled(self, place: Place, sight: Sight) -> Root | None:
        """Find what a cooling unit gets its cold from, and which gives none."""
        for above in self._topology.ancestors(place.node, Via.COOLING):
            if self.state(above, sight) is State.DOWN:
                return Root(above, Because.COOLING)
        return None

    # services

    def _parts(self, place: Place, sight: Sight) -> Root | None:
        """Find the part of a service that is lost, and why; rather one of which nobody has told yet."""
        lost = [
            root
            for name in made_of(self._topology, place.node)
            if (root := self._lost(name, sight, place.since)) is not None
        ]
        found = min(lost, key=lambda root: bool(root.cause or self._opened.get(root.node)), default=None)
        return found and Root(found.node, Because.PARTS, found.cause)

    def _stands(self, place: Place, _sight: Sight) -> Root | None:
        """Find an alert that stands where power or cold comes from, though it may be back by now."""
        return told_before(self._topology, self._opened, place.node, STOPS)

    def _undecided(self, place: Place, _sight: Sight) -> Root | None:
        """Find what says nothing, among the parts of a service and what they depend on."""
        return told_before(self._topology, self._opened, place.node, _SAYS_NOTHING)

    def _lost(self, name: str, sight: Sight, since: float) -> Root | None:
        for key, trouble in self._opened.get(name, {}).items():
            if trouble in STOPS:
                return Root(name, Because.PARTS, key)
        if self.state(name, sight) is not State.DOWN:
            return None
        trouble = Trouble.COOLING_LOST if self._kind(name) in _COOL else Trouble.POWER_LOST
        return self._power(Place(name, name, trouble, since=since), sight) or Root(name, Because.PARTS)


_COOL: Final = frozenset({NodeKind.CRAC, NodeKind.CHILLER})
_SAYS_NOTHING: Final = frozenset({Trouble.SILENT})
_OF_POWER: Final = frozenset({Trouble.POWER_LOST, Trouble.SOURCE_LOST, Trouble.BREAKER_OPEN})
"""What open alerts can say of the power of a part (``state``, ``_gives``)."""

_TOO_MUCH: Final = frozenset({Trouble.FORETOLD, Trouble.OVERLOAD})
_SEEKS: Final = {
    Trouble.POWER_LOST: (Seeker._power, Seeker._as_foretold),
    Trouble.BREAKER_OPEN: (Seeker._as_foretold,),
    Trouble.SOURCE_LOST: (Seeker._power, Seeker.poor),
    Trouble.POWER_POOR: (Seeker.poor, Seeker._power),
    Trouble.DRAINED: (Seeker._power,),
    Trouble.SILENT: (Seeker._power, Seeker._network, Seeker._as_foretold),
    Trouble.COOLING_LOST: (Seeker._power, Seeker._chilled),
    Trouble.AIR: (Seeker._cooling,),
    Trouble.OVERLOAD: (Seeker._twin,),
    Trouble.FORETOLD: (Seeker._foretold, Seeker._powerless),
    Trouble.STANDBY: (Seeker._standby,),
    Trouble.SERVICE: (Seeker._parts, Seeker._stands),
    Trouble.UNDECIDED: (Seeker._undecided, Seeker._parts),
    Trouble.OTHER: (Seeker._powerless,),
}
