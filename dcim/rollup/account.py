"""The energy account of a site for some days: everything, IT, tenants, racks, feeds, bands, figures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from dcim.energy import boundary as bounds
from dcim.energy.amount import JOULES_PER_KWH, Amount, Method, total
from dcim.energy.boundary import Boundary, Category
from dcim.energy.claim import Claim, ratio_claim, sum_claim
from dcim.energy.eu import Field, Measured, sheet
from dcim.energy.figures import (
    Input,
    Quantity,
    Ratio,
    cer,
    cue,
    declared,
    erf,
    pue,
    ref,
    span_of,
    wue,
)
from dcim.energy.places import Side
from dcim.energy.tariff import Tariff
from dcim.energy.terms import EnergyTerms
from dcim.graph import NodeKind, Topology
from dcim.record import dataclass, replace
from dcim.rollup.energies import Edges, Energies, Sum

INTO = (Side.IN, Side.OUT)
"""Everything is read where it goes in, if it can be; IT where it comes out."""
OUT_OF = (Side.OUT,)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a site, from ``first`` until before ``after``, on the wall of ``zone``."""

    first: date
    after: date
    zone: ZoneInfo

    def edges(self, every: Callable[[date], date] | None = None) -> list[int]:
        """Return where its periods begin and end, ms UTC: one period, or from a day to ``every(day)``."""
        days = [self.first]
        while every is not None and every(days[-1]) < self.after:
            days.append(every(days[-1]))
        return [midnight(day, self.zone) for day in (*days, self.after)]


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return when a day begins on the wall of a zone, ms UTC."""
    there = datetime.combine(day, time(), zone).astimezone(UTC)
    return round(there.timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Site:
    """The whole: everything, back-up generators, IT with its category, cooling, and the figures of them."""

    days: Days
    total: Sum
    backup: Sum
    it: Sum
    category: Category | None
    boundaries: tuple[Boundary, Boundary]
    cooling: Sum
    heat: Sum
    inputs: Mapping[Quantity, Input]
    ratios: tuple[Ratio, ...]
    it_of_form: Sum | None = None  # of the EU, where it is another than ``it``

    @property
    def eu_it(self) -> Sum:
        """Return IT as the form of the EU has it: at the output of UPS, or else of PDUs, or as measured."""
        return self.it_of_form or self.it

    def claims(self) -> list[Claim]:
        """Return what it says as data that can be computed again."""
        edges = self.days.edges()
        sums = [
            ("E_DC", self.total, self.boundaries[0]),
            ("E_IT", self.it, self.boundaries[1]),
            ("E_BG", self.backup, None),
            ("E_COOL", self.cooling, None),
            ("Q_COOL", self.heat, None),
            *([("EIT", self.it_of_form, None)] if self.it_of_form else []),
        ]
        found = [
            sum_claim(name, "site", edges, one.used, one.without, bounded) for name, one, bounded in sums
        ]
        return [*found, *map(self._ratio, self.ratios)]

    def _ratio(self, one: Ratio) -> Claim:
        upper, lower, quantities = _OF.get(one.name, ("E_DC", "E_IT", ()))
        inputs = [self.inputs[each] for each in quantities if each in self.inputs]
        if one.name == "CER" and not inputs:
            upper = "Q_COOL"
        return ratio_claim(one, upper, lower, inputs)


GREEN: Final = (Quantity.RENEWABLE_GOO, Quantity.RENEWABLE_PPA, Quantity.RENEWABLE_SITE)
_OF: Final[Mapping[str, tuple[str, str, tuple[Quantity, ...]]]] = {
    "WUE": ("water", "E_IT", (Quantity.WATER,)),
    "CUE": ("E_DC", "E_IT", (Quantity.EMISSIONS,)),
    "REF": ("renewable", "E_DC", GREEN),
    "ERF": ("reused", "E_DC", (Quantity.REUSED,)),
    "CER": ("heat_removed", "E_COOL", (Quantity.HEAT_REMOVED,)),
}
"""What stands over and under the line of each figure, and what is declared for it; heat may be measured."""


def eu(terms: EnergyTerms, one: Site) -> list[Field]:
    """Return the sheet of the EU's regulation: IT at the output of UPS, or else of PDUs, or as measured."""
    backup = one.backup.whole if one.backup.nodes else None
    return sheet(Measured(one.total.whole, backup, one.eu_it.whole), one.inputs, terms.operator)


def _eu_it(energies: Energies, it: Sum, edges: Edges) -> Sum | None:
    """Return IT at the output of UPS, or else of PDUs, where that is another sum."""
    found = _of_form(energies)
    there = energies.of(found.nodes, edges, OUT_OF) if found else it
    return None if there.used == it.used else there


def _of_form(energies: Energies) -> Boundary | None:
    """Return where the form of the EU has IT measured; None: at neither place all of it."""
    for category in (Category.PUE1, Category.PUE2):
        found = bounds.it(energies.topology, lambda node: energies.measured(node, OUT_OF), category)
        if found.closed:
            return found
    return None


