"""Files of stories to stories: every mistake is told at once, with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from dcim.alerts import Deed, RuleSet
from dcim.alerts.mutes import Target
from dcim.catalogue import METRICS, Metric, Shape
from dcim.model import Address, Asset, ConfigError, Health, Lane, Point, Problem, canonical
from dcim.poll import Pace, Reach
from dcim.record import dataclass, field, replace
from dcim.ruletest.notation import Course, Ramp, Word, course
from dcim.ruletest.shapes import DeedShape, DeviceShape, ExpectShape, PointShape, StoryFile, StoryShape
from dcim.ruletest.story import Act, Actor, Expected, Story
from dcim.yaml import Document, Loc, nearest, read, shape

T = TypeVar("T")

NOWHERE: Final = Address("192.0.2.1", 161)  # TEST-NET-1 of RFC 5737: nobody is asked
ANSWERS: Final = (Reach.ANSWERING, Reach.SILENT, Reach.REFUSED, Reach.NONSENSE)


def read_stories(paths: Sequence[Path], rules: RuleSet, site: Mapping[str, Asset]) -> list[Story]:
    """Return the stories in these files; raise ConfigError with every mistake in all of them.

    ``site`` are the devices of the configuration by id: a story may name them. A rule that a story names
    must be one of ``rules``.
    """
    problems: list[Problem] = []
    stories: list[Story] = []
    for path in paths:
        try:
            document = read(path, problems)
        except ConfigError as wrong:
            problems += wrong.problems
            continue
        made, wrong_here = stories_of(document, rules, site)
        stories += made
        problems += wrong_here
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return stories


def stories_of(
    document: Document, rules: RuleSet, site: Mapping[str, Asset]
) -> tuple[list[Story], list[Problem]]:
    """Return the stories of one file, and every mistake in it."""
    file, problems = shape(document, StoryFile)
    if file is None:
        return [], problems
    desk = _Desk(document, rules, site)
    made = [desk.story(("stories", number), one) for number, one in enumerate(file.stories)]
    return made, desk.problems


@dataclass(slots=True)
class _Desk:
    """Reads one file; ``problems`` are the mistakes so far."""

    document: Document
    rules: RuleSet
    site: Mapping[str, Asset]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, loc: Loc, what: str) -> None:
        self.problems.append(self.document.problem(loc, what))

    def attempt(self, loc: Loc, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except ValueError as why:
            self.wrong(loc, str(why))
            return None

    def story(self, loc: Loc, said: StoryShape) -> Story:
        """Return a story; what is wrong in it is left out of it, and told."""
        actors: list[Actor] = []
        for number, one in enumerate(said.devices):
            at = (*loc, "devices", number)
            if any(one.device == other.device for other in said.devices[:number]):
                self.wrong((*at, "device"), f"{one.device!r} stands twice in this story")
            elif (asset := self.asset(at, one)) is not None:
                actors.append(self.actor(at, one, asset))
        known = {one.device for one in said.devices}
        acts = [self.act((*loc, "deeds", n), one, known) for n, one in enumerate(said.deeds)]
        expected = [self.expected((*loc, "expect", n), one, known) for n, one in enumerate(said.expect)]
        return Story(
            said.story,
            self.document.problem((*loc, "story"), ""),
            tuple(actors),
            tuple(sorted(acts, key=lambda act: act.at)),
            tuple(sorted(expected, key=lambda one: one.at)),
        )

    # devices

    def asset(self, loc: Loc, said: DeviceShape) -> Asset | None:
        """Return the device of the site, or the one that the story makes."""
        own = self.site.get(said.device)
        if own is None:
            if said.kind is None:
                hint = nearest(said.device, self.site)
                self.wrong(
                    (*loc, "device"), f"no device {said.device!r} in the configuration{hint}; or say its kind"
                )
                return None
            own = Asset(said.device, said.device, said.kind, "story", NOWHERE)
        elif said.kind is not None and said.kind is not own.kind:
            self.wrong((*loc, "kind"), f"{said.device!r} is of kind {own.kind} in the configuration")
            return None
        return replace(
            own,
            interval=own.interval if said.interval is None else said.interval,
            room=own.room if said.room is None else said.room,
            tags=own.tags if said.tags is None else frozenset(said.tags),
        )

    def actor(self, loc: Loc, said: DeviceShape, asset: Asset) -> Actor:
        says: dict[Lane, dict[Point, Course]] = {}
        for number, one in enumerate(said.points):
            self.point((*loc, "points", number), one, asset, says)
        answers = self.attempt((*loc, "answers"), lambda: _answers(said.answers, asset.interval))
        return Actor(asset, answers or course(Reach.ANSWERING, asset.interval), says)

    def point(self, loc: Loc, said: PointShape, asset: Asset, says: dict[Lane, dict[Point, Course]]) -> None:
        """Read one point, and put it into its lane."""
        metric = METRICS.get(said.metric)
        if metric is None:
            self.wrong(
                (*loc, "metric"), f"no canonical metric {said.metric!r}{nearest(said.metric, METRICS)}"
            )
            return
        for name in said.labels:
            if name not in metric.labels:
                self.wrong((*loc, "labels", name), f"{metric.name} has no label {name!r}{_of(metric.labels)}")
        point = Point(asset.id, said.metric, canonical(said.labels))
        if any(point in lane for lane in says.values()):
            self.wrong(loc, f"{point} stands twice")
            return
        every = Pace().lasts(said.lane, asset.interval)
        made = self.attempt((*loc, "says"), lambda: _fitting(course(said.says, every), metric))
        if made is not None:
            says.setdefault(said.lane, {})[point] = made

    # people

    def act(self, loc: Loc, said: DeedShape, known: set[str]) -> Act:
        self.device((*loc, "device"), said.device, known)
        self.rule((*loc, "rule"), said.rule)
        target = Target(said.device, said.rule or "")
        deed = Deed(said.do, target, said.who, said.note, said.lasts, said.ticket)
        return Act(said.at, deed, self.document.problem(loc, ""))

    def expected(self, loc: Loc, said: ExpectShape, known: set[str]) -> Expected:
        if said.device is not None and said.device not in self.site:
            self.device((*loc, "device"), said.device, known)
        self.rule((*loc, "alert"), said.alert)
        for number, name in enumerate(said.stands or ()):
            self.rule((*loc, "stands", number), name)
        if (said.alert is None) != (said.is_ is None):
            self.wrong(loc, "'alert' and 'is' go together: which alert, and how it stands")
        if said.alert is None and all(one is None for one in (said.stands, said.incidents, said.messages)):
            self.wrong(loc, "expects nothing: say 'alert' and 'is', 'stands', 'incidents' or 'messages'")
        place = self.document.problem(loc, "")
        fields = {name: getattr(said, name) for name in _SAID}
        return Expected(said.at, place, **fields)

    def device(self, loc: Loc, name: str, known: set[str]) -> None:
        if name not in known:
            self.wrong(loc, f"no device {name!r} in this story{nearest(name, known)}")

    def rule(self, loc: Loc, name: str | None) -> None:
        if name is not None and name not in self.rules.rules:
            self.wrong(loc, f"no rule {name!r}{nearest(name, self.rules.rules)}")


_SAID: Final = ("alert", "device", "labels", "is_", "stands", "incidents", "messages")


def _of(labels: Sequence[str]) -> str:
    return f"; it has {', '.join(labels)}" if labels else "; it has none"


def _answers(text: str, interval: float) -> Course:
    """Read whether a device answers over time."""
    made = course(text, interval)
    for stretch in made.stretches:
        if not isinstance(stretch.what, Word) or stretch.what.word not in ANSWERS:
            msg = f"expected {', '.join(ANSWERS[:-1])} or {ANSWERS[-1]}"
            raise ValueError(msg)
    return made


def _fitting(made: Course, metric: Metric) -> Course:
    """Return a course whose every stretch is something that its metric can say; raise ValueError."""
    healths: dict[str, Health] = {}
    for stretch in made.stretches:
        what = stretch.what
        if isinstance(what, Ramp):
            _check_number(what, metric)
        elif isinstance(what, Word):
            _check_word(what.word, metric)
            if what.health is not None and healths.setdefault(what.word, what.health) is not what.health:
                msg = f"{what.word!r} is {healths[what.word]} at one time and {what.health} at another"
                raise ValueError(msg)
    return made


def _check_number(what: Ramp, metric: Metric) -> None:
    if metric.shape in (Shape.STATE, Shape.ALARM):
        words = _words(metric)
        msg = f"{metric.name} says words{_some(words)}, found {str(what.first)!r}"
        raise ValueError(msg)
    for one in (what.first, what.last):
        if one.base != metric.unit:
            msg = f"expected a number in {metric.unit or 'no unit'}, found {str(one)!r}"
            raise ValueError(msg)


def _check_word(word: str, metric: Metric) -> None:
    if metric.shape not in (Shape.STATE, Shape.ALARM):
        msg = f"expected a number in {metric.unit or 'no unit'}, found {word!r}"
        raise ValueError(msg)
    words = _words(metric)
    if words and word not in words:
        msg = f"{metric.name} has no word {word!r}{nearest(word, words)}"
        raise ValueError(msg)


def _words(metric: Metric) -> tuple[str, ...]:
    return ("clear", "set") if metric.shape is Shape.ALARM else metric.words


def _some(words: Sequence[str]) -> str:
    return f" ({', '.join(words[:8])}{', ...' if len(words) > 8 else ''})" if words else ""
