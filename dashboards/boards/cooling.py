"""Cooling and heat: the inlets against ASHRAE, dew points, and the units that cool."""

from __future__ import annotations

from typing import Final

from boards.colours import OF_SEVERITY, OK, UNKNOWN
from boards.common import RACK, ROOM, timeline
from boards.limits import Step, steps
from boards.mappings import closed
from boards.panel import Board, Column, Form, Page, Panel, Row, Target
from boards.query import Gather, How, coded, holds, is_, is_not, pick
from boards.text import Text
from dcim.alerts import Severity

_PLACES: Final = ("site", "room", "rack", "device")
_ROOMS: Final = ("site", "room")
_INLET: Final = steps("inlet_temperature_low", "inlet_temperature_high", "inlet_temperature_critical")


def _zone(word: str, name: Text, colour: str, about: Text) -> Panel:
    return Panel(
        Form.STAT,
        name,
        about,
        (
            Target(
                Gather(How.SUM, pick("inlet_zone_state", is_("state", word), places=_ROOMS), ("room",)),
                ("room",),
            ),
        ),
        size=(6, 5),
        steps=(Step(None, OK), Step(1.0, colour)) if colour != OK else (Step(None, OK),),
        page=Page.HOME,
        decimals=0,
        known_as="room",
    )


