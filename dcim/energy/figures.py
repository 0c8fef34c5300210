"""Efficiency figures of a period, each with its name, category, bounds and coverage. Pure; exact fractions.

ISO/IEC 30134: PUE is of twelve months; a shorter period is interim (iPUE); a moment's is a ratio of powers
and never PUE. Less than 1 is an error somewhere, and is shown as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from dcim.energy.amount import Amount
from dcim.energy.boundary import Boundary, Category
from dcim.record import dataclass, replace
from dcim.standards import constant


class Quantity(StrEnum):
    """What is declared or measured besides electrical energy, and in which unit."""

    WATER = "water"  # m3
    POTABLE_WATER = "potable_water"  # m3, of the water
    RENEWABLE_GOO = "renewable_goo"  # kWh, by guarantees of origin
    RENEWABLE_PPA = "renewable_ppa"  # kWh, by contracts with a producer
    RENEWABLE_SITE = "renewable_site"  # kWh, made on the site
    REUSED = "reused"  # kWh of heat given to somebody
    EMISSIONS = "emissions"  # kg of CO2 for each kWh
    HEAT_REMOVED = "heat_removed"  # kWh


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody says of the days from ``first`` to ``last``, both included; ``source``: by what proof."""

    quantity: Quantity
    value: Fraction
    first: date
    last: date
    source: str


@dataclass(frozen=True, slots=True)
class Input:
    """A quantity of a period: what was declared for days that lie in it, and for how many of its days."""

    quantity: Quantity
    value: Fraction
    days: int
    of: int
    sources: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every day of the period was declared."""
        return self.days == self.of > 0


def declared(quantity: Quantity, lines: Iterable[Declared], first: date, after: date) -> Input | None:
    """Return what was declared of a quantity from ``first`` until before ``after``; None: nothing.

    A line that reaches over an edge of the period is left out: nobody said how it divides. An emission
    factor is weighted by its days.
    """
    fits = [line for line in lines if line.quantity is quantity and first <= line.first and line.last < after]
    if not fits:
        return None
    spans = [(line.last - line.first).days + 1 for line in fits]
    days = len({day for line in fits for day in range(line.first.toordinal(), line.last.toordinal() + 1)})
    value = sum((line.value for line in fits), Fraction(0))
    if quantity is Quantity.EMISSIONS:
        weighted = (line.value * span for line, span in zip(fits, spans, strict=True))
        value = sum(weighted, Fraction(0)) / sum(spans)
    sources = tuple(dict.fromkeys(line.source for line in fits))
    return Input(quantity, value, days, (after - first).days, sources)


class Span(StrEnum):
    """For how long a figure speaks."""

    YEAR = "year"  # twelve months: the figure that the standard names
    INTERIM = "interim"
    MOMENT = "moment"


def span_of(first: date, after: date) -> Span:
    """Return whether the days from ``first`` until before ``after`` are the twelve months of the standard."""
    years, month = divmod(first.month - 1 + int(constant("pue_period")), 12)
    try:
        end = first.replace(year=first.year + years, month=month + 1)
    except ValueError:  # the 29th of February, a year later
        end = date(first.year + years, 3, 1)
    return Span.YEAR if after == end else Span.INTERIM


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure: measured, and between what it lies; None where it is not defined or not bounded.

    ``coverage``: the least share of its period that was measured, of both sides. ``partial``: why the figure
    is not that of the standard.
    """

    name: str
    best: Fraction | None
    least: Fraction | None
    most: Fraction | None
    coverage: Fraction
    partial: tuple[str, ...] = ()
    wrong: bool = False  # it cannot be: something is measured wrongly

    @classmethod
    def of(cls, name: str, upper: Amount, lower: Amount, partial: tuple[str, ...] = ()) -> Ratio:
        """Return one amount of energy over another; of sides measured too little it is said to be partial."""
        measured = upper.known > 0 and lower.known > 0 and lower.best > 0
        if min(upper.coverage, lower.coverage) < constant("coverage_least"):
            partial = (*partial, "coverage")
        return cls(
            name,
            Fraction(upper.best, lower.best) if measured else None,
            Fraction(upper.least, lower.most) if lower.most > 0 else None,
            Fraction(upper.most, lower.least) if lower.least > 0 else None,
            min(upper.coverage, lower.coverage),
            partial,
        )

    def times(self, factor: Fraction) -> Ratio:
        """Return it in another unit."""
        best, least, most = (None if x is None else x * factor for x in (self.best, self.least, self.most))
        return replace(self, best=best, least=least, most=most)


