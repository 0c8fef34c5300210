"""The statement of availability: everything an auditor asks of one, and no bare percentage without cover.

Its sections follow the check-list of what such a statement must hold: subject and promise; figures with their
bounds; outages apart from redundancy events; failures; announced work; what people reclassified; the devices
it rests on. Clock, head and verification are in the frame that every report has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from dcim.availability import (
    LOST,
    Account,
    Answer,
    Category,
    Evidence,
    Refused,
    View,
    all_of,
    answer,
    claim,
    together,
)
from dcim.contracts import LOOSE, Contract
from dcim.graph import Service
from dcim.model.fact import Json
from dcim.record import replace
from dcim.reports.absent import Watched
from dcim.reports.blocks import cited, cols, days_of, hourly, share, table
from dcim.reports.kinds.blind import blind_blocks
from dcim.reports.kinds.bounds import bounds, scope_blocks, shown
from dcim.reports.kinds.devices import observed
from dcim.reports.kinds.outages import Listing, outage_blocks, work_block
from dcim.reports.kinds.proven import proven, proven_blocks
from dcim.reports.kinds.results import COLUMNS, length, result, row, why_not
from dcim.reports.kinds.selected import facts_of
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.model import (
    Block,
    Code,
    Facts,
    Heat,
    Length,
    List,
    Name,
    Number,
    Paragraph,
    Say,
    Section,
    Stretch,
    Timeline,
    Tone,
    Value,
)
from dcim.reports.scope import NothingLike
from dcim.reports.sheet import PRINTED

TONES: Final = {
    Category.FULL: Tone.GOOD,
    Category.DEGRADED: Tone.WARNING,
    Category.FORCED: Tone.BAD,
    Category.PLANNED: Tone.PLANNED,
    Category.SCHEDULED: Tone.PLANNED,
    Category.FORCE_MAJEURE: Tone.OTHER,
    Category.BLIND: Tone.UNKNOWN,
}
_LEGEND: Final = (
    (Tone.GOOD, "full"),
    (Tone.WARNING, "degraded"),
    (Tone.BAD, "forced_outage"),
    (Tone.PLANNED, "maintenance"),
    (Tone.OTHER, "force_majeure"),
    (Tone.UNKNOWN, "blind"),
)
_MOST_BARS: Final = 36
_FEW: Final = 64
"""Services that are each read alone, what was said of them kept; of more, all are read in one pass."""

_BOTH: Final = "failures> uptime.failures_seen> mtbf> uptime.mtbf_seen> mttr> uptime.mttr_seen>"
"""Columns of failures: each number as reclassified, then as seen."""

_CITED: Final = (*(f"category_{one.word}" for one in Category), "coverage_least", "notice")


def compose(matter: Matter) -> Parts:
    """Return the statement of availability of the services in the matter's scope."""
    names = matter.services()
    if not names:
        msg = (
            f"no service of the site lies in the scope {matter.scope}: a statement of availability needs one"
        )
        raise NothingLike(msg)
    evidence = _evidence(matter, len(names))
    if evidence is None:
        return Parts((section("uptime.subject", *_subject(matter, names, None)),))
    matter.step("folding")
    listings = Listing(), Listing()
    singles, claims = _singles(matter, evidence, names, listings)
    whole = _whole(matter, evidence, singles)
    answers = singles if whole is None else [whole, *singles]
    tallies = [one.final.figures.tally for one in singles]
    unknown = [(sum(one.times), one.blind, one.undecided) for one in tallies]
    if whole is not None:
        claims = [claim(whole, matter.period.zone), *claims]
    return Parts(
        (
            section("uptime.subject", *_subject(matter, names, whole or singles[0])),
            section("uptime.result", *result(whole or singles[0], listings[0].number)),
            section("uptime.services", *_services(singles, matter)),
            section("uptime.outages", *outage_blocks(whole or singles[0], singles, listings, matter)),
            *_proven(singles, matter),
            section("uptime.failures", *_failures([*answers[: -len(singles)], *_listed(singles)], matter)),
            section("uptime.work", *work_block(evidence, names, matter)),
            section("uptime.blind", *blind_blocks(evidence, singles, matter)),
            section("uptime.points", _dark(whole or singles[0]), *observed(matter, names)),
            section("uptime.policy", *_policy((whole or singles[0]).contract), *cited(_CITED)),
        ),
        {"answers": list(claims)},
        tuple(facts_of(matter, evidence, names)),
        [Watched(length - blind, length) for length, blind, _ in unknown],
        [Watched(length - blind - undecided, length) for length, blind, undecided in unknown],
    )


