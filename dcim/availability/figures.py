"""The figures of a period, out of its account: exact integers and fractions. Pure."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from typing import Final

from dcim.availability.account import Account, Tally
from dcim.availability.category import Category, Microseconds, Period
from dcim.availability.episodes import Episodes, outages, redundancy_events
from dcim.availability.share import Share, Statement, bare, share
from dcim.contracts import LOOSE, Contract, Counts, Excusable, Penalty
from dcim.record import dataclass

_EXCUSES: Final = {
    Excusable.FORCE_MAJEURE: Category.FORCE_MAJEURE,
    Excusable.SCHEDULED: Category.SCHEDULED,
}


class Verdict(Enum):
    """Whether a contract was kept."""

    KEPT = "kept"
    MISSED = "missed"
    UNDECIDED = "undecided"  # too little was seen, and what was not seen decides it
    NONE = "none"  # nothing was promised


@dataclass(frozen=True, slots=True)
class Budget:
    """The time that may be lost before a target is missed, microseconds as exact fractions.

    ``burn``: at what multiple of the pace that just uses it up it was used (None: nothing may be lost, or
    nothing was seen).
    """

    whole: Fraction
    spent: Fraction
    burn: Share

    @property
    def left(self) -> Fraction:
        """Return what is left; below 0 when more was lost than may be."""
        return self.whole - self.spent


@dataclass(frozen=True, slots=True)
class Figures:
    """What one account says. Every share is exact; None where there is nothing to divide by.

    ``mtbf`` and ``mttr`` are microseconds, over the ``failures`` that began in the period; ``redundancy`` is
    the time with nothing missing over the time seen, and its bounds over the whole period.
    """

    tally: Tally
    coverage: Fraction
    a_min: Fraction
    a_observed: Share
    a_max: Fraction
    a_contract: Share
    redundancy_min: Fraction
    redundancy: Share
    redundancy_max: Fraction
    failures: int
    mtbf: Share
    mttr: Share
    outages: Episodes
    redundancy_events: Episodes
    budget: Budget | None
    statement: Statement
    verdict: Verdict
    penalty: Penalty | None


def figures(account: Account, contract: Contract = LOOSE) -> Figures:
    """Return the figures of an account under a contract. The period is longer than nothing."""
    tally = account.tally
    whole, seen = account.period.length, account.period.length - tally.blind
    full, found = tally.times[Category.FULL], outages(account)
    failures = found.begun(Category.FORCED)
    coverage = Fraction(seen, whole)
    kept = _kept(tally, contract)
    due = due_time(tally, contract)
    agreed = share(kept, due)
    verdict = _verdict(tally, contract, agreed, coverage)
    return Figures(
        tally=tally,
        coverage=coverage,
        a_min=Fraction(tally.up, whole),
        a_observed=share(tally.up, seen),
        a_max=Fraction(tally.up + tally.blind, whole),
        a_contract=agreed,
        redundancy_min=Fraction(full, whole),
        redundancy=share(full, seen),
        redundancy_max=Fraction(full + tally.undecided + tally.blind, whole),
        failures=failures,
        mtbf=share(tally.up, failures),
        mttr=share(tally.times[Category.FORCED], failures),
        outages=found,
        redundancy_events=redundancy_events(account),
        budget=_budget(due, due - kept, contract),
        statement=bare(agreed, coverage, contract.coverage),
        verdict=verdict,
        penalty=_penalty(agreed, contract) if verdict is Verdict.MISSED else None,
    )


def due_time(tally: Tally, contract: Contract) -> Microseconds:
    """Return the time that a contract's availability is a share of: seen, and not left out."""
    left_out = sum(tally.times[_EXCUSES[one]] for one in contract.excluded)
    return tally.length - tally.blind - left_out


def _kept(tally: Tally, contract: Contract) -> Microseconds:
    """Return the time that a contract counts as available."""
    return tally.up if contract.counts is Counts.FUNCTION else tally.times[Category.FULL]


def _verdict(tally: Tally, contract: Contract, agreed: Share, coverage: Fraction) -> Verdict:
    """Judge by what was seen if that is enough, else only if what was not seen could not turn it."""
    target = contract.target
    if target is None:
        return Verdict.NONE
    if agreed is not None and coverage >= contract.coverage:
        return Verdict.KEPT if agreed >= target else Verdict.MISSED
    kept, due = _kept(tally, contract), due_time(tally, contract) + tally.blind
    open_ = tally.blind + (tally.undecided if contract.counts is Counts.REDUNDANCY else 0)
    if due and Fraction(kept, due) >= target:
        return Verdict.KEPT
    if due and Fraction(kept + open_, due) < target:
        return Verdict.MISSED
    return Verdict.UNDECIDED


def _penalty(agreed: Share, contract: Contract) -> Penalty | None:
    """Return the step that a miss falls under: the lowest that it is below."""
    under = [one for one in contract.penalties if agreed is not None and agreed < one.below]
    return min(under, key=lambda one: one.below, default=None)


def _budget(due: Microseconds, bad: Microseconds, contract: Contract) -> Budget | None:
    if contract.target is None:
        return None
    may = 1 - contract.target
    rate = share(bad, due)
    return Budget(may * due, Fraction(bad), None if rate is None else share(rate, may))


def burn(account: Account, contract: Contract, until: Microseconds, length: Microseconds) -> Share:
    """Return the burn rate over the last so many microseconds before a moment, within the period.

    ``(bad / due) / (1 - target)``; None without a target, or where nothing was seen.
    """
    part = part_of(account, Period(until - length, until).cut(account.period))
    due = due_time(part, contract)
    budget = _budget(due, due - _kept(part, contract), contract)
    return None if budget is None else budget.burn


def part_of(account: Account, span: Period) -> Tally:
    """Return the tally of a part of the period."""
    return Account(account.subject, span, account.slices.cut(span), account.before).tally
