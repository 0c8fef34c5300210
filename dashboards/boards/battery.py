"""Health of batteries: condition, age, temperature, tests."""

from __future__ import annotations

from typing import Final

from boards.common import ASSET, ROOM, timeline
from boards.limits import none_is_well, plain, rules, steps
from boards.mappings import closed
from boards.panel import Board, Column, Form, Panel, Row, Target
from boards.query import Pick, coded, pick
from boards.text import Text

_PLACES: Final = ("site", "room", "device")


def _of(metric: str) -> Pick:
    return pick(metric, places=_PLACES)


_CHARGE: Final = steps("ups_battery_charge_low", "ups_battery_charge_critical")
_TABLE: Final = Panel(
    Form.TABLE,
    Text("Batteries of the UPS", "Batteries des onduleurs"),
    Text(
        "One line a UPS. An empty cell: the UPS does not say it.",
        "Une ligne par onduleur. Une case vide : l'onduleur ne le dit pas.",
    ),
    (
        Target(coded("ups_battery_state", places=_PLACES, by=("asset", "room"))),
        Target(coded("ups_battery_replace_state", places=_PLACES, by=("asset", "room"))),
        Target(coded("ups_test_result_state", places=_PLACES, by=("asset", "room"))),
        Target(_of("ups_battery_charge_ratio")),
        Target(_of("ups_battery_runtime_seconds")),
        Target(_of("ups_battery_temperature_celsius")),
        Target(_of("ups_battery_packs_bad")),
    ),
    size=(24, 8),
    columns=(
        ASSET,
        ROOM,
        Column("Value #A", Text("Condition", "État"), states=closed("ups_battery_state")),
        Column("Value #B", Text("Replace", "À remplacer"), states=closed("ups_battery_replace_state")),
        Column("Value #C", Text("Last test", "Dernier test"), states=closed("ups_test_result_state")),
        Column("Value #D", Text("Charge", "Charge"), "percentunit", _CHARGE),
        Column("Value #E", Text("Runtime", "Autonomie"), "s", steps("ups_runtime_critical")),
        Column("Value #F", Text("Temperature", "Température"), "celsius", steps("ups_battery_hot")),
        Column(
            "Value #G",
            Text("Bad packs", "Packs défectueux"),
            "short",
            none_is_well(rules()["ups_packs_bad"].severity),
        ),
    ),
    sort="asset",
)


def _lines(
    metric: str, unit: str, title: Text, about: Text, rules: tuple[str, ...] = (), more: str = ""
) -> Panel:
    limits = steps(*rules) if rules else plain()
    second = (Target(_of(more), ("asset", "string")),) if more else ()
    return Panel(
        Form.LINES, title, about, (Target(_of(metric)), *second), unit=unit, size=(12, 8), steps=limits
    )


BATTERY: Final = Board(
    "battery",
    Text("dcim: battery health", "dcim : santé des batteries"),
    Text(
        "Whether the batteries would carry the load, and for how long still.",
        "Si les batteries porteraient la charge, et pour combien de temps encore.",
    ),
    (
        Row(Text("Now", "Maintenant"), (_TABLE,)),
        Row(
            Text("Over time", "Dans le temps"),
            (
                timeline(
                    "ups_battery_state",
                    Text("Condition", "État"),
                    Text("Condition of each battery.", "État de chaque batterie."),
                    ("asset",),
                    (12, 6),
                    _PLACES,
                ),
                timeline(
                    "ups_test_result_state",
                    Text("Tests", "Tests"),
                    Text("Result of the last test.", "Résultat du dernier test."),
                    ("asset",),
                    (12, 6),
                    _PLACES,
                ),
                _lines(
                    "ups_battery_charge_ratio",
                    "percentunit",
                    Text("Charge", "Charge"),
                    Text(
                        "Charge left; limits are those of the rules.", "Charge restante ; limites des règles."
                    ),
                    ("ups_battery_charge_low", "ups_battery_charge_critical"),
                    "battery_charge_ratio",
                ),
                _lines(
                    "ups_battery_runtime_seconds",
                    "s",
                    Text("Runtime", "Autonomie"),
                    Text(
                        "At the present load; a slow fall at the same load is ageing.",
                        "À la charge actuelle ; une lente baisse à charge égale est un vieillissement.",
                    ),
                    ("ups_runtime_critical",),
                    "battery_runtime_seconds",
                ),
                _lines(
                    "ups_battery_temperature_celsius",
                    "celsius",
                    Text("Temperature", "Température"),
                    Text(
                        "Heat is what ages lead batteries; limits are those of the rules.",
                        "La chaleur vieillit les batteries au plomb ; limites des règles.",
                    ),
                    ("ups_battery_hot",),
                    "battery_temperature_celsius",
                ),
                _lines(
                    "ups_battery_voltage_volts",
                    "volt",
                    Text("Voltage", "Tension"),
                    Text(
                        "Voltage of the battery or its strings.", "Tension de la batterie ou de ses branches."
                    ),
                    (),
                    "battery_voltage_volts",
                ),
            ),
        ),
    ),
    places=_PLACES,
    base="ups_battery_state",
    span="now-24h",
)
