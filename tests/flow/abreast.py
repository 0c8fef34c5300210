"""Random networks in which several UPS live on one board: when it is lost, any of them may be empty first."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from dcim.flow.values.interval import Interval
from dcim.flow.values.model import Element, Feed, Network, Rule
from dcim.graph import NodeKind

from .oracle import Store, Truth
from .plant import Maker, Plant, Style

BOARD = "b"
LOSSES = ((BOARD,), ("u0",), (BOARD, "t0"), (BOARD, "s0"))
_MEASURED = Style(exact=True, gains=False, down=0.0, tight=0.8)


class _Abreast(Maker):
    """Two to five UPS, a strip of each, and racks that stand on two of these or on one of another feed."""

    def make(self) -> Plant:
        for name, above in (("u0", ""), ("u1", ""), (BOARD, "u0"), ("o", "u1")):
            kind, feeds = (
                (NodeKind.SWITCHBOARD, (Feed(above),)) if above else (NodeKind.UTILITY, tuple[Feed, ...]())
            )
            self.add(Element(name, kind, feeds, Rule.SHARE, self.lines))
        for number in range(self.rng.randint(2, 5)):
            self.ups(f"ups{number}", [BOARD])
            for strip, above in ((f"s{number}", f"ups{number}"), (f"t{number}", "o")):
                self.add(Element(strip, NodeKind.PDU, (Feed(above),), Rule.SHARE, self.lines))
        for number in range(self.rng.randint(2, 6)):
            self.load(f"z{number}")
        network = self.limited(Network(dict(self.elements)))
        fact = self.fact(network)
        return self.stored(Plant(network, fact, self.measured(network, fact)))

    def sources(self) -> list[str]:
        """Return the strips: what racks are plugged into."""
        return [name for name, one in self.elements.items() if one.kind is NodeKind.PDU]

    def stored(self, plant: Plant) -> Plant:
        """Return the same with batteries that say how long they last, within what overlaps with others."""
        before = Truth(plant.network, plant.fact).before
        runtimes, stores = {}, {}
        for name, one in plant.network.elements.items():
            if one.battery is None:
                continue
            said, wide, where = self.rng.uniform(250.0, 350.0), self.rng.uniform(0.1, 0.4), self.rng.random()
            if sum(before[name]):
                stores[name] = Store(seconds=said, exponent=self.rng.uniform(1.0, 1.4))
                runtimes[name] = Interval(said * (1.0 - wide * where), said * (1.0 + wide * (1.0 - where)))
        fact = replace(plant.fact, stores=stores)
        return Plant(plant.network, fact, replace(plant.situation, runtimes=runtimes))


def abreast(seed: int) -> Plant:
    """Return the network of a seed."""
    return _Abreast(Random(seed), _MEASURED, Random(seed)).make()
