"""The lines about an alert itself: condition, quality, delay, life cycle, mutes, maintenance. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.alerts import Phase, Truth
from dcim.explain.answer import Line, Topic
from dcim.explain.said import Teller, reading_said
from dcim.explain.story import Look, Sight, Story
from dcim.model import Reading
from dcim.words import duration, limit_said


def own_lines(story: Story, teller: Teller) -> Iterator[Line]:
    """Yield what the alert itself has to say, in the order in which it decides."""
    yield from condition(story, teller)
    yield from quality(story, teller)
    yield from delay(story, teller)
    yield from life(story, teller)
    for mute in story.mutes:
        yield Line(Topic.MUTE, teller.mute(mute), holds=not story.told)
    if not story.mutes:
        yield Line(Topic.MUTE, teller("mute.none"))
    yield from windows(story, teller)


def condition(story: Story, teller: Teller) -> Iterator[Line]:
    """Say which rule it is, what was seen, what the limit is, and whether that holds."""
    if story.off:
        yield Line(Topic.CONDITION, teller("off", story.rule), holds=True)
        return
    limit = limit_said(story.limit, teller.said) or teller("limit.none")
    judged = teller(f"truth.{story.truth}") if story.truth is not None else teller("truth.lost")
    holds = story.truth is not Truth.TRUE and not story.open and story.raised_at is None
    point, sight = teller.point(story.point), story.sight
    if sight is not None and not sight.observed:
        yield Line(Topic.CONDITION, teller("no_point", point), holds=True)
    elif sight is None or sight.reading is None:
        yield Line(Topic.CONDITION, teller("unseen", story.rule, point, limit), holds=holds)
    else:
        if sight.turned:
            text = _turned(story, sight.reading, limit, teller)
        else:
            key = "seen" if sight.reading.gap is None else "seen_gap"
            text = teller(key, story.rule, point, reading_said(sight.reading, teller.said), limit, judged)
        others = story.alike - 1
        alike = teller("alike.one") if others == 1 else teller("alike", others) if others > 1 else ""
        yield Line(Topic.CONDITION, text + _rated(story, teller) + alike, holds=holds)
    yield from _held(story, teller)
    for look in story.looks:
        yield _look(look, teller)


def _held(story: Story, teller: Teller) -> Iterator[Line]:
    """Say what the point had last said at the moment asked about, and what the rule makes of that."""
    if story.held is None:
        return
    text = teller("held", teller.moment(story.held.at), reading_said(story.held, teller.said))
    if story.held_truth in {Truth.TRUE, Truth.FALSE}:
        text = teller("held.judged", text, teller(f"truth.{story.held_truth}"))
    yield Line(Topic.CONDITION, text)


def _turned(story: Story, reading: Reading, limit: str, teller: Teller) -> str:
    """Say what raised or cleared it: whether that held until the moment asked about, no fact says."""
    key, seen = "seen.raised" if story.open else "seen.cleared", reading_said(reading, teller.said)
    return teller(key, story.rule, teller.moment(reading.at), teller.point(story.point), seen, limit)


def _rated(story: Story, teller: Teller) -> str:
    """Say what a value is a share of."""
    sight = story.sight
    if sight is None or sight.rating is None or sight.reading is None or not sight.reading.value:
        return ""
    return (
        teller("rated", teller.said.number(100 * sight.reading.value / sight.rating, 0))
        if sight.rating
        else ""
    )


def _look(look: Look, teller: Teller) -> Line:
    """Say what else the rule asks for, and what is read there."""
    what = ", ".join(teller.said(f"metric.{metric}") for metric in look.metrics)
    seen = ", ".join(reading_said(one, teller.said) for one in look.readings[:3]) or teller("nothing_read")
    key = "look.design" if look.design else "look.not" if look.negated else "look"
    return Line(Topic.CONDITION, teller(key, what, seen, teller(f"truth.{look.truth}")), look.fails)


def quality(story: Story, teller: Teller) -> Iterator[Line]:
    """Say how much what was seen is worth: a gap and its reason, its age, a frozen agent, a doubt."""
    sight = story.sight
    if story.off or sight is None or sight.reading is None:
        return
    yield Line(Topic.QUALITY, _worth(story.at, sight, teller), holds=_is_poor(sight) and not story.open)
    if sight.frozen:
        yield Line(Topic.QUALITY, teller("frozen"))
    if sight.doubtful:
        yield Line(Topic.QUALITY, teller("doubtful"))


def _is_poor(sight: Sight) -> bool:
    return sight.stale or (sight.reading is not None and sight.reading.gap is not None)


def _worth(at: float, sight: Sight, teller: Teller) -> str:
    reading = sight.reading
    if reading is None:
        return ""
    when, said = teller.moment(reading.at), teller.said
    age = duration(max(0.0, round(at - reading.at)), said)
    if reading.gap is not None:
        return teller("gap", said(f"gap.{reading.gap.reason}"), when, age)
    if sight.lasts is None:
        return teller("read_at", when, age)
    return teller("stale" if sight.stale else "fresh", when, age, duration(sight.lasts, said))


def delay(story: Story, teller: Teller) -> Iterator[Line]:
    """Say since when a delay runs and how long still, that none does, or what stands in its place."""
    if story.off or story.phase is None:
        return
    said, since = teller.said, story.since
    if story.instead is not None:
        waits = story.phase is Phase.RAISING
        text = teller("instead" if waits else "ended_for", story.instead[said.language])
        yield Line(Topic.DELAY, text, holds=waits)
        return
    lasts = {Phase.RAISING: story.on_delay, Phase.CLEARING: story.off_delay}.get(story.phase)
    if lasts is not None and since is not None:
        left = since + lasts - story.at
        words = [duration(lasts, said), teller.moment(since)]
        if left > 0:
            text = teller(f"delay.{story.phase}", *words, duration(max(1.0, round(left)), said))
        else:
            text = teller("delay.look", *words)
        yield Line(Topic.DELAY, text, holds=story.phase is Phase.RAISING)
    elif story.open and story.on_delay:
        yield Line(Topic.DELAY, teller("delay.over", duration(story.on_delay, said)))
    elif story.on_delay:
        yield Line(Topic.DELAY, teller("delay.none", duration(story.on_delay, said)))


def life(story: Story, teller: Teller) -> Iterator[Line]:
    """Say its state after ISA-18.2, who looks after it, and whether it chatters."""
    if story.raised_at is None:
        return
    text = teller("life", teller.said(f"life.{story.life}"), teller.moment(story.raised_at))
    if story.acknowledged:
        until = story.acknowledged_until
        ends = teller("until", teller.moment(until)) if until is not None else teller("until_cleared")
        note = f" ({story.note})" if story.note else ""
        text += teller("acknowledged", story.acknowledged, ends) + note
    yield Line(Topic.LIFE, text)
    if story.chattering:
        yield Line(Topic.LIFE, teller.said("chattering"), holds=True)


def windows(story: Story, teller: Teller) -> Iterator[Line]:
    """Say which maintenance is open over the device."""
    for work in story.works:
        what = f"{work.reason} ({work.ticket})" if work.ticket else work.reason
        yield Line(
            Topic.WINDOW, teller("window", work.id, what, teller.moment(work.end)), holds=not story.told
        )
    if not story.works and "window" not in story.missing:
        yield Line(Topic.WINDOW, teller("window.none"))
