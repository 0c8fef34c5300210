"""Answers: about an alert, a rule that is quiet, a device, an incident, a service. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dcim.alerts import Mute
from dcim.explain.answer import Answer, Line, Topic
from dcim.explain.lines import condition, own_lines, quality
from dcim.explain.said import Teller
from dcim.explain.story import Placed, Story, Verdict, Work, verdict
from dcim.explain.telling import remains, told_lines, way
from dcim.record import dataclass, replace

_QUIET = frozenset({Verdict.QUIET, Verdict.UNKNOWN, Verdict.OFF, Verdict.NO_POINT})
_OF_INCIDENT = frozenset({Topic.ROUTE, Topic.LIMITS, Topic.DELIVERY, Topic.RECORD})
_RANK = {each: place for place, each in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class DeviceStory:
    """A device or service at ``at``: whether it answers (why not, since when), what lies over all of it.

    ``reach`` is a word of ``reach``; ``stands``: how a service stands and each part of it, in words.
    """

    at: float
    kind: str
    id: str
    name: str
    reach: str = ""
    since: float | None = None
    why: str = ""
    frozen: bool = False
    mutes: tuple[Mute, ...] = ()
    works: tuple[Work, ...] = ()
    stands: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def of_alert(story: Story, teller: Teller) -> Answer:
    """Answer about one alert, raised or not."""
    judged = verdict(story)
    lines = (*own_lines(story, teller), *told_lines(story, teller), *_missing(story.missing, teller))
    return _answer("alert", story, judged, lines, teller)


def _answer(kind: str, story: Story, judged: Verdict, lines: Sequence[Line], teller: Teller) -> Answer:
    labels = teller.point(story.point)
    name = f"{story.name}{teller.said('colon')} {story.title[teller.said.language]} ({labels})"
    said = teller(f"verdict.{judged}")
    return Answer(kind, story.key, name, story.at, str(judged), said, tuple(lines))


def _rule(story: Story, judged: Verdict, teller: Teller) -> Answer:
    """Answer about a rule that is quiet: what it sees, and how much that is worth."""
    poor = (line for line in quality(story, teller) if line.holds and judged is Verdict.UNKNOWN)
    lines = (*condition(story, teller), *poor)
    title = story.title[teller.said.language]
    return Answer("rule", story.key, title, story.at, str(judged), teller(f"short.{judged}"), lines)


def of_device(device: DeviceStory, stories: Iterable[Story], teller: Teller) -> Answer:
    """Answer about a device or service: itself, what is raised or begins there, and why the rest is quiet."""
    judged = [(verdict(story), story) for story in stories]
    judged.sort(key=lambda pair: (pair[1].raised_at is None, _RANK[pair[0]], pair[1].rule))
    parts = tuple(
        _rule(story, one, teller) if one in _QUIET else of_alert(story, teller) for one, story in judged
    )
    raised = sum(story.open for _, story in judged)
    unknown = sum(one is Verdict.UNKNOWN for one, _ in judged)
    word = "raised" if raised else "undecided" if unknown else "quiet"
    said = teller(f"device.{word}", raised or unknown or len(judged))
    lines = (*_device(device, teller), *_missing(device.missing, teller))
    return Answer(device.kind, device.id, device.name, device.at, word, said, lines, parts)


def of_service(device: DeviceStory, stories: Iterable[Story], teller: Teller) -> Answer:
    """Answer about a service: as about a device that nobody polls, with what its parts show."""
    return of_device(device, stories, teller)


def _device(device: DeviceStory, teller: Teller) -> Iterable[Line]:
    if device.reach:
        reach = teller.said(f"reach.{device.reach}")
        since = teller.moment(device.since) if device.since else teller("not_known")
        why = f"{teller.said('colon')} {device.why}" if device.why else ""
        holds = device.reach != "answering"
        yield Line(Topic.QUALITY, teller("reach", reach, since) + why, holds)
    if device.frozen:
        yield Line(Topic.QUALITY, teller("frozen"), holds=True)
    for text in device.stands:
        yield Line(Topic.EVIDENCE, text)
    for mute in device.mutes:
        yield Line(Topic.MUTE, teller.mute(mute), holds=True)
    if not device.mutes:
        yield Line(Topic.MUTE, teller("mute.none_device"))
    for work in device.works:
        what = f"{work.reason} ({work.ticket})" if work.ticket else work.reason
        yield Line(Topic.WINDOW, teller("window", work.id, what, teller.moment(work.end)), holds=True)
    if not device.works and "window" not in device.missing:
        yield Line(Topic.WINDOW, teller("window.none"))


def of_incident(placed: Placed, stories: Sequence[Story], first: Story, teller: Teller) -> Answer:
    """Answer about an incident: its root, who was told, and each of its alerts. ``first`` names it."""
    sent = _told(first) if placed.told else Verdict.WAITS
    because = teller(f"because.{placed.because}", placed.part) if placed.part else placed.because
    lines = [Line(Topic.CAUSE, because)]
    if placed.evidence:
        lines.append(Line(Topic.EVIDENCE, teller("evidence", placed.part, placed.evidence)))
    lines += remains(placed, teller)
    if not placed.told:
        names = ", ".join(placed.waits_for) or "—"
        lines.append(Line(Topic.CAUSE, teller("asking", names, teller.moment(placed.due)), holds=True))
    lines += way(first.courses, first.limited, first.deliveries, teller)
    lines += _missing(first.missing, teller)
    parts = tuple(_member(story, teller) for story in stories)
    said = teller(f"incident.{sent}")
    name = placed.headline[teller.said.language]
    return Answer("incident", placed.id, name, first.at, str(sent), said, tuple(lines), parts)


def _told(first: Story) -> Verdict:
    """Judge an incident by the messages that carry its name: as the alert that it is named after."""
    alone = replace(first, open=True, mutes=(), placed=None)
    return verdict(alone)


def _member(story: Story, teller: Teller) -> Answer:
    """Answer about an alert of an incident; what became of the incident's messages stands there already."""
    answer = of_alert(story, teller)
    own = tuple(line for line in answer.lines if line.topic not in _OF_INCIDENT)
    return answer if story.placed is not None and story.placed.apart else replace(answer, lines=own)


def _missing(words: Iterable[str], teller: Teller) -> Iterable[Line]:
    return (Line(Topic.RECORD, teller(f"missing.{word}")) for word in words)