def _dark(whole: Answer) -> Block:
    """Say how long it was blind, and why that is more than the devices were silent."""
    return Paragraph(Say("report.points.blind", (Length(whole.final.figures.tally.blind),)))


def _evidence(matter: Matter, services: int) -> Evidence | None:
    """Return what facts say of the period; what is said of a service is read once, and used twice."""
    found = matter.evidence(every=services > _FEW)
    return found and replace(found, statements=lru_cache(maxsize=_FEW)(found.statements))


def _singles(
    matter: Matter, evidence: Evidence, names: Sequence[str], listings: tuple[Listing, Listing]
) -> tuple[list[Answer], list[dict[str, Json]]]:
    """Return what is said of each service, and its claim, and list its episodes."""
    singles: list[Answer] = []
    claims: list[dict[str, Json]] = []
    for name in names:
        one = answer(evidence, name)
        claims.append(claim(one, matter.period.zone))
        listings[0].add(name, one.final.figures.outages)
        listings[1].add(name, one.final.figures.redundancy_events)
        singles.append(one)
    return singles, claims


def _whole(matter: Matter, evidence: Evidence, singles: Sequence[Answer]) -> Answer | None:
    """Return what is said of all services together; None where there is one only."""
    names = [one.subject for one in singles]
    contract = next((one for one in matter.contracts if _is_for(one, matter, names)), None)
    if contract is not None:
        return together(evidence, contract.name or contract.id, contract)
    if len(names) == 1:
        return None
    known = [(one.seen.account, one.final.account) for one in singles]
    terms = all_of(matter.site.id, names, LOOSE)  # under which each was read alone
    return together(evidence, str(matter.scope) or matter.site.id, terms, known)


def _is_for(contract: Contract, matter: Matter, names: Sequence[str]) -> bool:
    """Whether a contract is the one that the report is about: its tenant's, and over no other services."""
    if not contract.services or not set(contract.services) <= set(names):
        return False
    return matter.scope.axis == "tenant" and contract.tenant in ("", matter.scope.name)


def _subject(matter: Matter, names: Sequence[str], whole: Answer | None) -> Iterable[Block]:
    yield Facts(
        (
            (Say("report.uptime.about"), matter.subject),
            (Say("report.uptime.site"), Name(matter.site.name or matter.site.id)),
            (
                Say("report.uptime.contract"),
                _contract(whole.contract) if whole else Say("report.uptime.no_contract"),
            ),
            (Say("report.uptime.topology"), Code(matter.site.digest) if matter.site.digest else None),
        )
    )
    yield Paragraph(Say("report.uptime.promise"))
    services = [found for name in names if (found := matter.site.service(name))]
    unseen = bounds(matter, names)
    yield table(
        "promises",
        "",
        cols("service:1.3 kind:0.8 needs>:0.6 parts:2.6 unseen>:1.1"),
        (
            (
                matter.site.called(one.id),
                Say(f"report.service.{one.kind}"),
                _needs(one),
                List(tuple(matter.site.called(part) for part in one.parts)),
                shown(unseen.get(one.id)),
            )
            for one in services
        ),
    )
    yield from scope_blocks(unseen, len(services))


def _needs(one: Service) -> Value:
    return Say("report.k_of_n", (Number(one.needs), Number(len(one.parts))))


def _contract(contract: Contract) -> Value:
    if not contract.id:
        return Say("report.uptime.no_contract")
    clause = Name(contract.clause) if contract.clause else None
    return Say(
        "report.uptime.contract_said", (Name(contract.name or contract.id), clause, share(contract.target))
    )