_ZONES: Final = (
    _zone(
        "recommended",
        Text("Inlets: recommended", "Entrées : recommandé"),
        OK,
        Text(
            "Inlets within the recommended envelope, by room.",
            "Entrées d'air dans l'enveloppe recommandée, par salle.",
        ),
    ),
    _zone(
        "allowable",
        Text("Inlets: allowable only", "Entrées : admissible"),
        OF_SEVERITY[Severity.MINOR],
        Text(
            "Inlets outside of recommended, within the allowable envelope of the class.",
            "Entrées hors du recommandé, dans l'admissible de la classe.",
        ),
    ),
    _zone(
        "outside",
        Text("Inlets: outside", "Entrées : hors limites"),
        OF_SEVERITY[Severity.CRITICAL],
        Text("Inlets outside of the allowable envelope.", "Entrées hors de l'enveloppe admissible."),
    ),
    _zone(
        "unknown",
        Text("Inlets: not read", "Entrées : non lues"),
        UNKNOWN,
        Text(
            "Inlets of which nobody knows: not read, or too long ago.",
            "Entrées dont on ne sait rien : non lues, ou il y a trop longtemps.",
        ),
    ),
)
_MAP: Final = Panel(
    Form.TABLE,
    Text("Inlet map", "Carte des entrées d'air"),
    Text(
        "Every inlet where it stands, the warmest first, coloured by the limits of the rules; zone of the envelope beside it.",
        "Chaque entrée à sa place, la plus chaude d'abord, colorée par les limites des règles ; zone de l'enveloppe à côté.",
    ),
    (
        Target(pick("sensor_temperature_celsius", places=_PLACES)),
        Target(coded("inlet_zone_state", places=_PLACES, by=("asset", "room", "rack", "sensor"))),
    ),
    size=(12, 14),
    columns=(
        ROOM,
        RACK,
        Column("asset", Text("Device", "Équipement"), named="device"),
        Column("sensor", Text("Probe", "Sonde")),
        Column("Value #A", Text("Temperature", "Température"), "celsius", _INLET, width=120),
        Column("Value #B", Text("Zone", "Zone"), states=closed("inlet_zone_state"), width=130),
    ),
    sort="Value #A",
    down=True,
)
_INLETS: Final = Panel(
    Form.LINES,
    Text("Inlet temperature", "Température aux entrées d'air"),
    Text(
        "Dashed lines are the limits of the rules: ASHRAE recommended and allowable (A1).",
        "Les tirets sont les limites des règles : ASHRAE recommandé et admissible (A1).",
    ),
    (Target(pick("sensor_temperature_celsius", places=_PLACES), ("asset", "sensor")),),
    unit="celsius",
    size=(12, 14),
    steps=_INLET,
)
_DEW: Final = Panel(
    Form.LINES,
    Text("Dew point", "Point de rosée"),
    Text(
        "From temperature and humidity of the same probe; limits are those of the rules.",
        "D'après température et humidité de la même sonde ; limites des règles.",
    ),
    (Target(pick("inlet_dew_point_celsius", places=_PLACES), ("asset", "sensor")),),
    unit="celsius",
    size=(12, 9),
    steps=steps("dew_point_out_of_range"),
)
_HUMIDITY: Final = Panel(
    Form.LINES,
    Text("Relative humidity", "Humidité relative"),
    Text("At the probes; limits are those of the rules.", "Aux sondes ; limites des règles."),
    (Target(pick("sensor_humidity_ratio", places=_PLACES), ("asset", "sensor")),),
    unit="percentunit",
    size=(12, 9),
    steps=steps("humidity_out_of_range"),
    least=0,
    most=1,
)
_AIR: Final = Panel(
    Form.LINES,
    Text("Air of the cooling units", "Air des climatiseurs"),
    Text(
        "Air that enters and leaves each unit; limits are those of the supply air.",
        "Air qui entre et sort de chaque climatiseur ; limites de l'air soufflé.",
    ),
    (
        Target(pick("crac_supply_air_temperature_celsius", places=_ROOMS), ("asset",)),
        Target(pick("crac_return_air_temperature_celsius", places=_ROOMS), ("asset", "kind")),
    ),
    unit="celsius",
    size=(12, 9),
    steps=steps("crac_supply_air_high"),
)
_FANS: Final = Panel(
    Form.LINES,
    Text("Fans and valves", "Ventilateurs et vannes"),
    Text(
        "Share of full speed and opening: how much reserve the cooling has.",
        "Part de la pleine vitesse et de l'ouverture : réserve du froid.",
    ),
    (
        Target(pick("crac_fan_speed_ratio", places=_ROOMS), ("asset", "fan")),
        Target(pick("crac_valve_position_ratio", places=_ROOMS), ("asset", "valve")),
    ),
    unit="percentunit",
    size=(12, 9),
    least=0,
    most=1,
)
_ALARMS: Final = Panel(
    Form.TABLE,
    Text("Alarms that cooling units raise", "Alarmes des climatiseurs"),
    Text(
        "In the words of their manuals; empty: none is raised.",
        "Dans les mots de leurs notices ; vide : aucune.",
    ),
    (Target(holds("crac_alarm", is_not("state", "clear"), places=_ROOMS)),),
    size=(12, 8),
    columns=(
        ROOM,
        Column("asset", Text("Device", "Équipement"), named="device"),
        Column("alarm", Text("Alarm", "Alarme")),
    ),
    sort="room",
    nothing=Text("none is heard", "aucune entendue"),
)
COOLING: Final = Board(
    "cooling",
    Text("dcim: cooling and thermal", "dcim : froid et thermique"),
    Text(
        "Inlets against the envelope of ASHRAE, dew points, cooling units.",
        "Entrées d'air face à l'enveloppe de l'ASHRAE, points de rosée, climatiseurs.",
    ),
    (
        Row(Text("Inlets against ASHRAE", "Entrées d'air face à l'ASHRAE"), (*_ZONES, _MAP, _INLETS)),
        Row(Text("Moisture", "Humidité"), (_DEW, _HUMIDITY)),
        Row(
            Text("Cooling units", "Climatiseurs"),
            (
                timeline(
                    "crac_mode_state",
                    Text("What the units do", "Ce que font les climatiseurs"),
                    Text("Mode of each unit.", "Mode de chaque climatiseur."),
                    ("asset",),
                    (12, 8),
                    _ROOMS,
                ),
                _ALARMS,
                _AIR,
                _FANS,
            ),
        ),
    ),
    places=_PLACES,
    base="sensor_temperature_celsius",
)
