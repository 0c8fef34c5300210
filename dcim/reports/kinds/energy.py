"""The energy report: kilowatt-hours where they are measured, figures with their bounds, nothing made up.

All of it comes from ``dcim.energy`` over the blocks of hours whose roots are facts (``docs/energy.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from dcim.energy.amount import Amount
from dcim.energy.boundary import Boundary, part
from dcim.energy.claim import parts_claim, sum_claim
from dcim.energy.figures import Ratio as Share
from dcim.energy.stated import declarations
from dcim.graph import NodeKind
from dcim.reports.blocks import cited, cols, share, table
from dcim.reports.kinds import divided, eu
from dcim.reports.kinds.committed import bodies, sections, stands
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.metered import Metered
from dcim.reports.model import (
    Block,
    Curve,
    Figure,
    Figures,
    Line,
    List,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Say,
    Tone,
    Value,
    Word,
)
from dcim.rollup import account
from dcim.rollup.energies import Sum
from dcim.standards import constant

_HOURLY_DAYS: Final = 62
_CITED: Final = (
    "coverage_least",
    "pue_period",
    "pue_least",
    "formula_pue",
    "formula_ref",
    "formula_erf",
    "formula_cer",
    "formula_cue",
    "formula_wue",
)


def compose(matter: Matter) -> Parts:
    """Return the energy of the scope by part, day and band, and of a whole site its figures."""
    found = Metered(matter, matter.state)
    matter.step("measuring")
    if matter.scope.axis:
        return _part(found)
    return _site(found)


def _part(found: Metered) -> Parts:
    """Return the energy of one tenant, rack or device."""
    matter, edges = found.matter, found.days.edges()
    where = _supplies(found)
    nodes = where.nodes
    whole = found.energies.of(nodes, edges)
    scope = matter.scope
    by_band = divided.in_bands(found, nodes)
    committed = stands(found, scope.name) if scope.axis == "tenant" else ()
    return Parts(
        (
            section(
                "energy.whole",
                *_unfinished(found),
                *_amount(whole),
                *_past(found, where),
                *_by_day(found, nodes),
            ),
            section(
                "energy.parts",
                divided.each(found, [(node, found.energies.of([node], edges).whole) for node in nodes]),
            ),
            section("energy.bands", *divided.bands(found, by_band)),
            *sections(committed, of_one=True),
            section("energy.proof", *_proof(found)),
        ),
        {
            "energy": [sum_claim("energy", str(scope), edges, whole.used, whole.without)],
            **divided.banded(found, by_band),
            **bodies(committed),
            **found.shelf.claim(),
        },
    )


def _supplies(found: Metered) -> Boundary:
    """Return the parts at which the energy of a scope is measured, each joule of it once."""
    scope = found.matter.scope
    mine = found.matter.within() or frozenset()
    if scope.axis in ("tenant", "rack"):
        return Boundary(tuple(account.supplies(found.topology, f"{scope.axis}/{scope.name}")))
    return part(found.topology, mine, found.energies.measured)


def _site(found: Metered) -> Parts:
    edges = found.days.edges()
    one = account.site(found.energies, found.energy, found.days)
    fields = account.eu(found.energy, one)
    topology = found.topology
    tenants = [(name, _sum(found, f"tenant/{name}", edges)) for name in account.tenants(topology)]
    racks = [(rack, _sum(found, rack, edges)) for rack in topology.of_kind(NodeKind.RACK)]
    feeds = [(name, _sum(found, f"feed/{name}", edges)) for name in account.feeds(topology)]
    by_band = divided.in_bands(found, one.total.nodes, account.INTO)
    committed = stands(found)
    return Parts(
        (
            section("energy.whole", *_unfinished(found), *_whole(one, found)),
            section("energy.figures", *_figures(one.ratios)),
            section(
                "energy.parts",
                divided.named(tenants, "tenants"),
                *divided.bars(tenants),
                divided.named(feeds, "feeds"),
                divided.named([(rack.partition("/")[2], amount) for rack, amount in racks], "racks"),
            ),
            section("energy.bands", *divided.bands(found, by_band)),
            *sections(committed, of_one=False),
            section("energy.eu", Paragraph(Say("report.energy.eu_how")), eu.sheet(fields)),
            section("energy.proof", *_proof(found), *cited(_CITED)),
        ),
        {
            "energy": list(one.claims()),
            "declared": {
                "days": [found.days.first.isoformat(), found.days.after.isoformat()],
                **declarations(found.energy),
            },
            "eu": [eu.body(each) for each in fields],
            "parts": parts_claim(
                (name, one.used, one.without)
                for name, one in (
                    *((f"tenant/{name}", one) for name, one in tenants),
                    *((f"feed/{name}", one) for name, one in feeds),
                    *racks,
                )
            ),
            **divided.banded(found, by_band),
            **bodies(committed),
            **found.shelf.claim(),
        },
    )


def _sum(found: Metered, scope: str, edges: Sequence[int]) -> Sum:
    return found.energies.of(account.supplies(found.topology, scope), edges)


def _figure(label: str, found: Sum) -> Figure:
    """Return an energy with its bounds: good where enough was measured, and of every part."""
    amount = found.whole
    best, least, most = divided.shown(amount)
    title = Say(f"report.energy.{label}")
    if best is None:
        hint = Say("report.energy.too_little", (least,)) if amount.known else Say("report.energy.unmeasured")
        return Figure(title, None, hint, Tone.UNKNOWN)
    return Figure(
        title, best, Say("report.between", (least, most)), Tone.UNKNOWN if found.without else Tone.GOOD
    )


def _unfinished(found: Metered) -> Iterable[Block]:
    """Say where the last day goes on: sums and coverage are of whole days, as their claim is."""
    if found.milliseconds[1] < found.days.edges()[-1]:
        yield Note(Say("report.energy.day_goes_on"))


def _amount(whole: Sum) -> Iterable[Block]:
    amount = whole.whole
    yield Figures((_figure("used", whole), Figure(Say("report.uptime.coverage"), share(amount.coverage, 2))))
    if whole.without:
        yield Note(Say("report.energy.without", (List(tuple(map(Name, whole.without))),)))


def _whole(one: account.Site, found: Metered) -> Iterable[Block]:
    everything, it = one.total.whole, one.it.whole
    yield Figures(
        (
            _figure("dc", one.total),
            _figure("it", one.it),
            _figure("cooling", one.cooling),
            Figure(Say("report.uptime.coverage"), share(min(everything.coverage, it.coverage), 2)),
        )
    )
    names = [
        ("report.energy.boundary_dc", one.boundaries[0]),
        ("report.energy.boundary_it", one.boundaries[1]),
    ]
    for key, boundary in names:
        yield Paragraph(Say(key, (_in_order(found, boundary.nodes),)))
        yield from _past(found, boundary)
    yield from _by_day(found, one.total.nodes)


def _past(found: Metered, boundary: Boundary) -> Iterable[Block]:
    """Yield what goes past the parts at which a whole is measured, and what is measured twice."""
    if boundary.outside:
        yield Note(Say("report.energy.outside", (_in_order(found, boundary.outside),)))
    if boundary.twice:
        yield Note(Say("report.energy.twice", (_in_order(found, boundary.twice),)))


def _in_order(found: Metered, nodes: Iterable[str]) -> List:
    """Return parts as people call them, in the order in which they look for one."""
    return List(tuple(sorted(map(found.matter.site.called, nodes), key=str)))


def _by_day(found: Metered, nodes: Sequence[str]) -> Iterable[Block]:
    """Yield the load curve of days: hourly while they are few, else daily, from the mean power of each."""
    days = found.days
    hourly = (days.after - days.first).days <= _HOURLY_DAYS
    edges = days.edges(_next)
    if hourly:
        edges = list(range(edges[0], min(edges[-1], found.milliseconds[1]) + 1, 3_600_000))
    if len(edges) < 2:
        return
    amounts = found.energies.of(nodes, edges).amounts
    spans = list(zip(edges, edges[1:], amounts, strict=False))
    at = tuple((start + end) * 500 for start, end, _ in spans)

    def kilowatts(joules: int, start: int, end: int, amount: Amount) -> float | None:
        return joules / (end - start) if amount.known * 2 >= amount.period > 0 else None

    means = tuple(kilowatts(amount.best, start, end, amount) for start, end, amount in spans)
    if not any(mean is not None for mean in means):
        return
    line = Line(Say("report.energy.mean_power"), at, means)
    since, until = found.matter.period.since, found.matter.until
    yield Curve("load", Say("report.energy.curve"), "kilowatts", since, until, (line,))


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _figures(ratios: Sequence[Share]) -> Iterable[Block]:
    yield Paragraph(Say("report.energy.figures_how"))
    for one in ratios:
        if one.wrong and _told(one):
            yield Note(Say("report.energy.wrong", (Name(one.name),)), Tone.BAD)
    yield table(
        "figures",
        "",
        cols("energy.figure value> energy.least> energy.most> coverage> energy.partial:1.8"),
        (_ratio(one) for one in ratios),
    )


def _told(one: Share) -> bool:
    """Whether enough was measured to state a figure by itself; else only its bounds are."""
    return one.coverage >= constant("coverage_least")


def _ratio(one: Share) -> tuple[Value, ...]:
    best, least, most = _number(one.best), _number(_least(one)), _number(one.most)
    if not _told(one):
        best, most = None, None if one.most is None else Say("report.unknown")
    return Name(one.name), best, least, most, share(one.coverage, 2), _partial(one)


def _least(one: Share) -> Fraction | None:
    """Return what a figure is at least: no PUE is below 1, unless what was measured contradicts that."""
    if one.least is None or one.wrong or not one.name.startswith(("PUE", "iPUE")):
        return one.least
    return max(one.least, constant("pue_least"))


def _number(value: Fraction | None) -> Value:
    return None if value is None else Number(float(value), digits=3)


def _partial(one: Share) -> Value:
    return List(tuple(Word("report.energy.partial", word) for word in one.partial)) if one.partial else None


def rest_on(blocks: int) -> Say:
    """Say on how many blocks figures rest."""
    return Say("report.energy.block") if blocks == 1 else Say("report.energy.blocks", (Number(blocks),))


def _proof(found: Metered) -> Iterable[Block]:
    """Say which blocks stand behind the figures, and since when none does."""
    used, unproven = found.shelf.used, sorted(found.shelf.unproven)
    yield Paragraph(rest_on(len(used)))
    if unproven:
        yield Note(Say("report.energy.unproven", (Number(len(unproven)), Moment(unproven[0] * 1000))))
