"""Random networks of up to twelve elements, with a truth and what is measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from dcim.flow.values.interval import UNKNOWN, Interval, exactly
from dcim.flow.values.model import Battery, Element, Engine, Feed, Limit, Network, Reading, Rule, Situation
from dcim.graph import NodeKind

from .oracle import Fact, Machine, Store, Truth

ONE, THREE = ("L1",), ("L1", "L2", "L3")
FEEDING = (NodeKind.SWITCHBOARD, NodeKind.TRANSFORMER, NodeKind.PDU, NodeKind.UPS, NodeKind.ATS, NodeKind.STS)


@dataclass(frozen=True)
class Style:
    """What a random network has. ``exact``: everything is measured without tolerance, nothing is unknown."""

    exact: bool = False
    gains: bool = True
    phases: bool = True
    stale: float = 0.4
    tight: float = 0.5
    down: float = 0.15
    doubt: float = 0.3


@dataclass(frozen=True)
class Plant:
    """A network, one truth of it, and what is measured."""

    network: Network
    fact: Fact
    situation: Situation


class Maker:
    """Makes one plant from a source of chance."""

    def __init__(self, rng: Random, style: Style, switching: Random, testing: Random | None = None) -> None:
        self.rng = rng
        self.switching = switching
        self.testing = None if style.exact else testing
        self.style = style
        self.lines = THREE if style.phases and rng.random() < 0.5 else ONE
        self.elements: dict[str, Element] = {}
        self.machines: dict[str, tuple[Machine, ...]] = {}
        self.gains: dict[str, float] = {}
        self.idles: dict[str, float] = {}
        self.shares: dict[str, tuple[float, ...]] = {}
        self.splits: dict[tuple[str, int], tuple[float, ...]] = {}
        self.positions: dict[str, str] = {}
        self.untold: set[str] = set()
        self.returns: set[str] = set()
        self.tests: dict[str, float] = {}
        self.end: set[str] = set()

    def make(self) -> Plant:
        rng = self.rng
        size = rng.randint(4, 12)
        for number in range(rng.randint(1, 2)):
            self.add(Element(f"u{number}", NodeKind.UTILITY, phases=self.lines))
        if rng.random() < 0.4:
            self.add(
                Element(
                    "genset",
                    NodeKind.GENSET,
                    phases=self.lines,
                    engine=Engine(Interval(5, 9), exactly(100.0)),
                )
            )
            self.switch("ats", NodeKind.ATS, ["u0", "genset"])
        loads = rng.randint(1, max(1, (size - len(self.elements)) // 2))
        while len(self.elements) < size - loads:
            self.feeder(f"n{len(self.elements)}")
        for number in range(loads):
            self.load(f"z{number}")
        network = self.limited(Network(dict(self.elements)))
        fact = self.fact(network)
        return self.stored(Plant(network, fact, self.measured(network, fact)))

    def stored(self, plant: Plant) -> Plant:
        """Return the same with batteries that last some minutes: as declared, or as their UPS say, or unknown."""
        elements, runtimes, stores = dict(plant.network.elements), {}, {}
        before = Truth(plant.network, plant.fact).before
        for name, one in plant.network.elements.items():
            if one.battery is None:
                continue
            store = stores[name] = Store(self.rng.uniform(1e5, 1e6), self.rng.uniform(0.9, 1.0))
            if self.style.exact:
                battery, factor = Battery(exactly(store.joules)), exactly(store.factor)
                elements[name] = replace(one, battery=battery, power_factor=factor)
                continue
            wide = self.rng.choice((0.0, 0.05, 0.5))
            if sum(before[name]) and self.rng.random() < 0.5:
                said = self.rng.uniform(60.0, 900.0)
                stores[name] = Store(seconds=said, exponent=self.rng.uniform(1.0, 1.4))
                runtimes[name] = Interval(said * (1.0 - wide * self.rng.random()), said * (1.0 + wide))
                elements[name] = replace(one, battery=Battery())
            elif self.rng.random() < 0.9:
                joules = Interval(
                    store.joules * (1.0 - wide * self.rng.random()), store.joules * (1.0 + wide)
                )
                elements[name] = replace(one, battery=Battery(joules))
            else:
                elements[name] = replace(one, battery=Battery())
        starts = self.rng.uniform(5.0, 9.0)
        fact = replace(plant.fact, stores=stores, starts=starts)
        network = Network(elements)
        return Plant(network, fact, replace(plant.situation, runtimes=runtimes))

    def add(self, element: Element) -> None:
        self.elements[element.id] = element

    def sources(self) -> list[str]:
        return [
            name for name, one in self.elements.items() if one.kind not in (NodeKind.GENSET, NodeKind.RACK)
        ]

    def feeder(self, name: str) -> None:
        kind = self.rng.choice(FEEDING)
        above = self.sources()
        if kind in (NodeKind.ATS, NodeKind.STS) and len(above) > 1:
            sources = self.rng.sample(above, 2)
            third = [one for one in above if one not in sources]
            if third and not self.style.exact and self.switching.random() < 0.2:
                sources.append(self.switching.choice(third))
            self.switch(name, kind, sources)
            return
        if kind is NodeKind.UPS:
            self.ups(name, above)
            return
        feeds: list[Feed] = [Feed(self.rng.choice(above[-4:]), self.turned())]
        if self.rng.random() < 0.1 and len(above) > 1:  # two that work in parallel
            feeds = [Feed(one) for one in self.rng.sample(above, 2)]
            part = self.rng.random()
            self.shares[name] = (part, 1.0 - part)
            if self.style.exact or self.rng.random() < 0.5:
                known = (part, 1.0 - part)
                feeds = [replace(feed, share=exactly(one)) for feed, one in zip(feeds, known, strict=True)]
        gain = self.gain(name) if kind is NodeKind.TRANSFORMER else exactly(1.0)
        self.add(Element(name, kind, tuple(feeds), Rule.SHARE, self.lines, gain=gain))

    def turned(self) -> tuple[str, ...]:
        """Return phases that are connected in another order, sometimes."""
        if self.lines == THREE and self.rng.random() < 0.2:
            return ("L2", "L3", "L1")
        return ()

    def gain(self, name: str) -> Interval:
        if not self.style.gains:
            return exactly(1.0)
        gain = self.gains[name] = self.rng.uniform(1.0, 1.15)
        return exactly(gain) if self.style.exact or self.rng.random() < 0.3 else Interval(1.0, 1.15)

    def switch(self, name: str, kind: NodeKind, sources: list[str]) -> None:
        second = self.rng.random() < 0.3
        prefers = self.stand(name, sources, second=second) if "genset" not in sources else ""
        self.add(
            Element(name, kind, tuple(Feed(one) for one in sources), Rule.SELECT, self.lines, prefers=prefers)
        )

    def stand(self, name: str, sources: list[str], *, second: bool) -> str:
        """Let a switch stand somewhere, told or not; return what it prefers, if that is declared."""
        stands = self.positions[name] = sources[second]
        if self.style.exact:
            self.returns.add(name)
            return stands
        if self.switching.random() < 0.4:
            self.untold.add(name)
        prefers = self.switching.choice(("", "", *sources))
        if prefers or self.switching.random() < 0.5:
            self.returns.add(name)
        return prefers

    def ups(self, name: str, above: list[str]) -> None:
        idle = exactly(0.0)
        if self.style.gains and self.rng.random() < 0.3:
            self.idles[name] = self.rng.uniform(0.0, 50.0)
            idle = exactly(self.idles[name]) if self.style.exact else Interval(0.0, 50.0)
        sources, prefers = [self.rng.choice(above[-3:])], ""
        bypass = [one for one in above if one not in sources]
        if bypass and self.switching.random() < 0.2:
            sources.append(self.switching.choice(bypass))
            prefers = self.stand(name, sources, second=self.switching.random() < 0.3)
        if self.testing is not None and self.testing.random() < 0.3:
            self.tests[name] = self.testing.choice((0.0, 1.0, self.testing.random()))
            if self.testing.random() < 0.5:
                self.end.add(name)
        self.add(
            Element(
                name,
                NodeKind.UPS,
                tuple(Feed(one) for one in sources),
                Rule.SELECT,
                self.lines,
                prefers=prefers,
                gain=self.gain(name),
                idle=idle,
                balances=self.rng.random() < 0.7,
                modules=self.rng.choice((1, 1, 3)),
                battery=Battery(exactly(1e6)),
            )
        )

    def load(self, name: str) -> None:
        above = [one for one in self.sources() if self.elements[one].kind is not NodeKind.UTILITY]
        above = above or self.sources()
        cords = min(len(above), self.rng.choice((1, 2, 2, 2, 3)))
        sources = self.rng.sample(above, cords)
        lines, feeds = self.lines, [Feed(one) for one in sources]
        if self.lines == THREE and self.rng.random() < 0.5:
            lines = (self.rng.choice(THREE),)
        elif self.lines == THREE and not self.style.exact and self.rng.random() < 0.3:
            lines = ("",)
            for at in range(cords):
                split = [0.0, 0.0, 0.0]
                split[self.rng.randrange(3)] = 1.0
                self.splits[name, at] = tuple(split)
        takes = tuple(self.rng.choice((0.0, self.rng.uniform(50, 400))) for _ in lines)
        rule = Rule.ALL if cords == 2 and self.rng.random() < 0.1 else Rule.SHARE
        shares = [self.rng.uniform(0.05, 1.0) for _ in range(cords)]
        whole = sum(shares)
        shares = [one / whole for one in shares]
        if self.style.exact:
            feeds = [replace(feed, share=exactly(one)) for feed, one in zip(feeds, shares, strict=True)]
        demand = UNKNOWN
        if self.style.exact:
            demand = exactly(sum(takes))
        elif self.rng.random() < 0.5:
            demand = Interval(sum(takes) * self.rng.random(), sum(takes) * self.rng.uniform(1.0, 1.5) + 1.0)
        self.machines[name] = (Machine(takes, dict(enumerate(shares))),)
        self.add(Element(name, NodeKind.RACK, tuple(feeds), rule, lines, demand=demand))

    def limited(self, network: Network) -> Network:
        """Give ratings, none of which is passed now, many of which a loss passes."""
        before = Truth(network, self.raw(frozenset())).before
        found = {}
        for name, one in network.elements.items():
            found[name] = one
            most = max(before[name])
            if one.is_load or self.rng.random() > 0.6:
                continue
            factor = self.rng.uniform(1.01, 1.6) if self.rng.random() < self.style.tight else 2.5
            rated = (most * factor + self.rng.choice((1.0, 200.0))) / one.volts
            limit = Limit(amperes=rated, trip=self.rng.choice((1.0, 1.0, 1.1)))
            if self.rng.random() < 0.3:
                limit = Limit(voltamperes=rated * one.volts * len(one.lines))
            found[name] = replace(one, limit=limit)
        return Network(found)

    def raw(self, down: frozenset[str]) -> Fact:
        return Fact(
            self.machines,
            self.gains,
            self.idles,
            self.shares,
            self.splits,
            self.positions,
            frozenset(self.returns),
            down,
            tests=self.tests,
            end=frozenset(self.end),
        )

    def fact(self, network: Network) -> Fact:
        """Return the truth, sometimes with something that is down already and passes no limit by that."""
        fact = self.raw(frozenset())
        if self.rng.random() < self.style.down and not (self.style.exact and "genset" in network.elements):
            name = self.rng.choice([one for one in network.elements if one != "genset"])
            worse = self.raw(frozenset({name}))
            if not any(_beyond(network, worse)):
                return worse
        return fact

    def measured(self, network: Network, fact: Fact) -> Situation:
        played = Truth(network, fact)
        truth, truth_stands = played.before, played.stands
        readings: dict[str, tuple[Reading, ...]] = {}
        for name, one in network.elements.items():
            if one.is_load and not self.style.exact:
                continue
            tolerance = 0.0 if self.style.exact else self.rng.choice((0.0, 0.02))
            if self.style.exact or self.rng.random() > self.style.stale:
                readings[name] = tuple(
                    self.reading(one, line, load, tolerance) for line, load in enumerate(truth[name])
                )
            elif self.rng.random() < 0.3:
                readings[name] = (Reading("", voltamperes=sum(truth[name])),)
        doubtful = self.doubtful(network, fact)
        return Situation(
            readings=readings,
            inputs=self.inputs(played),
            discharging=frozenset(played.testing),
            down=fact.down - doubtful,
            doubtful=doubtful,
            positions=self.told(network, truth_stands),
            running=fact.running,
        )

    def inputs(self, truth: Truth) -> dict[str, tuple[Reading, ...]]:
        """Return what some UPS say that they take while they live on their battery."""
        if self.testing is None:
            return {}
        return {
            name: (Reading("", voltamperes=truth.taken[name]),)
            for name in truth.testing
            if self.testing.random() < 0.3
        }

    def told(self, network: Network, stands: Mapping[str, str]) -> dict[str, str]:
        """Return where switches say that they stand."""
        return {
            name: source
            for name, source in stands.items()
            if name in self.positions and name not in self.untold and len(network.elements[name].feeds) > 1
        }

    def doubtful(self, network: Network, fact: Fact) -> frozenset[str]:
        """Return elements of which nobody knows: some that work, and sometimes what is down."""
        if self.style.exact or self.rng.random() >= self.style.doubt:
            return frozenset()
        names = [one for one in network.elements if one != "genset"]
        found = set(self.rng.sample(names, self.rng.randint(1, min(3, len(names)))))
        return frozenset(found | (fact.down if self.rng.random() < 0.5 else set()))

    def reading(self, one: Element, line: int, load: float, tolerance: float) -> Reading:
        if not self.style.exact and self.rng.random() < 0.1:
            return Reading(one.lines[line], amperes=self.rng.uniform(0, 10), counts=False)
        off = load * (1.0 + self.rng.uniform(-1, 1) * tolerance / (1.0 + tolerance))
        if self.style.exact:
            return Reading(one.lines[line], voltamperes=off, tolerance=tolerance)
        return Reading(one.lines[line], amperes=off / one.volts, tolerance=tolerance + 1e-12)


def _beyond(network: Network, fact: Fact) -> list[bool]:
    before = Truth(network, fact).before
    found = []
    for name, one in network.elements.items():
        rated = one.limit.amperes * one.volts if one.limit.amperes is not None else float("inf")
        if one.limit.voltamperes is not None:
            rated = one.limit.voltamperes / len(one.lines)
        found.append(max(before[name]) > rated)
    return found


def plant(seed: int, style: Style | None = None) -> Plant:
    """Return the random plant of a seed."""
    switching, testing = Random(f"switches of {seed}"), Random(f"tests of {seed}")
    return Maker(Random(seed), style or Style(), switching, testing).make()


def losses(seed: int, network: Network) -> list[tuple[str, ...]]:
    """Return losses to try: each element, some modules, some pairs and a set of three."""
    rng = Random(-seed)
    names = list(network.losable)
    found = [(name,) for name in names]
    found += [tuple(rng.sample(names, 2)) for _ in range(3)]
    return [*found, tuple(rng.sample(names, 3))]