def _services(singles: Sequence[Answer], matter: Matter) -> Iterable[Block]:
    worst = _worst_first(singles)
    shown = {one.subject for one in worst[:_MOST_BARS]}
    yield Timeline(
        "timeline",
        Say("report.uptime.timeline"),
        matter.period.since,
        matter.until,
        tuple(
            (called, _stretches(view.account))
            for one in singles
            if one.subject in shown
            for called, view in _views(one, matter)
        ),
        tuple((tone, Say(f"report.category_short.{word}")) for tone, word in _LEGEND),
    )
    if len(singles) > len(shown):
        yield Paragraph(Say("report.uptime.worst", (Number(len(shown)), Number(len(singles)))))
    yield table(
        "services",
        "report.uptime.each",
        COLUMNS,
        [row(*each) for one in _listed(singles) for each in _views(one, matter)],
        note=why_not(view for one in singles for view in (one.final, one.seen)),
    )
    days = days_of(matter.period.since, matter.until, matter.period.zone)
    if len(days) > 1:
        lost = [part for one in singles for part in _lost(one.final.account)]
        hours = hourly(days, lost, matter.until, matter.dark())
        top = max((value or 0.0 for row in hours for value in row), default=0.0)
        yield Heat(
            "lost_by_hour",
            Say("report.uptime.by_hour"),
            tuple(day.noon for day in days),
            hours,
            max(top, 1.0),
            "minutes",
        )


def _views(one: Answer, matter: Matter) -> Iterable[tuple[Value, View]]:
    """Yield how a service stood, under its name; twice, and each named, where people reclassified it."""
    called = matter.site.called(one.subject)
    if not one.reclassified:
        yield called, one.final
        return
    yield Say("report.uptime.of_final", (called,)), one.final
    yield Say("report.uptime.of_seen", (called,)), one.seen


def _worst_first(singles: Sequence[Answer]) -> Sequence[Answer]:
    return sorted(singles, key=lambda one: (one.final.figures.a_min, one.final.figures.redundancy_min))


def _listed(singles: Sequence[Answer]) -> Sequence[Answer]:
    """Return services as tables list them: where they are more than are printed, the worst first."""
    return _worst_first(singles) if len(singles) > PRINTED else singles


def _stretches(account: Account) -> tuple[Stretch, ...]:
    return tuple(Stretch(one.start, one.end, TONES[one.category]) for one in account.slices)


def _lost(account: Account) -> Iterable[tuple[int, float]]:
    """Yield minutes lost, a piece for each hour of the clock that a lost time touches."""
    for one in account.slices.where(account.slices.are(LOST)):
        start = one.start
        while start < one.end:
            after = min(one.end, start - start % 3_600_000_000 + 3_600_000_000)
            yield start, (after - start) / 60e6
            start = after


def _proven(singles: Sequence[Answer], matter: Matter) -> Iterable[Section]:
    """Yield how long services were proven to survive a single loss, where losses were tried."""
    if found := proven(matter, singles):
        yield section("uptime.proven", *proven_blocks(found, matter))


def _failures(answers: Sequence[Answer], matter: Matter) -> Iterable[Block]:
    both = any(one.reclassified for one in answers)
    views = (one for answer in answers for one in (answer.final, answer.seen))
    refused = [said for one in views if isinstance(said := one.figures.statement, Refused)]
    yield Paragraph(Say("report.uptime.failures_how"))
    yield table(
        "failures",
        "report.uptime.final" if both else "",
        cols(f"service:1.8 {_BOTH if both else 'failures> mtbf> mttr>'}"),
        (
            (
                matter.subject if number == 0 and len(answers) > 1 else matter.site.called(one.subject),
                *(_means_of_both(one) if both else _means(one.final)),
            )
            for number, one in enumerate(answers)
        ),
        note=Say("report.uptime.no_means", (share(refused[0].threshold, 2),)) if refused else None,
    )


def _means_of_both(one: Answer) -> tuple[Value, ...]:
    """Return the numbers of a service by ``_BOTH``."""
    pairs = zip(_means(one.final), _means(one.seen), strict=True)
    return tuple(each for pair in pairs for each in pair)


def _means(view: View) -> tuple[Value, Value, Value]:
    """Return how many failures, MTBF and MTTR.

    No number where nobody could have seen one, no means where too little was seen: failures may be missing.
    """
    found = view.figures
    number = Number(found.failures) if found.coverage else None
    if isinstance(found.statement, Refused):
        return number, None, None
    return number, length(found.mtbf), length(found.mttr)


def _policy(contract: Contract) -> Iterable[Block]:
    yield Paragraph(Say(f"report.policy.counts.{contract.counts}"))
    for one in sorted(map(str, contract.excluded)):
        yield Paragraph(Say(f"report.policy.excluded.{one}"))
    if not contract.excluded:
        yield Paragraph(Say("report.policy.nothing_excluded"))
    yield Paragraph(Say("report.policy.notice", (Length(contract.notice),)))
    yield Paragraph(Say("report.policy.blind", (share(contract.coverage, 2),)))