def site(energies: Energies, terms: EnergyTerms, days: Days) -> Site:
    """Return the account of a site. Raise OSError when a block cannot be read."""
    topology, edges = energies.topology, days.edges()
    everything = _total(energies, terms)
    category, it = _it(energies, terms)
    whole, used = energies.of(everything.nodes, edges, INTO), energies.of(it.nodes, edges, OUT_OF)
    backup = energies.of(_measured(energies, topology.of_kind(NodeKind.GENSET)), edges)
    coolers = [*topology.of_kind(NodeKind.CRAC), *topology.of_kind(NodeKind.CHILLER)]
    cooling = energies.of(coolers, edges, INTO)
    inputs = {
        quantity: one
        for quantity in Quantity
        if (one := declared(quantity, terms.declared, days.first, days.after))
    }
    heat = energies.of(coolers, edges, (Side.HEAT,))
    form = _eu_it(energies, used, edges)
    found = Site(days, whole, backup, used, category, (everything, it), cooling, heat, inputs, (), form)
    return replace(found, ratios=tuple(ratios(found)))


def ratios(one: Site) -> Iterator[Ratio]:
    """Yield every figure; those without inputs are there and undefined, and say so."""
    everything, it, get = one.total.whole, one.it.whole, one.inputs.get
    if one.category is not None:
        span = span_of(one.days.first, one.days.after)
        yield pue(everything, it, one.category, span, one.boundaries)
    yield wue(get(Quantity.WATER), it)
    yield cue(get(Quantity.EMISSIONS), everything, it)
    yield ref(map(get, GREEN), everything)
    yield erf(get(Quantity.REUSED), everything)
    yield replace(cer(_heat(one), one.cooling.whole), partial=("cooling",) if one.cooling.without else ())


def _heat(one: Site) -> Amount:
    """Return the heat removed: as declared, or else as the cooling units say, if all of them do."""
    said = one.inputs.get(Quantity.HEAT_REMOVED)
    if said is None:
        return one.heat.whole if not one.heat.without else Amount()
    joules, period = round(said.value * JOULES_PER_KWH), one.cooling.whole.period
    return Amount(joules, joules, joules, period * said.days // said.of, period, Method.DECLARED)


def _total(energies: Energies, terms: EnergyTerms) -> Boundary:
    if terms.total:
        return bounds.named(energies.topology, terms.total, terms.without, it=False)
    return bounds.total(energies.topology, lambda node: energies.measured(node, INTO), terms.without)


def _it(energies: Energies, terms: EnergyTerms) -> tuple[Category | None, Boundary]:
    if terms.it:
        return terms.category, bounds.named(energies.topology, terms.it, it=True)
    found = bounds.best_it(energies.topology, lambda node: energies.measured(node, OUT_OF))
    return found or (None, Boundary(()))


def _measured(energies: Energies, nodes: Iterable[str]) -> list[str]:
    return [node for node in nodes if energies.measured(node)]


def tenants(topology: Topology) -> list[str]:
    """Return the tenants of a building, in the order in which they are drawn."""
    return list(dict.fromkeys(node.tenant for node in topology.nodes.values() if node.tenant))


def feeds(topology: Topology) -> list[str]:
    """Return the feeds of a building."""
    return list(dict.fromkeys(node.feed for node in topology.nodes.values() if node.feed))


def supplies(topology: Topology, scope: str) -> list[str]:
    """Return the parts behind ``tenant/NAME``, ``rack/NAME``, ``feed/NAME``, or a part by its own name.

    Raise KeyError when there is no such part.
    """
    kind, _, name = scope.partition("/")
    if scope in topology:
        return bounds.of_rack(topology, scope) if kind == "rack" else [scope]
    if kind == "tenant":
        return bounds.of_tenant(topology, name)
    if kind == "feed":
        return bounds.of_feed(topology, name)
    raise KeyError(scope)


def meters(energies: Energies, terms: EnergyTerms) -> dict[str, tuple[str, ...]]:
    """Return the devices that accounts of energy rest on, by asset id, and what each accounts for.

    ``E_DC`` and ``E_IT`` at their boundaries, ``EIT`` where the EU's form has IT measured, ``tenant/NAME``
    at the supplies of a tenant. No block is read.
    """
    topology, of = energies.topology, energies.sources.of
    read = {
        "E_DC": [of(node, INTO) for node in _total(energies, terms).nodes],
        "E_IT": [of(node, OUT_OF) for node in _it(energies, terms)[1].nodes],
        "EIT": [of(node, OUT_OF) for node in (_of_form(energies) or Boundary(())).nodes],
    }
    read |= {f"tenant/{name}": list(map(of, bounds.of_tenant(topology, name))) for name in tenants(topology)}
    found: dict[str, dict[str, None]] = {}
    for account, sources in read.items():
        for source in filter(None, sources):
            found.setdefault(source.asset, {})[account] = None
    return {asset: tuple(accounts) for asset, accounts in found.items()}


def by_band(
    energies: Energies,
    nodes: Iterable[str],
    edges: Edges,
    tariff: Tariff,
    sides: Collection[Side] = (Side.OUT, Side.IN),
) -> dict[str, Amount]:
    """Return the energy of parts in each band of a tariff between the first and the last edge."""
    spans = list(tariff.spans(edges[0], edges[-1]))
    every = [spans[0][0], *(end for _, end, _ in spans)]
    amounts = energies.of(nodes, every, sides).amounts
    return {
        name: total(amount for amount, (_, _, band) in zip(amounts, spans, strict=True) if band == name)
        for name in tariff.names
    }
