"""How an energy is divided: a row for each tenant, rack, feed and band of the tariff, with its bounds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from dcim.energy.amount import JOULES_PER_KWH, Amount
from dcim.energy.claim import Claim, bands_claim
from dcim.energy.places import Side
from dcim.energy.stated import tariff as terms_of
from dcim.energy.tariff import Tariff
from dcim.reports.blocks import cols, kilowatt_hours, share, table
from dcim.reports.metered import Metered
from dcim.reports.model import Bars, Block, Name, Number, Paragraph, Say, Tone, Value
from dcim.rollup import account
from dcim.rollup.energies import Sum

_MOST: Final = 300
"""Rows of one table on paper; the claim has all."""


def shown(amount: Amount) -> tuple[Value, Value, Value]:
    """Return what was used, the least and the most of it, as they are shown.

    Nothing of an energy that nobody measured. Measured for too little of the time it has no figure of its
    own, and what the rest could have been at most follows from what a meter can count: that is no knowledge.
    """
    if not amount.known:
        return None, None, None
    least = kilowatt_hours(amount.least)
    if not amount.told:
        return None, least, Say("report.unknown")
    return kilowatt_hours(amount.best), least, kilowatt_hours(amount.most)


def row(label: Value, amount: Amount) -> tuple[Value, ...]:
    """Return one line of a table: what is called so, its energy with its bounds, how much was measured."""
    return (label, *shown(amount), share(amount.coverage, 2))


def named(found: Sequence[tuple[str, Sum]], name: str) -> Block:
    """Return the table of tenants, feeds or racks."""
    return table(
        name,
        f"report.energy.{name}",
        cols("energy.part:2 energy.used> energy.least> energy.most> coverage>"),
        (row(Name(label), one.whole) for label, one in found[:_MOST]),
        "report.energy.none",
        _more(len(found)),
    )


def each(found: Metered, amounts: Sequence[tuple[str, Amount]]) -> Block:
    """Return the table of the parts at which the energy of a scope is measured."""
    return table(
        "parts",
        "",
        cols("energy.part:2 energy.used> energy.least> energy.most> coverage>"),
        (row(found.matter.site.called(node), amount) for node, amount in amounts[:_MOST]),
        "report.energy.none",
        _more(len(amounts)),
    )


def _more(rows: int) -> Say | None:
    """Return that a table is cut, where it is."""
    return Say("report.uptime.more", (Number(rows), Number(_MOST))) if rows > _MOST else None


def bars(found: Sequence[tuple[str, Sum]]) -> Iterable[Block]:
    """Yield the tenants of whom enough was measured, by what they used; nothing where there is none."""
    largest = sorted((one for one in found if one[1].whole.told), key=lambda one: -one[1].whole.best)[:20]
    rows = (
        (Name(name), one.whole.best / JOULES_PER_KWH, kilowatt_hours(one.whole.best), Tone.PLAIN)
        for name, one in largest
    )
    if largest:
        yield Bars("tenants_bars", Say("report.energy.tenants"), tuple(rows))


def in_bands(
    found: Metered, nodes: Iterable[str], sides: Collection[Side] = (Side.OUT, Side.IN)
) -> dict[str, Amount]:
    """Return the energy in each band of the site's tariff; nothing where it has none."""
    tariff = _tariff(found)
    if tariff is None:
        return {}
    return account.by_band(found.energies, nodes, found.days.edges(), tariff, sides)


def _tariff(found: Metered) -> Tariff | None:
    return found.energy.tariffs.get(found.energy.tariff)


def banded(found: Metered, by_band: Mapping[str, Amount]) -> dict[str, Claim]:
    """Return the part of the claim that says the energy in each band."""
    tariff = _tariff(found)
    if tariff is None:
        return {}
    edges = found.days.edges()
    return {"bands": bands_claim(terms_of(tariff), tariff.offsets(edges[0], edges[-1]), by_band)}


def bands(found: Metered, by_band: Mapping[str, Amount]) -> Iterable[Block]:
    """Yield the energy of each band under the name of its tariff, or that there is none."""
    tariff = _tariff(found)
    if tariff is None:
        yield Paragraph(Say("report.energy.no_tariff"))
        return
    yield Paragraph(Say("report.energy.tariff", (Name(tariff.name or tariff.id), Name(tariff.source))))
    yield table(
        "bands",
        "",
        cols("energy.band:2 energy.used> energy.least> energy.most> coverage>"),
        (row(Name(name), amount) for name, amount in by_band.items()),
    )
