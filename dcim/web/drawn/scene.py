"""What a page draws, in a language: cards of devices, rooms, the summary. Made from the view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from dcim.model import Asset, Lane
from dcim.overview import ALERTS
from dcim.plausible import Doubts
from dcim.poll import Reach
from dcim.record import dataclass
from dcim.web.drawn.highlights import highlights
from dcim.web.drawn.text import Shown, shown
from dcim.web.drawn.where import TONES, local, place_of
from dcim.web.view.view import AlertView, View
from dcim.words import Words, part_said, why_said

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
    said_itself = [(batch, q) for batch, q in batches if not batch.layout.own]  # not what was concluded of it
    pairs = [(batch.reading(slot), q) for batch, q in said_itself for slot in range(len(batch.layout))]
    quality = {id(reading): q for reading, q in pairs}
    chosen = highlights(asset.kind, [reading for reading, _ in pairs])
    cells = tuple(shown(reading, quality[id(reading)], said, view.name) for reading in chosen)
    return DeviceCard(
        id=asset.id,
        name=asset.name,
        kind=said(f"kind.{asset.kind}"),
        place=place_of(asset, view, said),
        reach=said(f"reach.{presence.reach}"),
        reach_tone=_REACHES.get(presence.reach, "critical"),
        tone=_tone(presence.reach, own, cells),
        since=presence.since,
        why=why_said(presence.why, said),
        at=max((batch.at for batch, _ in said_itself), default=0.0),
        cells=cells,
    )


def _tone(reach: Reach, own: Sequence[AlertView], cells: Sequence[Shown]) -> str:
    """Judge a device: by its reach, by its worst alert; one that answers but shows no value is not fine."""
    tone = _REACHES.get(reach, "critical")
    standing = [one for one in own if one.alert.standing]
    if tone != "critical" and standing:
        return TONES[standing[0].alert.severity]
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
        shown(batch.reading(slot), quality, said, view.name, doubtful=doubts.about(batch.layout.points[slot]))
        for batch, quality in batches
        if batch.layout.maker != ALERTS  # those have cards of their own
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
    return said("exchanged", local(found.at, view), before, after)


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
    assets, health = view.assets(), view.health()
    alerts = [one for one in view.alerts() if one.alert.standing]
    reaches = [view.presence(asset.id).reach for asset in assets]
    answering = reaches.count(Reach.ANSWERING)
    mute = sum(_says_nothing(view, asset) for asset in assets)
    lost = len(reaches) - answering + mute
    notes = [
        said("part_wrong", part_said(part.name, said), why_said(part.why, said))
        for part in health.parts
        if not part.ok
    ]
    if not health.ready:
        notes.append(said("starting"))
    if health.blind_from is not None and view.now() - health.started_at < _BLIND_SHOWN:
        notes.append(said("blind", local(health.blind_from, view), local(health.started_at, view)))
    worst = TONES[alerts[0].alert.severity] if alerts else "ok"
    undecidable = lost or not health.ready or not assets
    tone = worst if worst == "critical" else "unknown" if undecidable else worst
    undecided = said("undecided_one") if lost == 1 else said("undecided", lost) if lost else ""
    cards = len({(one.alert.asset, one.alert.rule) for one in alerts})
    headline = said("answering_of", answering, len(assets))
    if cards:
        headline += " · " + (said("alerts_one") if cards == 1 else said("alerts_many", cards))
    return Summary(headline, cards, tone, undecided, tuple(notes))


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


__all__ = [
    "DeviceCard",
    "Room",
    "Summary",
    "device_card",
    "device_values",
    "exchange_said",
    "rooms",
    "summary",
]
