"""The alerts as a page draws them: one card a rule and device, what mutes it, and what can be done. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict
from typing import Any

from dcim.alerts import Alert, MuteKind, Severity
from dcim.explain import mute_said
from dcim.model import GapReason, Reading
from dcim.record import dataclass, replace
from dcim.web.drawn.text import labels_of, shown
from dcim.web.drawn.where import TONES, local, place_of
from dcim.web.view.view import AlertView, IncidentView, View
from dcim.words import Words, limit_said


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
    runbook: str = ""
    keys: tuple[str, ...] = ()
    life: str = ""
    muted: str = ""
    chatters: str = ""
    acknowledgeable: bool = True
    shelvable: bool = True
    incident: str = ""  # where several cards are of one
    headline: str = ""  # of the incident, on the first of its cards
    takeable: bool = False  # nobody has acknowledged that incident
    standing: bool = True  # false: muted, or over and not seen yet

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


def alert_cards(view: View, said: Words) -> list[AlertCard]:
    """Return the open alerts, worst first; those of one rule on one device share a card.

    Those of one incident follow each other, the one that names it first. Of an incident that is over each
    stands alone.
    """
    told = {shown.incident.id: shown for shown in view.incidents()}
    roots = {shown.incident.root.key for shown in told.values()}
    together: dict[tuple[str, str, str], list[AlertView]] = {}
    for shown_alert in view.alerts():
        alert = shown_alert.alert
        incident = shown_alert.incident if shown_alert.incident in told else ""
        together.setdefault((incident, alert.asset, alert.rule), []).append(shown_alert)
    groups: dict[str, list[AlertCard]] = {}
    for (incident, asset, rule), alerts in together.items():
        card = _alert_card(alerts, view, said)
        groups.setdefault(incident or f"{asset} {rule}", []).append(replace(card, incident=incident))
    return [card for group in groups.values() for card in _grouped(group, told, roots, said)]


def is_takeable(shown: IncidentView, view: View) -> bool:
    """Whether an acknowledgement of an incident would say something: some of its alerts has none."""
    keys = {member.key for member in shown.incident.members if member.open}
    return any(one.alert.key in keys and _waits(one.alert) for one in view.alerts())


def _grouped(
    cards: list[AlertCard], told: Mapping[str, IncidentView], roots: Set[str], said: Words
) -> Iterator[AlertCard]:
    """Yield the cards of one incident, its root first and under its headline; only the root is unfolded."""
    cards.sort(key=lambda card: roots.isdisjoint(card.keys))
    shown = told.get(cards[0].incident)
    for number, card in enumerate(cards):
        named = number == 0 and shown is not None and len(cards) > 1
        yield replace(
            card,
            headline=shown.headline[said.language] if named and shown else "",
            incident=card.incident if len(cards) > 1 else "",
            takeable=bool(named and shown and any(one.acknowledgeable for one in cards)),
            urgent=number == 0 and any(one.urgent for one in cards),
        )


def _alert_card(alerts: Sequence[AlertView], view: View, said: Words) -> AlertCard:
    """Draw alerts of one rule on one device; the oldest of them dates the card."""
    first = alerts[0]
    alert, rule, asset = first.alert, first.rule, first.asset
    at = min(one.alert.raised_at for one in alerts)
    language, standing = said.language, any(one.alert.standing for one in alerts)
    return AlertCard(
        key=alert.key,
        asset=alert.asset,
        name=asset.name if asset else alert.asset,
        place=place_of(asset, view, said) if asset else "",
        severity=said(f"severity.{alert.severity}"),
        tone=TONES[alert.severity] if standing else "unknown",
        title=rule.title[language] if rule else alert.rule,
        values=_values(alerts, view, said),
        limit=limit_said(rule.limit, said) if rule else "",
        consequence=rule.consequence[language] if rule and standing else "",  # they hold no longer
        action=rule.action[language] if rule and standing else "",
        at=at,
        since=local(at, view),
        acknowledged=(acknowledged := _acknowledged(alerts, view, said)),
        count=len(alerts),
        urgent=alert.severity is Severity.CRITICAL and standing,
        runbook=rule.runbook if rule else "",
        keys=tuple(one.alert.key for one in alerts),
        life="" if acknowledged else said(f"life.{alert.life}"),
        muted=" · ".join(
            dict.fromkeys(mute_said(mute, said, view.site.zone) for one in alerts for mute in one.alert.mutes)
        ),
        chatters=said("chattering") if any(one.alert.chattering for one in alerts) else "",
        acknowledgeable=any(_waits(one.alert) for one in alerts),
        shelvable=not any(_is_shelved(one.alert) for one in alerts),
        standing=standing,
    )


def _values(alerts: Sequence[AlertView], view: View, said: Words) -> str:
    """Say what is read now; where all of it is fine again, that the alert only waits for that to last."""
    values = " · ".join(text for one in alerts if (text := _said(one, view, said)))
    returning = all(one.returning for one in alerts)
    return f"{values} ({said('returning')})".lstrip() if returning else values


def _said(one: AlertView, view: View, said: Words) -> str:
    """Say the newest reading of an alert's point, or that there is none any more; an alarm by its name."""
    labels = labels_of(one.alert.point, said, view.name)
    if not one.observed:
        named = (said(f"metric.{one.alert.point.metric}"), labels)
        return f"{' '.join(filter(None, named))}{said('colon')} {said('unobserved')}"
    if one.reading is None:
        return labels
    if dict(one.alert.point.labels).get("alarm") and not _is_strange(one.reading):
        return labels
    reading = shown(one.reading, one.quality, said, view.name)
    text = f"{reading.text} ({said('stale')})" if reading.stale else reading.text
    return " ".join(part for part in (reading.name, reading.labels, text) if part)


def _is_strange(reading: Reading) -> bool:
    """Whether the device said something that its profile has no word for: its code is worth showing."""
    return reading.gap is not None and reading.gap.reason is GapReason.UNKNOWN_CODE


def _waits(alert: Alert) -> bool:
    """Whether an acknowledgement would say something: nobody has given one."""
    return not alert.acknowledged and (alert.told or not alert.open)


def _is_shelved(alert: Alert) -> bool:
    return any(mute.kind is MuteKind.SHELVED for mute in alert.mutes)


def _acknowledged(alerts: Sequence[AlertView], view: View, said: Words) -> str:
    """Say who looks after the alerts of a card, with note and end; empty while one of them has nobody."""
    if not all(one.alert.acknowledged for one in alerts):
        return ""
    alert = alerts[0].alert
    until = (
        "" if alert.acknowledged_until is None else f"{said('until')} {local(alert.acknowledged_until, view)}"
    )
    return " ".join(filter(None, (alert.acknowledged, until, f"({alert.note})" if alert.note else "")))
