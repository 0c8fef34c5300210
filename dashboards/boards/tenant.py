"""One tenant alone: its racks, its services, its power; nothing of anybody else."""

from __future__ import annotations

from typing import Final

from boards.common import ASSET, FEED, RACK, ROOM, carried, condition, open_alerts, timeline, used
from boards.limits import steps
from boards.panel import Board, Column, Form, Page, Panel, Row, Target
from boards.query import pick
from boards.text import Text

_PLACES: Final = ("site", "tenant", "room", "rack")


_ENERGY: Final = Panel(
    Form.BARS,
    Text("Energy in the span", "Énergie sur la période"),
    Text("Through the PDUs of each rack.", "Par les PDU de chaque baie."),
    used(("rack", "feed"), _PLACES),
    unit="kwatth",
    size=(12, 9),
    page=Page.HOME,
    least=0,
)
TENANT: Final = Board(
    "tenant",
    Text("dcim: tenant", "dcim : client"),
    Text(
        "One tenant alone. Give it to nobody who may not see the other tenants: the variable is no lock.",
        "Un seul client. Ne pas donner à qui ne doit pas voir les autres : la variable n'est pas un verrou.",
    ),
    (
        Row(
            Text("Now", "Maintenant"),
            (
                condition(
                    "rack",
                    Text("Racks: worst alert", "Baies : pire alerte"),
                    Text("The worst open alert in each rack.", "La pire alerte ouverte de chaque baie."),
                    (24, 5),
                    _PLACES,
                ),
                open_alerts(8, rooms=False),
            ),
        ),
        Row(
            Text("Services", "Services"),
            (
                timeline(
                    "service_function_state",
                    Text("Function", "Fonction"),
                    Text(
                        "Grey: nobody can tell. A hole: nobody watched.",
                        "Gris : personne ne peut le dire. Un trou : personne ne regardait.",
                    ),
                    ("asset",),
                    (12, 7),
                    _PLACES,
                ),
                timeline(
                    "service_redundancy_state",
                    Text("Redundancy", "Redondance"),
                    Text(
                        "Whether everything is there that a service should have.",
                        "Si tout ce qu'un service doit avoir est là.",
                    ),
                    ("asset",),
                    (12, 7),
                    _PLACES,
                ),
            ),
        ),
        Row(
            Text("Power", "Puissance"),
            (
                Panel(
                    Form.LINES,
                    Text("Power by rack and feed", "Puissance par baie et voie"),
                    Text("Sum of the PDUs that say their power.", "Somme des PDU qui disent leur puissance."),
                    carried(("rack", "feed"), _PLACES),
                    unit="watt",
                    size=(12, 9),
                    page=Page.HOME,
                    least=0,
                ),
                _ENERGY,
                Panel(
                    Form.BARS,
                    Text("If one feed were lost", "Si une voie tombait"),
                    Text(
                        "What both feeds of a rack carry, as a share of what the weaker may.",
                        "Ce que portent les deux voies d'une baie, en part de ce que peut la plus faible.",
                    ),
                    (Target(pick("service_survivor_load_ratio", places=_PLACES), ("rack", "phase")),),
                    unit="percentunit",
                    size=(12, 8),
                    steps=steps("pair_near_limit", "pair_overcommitted"),
                    page=Page.SERVICE,
                    least=0,
                    most=1.2,
                ),
                Panel(
                    Form.TABLE,
                    Text("Devices", "Équipements"),
                    Text(
                        "What stands in the racks of this tenant.", "Ce qui est dans les baies de ce client."
                    ),
                    (Target(pick("device_poll_duration_seconds", places=_PLACES)),),
                    size=(12, 8),
                    columns=(ASSET, Column("kind", Text("Kind", "Genre"), named="kind"), ROOM, RACK, FEED),
                    sort="asset",
                ),
            ),
        ),
    ),
    places=_PLACES,
    one="tenant",
    span="now-24h",
)
