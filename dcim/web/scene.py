"""What a page draws, in a language: cards of devices and alerts, rooms, the summary. Made from the view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from dcim.alerts import Severity
from dcim.model import Asset, GapReason, Lane, Reading
from dcim.plausible import Doubts
from dcim.poll import Reach
from dcim.web.highlights import highlights
from dcim.web.text import Shown, shown
from dcim.web.view import AlertView, View
from dcim.words import Words, labels_said, limit_said, why_said

_TONES: Final = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "critical",
    Severity.MINOR: "warning",
    Severity.WARNING: "warning",
}
_BLIND_SHOWN: Final = 3600.0
"""Seconds after the start for which the page tells that nobody watched before it."""
_REACHES: Final = {Reach.ANSWERING: "ok", Reach.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """A device on the overview: reach, tone and the values that say most."""

    id: str
    name: str
    kind: str
    place: str
    reach: str
    reach_tone: str
    tone: str
    since: float
    why: str
    at: float
    cells: tuple[Shown, ...]

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AlertCard:
    """The open alerts of one rule on one device, as a person reads them: three phases are one card."""

    key: str
    asset: str
    name: str
    place: str
    severity: str
    tone: str
    title: str
    values: str
    limit: str
    consequence: str
    action: str
    at: float
    since: str
    acknowledged: str
    count: int
    urgent: bool

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Room:
    """A room and the devices in it, in the order of the configuration."""

    name: str
    cards: tuple[DeviceCard, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One line about the site: how many answer, how many alerts, what the daemon says of itself."""

    answering: str
    alerts: int
    tone: str
    undecided: str
    notes: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


def device_card(view: View, asset: Asset, own: Sequence[AlertView], said: Words) -> DeviceCard:
    """Draw a device; ``own`` are its open alerts, worst first."""
    presence = view.presence(asset.id)
    batches = view.batches(asset.id)
    pairs = [(batch.reading(slot), q) for batch, q in batches for slot in range(len(batch.layout))]
    quality = {id(reading): q for reading, q in pairs}
    chosen = highlights(asset.kind, [reading for reading, _ in pairs])
    cells = tuple(shown(reading, quality[id(reading)], said) for reading in chosen)
    return DeviceCard(
        id=asset.id,
        name=asset.name,
        kind=said(f"kind.{asset.kind}"),
        place=_place(asset, view, said),
        reach=said(f"reach.{presence.reach}"),
        reach_tone=_REACHES.get(presence.reach, "critical"),
        tone=_tone(presence.reach, own, cells),
        since=presence.since,
        why=why_said(presence.why, said),
        at=max((batch.at for batch, _ in batches if not batch.layout.own), default=0.0),
        cells=cells,
    )


def _tone(reach: Reach, own: Sequence[AlertView], cells: Sequence[Shown]) -> str:
    """Judge a device: by its reach, by its worst alert; one that answers but shows no value is not fine."""
    tone = _REACHES.get(reach, "critical")
    if tone != "critical" and own:
        return _TONES[own[0].alert.severity]
    if tone == "ok" and any(cell.tone == "warning" for cell in cells):
        return "warning"
    if tone == "ok" and all(cell.tone == "unknown" for cell in cells):
        return "unknown"
    return tone


def device_values(view: View, asset_id: str, said: Words) -> list[Shown]:
    """Return every value of a device, the device's own before the poll loop's, in profile order."""
    batches = sorted(view.batches(asset_id), key=lambda pair: pair[0].layout.own)
    doubts = Doubts(batch for batch, _ in batches)
    return [
        shown(batch.reading(slot), quality, said, doubtful=doubts.about(batch.layout.points[slot]))
        for batch, quality in batches
        for slot in range(len(batch.layout))
    ]


def exchange_said(view: View, asset_id: str, said: Words) -> str:
    """Say the newest exchange of a device's hardware; nothing where there was none."""
    found = view.exchange(asset_id)
    if found is None:
        return ""
    before, after = (
        " ".join(filter(None, (one.vendor, one.model, one.serial))) for one in (found.before, found.after)
    )
    return said("exchanged", _local(found.at, view), before, after)


def alert_cards(view: View, said: Words) -> list[AlertCard]:
    """Return the open alerts, worst first; those of one rule on one device share a card."""
    together: dict[tuple[str, str], list[AlertView]] = {}
    for shown_alert in view.alerts():
        together.setdefault((shown_alert.alert.asset, shown_alert.alert.rule), []).append(shown_alert)
    return [_alert_card(alerts, view, said) for alerts in together.values()]


