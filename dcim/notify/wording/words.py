"""A notice in words, in English and French: quantities, times and the lines of a message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dcim.alerts import Language, Severity
from dcim.notify.notices.context import Beside, is_alarm
from dcim.notify.notices.notice import Notice
from dcim.notify.notices.told import Also, Child, NoticeKind, Subject, Touched
from dcim.words import (
    Words,
    duration,
    joint,
    labels_said,
    limit_said,
    measured,
    parts_named,
    point_said,
    set_said,
    state_said,
    why_said,
    words,
)

EN, FR = Language.EN, Language.FR

_WORDS: Final[dict[str, dict[Language, str]]] = {
    "severity": {EN: "Severity", FR: "Gravité"},
    "site": {EN: "Site", FR: "Site"},
    "device": {EN: "Device", FR: "Équipement"},
    "room": {EN: "room", FR: "salle"},
    "rack": {EN: "rack", FR: "baie"},
    "feed": {EN: "feed", FR: "voie"},
    "point": {EN: "Point", FR: "Point"},
    "value": {EN: "Value", FR: "Valeur"},
    "limit": {EN: "Limit", FR: "Seuil"},
    "since": {EN: "Since", FR: "Depuis"},
    "unknown_since": {EN: "Not known since", FR: "Inconnu depuis"},
    "at": {EN: "Cleared", FR: "Terminée"},
    "lasted": {EN: "Lasted", FR: "Durée"},
    "consequence": {EN: "Consequence", FR: "Conséquence"},
    "action": {EN: "What to do", FR: "Que faire"},
    "also": {EN: "Also", FR: "Et aussi"},
    "runbook": {EN: "Runbook", FR: "Procédure"},
    "detect_within": {EN: "Detected within", FR: "Détectée en"},
    "why": {EN: "Why", FR: "Pourquoi"},
    "alert": {EN: "Alert", FR: "Alerte"},
    "at_most": {EN: "at most", FR: "au plus"},
    "incident": {EN: "Incident", FR: "Incident"},
    "news": {EN: "What is new", FR: "Ce qui est nouveau"},
    "services": {EN: "Services hit", FR: "Services touchés"},
    "tenants": {EN: "Tenants", FR: "Clients"},
    "others": {EN: "Other alerts", FR: "Autres alertes"},
    "by": {EN: "Acknowledged by", FR: "Acquittée par"},
    "note": {EN: "Note", FR: "Note"},
    "route": {EN: "Route", FR: "Acheminement"},
    "part_of": {EN: "Part of incident", FR: "Fait partie de l’incident"},
    "and_more": {EN: "and {} more", FR: "et {} autres"},
    "told_at": {EN: "At", FR: "À"},
    "cleared_one": {EN: "cleared", FR: "terminée"},
}

SEVERITIES: Final[dict[Severity, dict[Language, str]]] = {
    Severity.CRITICAL: {EN: "critical", FR: "critique"},
    Severity.MAJOR: {EN: "major", FR: "majeure"},
    Severity.MINOR: {EN: "minor", FR: "mineure"},
    Severity.WARNING: {EN: "warning", FR: "avertissement"},
}
CHANGES: Final[dict[NoticeKind, dict[Language, str]]] = {
    NoticeKind.RAISED: {EN: "raised", FR: "déclenchée"},
    NoticeKind.UPDATED: {EN: "update", FR: "évolution"},
    NoticeKind.CLEARED: {EN: "cleared", FR: "terminée"},
    NoticeKind.ACKNOWLEDGED: {EN: "acknowledged", FR: "acquittée"},
    NoticeKind.REMINDED: {EN: "still unacknowledged", FR: "toujours non acquittée"},
    NoticeKind.LISTED: {EN: "list", FR: "liste"},
    NoticeKind.ANNOUNCED: {EN: "announcement", FR: "annonce"},
}

_ASKS: Final = frozenset({NoticeKind.RAISED, NoticeKind.UPDATED, NoticeKind.REMINDED})
"""What asks for somebody: a text on a telephone has no other place to say how bad it is by now."""

NEWS: Final[dict[str, dict[Language, str]]] = {
    "worse": {EN: "it is worse than before", FR: "c’est plus grave qu’avant"},
    "root": {EN: "its cause is known better", FR: "sa cause est mieux connue"},
    "calls": {EN: "something else is to be done", FR: "il y a autre chose à faire"},
    "services": {EN: "it hits more services", FR: "plus de services sont touchés"},
    "remains": {EN: "its cause has gone; this remains", FR: "sa cause a disparu ; ceci reste"},
    "eased": {
        EN: "it is less bad than before, and not over",
        FR: "c’est moins grave qu’avant, et pas terminé",
    },
    "unknown": {
        EN: "its cause has gone; whether the rest goes on is not known",
        FR: "sa cause a disparu ; on ignore si le reste dure encore",
    },
    "known": {EN: "it is known again how it stands", FR: "on sait de nouveau ce qu’il en est"},
    "silent": {
        EN: "devices that it tells of do not answer any more",
        FR: "des équipements dont elle parle ne répondent plus",
    },
    "untaken": {EN: "nobody has acknowledged it", FR: "personne ne l’a acquittée"},
    "unmuted": {
        EN: "it goes on, and is muted no more",
        FR: "elle dure encore, et n’est plus mise en silence",
    },
    "unacknowledged": {EN: "nobody looks after it any more", FR: "plus personne ne s’en occupe"},
}
"""Why people are told of an incident again."""

_SHOWN: Final = 10
"""Services, and other alerts, that a message lists by name."""


def moment(at: float, zone: str) -> str:
    """Return a time as the people of the site read it, with the offset that tells it from any other."""
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %z")


def value(notice: Notice, language: Language) -> str:
    """Return what the point said, or nothing; of a gap its reason and what stood there."""
    said = words(language)
    if notice.gap:
        return said(f"gap.{notice.gap}") + (f" ({notice.raw})" if notice.raw else "")
    if is_alarm(notice.metric):
        return ""  # its name says all
    if notice.state is not None:
        return state_said(notice.state, said)
    return "" if notice.value is None else measured(notice.metric, notice.value, notice.unit, said)


def labels_of(notice: Notice, labels: Mapping[str, str], asset: str) -> list[tuple[str, str]]:
    """Return labels in their order, parts by their names; that the part is the device is said by its name."""
    names = dict(notice.called)
    return parts_named(sorted(labels.items()), asset, lambda part: names.get(part, part))


def context(one: Beside, language: Language, notice: Notice | None = None) -> tuple[str, str]:
    """Return the name of a value beside an alert, and what it was and when; or that it is unknown."""
    said = words(language)
    labels = labels_of(notice, one.labels, notice.asset) if notice else sorted(one.labels.items())
    name = point_said(one.metric, labels, said)
    if one.gap is not None:
        text = said(f"gap.{one.gap}")
    elif one.value and is_alarm(one.metric):
        text = said("state.set")
    elif one.state is not None:
        text = (set_said if is_alarm(one.metric) else state_said)(one.state, said)
    elif one.value is not None:
        text = measured(one.metric, one.value, one.unit, said)
    else:
        return name, said("state.unknown")
    return name, f"{text} ({_ago(one.age or 0.0, said)})"


def _ago(age: float, said: Words) -> str:
    return said("just_now") if age < 1 else said("ago", duration(float(round(age)), said))


def point(notice: Notice, language: Language) -> str:
    """Return the point as people call it, and the metric's own name for those who look it up."""
    said = words(language)
    labels = labels_said(labels_of(notice, notice.labels, notice.asset), said)
    name = said(f"metric.{notice.metric}")
    return f"{name}, {labels} ({notice.metric})" if labels else f"{name} ({notice.metric})"


