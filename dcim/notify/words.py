"""A notice in words, in English and French: quantities, times and the lines of a message. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dcim.alerts import ChangeKind, Language, Severity
from dcim.notify.notice import Notice
from dcim.words import duration, labels_said, limit_said, quantity, state_said, words

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
    "at": {EN: "Cleared", FR: "Terminée"},
    "lasted": {EN: "Lasted", FR: "Durée"},
    "consequence": {EN: "Consequence", FR: "Conséquence"},
    "action": {EN: "What to do", FR: "Que faire"},
    "detect_within": {EN: "Detected within", FR: "Détectée en"},
    "why": {EN: "Why", FR: "Pourquoi"},
    "alert": {EN: "Alert", FR: "Alerte"},
    "at_most": {EN: "at most", FR: "au plus"},
}

SEVERITIES: Final[dict[Severity, dict[Language, str]]] = {
    Severity.CRITICAL: {EN: "critical", FR: "critique"},
    Severity.MAJOR: {EN: "major", FR: "majeure"},
    Severity.MINOR: {EN: "minor", FR: "mineure"},
    Severity.WARNING: {EN: "warning", FR: "avertissement"},
}
CHANGES: Final[dict[ChangeKind, dict[Language, str]]] = {
    ChangeKind.RAISED: {EN: "raised", FR: "déclenchée"},
    ChangeKind.CLEARED: {EN: "cleared", FR: "terminée"},
    ChangeKind.ACKNOWLEDGED: {EN: "acknowledged", FR: "acquittée"},
}


def moment(at: float, zone: str) -> str:
    """Return a time as the people of the site read it, with the offset that tells it from any other."""
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %z")


def value(notice: Notice, language: Language) -> str:
    """Return what the point said, or nothing."""
    if notice.state is not None:
        return state_said(notice.state, words(language))
    return "" if notice.value is None else quantity(notice.value, notice.unit, words(language))


def point(notice: Notice, language: Language) -> str:
    """Return the point as people call it, and the metric's own name for those who look it up."""
    said = words(language)
    labels = labels_said(sorted(notice.labels.items()), said)
    name = said(f"metric.{notice.metric}")
    return f"{name}, {labels} ({notice.metric})" if labels else f"{name} ({notice.metric})"


def subject(notice: Notice, language: Language) -> str:
    """Return the one line that must be enough: how bad, where, what."""
    head = SEVERITIES[notice.severity] if notice.kind is ChangeKind.RAISED else CHANGES[notice.kind]
    labels = labels_said(sorted(notice.labels.items()), words(language))
    what = notice.title[language] + (f" ({labels})" if labels else "")
    return f"[{head[language].upper()}] {notice.name}: {what} - {notice.site.name}"


def lines(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    """Yield the lines of a message as (name, text), those that say nothing left out."""
    for key, text in _said(notice, language):
        if text:
            yield _WORDS[key][language], text


def _said(notice: Notice, language: Language) -> Iterator[tuple[str, str]]:
    yield "severity", SEVERITIES[notice.severity][language]
    yield "site", notice.site.name
    yield "device", _device(notice, language)
    yield "point", point(notice, language)
    yield "value", value(notice, language)
    yield "limit", limit_said(notice.limit, words(language))
    yield "since", moment(notice.raised_at, notice.site.time_zone)
    if notice.kind is ChangeKind.CLEARED:
        yield "at", moment(notice.at, notice.site.time_zone)
        yield "lasted", duration(notice.at - notice.raised_at, words(language))
    else:
        yield "consequence", notice.consequence[language]
        yield "action", notice.action[language]
        if notice.detect_within is not None:
            yield (
                "detect_within",
                f"{_WORDS['at_most'][language]} {duration(notice.detect_within, words(language))}",
            )
    yield "why", notice.why
    yield "alert", notice.key


def _device(notice: Notice, language: Language) -> str:
    places = [
        f"{_WORDS[key][language]} {getattr(notice, key)}"
        for key in ("room", "rack", "feed")
        if getattr(notice, key)
    ]
    called = notice.name if notice.name == notice.asset else f"{notice.name} ({notice.asset})"
    return ", ".join([called, *places])
