"""Names for pseudonyms in what pages, API and links are given: the daemon itself knows no others. Pure."""

from __future__ import annotations

from collections.abc import Callable

from dcim.alerts import Alert, Deed, Lying, Mute
from dcim.explain import Answer
from dcim.incidents import Incident
from dcim.people import People
from dcim.record import replace
from dcim.web import LinkView
from dcim.windows import Window

Shown = Callable[[str], str]
"""Gives a text with names for pseudonyms."""


def nameless(deed: Deed, people: People, at: float) -> Deed:
    """Return a deed with the pseudonyms of who does it, and of the login that it came from."""
    return replace(deed, who=people.known_as(deed.who, at), login=people.known_as(deed.login, at))


def mute_named(mute: Mute, shown: Shown) -> Mute:
    """Return a mute with the name of who laid it."""
    by, reason = shown(mute.by), shown(mute.reason)
    return mute if (by, reason) == (mute.by, mute.reason) else replace(mute, by=by, reason=reason)


def lying_named(lying: Lying, shown: Shown) -> Lying:
    """Return a mute and what it lies on, with the name of who laid it."""
    return replace(lying, mute=mute_named(lying.mute, shown))


def alert_named(alert: Alert, shown: Shown) -> Alert:
    """Return an alert with the names of who acknowledged and muted it."""
    if not (alert.acknowledged or alert.mutes):
        return alert
    mutes = tuple(mute_named(mute, shown) for mute in alert.mutes)
    return replace(alert, acknowledged=shown(alert.acknowledged), mutes=mutes)


def incident_named(incident: Incident, shown: Shown) -> Incident:
    """Return an incident with the name of who looks after it."""
    return replace(incident, acknowledged=shown(incident.acknowledged)) if incident.acknowledged else incident


def window_named(window: Window, shown: Shown) -> Window:
    """Return announced work with the name of who announced it."""
    return replace(window, by=shown(window.by)) if window.by else window


def link_named(link: LinkView, shown: Shown) -> LinkView:
    """Return how a link stands, with the names of whom it is for and who was quicker."""
    return replace(link, who=shown(link.who), by=shown(link.by))


def answer_named(answer: Answer, shown: Shown) -> Answer:
    """Return an explanation with names in all its sentences."""
    return replace(
        answer,
        said=shown(answer.said),
        lines=tuple(replace(line, text=shown(line.text)) for line in answer.lines),
        parts=tuple(answer_named(part, shown) for part in answer.parts),
    )