def subject(notice: Notice, language: Language) -> str:
    """Return the one line that must be enough: how bad, where, what."""
    said = [SEVERITIES[notice.severity]] if notice.kind in _ASKS else []
    said += [CHANGES[notice.kind]] if notice.kind is not NoticeKind.RAISED else []
    head = ", ".join(one[language] for one in said)
    return f"[{head.upper()}] {title(notice, language, with_device=True)} - {notice.site.name}"


def title(notice: Notice, language: Language, *, with_device: bool = False) -> str:
    """Return what is wrong: an incident in one sentence, an alert by its rule and labels."""
    if notice.subject is not Subject.ALERT:
        return notice.headline[language]
    if not with_device:
        return notice.title[language]
    labels = labels_said(labels_of(notice, notice.labels, notice.asset), words(language))
    what = f"{notice.name}{words(language)('colon')} {notice.title[language]}"
    return f"{what} ({labels})" if labels else what


def lines(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    """Yield the lines of a message as (name, text), those that say nothing left out."""
    if notice.subject in (Subject.LIST, Subject.WORK):
        yield from _listing(notice, language)
        return
    yield from _named(_seen(notice, language), language)
    yield from (context(one, language, notice) for one in notice.context)
    yield from _named(_judged(notice, language), language)
    yield from _named(_around(notice, language), language)


def _named(said: Iterable[tuple[str, str]], language: Language) -> Iterator[tuple[str, str]]:
    return ((_WORDS[key][language], text) for key, text in said if text)


def _listing(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    """Yield a line for each incident of a list, by its severity."""
    zone = notice.site.time_zone
    yield _WORDS["site"][language], notice.site.name
    yield _WORDS["told_at"][language], moment(notice.at, zone)
    for one in notice.children:
        since = f"{_WORDS['since'][language].lower()} {moment(one.raised_at, zone)}"
        yield SEVERITIES[one.severity][language], f"{_child(notice, one, language)}, {since}"
    if (more := notice.alerts - len(notice.children)) > 0:
        yield "…", _WORDS["and_more"][language].format(more)


def _seen(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    yield "severity", SEVERITIES[notice.severity][language]
    yield "site", notice.site.name
    yield "device", _device(notice, language)
    yield "point", point(notice, language)
    yield "value", value(notice, language)
    yield "limit", limit_said(notice.limit, words(language))


def _judged(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    yield "since", moment(notice.raised_at, notice.site.time_zone)
    if notice.unknown_since is not None:
        yield "unknown_since", moment(notice.unknown_since, notice.site.time_zone)
    if notice.kind is NoticeKind.CLEARED:
        yield "at", moment(notice.at, notice.site.time_zone)
        yield "lasted", duration(notice.at - notice.raised_at, words(language))
    else:
        yield "consequence", notice.consequence[language]
        yield "action", notice.action[language]
        yield "runbook", notice.runbook
        for one in notice.also:
            yield "also", _also(one, language)
        if notice.detect_within is not None:
            yield (
                "detect_within",
                f"{_WORDS['at_most'][language]} {duration(notice.detect_within, words(language))}",
            )
    if notice.subject is Subject.INCIDENT or notice.why in NEWS:
        yield "news", NEWS[notice.why][language] if notice.why in NEWS else ""
    else:
        yield "why", why_said(notice.why, words(language))


def _also(one: Also, language: Language) -> str:
    """Say what else calls for something to be done, where, and what that is."""
    more = (
        [_WORDS["and_more"][language].format(one.count - len(one.names))]
        if one.count > len(one.names)
        else []
    )
    where = ", ".join([*one.names, *more])
    return f"{one.title[language]} ({where}). {one.consequence[language]} {one.action[language]}"


def _around(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    """Yield what an incident hits, its other alerts, who looks after it; or the incident of an alert."""
    yield "services", _listed([_service(one, language) for one in notice.services], language)
    yield "tenants", ", ".join(notice.tenants)
    total = notice.alerts - 1 if notice.subject is Subject.INCIDENT else 0
    yield "others", _listed([_child(notice, one, language) for one in notice.children], language, total)
    yield "by", notice.acknowledged if notice.kind is not NoticeKind.CLEARED else ""
    yield "note", notice.note
    yield "route", ", ".join(notice.routes)
    if notice.subject is Subject.INCIDENT:
        yield "incident", notice.key
        return
    yield "part_of", notice.incident
    yield "alert", notice.key


_SERVICES: Final = {
    "cooling": {EN: "cooling of {}", FR: "refroidissement de {}"},
    "power": {EN: "power to {}", FR: "alimentation de {}"},
}
"""A service that is called by what it is for, by its kind."""


def _service(one: Touched, language: Language) -> str:
    said = words(language)
    standing = [state_said(one.function, said)]
    if one.redundancy == "reduced":
        standing.append(f"{said('metric.service_redundancy_state').lower()} {state_said('reduced', said)}")
    name = _SERVICES[one.kind][language].format(one.name) if one.kind in _SERVICES else one.name
    return f"{name} ({', '.join(standing)})"


def _child(notice: Notice, one: Child, language: Language) -> str:
    labels = labels_said(labels_of(notice, one.labels, one.asset), words(language))
    title, said = one.title[language], words(language)
    labelled = f"{title}{joint(one.labels, said)}{labels}" if labels else title
    what = f"{one.name}{said('colon')} {labelled}"
    return what if one.open else f"{what} ({_WORDS['cleared_one'][language]})"


def _listed(texts: list[str], language: Language, total: int = 0) -> str:
    """Return the first of some texts, and how many more there are."""
    shown = texts[:_SHOWN]
    more = max(total, len(texts)) - len(shown)
    return "; ".join([*shown, *([_WORDS["and_more"][language].format(more)] if more else [])])


def _device(notice: Notice, language: Language) -> str:
    room = dict(notice.called).get(f"room/{notice.room}", notice.room)
    places = [
        _placed(_WORDS[key][language], place)
        for key, place in (("room", room), ("rack", notice.rack), ("feed", notice.feed))
        if place
    ]
    called = notice.name if notice.name == notice.asset else f"{notice.name} ({notice.asset})"
    return ", ".join([called, *places])


def _placed(kind: str, name: str) -> str:
    """Say where something is: ``baie R1``; a room that is called ``Salle 2`` says itself what it is."""
    return name if name.casefold().startswith(f"{kind} ") else f"{kind} {name}"