_NAMES: Final = {Span.YEAR: "PUE", Span.INTERIM: "iPUE"}


def pue(
    total: Amount, it: Amount, category: Category, span: Span, boundaries: tuple[Boundary, Boundary]
) -> Ratio:
    """Return E_DC over E_IT with its category; a moment's is called a ratio of powers."""
    name = "power ratio" if span is Span.MOMENT else f"{_NAMES[span]}{int(category)}"
    partial = []
    if not boundaries[0].closed:
        partial.append("total")
    if not boundaries[1].closed:
        partial.append("it")
    ratio = Ratio.of(name, total, it, tuple(partial))
    return replace(ratio, wrong=_impossible(ratio))


def _impossible(ratio: Ratio) -> bool:
    """Whether a PUE is less than 1: for certain, or as measured where enough was."""
    least = constant("pue_least")
    if ratio.most is not None and ratio.most < least:
        return True
    return ratio.best is not None and ratio.best < least and "coverage" not in ratio.partial


_KWH: Final = 3_600_000


def per_kwh(name: str, what: Input | None, energy: Amount) -> Ratio:
    """Return a declared quantity for each kWh of an energy: shares (REF, ERF) of what is declared in kWh.

    The unit of the quantity stays: a m3 for each kWh is 1,000 L for each.
    """
    if what is None:
        return Ratio(name, None, None, None, Fraction(0), ("undeclared",))
    partial = () if what.whole else ("days",)
    bounds = [Fraction(one, _KWH) for one in (energy.most, energy.best, energy.least)]
    least, best, most = (what.value / one if one > 0 else None for one in bounds)
    return Ratio(name, best, least, most, min(energy.coverage, Fraction(what.days, what.of)), partial)


def wue(water: Input | None, it: Amount) -> Ratio:
    """Return litres of water for each kWh of IT."""
    return per_kwh("WUE", water, it).times(Fraction(1000))


def cue(factor: Input | None, total: Amount, it: Amount) -> Ratio:
    """Return kg of CO2 for each kWh of IT: the factor of the supply times all energy over that of IT."""
    if factor is None:
        return Ratio("CUE", None, None, None, Fraction(0), ("undeclared",))
    ratio = Ratio.of("CUE", total, it, () if factor.whole else ("days",)).times(factor.value)
    return replace(ratio, coverage=min(ratio.coverage, Fraction(factor.days, factor.of)))


def ref(parts: Iterable[Input | None], total: Amount) -> Ratio:
    """Return the renewable share: guarantees of origin, contracts and what the site made, over E_DC."""
    return per_kwh("REF", _added(Quantity.RENEWABLE_GOO, parts), total)


def erf(reused: Input | None, total: Amount) -> Ratio:
    """Return the share of energy that was reused."""
    return per_kwh("ERF", reused, total)


def cer(heat: Amount, electric: Amount) -> Ratio:
    """Return heat removed over the electrical energy of cooling; more is better."""
    return Ratio.of("CER", heat, electric)


def _added(quantity: Quantity, parts: Iterable[Input | None]) -> Input | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    sources = tuple(dict.fromkeys(source for part in known for source in part.sources))
    value = sum((part.value for part in known), Fraction(0))
    return Input(quantity, value, min(part.days for part in known), known[0].of, sources)