def _alert_card(alerts: Sequence[AlertView], view: View, said: Words) -> AlertCard:
    """Draw alerts of one rule on one device; the oldest of them dates the card."""
    first = alerts[0]
    alert, rule, asset = first.alert, first.rule, first.asset
    at = min(one.alert.raised_at for one in alerts)
    language = said.language
    return AlertCard(
        key=alert.key,
        asset=alert.asset,
        name=asset.name if asset else alert.asset,
        place=_place(asset, view, said) if asset else "",
        severity=said(f"severity.{alert.severity}"),
        tone=_TONES[alert.severity],
        title=rule.title[language] if rule else alert.rule,
        values=" · ".join(text for one in alerts if (text := _said(one, said))),
        limit=limit_said(rule.limit, said) if rule else "",
        consequence=rule.consequence[language] if rule else "",
        action=rule.action[language] if rule else "",
        at=at,
        since=_local(at, view),
        acknowledged=alert.acknowledged,
        count=len(alerts),
        urgent=alert.severity is Severity.CRITICAL,
    )


def _said(one: AlertView, said: Words) -> str:
    """Say the newest reading of an alert's point, or that there is none any more; an alarm by its name."""
    if not one.observed:
        named = (said(f"metric.{one.alert.point.metric}"), labels_said(one.alert.point.labels, said))
        return f"{' '.join(filter(None, named))}{said('colon')} {said('unobserved')}"
    if one.reading is None:
        return labels_said(one.alert.point.labels, said)
    if dict(one.alert.point.labels).get("alarm") and not _is_strange(one.reading):
        return labels_said(one.alert.point.labels, said)
    reading = shown(one.reading, one.quality, said)
    text = f"{reading.text} ({said('stale')})" if reading.stale else reading.text
    return " ".join(part for part in (reading.name, reading.labels, text) if part)


def _is_strange(reading: Reading) -> bool:
    """Whether the device said something that its profile has no word for: its code is worth showing."""
    return reading.gap is not None and reading.gap.reason is GapReason.UNKNOWN_CODE


def rooms(view: View, said: Words) -> list[Room]:
    """Return the rooms in the order in which the configuration first names them."""
    by_room: dict[str, list[DeviceCard]] = {}
    by_asset: dict[str, list[AlertView]] = {}
    for open_alert in view.alerts():
        by_asset.setdefault(open_alert.alert.asset, []).append(open_alert)
    for asset in view.assets():
        card = device_card(view, asset, by_asset.get(asset.id, ()), said)
        by_room.setdefault(view.site.room(asset.room) or said("no_room"), []).append(card)
    return [Room(name, tuple(cards)) for name, cards in by_room.items()]


def summary(view: View, said: Words) -> Summary:
    """Say in one line how the site and the daemon are. Devices that do not answer are unknown, never fine."""
    assets, alerts, health = view.assets(), view.alerts(), view.health()
    reaches = [view.presence(asset.id).reach for asset in assets]
    answering = reaches.count(Reach.ANSWERING)
    mute = sum(_says_nothing(view, asset) for asset in assets)
    lost = len(reaches) - answering - reaches.count(Reach.UNKNOWN) + mute
    notes = [
        said("part_wrong", _part(part.name, said), why_said(part.why, said))
        for part in health.parts
        if not part.ok
    ]
    if not health.ready:
        notes.append(said("starting"))
    if health.blind_from is not None and view.now() - health.started_at < _BLIND_SHOWN:
        notes.append(said("blind", _local(health.blind_from, view), _local(health.started_at, view)))
    worst = _TONES[alerts[0].alert.severity] if alerts else "ok"
    undecidable = lost or not health.ready or not assets
    tone = worst if worst == "critical" else "unknown" if undecidable else worst
    undecided = said("undecided_one") if lost == 1 else said("undecided", lost) if lost else ""
    cards = len({(one.alert.asset, one.alert.rule) for one in alerts})
    headline = said("answering_of", answering, len(assets))
    if cards:
        headline += " · " + (said("alerts_one") if cards == 1 else said("alerts_many", cards))
    return Summary(headline, cards, tone, undecided, tuple(notes))


def _part(name: str, said: Words) -> str:
    """Say a part of the daemon; a channel goes by the name that people gave it."""
    kind, _, own = name.partition(" ")
    return f"{said('part.' + kind)} {own}".rstrip()


def _says_nothing(view: View, asset: Asset) -> bool:
    """Whether a device answers and has no value in any point of its fast lane: it tells nothing."""
    if view.presence(asset.id).reach is not Reach.ANSWERING:
        return False
    said = [
        batch
        for batch, _ in view.batches(asset.id)
        if not batch.layout.own and batch.layout.lane is Lane.FAST
    ]
    return bool(said) and all(len(batch.gaps) == len(batch.layout) for batch in said)


def _place(asset: Asset, view: View, said: Words) -> str:
    parts = [
        view.site.room(asset.room),
        f"{said('rack')} {asset.rack}" if asset.rack else "",
        f"{said('feed')} {asset.feed}" if asset.feed else "",
        asset.tenant,
    ]
    return " · ".join(part for part in parts if part)


def _local(at: float, view: View) -> str:
    return datetime.fromtimestamp(at, view.site.zone).strftime("%Y-%m-%d %H:%M:%S")


__all__ = [
    "AlertCard",
    "DeviceCard",
    "Room",
    "Summary",
    "alert_cards",
    "device_card",
    "device_values",
    "exchange_said",
    "rooms",
    "summary",
]
