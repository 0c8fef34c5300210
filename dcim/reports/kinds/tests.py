"""The register of tests: generator starts, battery tests, transfers: when, how they went, under whose work.

Of each device and kind of test one line an attempt, however many alerts tell of it: a generator that runs, a
switch that stands on its other source, a test of batteries that failed. Work announced over the device at
that time says by whom and why; without it the line says that nobody announced it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dcim.availability import Work
from dcim.availability.work import LONGEST, works
from dcim.ledger import Entry
from dcim.model.fact import FactKind, Json
from dcim.record import dataclass, field
from dcim.reports.blocks import cols, table
from dcim.reports.kinds.seen import Seen, counted, number, watched
from dcim.reports.matter import Matter, Parts, body_of, section
from dcim.reports.model import (
    Code,
    Figure,
    Figures,
    Length,
    Microseconds,
    Moment,
    Paragraph,
    Say,
    Table,
    Tone,
    Value,
)

SORTS: Final[Mapping[str, tuple[str, bool]]] = {
    "genset_running": ("genset", True),
    "genset_start_failed": ("genset", False),
    "genset_did_not_start": ("genset", False),
    "genset_did_not_take_over": ("genset", False),
    "ups_test_failed": ("battery", False),
    "ups_on_battery": ("on_battery", True),
    "ats_on_alternate_source": ("transfer", True),
    "ats_did_not_transfer": ("transfer", False),
    "ats_sources_out_of_step": ("transfer", False),
}
"""The rules whose alerts are an occurrence of something that is tested: what, and whether it went well."""

_MOST: Final = 500
_ATTEMPT: Final = 300_000_000
"""Microseconds: alerts of one device and one sort of test that begin within them are of one attempt."""


@dataclass(slots=True, eq=False)
class Occurrence:
    """One time that something was put to the test, announced or not; ``until`` None: it goes on."""

    sort: str
    asset: str
    rule: str
    at: Microseconds
    passed: bool
    evidence: int
    until: Microseconds | None = None
    work: Work | None = None
    alerts: set[str] = field(default_factory=set)  # the keys of those that told of it


def register(facts: Iterable[Entry], announced: Iterable[Work]) -> list[Occurrence]:
    """Return what was put to the test, in the order in which it began."""
    lying = tuple(announced)
    open_: dict[str, Occurrence] = {}
    found: list[Occurrence] = []
    for entry in facts:
        body = body_of(entry)
        sort = SORTS.get(str(body["rule"]))
        if sort is None:
            continue
        if body["change"] in ("raised", "raised_untold"):
            one = Occurrence(
                sort[0], str(body["asset"]), str(body["rule"]), entry.at, sort[1], entry.sequence
            )
            one.work = next((each for each in lying if _over(each, one)), None)
            told = entry.subject
            attempt = next((each for each in reversed(found) if _same(each, one, told)), None)
            if attempt is None:
                found.append(one)
            elif attempt.passed and not one.passed:  # it began well and failed: that is how it went
                attempt.passed, attempt.rule = False, one.rule
            attempt = attempt or one
            attempt.alerts.add(told)
            open_[told] = attempt
        elif body["change"] in ("cleared", "cleared_untold") and entry.subject in open_:
            attempt = open_.pop(entry.subject)
            if attempt not in open_.values():
                attempt.until = entry.at
    return found


def _same(earlier: Occurrence, one: Occurrence, alert: str) -> bool:
    """Whether an alert tells of an attempt that is on the register already, by another alert."""
    near = one.at - earlier.at <= _ATTEMPT
    return near and (earlier.sort, earlier.asset) == (one.sort, one.asset) and alert not in earlier.alerts


def _over(work: Work, one: Occurrence) -> bool:
    return work.start <= one.at < work.end and work.covers(one.asset)


def compose(matter: Matter) -> Parts:
    """Return the register of the matter's period and scope."""
    mine = matter.within()
    since = matter.first_around(matter.period.since - LONGEST)
    announced = works(matter.pages(since, (FactKind.MAINTENANCE,)))
    facts = (
        one for one in matter.entries((FactKind.ALERT,)) if mine is None or body_of(one)["asset"] in mine
    )
    found = register(facts, announced)
    blocks = (Paragraph(Say("report.tests.how")), _figures(found, watched(matter)), _register(found, matter))
    return Parts((section("tests.register", *blocks),), {"occurrences": [_body(one) for one in found]})


def _figures(found: Sequence[Occurrence], seen: Seen) -> Figures:
    """Return how many there were of each sort; where nothing was put to the test, nothing went well."""
    sorts = ("genset", "transfer", "battery", "on_battery")
    tested = (
        Figure(Say(f"report.tests.{sort}"), number(sum(one.sort == sort for one in found), seen))
        for sort in sorts
    )
    failed = sum(not one.passed for one in found)
    result = counted(Say("report.tests.failed"), failed, seen, Tone.BAD if failed else Tone.GOOD)
    if not found and seen.known > 0:
        result = Figure(result.label, None, Say("report.tests.none"), Tone.UNKNOWN)
    announced = number(sum(one.work is not None for one in found), seen)
    return Figures((*tested, result, Figure(Say("report.tests.announced"), announced)))


def _register(found: Iterable[Occurrence], matter: Matter) -> Table:
    return table(
        "register",
        "",
        cols(
            "when:1.3 tests.what:1.2 where:1.5 what:1.8 tests.stood> tests.result "
            "tests.under:1.8 evidence>:0.7"
        ),
        (_row(one, matter) for one in list(found)[:_MOST]),
        "report.tests.none",
    )


def _row(one: Occurrence, matter: Matter) -> tuple[Value, ...]:
    work = one.work
    under = matter.person(work.who, work.reason, work.ticket) if work else None
    return (
        Moment(one.at),
        Say(f"report.tests.{one.sort}"),
        matter.site.called(one.asset),
        matter.site.rule(one.rule),
        Length(one.until - one.at) if one.until else Say("report.goes_on"),
        Say("report.tests.passed" if one.passed else "report.tests.not_passed"),
        under or Say("report.tests.unannounced"),
        Code(f"#{one.evidence}"),
    )


def _body(one: Occurrence) -> dict[str, Json]:
    return {
        "sort": one.sort,
        "asset": one.asset,
        "rule": one.rule,
        "at": one.at,
        "until": one.until,
        "passed": one.passed,
        "work": one.work.id if one.work else None,
        "evidence": one.evidence,
    }
