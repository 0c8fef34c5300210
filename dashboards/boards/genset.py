"""Generators and their fuel: would they start, do they carry, how long."""

from __future__ import annotations

from typing import Final

from boards.common import ASSET, timeline
from boards.limits import steps
from boards.mappings import closed
from boards.panel import Board, Column, Form, Panel, Row, Target
from boards.query import Pick, coded, holds, is_not, pick
from boards.text import Text

_PLACES: Final = ("site", "device")
_FUEL: Final = steps("genset_fuel_low", "genset_fuel_critical")


def _of(metric: str, times: float = 1.0) -> Pick:
    return pick(metric, places=_PLACES, times=times)


def _lines(
    metric: str, unit: str, title: Text, about: Text, labels: tuple[str, ...] = ("asset",), **more: object
) -> Panel:
    return Panel(Form.LINES, title, about, (Target(_of(metric), labels),), unit=unit, size=(8, 8), **more)  # type: ignore[arg-type]


_TABLE: Final = Panel(
    Form.TABLE,
    Text("Generators", "Groupes électrogènes"),
    Text(
        "One line a generator: ready to start, and with how much fuel.",
        "Une ligne par groupe : prêt à démarrer, et avec combien de carburant.",
    ),
    (
        Target(coded("genset_mode_state", places=_PLACES, by=("asset",))),
        Target(coded("genset_state", places=_PLACES, by=("asset",))),
        Target(_of("genset_fuel_level_ratio")),
        Target(_of("genset_load_ratio")),
        Target(_of("genset_battery_voltage_volts")),
        Target(_of("genset_maintenance_due_seconds")),
    ),
    size=(24, 6),
    columns=(
        ASSET,
        Column("Value #A", Text("Selector", "Sélecteur"), states=closed("genset_mode_state")),
        Column("Value #B", Text("Engine", "Moteur"), states=closed("genset_state")),
        Column("Value #C", Text("Fuel", "Carburant"), "percentunit", _FUEL),
        Column("Value #D", Text("Load", "Charge"), "percentunit", steps("genset_overload")),
        Column("Value #E", Text("Starter battery", "Batterie de démarrage"), "volt"),
        Column("Value #F", Text("Maintenance in", "Maintenance dans"), "s"),
    ),
    sort="asset",
)
_LEVEL: Final = Panel(
    Form.BARS,
    Text("Fuel", "Carburant"),
    Text(
        "In tanks of generators and in day tanks; limits are those of the rules.",
        "Dans les réservoirs des groupes et les cuves ; limites des règles.",
    ),
    (Target(_of("genset_fuel_level_ratio")), Target(_of("fuel_tank_level_ratio"), ("asset", "unit"))),
    unit="percentunit",
    size=(8, 8),
    steps=_FUEL,
    least=0,
    most=1,
)
_ALARMS: Final = Panel(
    Form.TABLE,
    Text("Alarms of the controllers", "Alarmes des contrôleurs"),
    Text(
        "In the words of their manuals; empty: none is raised.",
        "Dans les mots de leurs notices ; vide : aucune.",
    ),
    (Target(holds("genset_alarm", is_not("state", "clear"), places=_PLACES)),),
    size=(8, 8),
    columns=(ASSET, Column("alarm", Text("Alarm", "Alarme"))),
    sort="asset",
    nothing=Text("none is heard", "aucune entendue"),
)
GENSET: Final = Board(
    "genset",
    Text("dcim: generator and fuel", "dcim : groupe et carburant"),
    Text(
        "Whether generators would start, what they carry, and their fuel.",
        "Si les groupes démarreraient, ce qu'ils portent, et leur carburant.",
    ),
    (
        Row(Text("Now", "Maintenant"), (_TABLE,)),
        Row(
            Text("Engine", "Moteur"),
            (
                timeline(
                    "genset_state",
                    Text("What the engine does", "Ce que fait le moteur"),
                    Text("Stopped, starting, running, in fault.", "Arrêté, démarrage, en marche, en défaut."),
                    ("asset",),
                    (12, 4),
                    _PLACES,
                ),
                timeline(
                    "genset_mode_state",
                    Text("Selector", "Sélecteur"),
                    Text(
                        "Anything but automatic: it will not start by itself.",
                        "Autre chose qu'automatique : il ne démarrera pas tout seul.",
                    ),
                    ("asset",),
                    (12, 4),
                    _PLACES,
                ),
                _LEVEL,
                _lines(
                    "genset_power_watts",
                    "watt",
                    Text("Power", "Puissance"),
                    Text("Active power of each generator.", "Puissance active de chaque groupe."),
                    least=0,
                ),
                _lines(
                    "genset_mains_voltage_volts",
                    "volt",
                    Text("Mains at the controller", "Secteur au contrôleur"),
                    Text(
                        "Voltage that the controller sees, by phase; limits are those of the rule for a start.",
                        "Tension vue par le contrôleur, par phase ; limites de la règle du démarrage.",
                    ),
                    ("asset", "phase"),
                    steps=steps("genset_did_not_start"),
                ),
                _lines(
                    "genset_coolant_temperature_celsius",
                    "celsius",
                    Text("Coolant", "Eau de refroidissement"),
                    Text(
                        "Coolant temperature; limits are those of the rules.",
                        "Température de l'eau ; limites des règles.",
                    ),
                    steps=steps("genset_coolant_hot"),
                ),
                _lines(
                    "genset_battery_voltage_volts",
                    "volt",
                    Text("Starter battery", "Batterie de démarrage"),
                    Text("Without it the engine does not turn.", "Sans elle le moteur ne tourne pas."),
                ),
                _ALARMS,
            ),
        ),
    ),
    places=_PLACES,
    base="genset_state",
)
