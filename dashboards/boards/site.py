"""A site at a glance: power and cooling promised, load of the feeds, heat, and what is wrong."""

from __future__ import annotations

from typing import Final

from boards.common import ROOMS, condition, counts, open_alerts, timeline
from boards.limits import steps
from boards.panel import Board, Form, Page, Panel, Row, Target
from boards.query import Gather, How, pick
from boards.text import Text

_FUNCTION: Final = timeline(
    "service_function_state",
    Text("Services: do they work", "Services : fonctionnent-ils"),
    Text(
        "Power to racks, cooling of rooms, whole tenants. Grey: nobody can tell; a hole: nobody watched.",
        "Courant des baies, froid des salles, clients entiers. Gris : personne ne peut le dire ; un trou : personne ne regardait.",
    ),
    ("asset",),
    (12, 12),
    ROOMS,
)
_REDUNDANCY: Final = timeline(
    "service_redundancy_state",
    Text("Services: is anything missing", "Services : manque-t-il quelque chose"),
    Text(
        "Whether everything is there that a service should have.",
        "Si tout ce qu'un service doit avoir est là.",
    ),
    ("asset",),
    (12, 12),
    ROOMS,
)
_POWER: Final = Panel(
    Form.LINES,
    Text("Power of the site", "Puissance du site"),
    Text(
        "Everything, and IT alone, where they are measured.",
        "Tout, et l'informatique seule, là où c'est mesuré.",
    ),
    (Target(pick("site_power_watts", places=("site",)), ("site", "part")),),
    unit="watt",
    size=(8, 8),
    page=Page.HOME,
    least=0,
)
_UPS: Final = Panel(
    Form.BARS,
    Text("UPS load", "Charge des onduleurs"),
    Text(
        "Load of each phase as a share of its rating; limits are those of the rules.",
        "Charge de chaque phase en part de son calibre ; limites des règles.",
    ),
    (
        Target(pick("ups_output_load_ratio", places=ROOMS), ("asset",)),
        Target(pick("ups_output_phase_load_ratio", places=ROOMS), ("asset", "phase")),
    ),
    unit="percentunit",
    size=(8, 8),
    steps=steps("ups_load_high", "ups_overload"),
    least=0,
    most=1,
)
_INLETS: Final = Panel(
    Form.BARS,
    Text("Warmest inlet of each room", "Entrée d'air la plus chaude par salle"),
    Text("Limits are those of the rules, after ASHRAE.", "Limites des règles, d'après l'ASHRAE."),
    (Target(Gather(How.MAX, pick("sensor_temperature_celsius", places=ROOMS), ("room",)), ("room",)),),
    unit="celsius",
    size=(8, 8),
    steps=steps("inlet_temperature_low", "inlet_temperature_high", "inlet_temperature_critical"),
    least=10,
    most=40,
    page=Page.HOME,
    known_as="room",
)
SITE: Final = Board(
    "site",
    Text("dcim: site overview", "dcim : vue du site"),
    Text(
        "Services, power, heat and alerts of one or more sites.",
        "Services, puissance, chaleur et alertes d'un ou plusieurs sites.",
    ),
    (
        counts(),
        Row(
            Text("Rooms", "Salles"),
            (
                condition(
                    "room",
                    Text("Rooms", "Salles"),
                    Text("The worst open alert of each room.", "La pire alerte ouverte de chaque salle."),
                    (24, 4),
                    ROOMS,
                ),
            ),
        ),
        Row(Text("Services", "Services"), (_FUNCTION, _REDUNDANCY)),
        Row(Text("Power and heat", "Puissance et chaleur"), (_POWER, _UPS, _INLETS)),
        Row(Text("Alerts", "Alertes"), (open_alerts(10),)),
    ),
    places=ROOMS,
)
