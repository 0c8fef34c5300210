"""The UPS of a site: where their power comes from, load, battery."""

from __future__ import annotations

from typing import Final

from boards.common import ASSET, FEED, ROOM, timeline
from boards.limits import steps
from boards.mappings import closed
from boards.panel import Board, Column, Form, Panel, Row, Target
from boards.query import Pick, coded, pick
from boards.text import Text

_PLACES: Final = ("site", "room", "feed", "device")


def _of(metric: str, times: float = 1.0) -> Pick:
    return pick(metric, places=_PLACES, times=times)


_FLEET: Final = Panel(
    Form.TABLE,
    Text("All UPS", "Tous les onduleurs"),
    Text(
        "One line a UPS. An empty cell: the UPS does not say it.",
        "Une ligne par onduleur. Une case vide : l'onduleur ne le dit pas.",
    ),
    (
        Target(coded("ups_output_source_state", places=_PLACES, by=("asset", "room", "feed"))),
        Target(_of("ups_output_load_ratio")),
        Target(_of("ups_battery_charge_ratio")),
        Target(_of("ups_battery_runtime_seconds")),
        Target(_of("ups_battery_temperature_celsius")),
    ),
    size=(24, 8),
    columns=(
        ASSET,
        ROOM,
        FEED,
        Column("Value #A", Text("Output from", "Sortie depuis"), states=closed("ups_output_source_state")),
        Column("Value #B", Text("Load", "Charge"), "percentunit", steps("ups_load_high", "ups_overload")),
        Column(
            "Value #C",
            Text("Charge", "Charge batterie"),
            "percentunit",
            steps("ups_battery_charge_low", "ups_battery_charge_critical"),
        ),
        Column("Value #D", Text("Runtime", "Autonomie"), "s", steps("ups_runtime_critical")),
        Column("Value #E", Text("Battery", "Batterie"), "celsius", steps("ups_battery_hot")),
    ),
    sort="asset",
)
_LOAD: Final = Panel(
    Form.LINES,
    Text("Load by phase", "Charge par phase"),
    Text(
        "Load of each phase as a share of its rating; dashed lines are the limits of the rules.",
        "Charge de chaque phase en part de son calibre ; les tirets sont les limites des règles.",
    ),
    (
        Target(_of("ups_output_load_ratio"), ("asset",)),
        Target(_of("ups_output_phase_load_ratio"), ("asset", "phase")),
    ),
    unit="percentunit",
    size=(12, 9),
    steps=steps("ups_load_high", "ups_overload"),
    least=0,
)
_CHARGE: Final = Panel(
    Form.LINES,
    Text("Battery charge", "Charge des batteries"),
    Text("Charge left in the battery.", "Charge restante de la batterie."),
    (Target(_of("ups_battery_charge_ratio")),),
    unit="percentunit",
    size=(12, 9),
    steps=steps("ups_battery_charge_low", "ups_battery_charge_critical"),
    least=0,
    most=1,
)
_RUNTIME: Final = Panel(
    Form.LINES,
    Text("Runtime", "Autonomie"),
    Text(
        "How long the battery lasts at the present load.",
        "Combien de temps la batterie tient à la charge actuelle.",
    ),
    (Target(_of("ups_battery_runtime_seconds")),),
    unit="s",
    size=(12, 8),
    steps=steps("ups_runtime_critical"),
    least=0,
)
_INPUT: Final = Panel(
    Form.LINES,
    Text("Input voltage", "Tension d'entrée"),
    Text("Voltage at the input, by phase.", "Tension à l'entrée, par phase."),
    (Target(_of("ups_input_voltage_volts"), ("asset", "phase")),),
    unit="volt",
    size=(12, 8),
)
UPS: Final = Board(
    "ups",
    Text("dcim: UPS fleet", "dcim : onduleurs"),
    Text(
        "Where each UPS takes its power, what it carries, and how long it could.",
        "D'où chaque onduleur tire son courant, ce qu'il porte, et combien de temps.",
    ),
    (
        Row(Text("Now", "Maintenant"), (_FLEET,)),
        Row(
            Text("Source of the output", "Source de la sortie"),
            (
                timeline(
                    "ups_output_source_state",
                    Text("Output from", "Sortie depuis"),
                    Text("Normal, battery, bypass or nothing.", "Normal, batterie, by-pass ou rien."),
                    ("asset",),
                    (24, 6),
                    _PLACES,
                ),
            ),
        ),
        Row(Text("Load and battery", "Charge et batterie"), (_LOAD, _CHARGE, _RUNTIME, _INPUT)),
    ),
    places=_PLACES,
    base="ups_output_source_state",
)
