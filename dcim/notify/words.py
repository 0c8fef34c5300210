"""A notice in words, in English and French: quantities, times and the lines of a message. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dcim.alerts import ChangeKind, Language, Severity
from dcim.notify.notice import Notice

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
_LIMITS: Final = {
    "above": "au-dessus de",
    "below": "au-dessous de",
    "or": "ou",
    "not": "autre que",
    "set": "présente",
}
_SHOWN: Final = {
    "ratio": (100.0, "%"),
    "celsius": (1.0, "°C"),
    "volts": (1.0, "V"),
    "amperes": (1.0, "A"),
    "watts": (1e-3, "kW"),
    "voltamperes": (1e-3, "kVA"),
    "hertz": (1.0, "Hz"),
    "pascals": (1e-3, "kPa"),
    "cubic_meters": (1e3, "l"),
    "seconds": (1.0, "s"),
    "rpm": (1.0, "rpm"),
}
_FRENCH_UNITS: Final = {"rpm": "tr/min"}
_LONG: Final = 120.0


def quantity(value: float, unit: str, language: Language) -> str:
    """Return a number in a base unit as people read it: 0.42 ratio is 42 %, in French with a comma."""
    if unit == "seconds" and value >= _LONG:
        return duration(value)
    factor, shown = _SHOWN.get(unit, (1.0, unit.replace("_", " ")))
    text = f"{value * factor:.4g}"
    if "e" in text:
        text = f"{value * factor:.0f}"
    if language is FR:
        text, shown = text.replace(".", ","), _FRENCH_UNITS.get(shown, shown)
    return f"{text} {shown}".rstrip()


def duration(seconds: float) -> str:
    """Return a time span in its two largest parts: ``1 h 05 min``, ``2 min 30 s``, ``45 s``."""
    whole = round(max(0.0, seconds))
    days, hours, minutes, rest = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60, whole % 60
    if days:
        return f"{days} d {hours:02} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    return f"{rest} s"


def moment(at: float, zone: str) -> str:
    """Return a time as the people of the site read it, with the offset that tells it from any other."""
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %z")


def limit(text: str, language: Language) -> str:
    """Return a rule's condition in a language: ``above 80 %`` is ``au-dessus de 80 %``."""
    if language is EN:
        return text
    words = re.sub(r"\b(above|below|or|not|set)\b", lambda found: _LIMITS[found[0]], text)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", words)


def value(notice: Notice, language: Language) -> str:
    """Return what the point said, or nothing."""
    if notice.state is not None:
        return notice.state
    return "" if notice.value is None else quantity(notice.value, notice.unit, language)


def point(notice: Notice) -> str:
    """Return the point as its metric and labels."""
    labels = ", ".join(f"{name}={text}" for name, text in sorted(notice.labels.items()))
    return f"{notice.metric} ({labels})" if labels else notice.metric


def subject(notice: Notice, language: Language) -> str:
    """Return the one line that must be enough: how bad, where, what."""
    head = SEVERITIES[notice.severity] if notice.kind is ChangeKind.RAISED else CHANGES[notice.kind]
    labels = ", ".join(text for _, text in sorted(notice.labels.items()))
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
    yield "point", point(notice)
    yield "value", value(notice, language)
    yield "limit", limit(notice.limit, language)
    yield "since", moment(notice.raised_at, notice.site.time_zone)
    if notice.kind is ChangeKind.CLEARED:
        yield "at", moment(notice.at, notice.site.time_zone)
        yield "lasted", duration(notice.at - notice.raised_at)
    else:
        yield "consequence", notice.consequence[language]
        yield "action", notice.action[language]
        if notice.detect_within is not None:
            yield "detect_within", f"{_WORDS['at_most'][language]} {duration(notice.detect_within)}"
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
