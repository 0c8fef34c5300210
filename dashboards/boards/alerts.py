"""Alerts and incidents: what stands, its cause, and how it went."""

from __future__ import annotations

from typing import Final

from boards.common import ASSET, RACK, ROOM, ROOMS, counts, open_alerts, severity_name, timeline
from boards.panel import Board, Column, Form, Page, Panel, Row, Target
from boards.query import Gather, How, Said, is_, pick
from boards.text import Text
from dcim.alerts import Severity

_SITE: Final = ("site",)
_CAUSES: Final = Panel(
    Form.TABLE,
    Text("Incidents: one for each cause", "Incidents : un par cause"),
    Text("Open incidents by their root, with their age and how many alerts each explains.", "Incidents ouverts par leur racine, avec leur âge et le nombre d'alertes que chacun explique."),
    (
        Target(pick("incident_raised_timestamp_seconds", places=ROOMS, times=1000, said=Said.WHILE_SO)),
        Target(pick("incident_alerts", places=ROOMS, said=Said.WHILE_SO)),
    ),
    size=(24, 7),
    columns=(
        Column("severity", Text("Severity", "Gravité"), named="severity", width=120),
        Column("Value #A", Text("Since", "Depuis"), unit="dateTimeFromNow", width=160),
        Column("rule", Text("Cause", "Cause"), named="rule"),
        ASSET, ROOM, RACK,
        Column("Value #B", Text("Alerts", "Alertes"), unit="short", width=100),
    ),
    sort="severity",
    nothing=Text("no open incident is heard", "aucun incident ouvert entendu"),
)  # fmt: skip
_COURSE: Final = Panel(
    Form.LINES,
    Text("Open alerts over time", "Alertes ouvertes dans le temps"),
    Text(
        "By severity; marks are alerts that the ledger took down.",
        "Par gravité ; les marques sont des alertes notées au registre.",
    ),
    tuple(
        Target(
            Gather(How.SUM, pick("site_alerts", is_("severity", one), places=_SITE)), name=severity_name(one)
        )
        for one in Severity
    ),
    size=(12, 9),
    page=Page.HOME,
    least=0,
    decimals=0,
)
ALERTS: Final = Board(
    "alerts",
    Text("dcim: alerts and incidents", "dcim : alertes et incidents"),
    Text(
        "What is wrong, grouped by cause, and how it went.",
        "Ce qui ne va pas, groupé par cause, et comment cela a évolué.",
    ),
    (
        counts(),
        Row(Text("Causes", "Causes"), (_CAUSES,)),
        Row(Text("Alerts", "Alertes"), (open_alerts(10),)),
        Row(
            Text("Course", "Évolution"),
            (
                _COURSE,
                timeline(
                    "device_alert_state",
                    Text("Devices: worst open alert", "Équipements : pire alerte ouverte"),
                    Text(
                        "One line a device. A hole: nobody watched.",
                        "Une ligne par équipement. Un trou : personne ne regardait.",
                    ),
                    ("asset",),
                    (12, 16),
                    ROOMS,
                ),
            ),
        ),
    ),
    places=ROOMS,
    span="now-12h",
)
