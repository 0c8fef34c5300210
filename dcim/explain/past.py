"""What was known of an alert at a moment, from the facts of the ledger up to then. Pure.

facts of the alert     ─▶ state, mutes, what was read, where it belonged
facts of its incident  ─▶ told or not yet
facts that tell, and of deliveries ─▶ what became of each message
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Final

from dcim.alerts import Language, Mute, Phase, Rule, Text, Truth
from dcim.alerts.alert import mute_of
from dcim.alerts.state import Outranked
from dcim.explain.story import Delivery, Placed, Sight, State, Story, Work
from dcim.incidents import Because
from dcim.incidents.place import EXPLAINED
from dcim.model import Gap, GapReason, Point, Reading, canonical
from dcim.model.fact import Fact, FactKind
from dcim.record import replace
from dcim.store import Queued

_TELLS: Final = frozenset({FactKind.ALERT, FactKind.INCIDENT, FactKind.REMINDER, FactKind.SUMMARY})
_SHOWN: Final = frozenset({"raised", "raised_untold", "cleared", "cleared_untold"})
"""Changes of an alert that a reading showed."""

Name = Callable[[str], str]


def deliveries(
    facts: Iterable[Fact], queued: Iterable[Queued] = (), since: float = -inf
) -> tuple[Delivery, ...]:
    """Return what became of the messages that facts tell of, the oldest first.

    ``queued`` are rows of the outbox, which know of attempts that failed so far.
    """
    found: dict[tuple[str, str], Delivery] = {}
    for fact in facts:
        body: Mapping[str, Any] = fact.body
        if fact.at < since:
            continue
        if fact.kind is FactKind.DELIVERY:
            name = body["message_id"], body["channel"]
            before = found.get(name) or Delivery(body["channel"], "message", fact.at - body["waited"])
            state = State(body["outcome"])
            found[name] = replace(before, state=state, at=fact.at, note=body.get("note", ""))
        elif fact.kind in _TELLS:
            what = body.get("change") or ("reminded" if fact.kind is FactKind.REMINDER else "listed")
            for channel in body.get("told", ()):
                name = str(body["message_id"]), channel
                found.setdefault(name, Delivery(channel, what, fact.at, message=name[0]))
    for row in queued:
        one = found.get((row.message_id, row.channel))
        if one is not None and one.state is State.PENDING:
            found[row.message_id, row.channel] = replace(
                one, attempts=row.attempts, due=row.due, note=row.last_error or ""
            )
    return tuple(found.values())


def past_story(
    key: str, facts: Sequence[Fact], at: float, name: Name, rule_of: Callable[[str, Point], Rule | None]
) -> Story | None:
    """Return what was known of an alert at ``at`` (UTC seconds); None: nothing was.

    ``facts`` are those of the alert and of its incident, the oldest first; later ones are left out. ``name``
    is what people call a part of the building, ``rule_of`` the rule as it is today.
    """
    known = [fact for fact in facts if fact.at <= at]
    own = [fact for fact in known if fact.kind is FactKind.ALERT and fact.subject == key]
    if not own:
        return None
    body: Mapping[str, Any] = own[-1].body
    point = Point(body["asset"], body["metric"], canonical(body["labels"]))
    rule, is_open = rule_of(body["rule"], point), bool(body.get("open"))
    story = Story(
        at=at,
        key=key,
        asset=point.asset,
        name=name(point.asset),
        rule=body["rule"],
        title=rule.title if rule else dict.fromkeys(Language, body["rule"]),
        point=point,
        limit=body.get("limit") or (rule.limit if rule else ""),
        sight=Sight(_reading(own, point), turned=True),
        truth=Truth.TRUE if is_open else Truth.FALSE,
        phase=Phase.RAISED if is_open else Phase.NORMAL,
        on_delay=rule.on_delay if rule else 0.0,
        raised_at=body["raised_at"],
        life=body.get("life", "normal"),
        open=is_open,
        told=any(fact.body.get("change") == "raised" for fact in own if fact.at >= body["raised_at"]),
        acknowledged=body.get("acknowledged", ""),
        note=body.get("note", ""),
        acknowledged_until=body.get("acknowledged_until"),
        chattering=bool(body.get("chattering")),
        mutes=tuple(map(mute_of, body.get("mutes", ()))),
        placed=_placed(body, known, name),
        missing=("route", "delay"),
        instead=_instead(body, rule, point, rule_of),
    )
    along = _along(story, known)
    missing = ("delay",) if along is not None else story.missing
    return replace(story, deliveries=_sent(story, known), along=along or (), missing=missing)


def _instead(
    body: Mapping[str, Any], rule: Rule | None, point: Point, rule_of: Callable[[str, Point], Rule | None]
) -> Text | None:
    """Return the higher step in whose favour an alert ended; None where it ended otherwise, or stands."""
    for name in rule.yields_to if rule is not None and not body.get("open") else ():
        if body.get("why") == Outranked(Truth.TRUE, name).why:
            higher = rule_of(name, point)
            return higher.title if higher is not None else dict.fromkeys(Language, name)
    return None


def _along(story: Story, facts: Iterable[Fact]) -> tuple[str, ...] | None:
    """Return the routes by which people were told of this occurrence; None where no fact says so."""
    since = -inf if story.raised_at is None else story.raised_at
    about = {story.key, story.placed.id if story.placed is not None else story.key}
    told = [
        fact.body for fact in facts if fact.subject in about and fact.at >= since and fact.body.get("told")
    ]
    said: list[Any] = [body["routes"] for body in told if "routes" in body]
    return tuple(dict.fromkeys(str(name) for names in said for name in names)) if said else None


def _sent(story: Story, facts: Sequence[Fact]) -> tuple[Delivery, ...]:
    """Return the messages of this occurrence, and those of its incident."""
    since = -inf if story.raised_at is None else story.raised_at
    own = deliveries((fact for fact in facts if fact.subject == story.key), since=since)
    incident = story.placed.id if story.placed is not None else None
    return (*own, *deliveries(fact for fact in facts if fact.subject == incident))


def _reading(own: Sequence[Fact], point: Point) -> Reading | None:
    """Return what was read when the condition last turned."""
    for fact in reversed(own):
        body: Mapping[str, Any] = fact.body
        if body.get("change") in _SHOWN:
            gap = Gap(GapReason(body["gap"])) if body.get("gap") else None
            return Reading(point, fact.at, body.get("value"), body.get("state"), None, gap, "")
    return None


def _placed(body: Mapping[str, Any], facts: Iterable[Fact], name: Name) -> Placed | None:
    incident = body.get("incident")
    if not incident:
        return None
    own = [fact.body for fact in facts if fact.kind is FactKind.INCIDENT and fact.subject == incident]
    newest: Mapping[str, Any] = own[-1] if own else {}
    roots = ", ".join(map(name, newest.get("roots", ()))) or name(body.get("part", ""))
    because = body.get("because", "itself")
    return Placed(
        id=incident,
        headline=dict.fromkeys(Language, roots),
        because=because,
        part=name(body.get("part", "")),
        suppresses=Because(because) in EXPLAINED,
        apart=bool(body.get("apart")),
        told=any(one.get("change") == "raised" for one in own),
    )


def works_at(facts: Iterable[Fact], covers: Callable[[Mapping[str, Any]], bool]) -> tuple[Work, ...]:
    """Return the maintenance that was open, by facts up to then; ``covers`` says which matters."""
    found: dict[str, Work] = {}
    for fact in facts:
        body: Mapping[str, Any] = fact.body
        if fact.kind is not FactKind.MAINTENANCE:
            continue
        if body.get("change") == "started" and covers(body):
            found[fact.subject] = Work(fact.subject, body["reason"], None, body.get("ticket", ""))
        elif body.get("change") in ("ended", "withdrawn"):
            found.pop(fact.subject, None)
    return tuple(found.values())


def mutes_at(facts: Iterable[Fact], at: float) -> tuple[Mute, ...]:
    """Return the mutes that lay over a whole device, by facts up to then."""
    found: dict[tuple[str, str], Mute] = {}
    for fact in facts:
        body: Mapping[str, Any] = fact.body
        if fact.kind is FactKind.MUTE and not body.get("key"):
            name = body["kind"], body["rule"]
            found.pop(name, None)
            if body["change"] == "begun":
                found[name] = mute_of(body)
    return tuple(mute for mute in found.values() if mute.until > at)
