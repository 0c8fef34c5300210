"""A second, plain computation of what a loss does when every number is known. It shares no code with ``dcim.flow``.

A ``Fact`` is one possible truth: what every machine takes, how its cords share, what every element loses. From it the
flow is put together leaf by leaf, breaker by breaker, and started anew after every trip. Nothing is incremental and
nothing is an interval. What many facts have in common bounds what ``dcim.flow`` may say (see ``test_oracle.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dcim.flow.values.model import Element, Network, Rule
from dcim.graph import NodeKind

Loads = dict[str, list[float]]


@dataclass(frozen=True)
class Machine:
    """Part of a load: VA by phase of the load, and which part each of its feeds carries while all are live."""

    takes: tuple[float, ...]
    shares: Mapping[int, float]


@dataclass(frozen=True)
class Store:
    """What a battery holds: ``joules``, of which ``factor`` watts are taken a voltampere; or ``seconds`` at the load
    of before, of which others make it last by the power ``exponent``."""

    joules: float = 0.0
    factor: float = 1.0
    seconds: float = 0.0
    exponent: float = 1.0


@dataclass(frozen=True)
class Fact:
    """One possible truth. ``splits``: of a phase that nobody knows, which part is on which phase of the source.

    ``positions``: where a switch stands, if that is live. ``returns``: switches that go back to it once it is live again,
    or to what they prefer. ``tests``: UPS that live on their battery although they are fed, until their feed has failed,
    and which part of their losses they take meanwhile; those that ``end`` it as soon as they give something else.
    ``starts``: seconds until an engine runs. ``stores``: batteries; one that is not there lasts
    for ever.
    """

    machines: Mapping[str, tuple[Machine, ...]]
    gains: Mapping[str, float] = field(default_factory=dict)
    idles: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    splits: Mapping[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)
    positions: Mapping[str, str] = field(default_factory=dict)
    returns: frozenset[str] = frozenset()
    down: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    tests: Mapping[str, float] = field(default_factory=dict)
    end: frozenset[str] = frozenset()
    starts: float = 7.0
    stores: Mapping[str, Store] = field(default_factory=dict)


@dataclass
class Moment:
    """How everything stands at one stage: so many seconds after the loss, with these batteries empty, and these in use."""

    when: str
    seconds: float
    empty: frozenset[str]
    giving: frozenset[str]
    live: dict[str, bool]
    loads: Loads
    trips: list[str]


class Truth:
    """One fact about a network, played through."""

    def __init__(self, network: Network, fact: Fact) -> None:
        self.network = network
        self.fact = fact
        self.opened: set[str] = set()
        self.engines = set(fact.running)
        self.empty: set[str] = set()
        self.seconds = 0.0
        self.spent = dict.fromkeys(fact.stores, 0.0)  # which part of each battery
        self.modules: dict[str, int] = {}
        self.stands = dict(fact.positions)
        self.testing = dict(fact.tests)
        self.taken: dict[str, float] = {}
        self.before: Loads = {}
        self.live = self._live()
        self.before = self.flow()

    # one state

    def _live(self) -> dict[str, bool]:
        live: dict[str, bool] = {}
        for name in self.network.order:
            one = self.network.elements[name]
            good = name not in self.fact.down and name not in self.opened
            if one.kind is NodeKind.GENSET:
                good = good and name in self.engines
            if one.feeds and (one.battery is None or name in self.empty):
                feeds = [live[feed.source] for feed in one.feeds]
                good = good and (all(feeds) if one.rule is Rule.ALL else any(feeds))
            if one.rule is Rule.SELECT and one.feeds:
                self._move(one, live)
            live[name] = good
        self.testing = {
            name: part
            for name, part in self.testing.items()
            if live[name] and any(live[feed.source] for feed in self.network.elements[name].feeds)
        }
        return live

    def flow(self) -> Loads:
        """Return what every element gives on each of its phases."""
        gives: Loads = {name: [0.0] * len(one.lines) for name, one in self.network.elements.items()}
        for name in reversed(self.network.order):
            one = self.network.elements[name]
            if not self.live[name]:
                gives[name] = [0.0] * len(one.lines)
                continue
            if name in self.fact.machines:
                for machine in self.fact.machines[name]:
                    self._machine(one, machine, gives)
                continue
            self._element(one, gives)
        return gives

    def _machine(self, one: Element, machine: Machine, gives: Loads) -> None:
        alive = [at for at in machine.shares if self.live[one.feeds[at].source]]
        if one.rule is Rule.ALL and len(alive) < len(machine.shares):
            return
        whole = sum(machine.shares[at] for at in alive)
        if not alive:
            return
        parts = {at: machine.shares[at] / whole if whole else 1.0 / len(alive) for at in alive}
        if one.rule is Rule.SELECT:
            parts = {self._selected(one): 1.0}
        for line, takes in enumerate(machine.takes):
            gives[one.id][line] += takes
            for at, part in parts.items():
                self._put(one, at, line, takes * part, gives)

    def _element(self, one: Element, gives: Loads) -> None:
        alive = [at for at, feed in enumerate(one.feeds) if self.live[feed.source]]
        if not alive:
            return
        if one.rule is Rule.SELECT:
            parts = {self._selected(one): 1.0}
        else:
            shares = self.fact.shares.get(one.id, (1.0,) * len(one.feeds))
            whole = sum(shares[at] for at in alive)
            parts = {at: shares[at] / whole if whole else 1.0 / len(alive) for at in alive}
        gain, idle = self.fact.gains.get(one.id, 1.0), self.fact.idles.get(one.id, 0.0)
        lines = range(len(one.lines))
        takes = [gain * gives[one.id][line] + idle / len(lines) for line in lines]
        if self._tests(one, gives):
            losses = [take - given for take, given in zip(takes, gives[one.id], strict=True)]
            takes = [self.testing[one.id] * max(0.0, lost) for lost in losses]
        self.taken[one.id] = sum(takes)
        if one.balances:
            takes = [sum(takes) / len(lines)] * len(lines)
        for at, part in parts.items():
            for line in lines:
                self._put(one, at, line, takes[line] * part, gives)

    def _tests(self, one: Element, gives: Loads) -> bool:
        """Whether a UPS lives on its battery although it is fed."""
        before, now = sum(self.before.get(one.id, gives[one.id])), sum(gives[one.id])
        if one.id in self.fact.end and abs(now - before) > 1e-6 * (1.0 + before):
            self.testing.pop(one.id, None)
        return one.id in self.testing

    def _move(self, one: Element, live: Mapping[str, bool]) -> None:
        """Let a switch go to another source if its own is dead, or back to where it belongs if it does that."""
        alive = [feed.source for feed in one.feeds if live[feed.source]]
        home = one.prefers or self.fact.positions.get(one.id, one.feeds[0].source)
        stood = self.stands.setdefault(one.id, one.feeds[0].source)
        moved = stood != self.fact.positions.get(one.id, one.feeds[0].source)
        if alive and stood not in alive:
            self.stands[one.id] = one.prefers if one.prefers in alive else alive[0]
        elif home in alive and moved and one.id in self.fact.returns:
            self.stands[one.id] = home

    def _selected(self, one: Element) -> int:
        return [feed.source for feed in one.feeds].index(self.stands[one.id])

    def _put(self, one: Element, at: int, line: int, amount: float, gives: Loads) -> None:
        feed = one.feeds[at]
        there = self.network.elements[feed.source].lines
        name = feed.phases[line] if line < len(feed.phases) else one.lines[line]
        if name in there:
            gives[feed.source][there.index(name)] += amount
            return
        for number, part in enumerate(self.fact.splits[one.id, at]):
            gives[feed.source][number] += amount * part

    # trips

    def _worst(self, name: str, gives: Loads) -> float:
        """Return how far an element that carries more than before is beyond what makes it trip."""
        one = self.network.elements[name]
        limit = one.limit
        if limit.trip is None or not self.live[name]:
            return 0.0
        left = (one.modules - self.modules.get(name, 0)) / one.modules
        rises = [max(0.0, now - was) for now, was in zip(gives[name], self.before[name], strict=True)]
        weak = name in self.modules
        found = [0.0]
        rated = []
        if limit.amperes is not None:
            rated += [(limit.amperes * one.volts, line) for line in range(len(one.lines))]
        if limit.voltamperes is not None:
            rated += [(limit.voltamperes / len(one.lines), line) for line in range(len(one.lines))]
        for amount, line in rated:
            if rises[line] > 1e-6 or weak:
                found.append(gives[name][line] / (amount * left * limit.trip) if left else float("inf"))
        if limit.voltamperes is not None and (sum(rises) > 1e-6 or weak):
            amount = limit.voltamperes * left * limit.trip
            found.append(sum(gives[name]) / amount if left else float("inf"))
        return round(max(found), 9)

    def _cascade(self) -> list[str]:
        tripped: list[str] = []
        while True:
            self.live = self._live()
            gives = self.flow()
            ratios = {name: self._worst(name, gives) for name in self.network.elements}
            over = sorted((-ratio, name) for name, ratio in ratios.items() if ratio > 1.0)
            if not over:
                return tripped
            tripped.append(over[0][1])
            self.opened.add(over[0][1])

    # stages

    def lose(self, lost: Sequence[str]) -> list[Moment]:
        """Return what happens when these are lost; ``ID:module`` is one module of an element."""
        for name in lost:
            if name.endswith(":module"):
                self.modules[name.removesuffix(":module")] = 1
            else:
                self.opened.add(name)
        moments = [self._moment("at_once")]
        moments += self._engines()
        while giving := [name for name in self.network.elements if self._discharges(name)]:
            self._let_pass(giving)
            moments.append(self._moment("empty"))
            moments += self._engines()
        return moments

    def _moment(self, when: str) -> Moment:
        trips = self._cascade()
        giving = frozenset(name for name in self.network.elements if self._discharges(name))
        return Moment(when, self.seconds, frozenset(self.empty), giving, dict(self.live), self.flow(), trips)

    # time

    def _engines(self) -> list[Moment]:
        starting = [name for name in self.network.elements if self._starts(name)]
        if not starting:
            return []
        giving = [name for name in self.network.elements if self._discharges(name)]
        self._spend({name: self._pace(name) for name in giving}, self.fact.starts)
        self.engines.update(starting)
        return [self._moment("engines")]

    def _let_pass(self, giving: Sequence[str]) -> None:
        """Let time pass until the next battery is empty; what nothing is taken from is empty at last."""
        paces = {name: self._pace(name) for name in giving}
        left = {
            name: max(0.0, 1.0 - self.spent.get(name, 0.0)) / pace
            for name, pace in paces.items()
            if pace > 0.0
        }
        if not left:
            self.seconds = float("inf")
            self.empty.update(giving)
            return
        first = min(left, key=lambda name: left[name])
        self._spend(paces, left[first])
        self.empty.add(first)

    def _spend(self, paces: Mapping[str, float], seconds: float) -> None:
        self.seconds += seconds
        for name, pace in paces.items():
            self.spent[name] = self.spent.get(name, 0.0) + pace * seconds

    def _pace(self, name: str) -> float:
        """Return which part of a full battery is taken in a second."""
        load, one = sum(self.flow()[name]), self.fact.stores.get(name)
        if one is None or (load < 1e-6 and (one.seconds or not self.fact.idles.get(name))):
            return 0.0
        if one.seconds:
            before = sum(self.before[name])
            return (load / before) ** one.exponent / one.seconds
        return (
            load * one.factor * self.fact.gains.get(name, 1.0) + self.fact.idles.get(name, 0.0)
        ) / one.joules

    def _starts(self, name: str) -> bool:
        if self.network.elements[name].kind is not NodeKind.GENSET:
            return False
        if name in self.engines or name in self.opened or name in self.fact.down:
            return False
        return any(self._starves(child) for child in self.network.children[name])

    def _starves(self, name: str) -> bool:
        feeds = self.network.elements[name].feeds
        broken = name in self.opened or name in self.fact.down
        return not broken and not any(self.live[feed.source] for feed in feeds)

    def _discharges(self, name: str) -> bool:
        one = self.network.elements[name]
        if one.battery is None or not self.live[name]:
            return False
        return not any(self.live[feed.source] for feed in one.feeds)
