"""Outages apart from redundancy events, each with its edges, cause and evidence; and the work announced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Final

from dcim.availability import LOST, Account, Answer, Episode, Episodes, Evidence, Period, Work
from dcim.availability.knowledge import FOREVER
from dcim.late import np
from dcim.ledger import Entry
from dcim.model.fact import FactKind
from dcim.reports.blocks import cols, table
from dcim.reports.matter import Matter, body_of
from dcim.reports.model import Block, Code, Length, List, Moment, Name, Number, Paragraph, Say, Value

_MOST: Final = 300
_AROUND: Final = 60_000_000
"""Microseconds before and after an episode in which an incident that hit the service belongs to it."""
_OWN: Final = 3
"""Parts that a service lacked and no incident explains, named beside the roots of those that do."""
_TOGETHER: Final = 50
"""Facts before that of a service among which those of the services it needs are looked for."""


class Listing:
    """The first episodes of many services by when they began, and how many there are in all."""

    def __init__(self) -> None:
        self.number = 0
        self._found: list[tuple[int, str, Episodes, int]] = []
        self._last = FOREVER  # none that begins later, or then, is shown

    def add(self, subject: str, some: Episodes) -> None:
        """Take the episodes of one service."""
        self.number += len(some)
        begins = some.edges[0][:_MOST]
        begins = begins[begins < self._last].tolist()
        self._found += [(at, subject, some, place) for place, at in enumerate(begins)]
        if len(self._found) > 2 * _MOST:
            self._found = self._first()
            self._last = self._found[-1][0]

    def shown(self) -> list[tuple[str, Episode]]:
        """Return those that a report shows, each with its service."""
        return [(subject, some[place]) for _, subject, some, place in self._first()]

    def _first(self) -> list[tuple[int, str, Episodes, int]]:
        return sorted(self._found, key=itemgetter(0))[:_MOST]


def outage_blocks(
    whole: Answer, singles: Sequence[Answer], listings: tuple[Listing, Listing], matter: Matter
) -> Iterable[Block]:
    """Yield the outages and the redundancy events of each service, as they are now classified."""
    lost, missing = (one.shown() for one in listings)
    causes = Causes(matter, [one for _, one in (*lost, *missing)])
    hit = affected(whole, [one for _, one in lost])
    raw = {one.subject: one.seen.account for one in singles if one.reclassified}
    yield Paragraph(Say("report.uptime.outages_how"))
    apart, as_one = listings[0].number, len(whole.final.figures.outages)
    if apart != as_one:
        yield Paragraph(Say("report.uptime.outages_as_one", (Number(apart), Number(as_one))))
    yield table(
        "outages",
        "report.uptime.outages_final" if raw else "report.uptime.outages",
        cols("service:1.3 begins:1.5 ends:1.5 lasted>:0.9 uptime.category cause:1.5 affected> evidence>:0.7"),
        (
            (
                *_when(subject, each, matter),
                _classified(each, raw.get(subject)),
                causes.of(subject, each),
                _weight(weight, whole),
                _facts(each),
            )
            for (subject, each), weight in zip(lost, hit, strict=True)
        ),
        "report.uptime.no_outages",
        _more(listings[0].number),
    )
    yield table(
        "redundancy_events",
        "report.uptime.redundancy_events",
        cols("service:1.3 begins:1.5 ends:1.5 lasted> cause:1.7 evidence>:0.7"),
        (
            (*_when(subject, each, matter), causes.of(subject, each), _facts(each))
            for subject, each in missing
        ),
        "report.uptime.no_redundancy_events",
        _more(listings[1].number),
    )
    yield from _as_seen(singles, causes, matter)
    yield from _reclassified(singles, matter)


def _as_seen(singles: Sequence[Answer], causes: Causes, matter: Matter) -> Iterable[Block]:
    """Yield the episodes as they were seen of services whose list people changed by what they said later."""
    for name, kind in (("outages_seen", "outages"), ("redundancy_events_seen", "redundancy_events")):
        listing = Listing()
        for one in singles:
            seen, final = (getattr(view.figures, kind) for view in (one.seen, one.final))
            if one.reclassified and seen != final:
                listing.add(one.subject, seen)
        if listing.number:
            yield table(
                name,
                f"report.uptime.{name}",
                cols("service:1.3 begins:1.5 ends:1.5 lasted>:0.9 uptime.category cause:1.5 evidence>:0.7"),
                (
                    (
                        *_when(subject, each, matter),
                        Say(f"report.category_short.{each.category.word}"),
                        causes.of(subject, each),
                        _facts(each),
                    )
                    for subject, each in listing.shown()
                ),
                note=_more(listing.number),
            )


def _more(number: int) -> Say | None:
    return Say("report.uptime.more_counted", (Number(number), Number(_MOST))) if number > _MOST else None


def _classified(each: Episode, raw: Account | None) -> Value:
    """Return the category of an outage; as it was seen and as it is, where they differ."""
    now = Say(f"report.category_short.{each.category.word}")
    slices = () if raw is None else raw.slices.over(Period(each.begins_from, each.ends_until))
    was = {one.category for one in slices} & LOST
    if not was - {each.category}:
        return now
    seen = tuple(Say(f"report.category_short.{one.word}") for one in sorted(was))
    return Say("report.was_now", (List(seen), now))


def _when(subject: str, each: Episode, matter: Matter) -> tuple[Value, ...]:
    begins, ends = _edge(each, first=True), _edge(each, first=False)
    return matter.site.called(subject), begins, ends, _lasted(each)


def _facts(each: Episode) -> Value:
    return Code(", ".join(f"#{number}" for number in each.evidence[:4]))


def _weight(weight: float, whole: Answer) -> Value:
    if not whole.contract.unit:
        return Say("report.of", (Number(weight), Number(len(whole.contract.services))))
    return Say("report.in_unit", (Number(weight, digits=1), Name(whole.contract.unit)))


def _edge(one: Episode, *, first: bool) -> Value:
    """Return when an episode began or ended: the middle of what is possible, and how far off it may be.

    Of one that nobody saw end, and nobody saw go on either, it is said until when it was seen.
    """
    if first and one.began_before:
        return Say("report.before_period")
    if not first and one.goes_on:
        blind_since = Moment(one.ends_from)  # unless it was seen to be so until the very end
        return (
            Say("report.goes_on")
            if one.ends_from == one.ends_until
            else Say("report.so_until", (blind_since,))
        )
    middle, bound = one.begins if first else one.ends
    return Moment(int(middle), -int(-bound // 1))


def _lasted(one: Episode) -> Value:
    return (
        Length(one.least)
        if one.most == one.least
        else Say("report.from_to", (Length(one.least), Length(one.most)))
    )


def _reclassified(singles: Sequence[Answer], matter: Matter) -> Iterable[Block]:
    said = [one for answer in singles for one in answer.evidence.said.get(answer.subject, ())]
    yield table(
        "reclassified",
        "report.uptime.words",
        cols("service:1.2 from:1.2 to:1.2 change:1.6 by why:1.6 evidence>:0.7"),
        (
            (
                matter.site.called(one.subject),
                Moment(one.start),
                Moment(one.end),
                Say(
                    "report.was_now",
                    (
                        Say(f"report.category_short.{one.was.word}"),
                        Say(f"report.category_short.{one.now.word}"),
                    ),
                ),
                matter.person(one.who),
                Name(one.reason),
                Code(f"#{one.sequence}"),
            )
            for one in said
        ),
        "report.uptime.no_words",
    )


def affected(whole: Answer, some: Sequence[Episode]) -> list[float]:
    """Return for each episode the weight of the services that were lost at any moment of it."""
    begins = np.array([one.begins_from for one in some], np.int64)
    ends = np.maximum([one.ends_until for one in some], begins + 1)
    found = np.zeros(len(some))
    for one in whole.final.members:
        lost = one.slices.where(one.slices.are(LOST))
        if len(lost):
            place = np.searchsorted(lost.ends, begins, "right")
            starts = np.append(lost.starts, np.iinfo(np.int64).max)
            found[starts[place] < ends] += float(whole.contract.weights.get(one.subject, 1))
    return list(map(float, found))


class Causes:
    """What was said to be the cause: the incidents that explain what a service lacked, or that.

    Of a service that did not say what it lacked it is the first incident that hit it around that time.
    """

    def __init__(self, matter: Matter, asked: Sequence[Episode]) -> None:
        self._matter = matter
        self._mine = matter.within()
        self._topology = matter.site.topology
        self._facts = matter.record.facts_at([one.evidence[0] for one in asked if one.evidence])
        self._incidents = [(one, body_of(one)) for one in matter.entries((FactKind.INCIDENT,))]

    def of(self, subject: str, episode: Episode) -> Value:
        """Return the cause of an episode of a service; a dash where nothing on record says one."""
        lacked = self._lacked(episode)
        told = list(self._told(subject, episode))
        if lacked:
            known = dict.fromkeys(root for roots in told for root in roots)
            names = [root for root in known if self._explains(root, lacked)]
            others = [one for one in lacked if not any(self._explains(root, [one]) for root in names)]
            names += [one for one in others if self._is_told(one)][:_OWN]
        else:
            names = next(iter(told), [])
        return List(tuple(map(self._matter.site.called, names))) if names else None

    def _told(self, subject: str, episode: Episode) -> Iterator[list[str]]:
        """Yield the roots that this report may name of each incident that hit a service around an episode."""
        since, until = episode.begins_from - _AROUND, episode.ends_until + _AROUND
        for entry, body in self._incidents:
            if subject in body.get("services", {}) and since <= entry.at <= until:
                roots = [root for root in map(str, body.get("roots", ())) if self._is_told(root)]
                if roots:
                    yield roots

    def _lacked(self, episode: Episode) -> list[str]:
        """Return what a service said that it lacked."""
        for number in episode.evidence:
            state = self._state(number)
            if state and (parts := _because(state)):
                return [each for part in parts for each in self._below(part, state)]
        return []

    def _below(self, part: str, state: Entry) -> Sequence[str]:
        """Return what a service that another one lacked lacked itself: facts of one moment stand together."""
        if part not in self._topology.services:
            return (part,)
        near = self._matter.record.facts_at(range(max(1, state.sequence - _TOGETHER), state.sequence))
        for one in sorted(near.values(), key=attrgetter("sequence"), reverse=True):
            if (one.kind, one.subject, one.at) == (FactKind.SERVICE_STATE, part, state.at):
                return _because(one) or (part,)
        return (part,)

    def _explains(self, root: str, lacked: Iterable[str]) -> bool:
        """Whether what a service lacked is a part itself, or stands on it."""
        below = {root, *self._topology.descendants(root)}
        return not below.union(self._topology.services_on(below)).isdisjoint(lacked)

    def _is_told(self, root: str) -> bool:
        return self._mine is None or root in self._mine or root not in self._others

    def _state(self, number: int) -> Entry | None:
        """Return the fact of a service that a sequence names; None for one of another kind."""
        found = self._facts.get(number) or self._matter.record.facts_at([number]).get(number)
        return found if found and found.kind == FactKind.SERVICE_STATE else None

    @cached_property
    def _others(self) -> frozenset[str]:
        """The parts of other tenants: their names have no place in a tenant's report."""
        site, scope = self._matter.site, self._matter.scope
        others = [name for name in site.tenants if name != scope.name] if scope.axis == "tenant" else []
        return frozenset(part for name in others for part in site.of_tenant(name))


def _because(state: Entry) -> list[str]:
    """Return the parts that a fact of a service names."""
    return [str(one["part"]) for one in body_of(state).get("because", ())]


def work_block(evidence: Evidence, names: Sequence[str], matter: Matter) -> Iterable[Block]:
    """Yield the announced work that lay over the services: when, and how long before it was announced."""
    period = Period(matter.period.since, matter.until)
    lying = [
        one
        for one in evidence.works
        if one.span.cut(period).length > 0 and any(one.covers(name) for name in names)
    ]
    yield Paragraph(Say("report.uptime.work_how"))
    yield table(
        "work",
        "",
        cols("from:1.2 to:1.2 announced:1.2 notice> why:1.8 by evidence>:0.7"),
        (_work(one, matter) for one in lying),
        "report.uptime.no_work",
    )


def _work(one: Work, matter: Matter) -> tuple[Value, ...]:
    why = " · ".join(part for part in (one.reason, one.ticket) if part)
    return (
        Moment(one.start),
        Moment(one.end),
        Moment(one.announced),
        Length(one.notice),
        Name(why) if why else None,
        matter.person(one.who),
        Code(f"#{one.sequence}"),
    )
