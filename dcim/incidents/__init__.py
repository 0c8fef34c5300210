"""Alerts that share a cause are one incident: asked before it is told, told once, with its root named. Pure.

Change of an alert ─▶ Incidents.take(changes, Moment(now, at, sight)) ─▶ Outcome
                                                     changes of incidents, alerts told apart, AskNow

trouble.py      what an alert tells of; troubles.tsv has it for every rule
place.py        where it stands, and why
seek.py         where its cause stands
feeds.py        which other feeds its loads have
open_alerts.py  which alerts stand, by key, part, device and point
open_cases.py   which incidents stand, by id and root
finder.py       which of them an alert belongs to
groups.py       they are opened, joined, merged, renamed, ended
asking.py       whom to ask before anybody is told
unseen.py       what nobody knows any more
telling.py      when people are told
"""

from dcim.incidents.case import Case
from dcim.incidents.desk import Moment
from dcim.incidents.incident import (
    Apart,
    AskNow,
    Belongs,
    Hit,
    Incident,
    IncidentChange,
    IncidentKind,
    Member,
    Outcome,
    Reason,
    Unseen,
    incident_id,
)
from dcim.incidents.incidents import WAIT, Incidents
from dcim.incidents.place import Because, Place, Root
from dcim.incidents.seek import Seeker
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import TROUBLES, Trouble, Troubles, parse_troubles

__all__ = [
    "TROUBLES",
    "WAIT",
    "Apart",
    "AskNow",
    "Because",
    "Belongs",
    "Case",
    "Hit",
    "Incident",
    "IncidentChange",
    "IncidentKind",
    "Incidents",
    "Member",
    "Moment",
    "Outcome",
    "Place",
    "Reason",
    "Root",
    "Seeker",
    "Sight",
    "Trouble",
    "Troubles",
    "Unseen",
    "incident_id",
    "parse_troubles",
]
