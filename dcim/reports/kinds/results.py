"""The figures of a statement of availability: with their bounds, by category, as seen and as reclassified."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from dcim.availability import Answer, Category, Refused, View
from dcim.reports.blocks import cols, table
from dcim.reports.model import (
    Block,
    Facts,
    Figure,
    Figures,
    Length,
    Name,
    Note,
    Number,
    Ratio,
    Say,
    Tone,
    Value,
)

COLUMNS: Final = cols("service:1.8 a_min> a_observed> a_max> coverage> redundancy> lost>")


def row(label: Value, view: View) -> tuple[Value, ...]:
    """Return the figures of a service in one line, by ``COLUMNS``."""
    found = view.figures
    observed, redundancy = share(found.a_observed), share(found.redundancy)
    if isinstance(found.statement, Refused):
        observed = Say("report.uptime.not_stated")
        redundancy = Say("report.between", (share(found.redundancy_min), share(found.redundancy_max)))
    bounds = (share(found.a_min), observed, share(found.a_max), share(found.coverage))
    return (label, *bounds, redundancy, Length(found.tally.lost))


def why_not(views: Iterable[View]) -> Say | None:
    """Return why some rows hold bounds only: less of their period was seen than one figure needs."""
    refused = [one.figures.statement for one in views if isinstance(one.figures.statement, Refused)]
    return Say("report.uptime.bounds_only", (share(refused[0].threshold, 2),)) if refused else None


def share(value: Fraction | None, digits: int = 4) -> Value:
    """Return an exact share as it is shown: a dash where nothing is defined."""
    return None if value is None else Ratio(value.numerator, value.denominator, digits)


def result(whole: Answer) -> Iterable[Block]:
    """Yield what a statement comes to: the verdict, the figures with their bounds, time by category."""
    view, raw = whole.final, whole.seen
    found = view.figures
    if whole.reclassified:
        yield Note(Say("report.uptime.reclassified"), Tone.WARNING)
    if isinstance(found.statement, Refused):
        said = (share(found.coverage), share(found.statement.threshold))
        yield Note(Say("report.uptime.refused", said), Tone.WARNING)
    if whole.contract.target is not None:
        yield Note(
            Say(f"report.uptime.verdict.{found.verdict.value}", (share(whole.contract.target),)),
            _verdict(found.verdict.value),
        )
    yield Figures(
        (
            Figure(Say("report.uptime.a_min"), share(found.a_min), Say("report.uptime.a_min_hint")),
            _stated(
                Figure(
                    Say("report.uptime.a_observed"),
                    share(found.a_observed),
                    Say("report.uptime.a_observed_hint"),
                    _good(view),
                ),
                view,
                (found.a_min, found.a_max),
            ),
            Figure(Say("report.uptime.a_max"), share(found.a_max), Say("report.uptime.a_max_hint")),
            Figure(
                Say("report.uptime.coverage"),
                share(found.coverage),
                Say("report.uptime.coverage_hint"),
                Tone.GOOD if found.coverage >= whole.contract.coverage else Tone.WARNING,
            ),
        )
    )
    yield Figures(
        (
            _agreed(view),
            _stated(
                Figure(
                    Say("report.uptime.redundancy"),
                    share(found.redundancy),
                    _between(found.redundancy_min, found.redundancy_max),
                ),
                view,
                (found.redundancy_min, found.redundancy_max),
            ),
            Figure(
                Say("report.uptime.lost"),
                Length(found.tally.lost),
                _outages(whole),
                Tone.BAD if found.tally.lost else _good(view),
            ),
            _stated(
                Figure(
                    Say("report.uptime.weighted"),
                    share(view.partial.observed),
                    _between(view.partial.least, view.partial.most),
                ),
                view,
                (view.partial.least, view.partial.most),
            ),
        )
    )
    yield from _categories(view, raw)
    if whole.reclassified:
        yield table(
            "as_seen",
            "report.uptime.both",
            COLUMNS,
            [row(Say("report.uptime.seen"), raw), row(Say("report.uptime.final"), view)],
            note=why_not((raw, view)),
        )
    if found.budget is not None:
        yield Facts(
            (
                (Say("report.uptime.budget"), length(found.budget.whole)),
                (Say("report.uptime.spent"), length(found.budget.spent)),
                (Say("report.uptime.left"), length(found.budget.left)),
            )
        )


def _outages(whole: Answer) -> Say:
    """Return how many outages there are; where people reclassified time, also how many were seen."""
    final, seen = (Number(len(one.figures.outages)) for one in (whole.final, whole.seen))
    return (
        Say("report.uptime.outages_both", (final, seen))
        if whole.reclassified
        else Say("report.uptime.outages_n", (final,))
    )


def _between(least: Fraction, most: Fraction) -> Say:
    return Say("report.between", (share(least), share(most)))


def _stated(figure: Figure, view: View, bounds: tuple[Fraction, Fraction]) -> Figure:
    """Return a figure as it may be shown: where too little was seen its bounds and why, no percentage."""
    statement = view.figures.statement
    if not isinstance(statement, Refused):
        return figure
    hint = Say("report.uptime.interval", (*map(share, bounds), share(statement.threshold, 2)))
    return Figure(figure.label, None, hint, Tone.UNKNOWN)


def length(value: Fraction | None) -> Value:
    """Return a length of time as it is shown: a dash where it is not defined."""
    return None if value is None else Length(int(value))


def _verdict(word: str) -> Tone:
    return {"kept": Tone.GOOD, "missed": Tone.BAD}.get(word, Tone.WARNING)


def _good(view: View) -> Tone:
    if view.figures.a_observed is None:
        return Tone.UNKNOWN
    if view.figures.tally.times[Category.FORCED]:
        return Tone.BAD
    return Tone.WARNING if isinstance(view.figures.statement, Refused) else Tone.GOOD


def _agreed(view: View) -> Figure:
    """Return the availability of the contract, which stands alone: none where too little was seen."""
    found, label = view.figures, Say("report.uptime.a_contract")
    if isinstance(found.statement, Refused):
        return Figure(label, None, Say("report.uptime.a_contract_refused"), Tone.UNKNOWN)
    return Figure(label, share(found.a_contract), Say("report.uptime.a_contract_hint"))


def _categories(view: View, raw: View) -> Iterable[Block]:
    """Yield the time in each category; where people reclassified some, as it was seen too."""
    length = view.account.period.length
    times, before = view.figures.tally.times, raw.figures.tally.times
    both = view is not raw
    yield table(
        "categories",
        "report.uptime.categories_final" if both else "report.uptime.categories",
        cols(f"uptime.category:2 minutes> lasted> share>{' uptime.seen>' * both} uptime.counts:2.4"),
        (
            (
                Say(f"report.category.{one.word}", (Name(f"T{one.value}"),)),
                Number(times[one] / 60e6, digits=2),
                Length(times[one]),
                Ratio(times[one], length),
                *((Length(before[one]),) if both else ()),
                Say(f"report.category_counts.{one.word}"),
            )
            for one in Category
        ),
    )
