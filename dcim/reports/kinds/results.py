"""The figures of a statement of availability: with their bounds, by category, as seen and as reclassified."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from dcim.availability import Answer, Category, Refused, View
from dcim.reports.blocks import cols, share, table
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

_SHOWN: Final = 100_000
"""Microseconds: the shortest length of time that is written as a number."""

COLUMNS: Final = cols("service:1.4 a_min> a_observed> a_max> coverage> redundancy>:2 lost>")


def row(label: Value, view: View) -> tuple[Value, ...]:
    """Return the figures of a service in one line, by ``COLUMNS``."""
    found = view.figures
    observed, redundancy = share(found.a_observed), share(found.redundancy)
    if isinstance(found.statement, Refused):
        observed = Say("report.uptime.not_stated")
        redundancy = Say("report.from_to", (share(found.redundancy_min), share(found.redundancy_max)))
    bounds = (share(found.a_min), observed, share(found.a_max), share(found.coverage))
    return (label, *bounds, redundancy, Length(found.tally.lost))


def why_not(views: Iterable[View]) -> Say | None:
    """Return why some rows hold bounds only: less of their period was seen than one figure needs."""
    refused = [one.figures.statement for one in views if isinstance(one.figures.statement, Refused)]
    return Say("report.uptime.bounds_only", (share(refused[0].threshold, 2),)) if refused else None


def result(whole: Answer, apart: int) -> Iterable[Block]:
    """Yield what a statement comes to: the verdict, the figures with their bounds, time by category.

    ``apart``: how many outages its services have, each by itself.
    """
    yield from _read_first(whole)
    yield _availability(whole)
    yield _beside(whole, apart)
    yield from _categories(whole.final, whole.seen)
    if whole.reclassified:
        views = (whole.seen, whole.final)
        rows = [
            row(Say(f"report.uptime.{of}"), one) for of, one in zip(("seen", "final"), views, strict=True)
        ]
        yield table("as_seen", "report.uptime.both", COLUMNS, rows, note=why_not(views))
    yield from _budget(whole.final)


def _budget(view: View) -> Iterable[Block]:
    """Yield what may be lost and how much of it was; too little seen: only the loss that is certain."""
    budget = view.figures.budget
    if budget is None:
        return
    refused = isinstance(view.figures.statement, Refused)
    none = Say("report.uptime.budget_refused")
    spent = length(budget.spent)
    yield Facts(
        (
            (Say("report.uptime.budget"), none if refused else length(budget.whole)),
            (Say("report.uptime.spent"), at_least(spent) if refused else spent),
            (Say("report.uptime.left"), none if refused else length(budget.left)),
        )
    )


def _read_first(whole: Answer) -> Iterable[Block]:
    """Yield what comes before any figure: what was reclassified, that too little was seen, the verdict."""
    found, target = whole.final.figures, whole.contract.target
    if whole.reclassified:
        yield Note(Say("report.uptime.reclassified"), Tone.WARNING)
    if isinstance(found.statement, Refused):
        said = (share(found.coverage), share(found.statement.threshold))
        yield Note(Say("report.uptime.refused", said), Tone.WARNING)
    if target is not None:
        verdict = found.verdict.value
        yield Note(Say(f"report.uptime.verdict.{verdict}", (share(target),)), _verdict(verdict))


def _availability(whole: Answer) -> Figures:
    """Return the availability between its bounds, and how much of the period was seen."""
    view, found = whole.final, whole.final.figures
    enough = found.coverage >= whole.contract.coverage
    observed = Figure(
        Say("report.uptime.a_observed"),
        share(found.a_observed),
        Say("report.uptime.a_observed_hint"),
        _good(view),
    )
    return Figures(
        (
            Figure(Say("report.uptime.a_min"), share(found.a_min), Say("report.uptime.a_min_hint")),
            _stated(observed, view, (found.a_min, found.a_max)),
            Figure(Say("report.uptime.a_max"), share(found.a_max), Say("report.uptime.a_max_hint")),
            Figure(
                Say("report.uptime.coverage"),
                share(found.coverage),
                Say("report.uptime.coverage_hint"),
                Tone.GOOD if enough and found.coverage else Tone.WARNING,
            ),
        )
    )


def _beside(whole: Answer, apart: int) -> Figures:
    """Return what stands beside it: what was agreed, redundancy, time lost, availability by weight."""
    view, found, partial = whole.final, whole.final.figures, whole.final.partial
    bounds = (found.redundancy_min, found.redundancy_max)
    redundancy = Figure(Say("report.uptime.redundancy"), share(found.redundancy), _between(*bounds))
    weighed = Figure(
        Say("report.uptime.weighted"), share(partial.observed), _between(partial.least, partial.most)
    )
    lost = Figure(
        Say("report.uptime.lost"),
        _lost(view),
        _outages(whole, apart),
        Tone.BAD if found.tally.lost else _good(view),
    )
    return Figures(
        (
            _agreed(view),
            _stated(redundancy, view, bounds),
            lost,
            _stated(weighed, view, (partial.least, partial.most)),
        )
    )


def _lost(view: View) -> Value:
    """Return the time lost: where too little was seen it is that at least, where nothing was a dash."""
    found = view.figures
    if not found.coverage:
        return None
    lost = Length(found.tally.lost)
    return at_least(lost) if isinstance(found.statement, Refused) else lost


def at_least(seen: Value) -> Value:
    """Return a length of time as the least that it can be; one too short to be written is more than none."""
    if not isinstance(seen, Length):
        return None
    if 0 < seen.lasts < _SHOWN:
        return Say("report.uptime.more_than", (Length(0),))
    return Say("report.uptime.at_least", (seen,))


def _outages(whole: Answer, apart: int) -> Say:
    """Return how many outages there are; where people reclassified time, also how many were seen.

    And how many the services have each by itself, where that is another number.
    """
    final, seen = (Number(len(one.figures.outages)) for one in (whole.final, whole.seen))
    if not (whole.final.figures.coverage or final.value or seen.value or apart):
        return Say("report.seen_nothing")
    said = (
        Say("report.uptime.outages_both", (final, seen))
        if whole.reclassified
        else Say("report.uptime.outages_n", (final,))
    )
    same = apart == len(whole.final.figures.outages)
    return said if same else Say("report.uptime.outages_apart", (said, Number(apart)))


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
