"""What the running daemon knows of alerts, gathered as plain data for ``dcim.explain``.

watch, newest, causes, dispatch, maintenance ─▶ Story, without what the store knows of its messages
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import inf

from dcim.alerts import Alert, AlertState, Language, Observation, Phase, Rule, RuleSet, Text, Truth, evaluate
from dcim.alerts.around import Around
from dcim.alerts.cell import Cell
from dcim.alerts.clause import every, judge_input
from dcim.alerts.condition import THE_POINT, Rises, Share
from dcim.clock import Clock
from dcim.daemon.core import Core
from dcim.daemon.records.recorded import Record
from dcim.explain import (
    Course,
    Look,
    Placed,
    Sight,
    Story,
    Verdict,
    Work,
    evidence_said,
    verdict,
)
from dcim.graph import Evidence, first_switches
from dcim.incidents import Incident, Member
from dcim.model import Asset, Batch, Point, Reading
from dcim.notify.notices.headline import headline, name_of
from dcim.plausible import Doubts
from dcim.record import dataclass, replace
from dcim.routing import Telling
from dcim.series import Freshness, Quality
from dcim.words import Words


@dataclass(frozen=True, slots=True)
class Known:
    """The rooms that know something. ``assets``: devices, services and what else alerts are about, by id."""

    core: Core
    rules: RuleSet
    assets: Mapping[str, Asset]
    freshness: Freshness
    telling: Telling
    clock: Clock
    record: Record
    read: Callable[[Point, float], Reading | None] = lambda _point, _at: None
    """What a point had last said at a moment (UTC seconds), from the history: to be called from a thread."""


class Explaining:
    """Gathers what is known now. ``said`` is the reader's language."""

    def __init__(self, known: Known, said: Words) -> None:
        self._known = known
        self._core = known.core
        self._said = said
        self.at, self._now = known.clock.now(), known.clock.monotonic()
        self._alerts = {alert.key: alert for alert in known.core.watch.listed}
        newest, pace, topology = known.core.newest, known.freshness.pace, known.core.building.topology
        self._around = Around(known.assets, newest.batches, pace.lasts, partial(first_switches, topology))
        self._around.to_utc = self.at - self._now

    # names

    def name(self, part: str) -> str:
        """Return what people call a device, service or part of the building."""
        asset = self._known.assets.get(part)
        return asset.name if asset else name_of(self._core.causes.topology, part)

    def rule_of(self, name: str, point: Point) -> Rule | None:
        """Return a rule as it is on a point today."""
        asset = self._known.assets.get(point.asset)
        own = self._known.rules.for_point(asset, point) if asset else ()
        return next((rule for rule in own if rule.name == name), self._known.rules.rules.get(name))

    # one alert

    def alert(self, alert: Alert) -> Story:
        """Return the story of an alert that is listed."""
        rule = self.rule_of(alert.rule, alert.point)
        known = self._placed(alert)
        if rule is None:
            title = dict.fromkeys(Language, alert.rule)
            story = Story(
                self.at, alert.key, alert.asset, self.name(alert.asset), alert.rule, title, alert.point
            )
        else:
            story = self._story(rule, alert.point, alert.key)
        story = replace(
            story,
            raised_at=alert.raised_at,
            life=str(alert.life),
            open=alert.open,
            told=alert.told,
            acknowledged=alert.acknowledged,
            note=alert.note,
            acknowledged_until=alert.acknowledged_until,
            chattering=alert.chattering,
            mutes=alert.mutes,
            placed=known,
        )
        told_as = known.id if known is not None and not known.apart else alert.key
        return replace(
            story, courses=tuple(self._courses(told_as)), limited=self._core.dispatch.withheld(told_as)
        )

    def _story(self, rule: Rule, point: Point, key: str = "") -> Story:
        """Return what a rule sees on a point, and where its alert stands."""
        asset = self._known.assets[point.asset]
        found = self._core.newest.find(point.id)
        pace = self._known.freshness.pace
        interval = pace.lasts(found[0].layout.lane, asset.interval) if found else asset.interval
        cell = Cell(rule.paced(interval), point, self._core.watch.state(rule.name, point))
        state, observed = cell.state, self._around.point(point)
        looks, truth = self._looks(cell), None
        if observed is not None:
            truth = self._truth(cell, observed)
            if truth is not Truth.FALSE and cell.rule.clauses:
                truth = every((truth, self._around.judge(cell, self._now)))
        return Story(
            at=self.at,
            key=key or f"{asset.id} {rule.name}",
            asset=asset.id,
            name=asset.name,
            rule=rule.name,
            title=rule.title,
            point=point,
            limit=rule.limit,
            sight=self._sight(cell, found[0] if found else None, observed),
            truth=truth or Truth.UNKNOWN,
            looks=tuple(looks),
            phase=state.phase,
            since=state.since + self.at - self._now,
            on_delay=cell.rule.on_delay,
            off_delay=cell.rule.off_delay,
            works=self.works(asset),
            instead=self._instead(rule, point) if state.phase is Phase.RAISING else None,
        )

    def _instead(self, rule: Rule, point: Point) -> Text | None:
        """Return the higher step that stands on a point in place of a rule whose condition holds.

        Why one ended that stood is for the record to say: it may have returned by itself long before.
        """
        for name in rule.yields_to:
            if self._core.watch.state(name, point).outranks:
                higher = self.rule_of(name, point)
                return higher.title if higher is not None else dict.fromkeys(Language, name)
        return None

    def _truth(self, cell: Cell, observed: Observation) -> Truth:
        """Judge a rule's own condition as the watch does."""
        state, rule = cell.state, cell.rule
        condition = rule.holds if state.active else rule.raises
        if isinstance(condition, Rises):  # what it rose from is the watch's to remember
            return _by_phase(state, observed, self._now)
        had = observed.reading.gap is None or state.phase is not Phase.NORMAL
        rating = self._around.rating(cell.point, rule.ratio_to) if isinstance(condition, Share) else None
        return evaluate(
            condition, {THE_POINT: replace(observed, measured=had, rating=rating)}, self._now
        ).truth

    def _sight(self, cell: Cell, batch: Batch | None, observed: Observation | None) -> Sight:
        point, newest = cell.point, self._core.newest
        if batch is None or observed is None:
            return Sight(observed=not newest.vanished(point))
        asset, freshness = self._known.assets[point.asset], self._known.freshness
        frozen = newest.frozen(batch.layout)
        old = freshness.quality(batch, asset.interval, self.at) is Quality.STALE
        rating = self._around.rating(point, cell.rule.ratio_to) if cell.rule.ratio_to else None
        doubtful = Doubts(newest.batches(point.asset)).about(point)
        lasts = freshness.lasts(batch.layout.lane, asset.interval)
        return Sight(observed.reading, old, lasts, frozen, doubtful, rating=rating)

    def _looks(self, cell: Cell) -> Iterator[Look]:
        """Yield what else a rule looks at."""
        asset, around = cell.point.asset, self._around
        inputs = [(clause, one) for clause in cell.rule.clauses for one in clause.inputs]
        for clause, one in inputs:
            truth = judge_input(one, lambda wanted: around.observe(wanted, asset), self._now, -inf)
            wanted = Truth.FALSE if clause.negated else Truth.TRUE
            readings = tuple(seen.reading for seen in around.observe(one, asset))
            fails = truth is not wanted and (len(clause.inputs) == 1 or clause.negated)
            yield Look(one.metrics, truth, readings, clause.negated, fails=fails)
        if (design := cell.rule.suppression) is not None:
            truth = around.is_suppressed(cell, self._now)
            readings = tuple(seen.reading for seen in around.observe(design.by, asset))
            yield Look(design.by.metrics, truth, readings, design=True, fails=truth is Truth.TRUE)

    # what lies over it, where it belongs, how it is told

    def works(self, asset: Asset) -> tuple[Work, ...]:
        """Return the maintenance that is open over a device."""
        plans = self._core.maintenance
        return tuple(
            Work(window.id, window.reason, span.end, window.ticket)
            for window, span in plans.windows()
            if window.id in plans.open and asset in plans.covered(window)
        )

    def _placed(self, alert: Alert) -> Placed | None:
        incident = self._core.causes.incidents.of(alert.key)
        if incident is None:
            return None
        member = next(one for one in incident.members if one.key == alert.key)
        return self.placed(incident, member)

    def placed(self, incident: Incident, member: Member) -> Placed:
        """Return where an alert belongs, and why."""
        causes, reason = self._core.causes, member.reason
        cause = self._alerts.get(reason.cause)
        seen = causes.evidence(reason.node)
        waits, due = causes.incidents.waiting(incident.id)
        return Placed(
            id=incident.id,
            headline=headline(incident, causes.topology),
            because=str(reason.because),
            part=self.name(reason.node),
            cause=self._titled(cause) if cause is not None and cause.key != member.key else "",
            evidence=self._evident(seen) if seen is not None else "",
            over=incident.over,
            unknown_since=incident.unseen.since if self._is_unknown(incident, member) else None,
            suppresses=reason.suppresses,
            apart=member.apart,
            leads=member.key == incident.root.key,
            told=incident.told,
            waits_for=tuple(map(self.name, waits)),
            due=None if due is None else due + self.at - self._now,
        )

    def _evident(self, evidence: Evidence) -> str:
        """Say how a part of the building is now, and what that is concluded from."""
        how = self._said(f"state.{evidence.state}")
        return f"{how} ({evidence_said(evidence, self.name, self._said)})"

    def _is_unknown(self, incident: Incident, member: Member) -> bool:
        """Whether nobody knows if an alert of what remains holds; of that which names it, if any does."""
        unseen = incident.unseen
        return unseen.only and (member.key in unseen.alerts or member.key == incident.root.key)

    def _titled(self, alert: Alert) -> str:
        rule = self.rule_of(alert.rule, alert.point)
        title = rule.title[self._said.language] if rule else alert.rule
        return f"{self.name(alert.asset)}{self._said('colon')} {title}"

    def _courses(self, key: str) -> Iterator[Course]:
        """Yield how far the telling has come, with who is on call now."""
        duty = self._core.dispatch.duty
        incident = self._core.causes.incidents.named(key)
        unknown = incident is not None and incident.unknown and not incident.acknowledged
        for course, route, next_at in self._core.dispatch.way(key):
            later = route.steps[course.done].to if course.done < len(route.steps) else course.told
            yield Course(
                route.name,
                course.done,
                len(route.steps),
                tuple(map(self._person, course.told)),
                next_at,
                tuple(map(self._person, later)) if next_at is not None else (),
                course.held,
                unknown,
                route.digest,
                duty.next_digest if route.digest else None,
                course.muted or (not course.held and self._core.causes.incidents.muted(course.incident)),
            )

    def _person(self, name: str) -> str:
        """Say a name of a route: of a rota who is on call."""
        telling, duty = self._known.telling, self._core.dispatch.duty
        person = duty.on_call(name, self.at) if name in telling.rotas else name
        known = telling.people.get(person)
        called = known.name if known else person
        return f"{called} ({name})" if name in telling.rotas else called

    # a device

    def rules(self, asset: Asset) -> list[Story]:
        """Return every rule that looks at a device: raised, beginning, or quiet; of those one a reason."""
        listed = [self.alert(alert) for alert in self._alerts.values() if alert.asset == asset.id]
        busy = {(story.rule, story.point.id) for story in listed}
        quiet: dict[tuple[str, Verdict], Story] = {}
        for rule, point in self._pairs(asset):
            if (rule.name, point.id) in busy:
                continue
            story = self._story(rule, point)
            if story.phase is Phase.RAISING:
                listed.append(story)
                continue
            name = rule.name, verdict(story)
            before = quiet.get(name)
            quiet[name] = replace(before, alike=before.alike + 1) if before else story
        return [*listed, *quiet.values(), *self._absent(asset)]

    def _pairs(self, asset: Asset) -> Iterator[tuple[Rule, Point]]:
        for batch in self._core.newest.batches(asset.id):
            for point in batch.layout.points:
                for rule in self._known.rules.for_point(asset, point):
                    yield rule, point

    def _absent(self, asset: Asset) -> Iterator[Story]:
        """Yield the rules for such devices that look at nothing here: switched off, or without a point."""
        on = {rule.name for each in self._known.rules.for_asset(asset).values() for rule in each}
        seen = {rule.name for rule, _ in self._pairs(asset)}
        answered = any(not batch.layout.own for batch in self._core.newest.batches(asset.id))
        for rule in self._known.rules.rules.values():
            if asset.kind not in rule.kinds or rule.name in seen:
                continue
            point = Point(asset.id, rule.metrics[0])
            key, sight = f"{asset.id} {rule.name}", Sight(observed=not answered)
            bare = Story(self.at, key, asset.id, asset.name, rule.name, rule.title, point, rule.limit, sight)
            yield replace(bare, off=rule.name not in on)


def _by_phase(state: AlertState, observed: Observation, now: float) -> Truth:
    """Judge a rate of change by what the watch made of it."""
    if state.phase in (Phase.RAISED, Phase.RAISING):
        return Truth.TRUE
    known = observed.reading.value is not None and now - observed.came_at <= observed.max_age
    return Truth.FALSE if known else Truth.UNKNOWN
