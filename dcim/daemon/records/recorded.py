"""What is on record of alerts, incidents and devices: messages and their deliveries, and what once was.

Everything in here reads the store: call it from a thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Final, Protocol

from dcim.alerts import Language, Mute, Rule, Text
from dcim.explain import Delivery, DeviceStory, Story, deliveries, mutes_at, past_story, works_at
from dcim.explain.story import Work
from dcim.ledger.chain import Entry
from dcim.ledger.newest import NOW, FindsNewest
from dcim.model import Point
from dcim.model.fact import Fact, FactKind
from dcim.record import dataclass, replace
from dcim.store import Queued
from dcim.windows import MUTED_BY

TELLS: Final = (FactKind.ALERT, FactKind.INCIDENT, FactKind.REMINDER, FactKind.DELIVERY)
_LISTS: Final = 20
_OF_ALERTS: Final = frozenset({"route", "delay", "window"})
"""Of what is not on record, what is so of single alerts."""

_PLACED: Final = ("incident", "because", "part", "cause", "apart")


class Record(Protocol):
    """What is on record: ``dcim.store.Reads`` fulfils it, from any thread."""

    def facts_about(
        self,
        kinds: Iterable[str],
        *,
        subject: str = "",
        holds: str = "",
        until: float = inf,
        limit: int = 1000,
    ) -> Sequence[Entry]:
        """Return the newest facts of these kinds about a subject, the oldest first."""
        ...

    def messages(self, dedup_key: str, limit: int = 100) -> Sequence[Queued]:
        """Return the messages of a key that are still in the outbox."""
        ...


class Ledger(Record, FindsNewest, Protocol):
    """A record that also finds the newest of many things at once."""


def fact_of(entry: Entry) -> Fact:
    """Return the fact that an entry of the ledger keeps."""
    return Fact(FactKind(entry.kind), entry.at / 1e6, entry.subject, json.loads(entry.body))


def delivered(record: Record, stories: Iterable[Story], at: float) -> list[Story]:
    """Return stories with what became of their messages; one that was never raised has none."""
    read: dict[str, tuple[Delivery, ...]] = {}
    return [
        replace(story, deliveries=_sent(record, story, at, read)) if story.raised_at is not None else story
        for story in stories
    ]


def _sent(
    record: Record, story: Story, at: float, read: dict[str, tuple[Delivery, ...]]
) -> tuple[Delivery, ...]:
    placed = story.placed
    keys = [story.key] if placed is None or placed.apart else []
    if placed is not None:
        keys.append(placed.id)
    for key in keys:
        if key not in read:
            read[key] = sent_of(record, key, at)
    since = -inf if story.raised_at is None else story.raised_at - 1e-3
    return tuple(one for key in keys for one in read[key] if key != story.key or one.created >= since)


def sent_of(record: Record, key: str, at: float) -> tuple[Delivery, ...]:
    """Return what became of the messages of an alert or incident, as far as that was known at ``at``."""
    facts = [fact_of(entry) for entry in record.facts_about(TELLS, subject=key, until=at)]
    lists = record.facts_about((FactKind.SUMMARY,), holds=key, until=at, limit=_LISTS)
    return deliveries([*facts, *map(fact_of, lists)], record.messages(key))


def on_call_at(record: Record, rotas: Iterable[str], at: float) -> dict[str, str]:
    """Return who was on call of each rota at a time, by the hand-overs on record; one without is left out."""
    found: dict[str, str] = {}
    for rota in rotas:
        for entry in record.facts_about((FactKind.ON_CALL,), subject=rota, until=at):
            fact = fact_of(entry)
            if fact.subject == rota and fact.body.get("change") == "hand_over":
                found[rota] = str(fact.body["person"])
    return found


@dataclass(frozen=True, slots=True)
class Over:
    """An incident that is over, since ``at`` (UTC seconds); ``unseen`` are those of its alerts that wait.

    ``into``: the incident that it became one with before anybody was told; empty where it ended.
    """

    at: float
    into: str
    unseen: frozenset[str]


def over_of(record: Ledger, incident: str, unseen: Iterable[str]) -> Over | None:
    """Return what is on record of an incident that is not open, or None: nothing.

    ``unseen``: the alerts that cleared and wait to be seen; it keeps those that cleared in this incident.
    """
    told = record.facts_about((FactKind.INCIDENT,), subject=incident, limit=1)
    if not told:
        return None
    last = fact_of(told[0])
    newest = record.newest_about_each(FactKind.ALERT, unseen, NOW)
    mine = (entry.subject for entry in newest if json.loads(entry.body).get("incident") == incident)
    return Over(last.at, str(last.body.get("into") or ""), frozenset(mine))


@dataclass(frozen=True, slots=True)
class Past:
    """What was known at ``at`` (UTC seconds). ``name`` and ``rule_of`` are as today."""

    record: Record
    at: float
    name: Callable[[str], str]
    rule_of: Callable[[str, Point], Rule | None]
    rotas: tuple[str, ...] = ()

    def alert(self, key: str, within: str = "") -> Story | None:
        """Return what was known of an alert; None: nothing. ``within``: while it was of this incident."""
        facts = self._about(TELLS, subject=key)
        if within:
            facts = _within(facts, within)
        incident = within or _incident(facts)
        if incident:
            facts += self._about(TELLS, subject=incident)
            facts.sort(key=lambda fact: fact.at)
        story = past_story(key, facts, self.at, self.name, self.rule_of)
        if story is None:
            return None
        if story.placed is not None and (said := self._headline(story.placed.id)) is not None:
            story = replace(story, placed=replace(story.placed, headline=said))
        duty = tuple(on_call_at(self.record, self.rotas, self.at).items()) if story.deliveries else ()
        works, doubtful = self.works(story.asset, story.mutes)
        missing = (*story.missing, *doubtful, *self.missing())
        return replace(story, missing=missing, works=works, duty=duty)

    def _headline(self, incident: str) -> Text | None:
        """Return what people had last been told of an incident, in one sentence; None where none was kept."""
        told = [one for one in self.record.messages(incident) if one.created <= self.at]
        newest = max(told, key=lambda one: one.created, default=None)
        kept: Mapping[str, Any] = newest.body if newest is not None else {}
        return (
            {Language(one): said for one, said in kept["headline"].items()} if kept.get("headline") else None
        )

    def device(self, kind: str, asset_id: str) -> tuple[DeviceStory, list[Story]]:
        """Return what was known of a device, and of the alerts that stood there."""
        reaches = self._about((FactKind.DEVICE_STATE,), subject=asset_id)
        reach = next((fact for fact in reversed(reaches) if fact.subject == asset_id), None)
        laid = [one for one in self._about((FactKind.MUTE,), subject=asset_id) if one.subject == asset_id]
        mutes = mutes_at(laid, self.at)
        works, doubtful = self.works(asset_id, mutes)
        body: Mapping[str, Any] = reach.body if reach else {}
        device = DeviceStory(
            self.at,
            kind,
            asset_id,
            self.name(asset_id),
            body.get("reach", ""),
            reach.at if reach else None,
            body.get("why", ""),
            mutes=mutes,
            works=works,
            missing=("quiet", *doubtful, *self.missing()),
        )
        holds = f'"asset":{json.dumps(asset_id, ensure_ascii=False)}'
        keys = dict.fromkeys(fact.subject for fact in self._about((FactKind.ALERT,), holds=holds))
        stories = [story for key in keys if (story := self.alert(key)) is not None and story.open]
        own = [tuple(word for word in story.missing if word in _OF_ALERTS) for story in stories]
        return device, [replace(story, missing=words) for story, words in zip(stories, own, strict=True)]

    def incident(self, name: str) -> list[Story]:
        """Return what was known of the alerts of an incident, that which it was named after first."""
        own = self._about((FactKind.INCIDENT,), subject=name)
        root = own[-1].body.get("root") if own else ""
        facts = self._about((FactKind.ALERT,), holds=f'"incident":"{name}"')
        keys = sorted(dict.fromkeys(fact.subject for fact in facts), key=lambda key: key != root)
        return [story for key in keys if (story := self.alert(key, name)) is not None]

    def works(self, asset_id: str, mutes: Iterable[Mute]) -> tuple[tuple[Work, ...], tuple[str, ...]]:
        """Return the maintenance that was open over a device, and what is not on record of that.

        It was where its window named the device, or where it muted it. Of a window by room, tag or service
        that did neither nobody can tell: a longer mute may have lain there already.
        """

        def covers(body: Mapping[str, Any]) -> bool:
            return bool(body.get("everything")) or asset_id in body.get("devices", ())

        facts = self._about((FactKind.MAINTENANCE,))
        found = {one.id: one for one in works_at(facts, covers)}
        for mute in mutes:
            if mute.by.startswith(MUTED_BY):
                name = mute.by.removeprefix(MUTED_BY)
                ticket = "" if mute.ticket == name else mute.ticket
                found.setdefault(name, Work(name, mute.reason, mute.until, ticket))
        others = [one for one in works_at(facts, _indirectly) if one.id not in found]
        return tuple(found.values()), ("window",) if others else ()

    def missing(self) -> tuple[str, ...]:
        """Return what makes all of this doubtful: nobody watched, or by another configuration."""
        found = []
        then = self._about((FactKind.CONFIG_LOADED,), limit=1)
        now = self._about((FactKind.CONFIG_LOADED,), until=inf, limit=1)
        site = now[-1].subject if now else ""
        blind = self._about((FactKind.BLIND,), subject=site, until=inf)
        spans = [_span(one) for one in blind if not site or one.subject == site]  # and not of one service
        if any(start <= self.at < end for start, end in spans):
            found.append("blind")
        if then and now and then[-1].body.get("files") != now[-1].body.get("files"):
            found.append("config")
        return tuple(found)

    def _about(
        self, kinds: Sequence[FactKind], *, subject: str = "", holds: str = "", until: float | None = None,
        limit: int = 1000,
    ) -> list[Fact]:  # fmt: skip
        last = self.at if until is None else until
        found = self.record.facts_about(kinds, subject=subject, holds=holds, until=last, limit=limit)
        return list(map(fact_of, found))


def _span(fact: Fact) -> tuple[float, float]:
    body: Mapping[str, Any] = fact.body
    return float(body.get("from") or inf), float(body.get("to") or inf)


def _indirectly(body: Mapping[str, Any]) -> bool:
    """Whether a window lay over what it did not name one by one."""
    return any(body.get(kind) for kind in ("rooms", "tags", "services"))


def _within(facts: Sequence[Fact], incident: str) -> list[Fact]:
    """Return the facts of an alert up to where it came again, or went, into another incident for good.

    What was done to it after its end names no incident: it is of this one.
    """
    own = [at for at, fact in enumerate(facts) if fact.body.get("incident") == incident]
    if not own:
        return []
    last: Mapping[str, Any] = facts[own[-1]].body
    placed = {name: last[name] for name in _PLACED if name in last}
    found = list(facts[: own[-1] + 1])
    for fact in facts[len(found) :]:
        named, raised_at = fact.body.get("incident", ""), fact.body.get("raised_at", last["raised_at"])
        if named not in ("", incident) or raised_at != last["raised_at"]:
            break
        found.append(replace(fact, body={**fact.body, **placed}) if fact.kind is FactKind.ALERT else fact)
    return found


def _incident(facts: Iterable[Fact]) -> str:
    """Return the incident that the newest fact of an alert names."""
    named = [str(fact.body["incident"]) for fact in facts if fact.body.get("incident")]
    return named[-1] if named else ""
