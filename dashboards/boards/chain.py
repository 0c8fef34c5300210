"""The two paths of power: each feed's load by phase, what one would carry alone, and where transfer switches stand."""

from __future__ import annotations

from typing import Final

from boards.common import RACK, timeline
from boards.limits import steps
from boards.panel import Board, Column, Form, Page, Panel, Row, Target
from boards.query import Gather, How, Pick, is_, pick
from boards.text import Text, same

_PLACES: Final = ("site", "room", "feed")
_WIDE: Final = ("site", "feed")
_NARROW: Final = ("site", "room")


def _of(metric: str, kind: str = "") -> Pick:
    where = (is_("kind", kind),) if kind else ()
    return pick(metric, *where, places=_PLACES)


_SUPPLY: Final = Panel(
    Form.LINES,
    Text("Mains of each feed: current by phase", "Arrivée de chaque voie : courant par phase"),
    Text(
        "Current at the meters and switchboards, the highest of each feed and phase.",
        "Courant aux compteurs et tableaux, le plus fort de chaque voie et phase.",
    ),
    (Target(Gather(How.MAX, _of("meter_current_amperes"), ("feed", "phase")), ("feed", "phase")),),
    unit="amp",
    size=(12, 8),
    page=Page.HOME,
    least=0,
)
_VOLTAGE: Final = Panel(
    Form.LINES,
    Text("Lowest voltage of each feed", "Tension la plus basse de chaque voie"),
    Text(
        "The lowest phase of the meters of each feed; limits are those of the rules.",
        "La phase la plus basse des compteurs de chaque voie ; limites des règles.",
    ),
    (Target(Gather(How.MIN, _of("meter_voltage_volts"), ("feed",)), ("feed",)),),
    unit="volt",
    size=(12, 8),
    steps=steps("meter_voltage_out_of_range", "meter_voltage_lost"),
    page=Page.HOME,
)
_UPS: Final = Panel(
    Form.BARS,
    Text("UPS of each feed: load by phase", "Onduleurs de chaque voie : charge par phase"),
    Text("Share of the rating; limits are those of the rules.", "Part du calibre ; limites des règles."),
    (
        Target(Gather(How.MAX, pick("ups_output_load_ratio", places=_WIDE), ("feed",)), ("feed",)),
        Target(
            Gather(How.MAX, pick("ups_output_phase_load_ratio", places=_WIDE), ("feed", "phase")),
            ("feed", "phase"),
        ),
    ),
    unit="percentunit",
    size=(8, 8),
    steps=steps("ups_load_high", "ups_overload"),
    page=Page.HOME,
    least=0,
    most=1,
)
_FEEDS: Final = Panel(
    Form.LINES,
    Text("Rack PDUs of each feed: power", "PDU de baie de chaque voie : puissance"),
    Text(
        "Sum over the rack PDUs of each feed that say their power.",
        "Somme des PDU de baie de chaque voie qui disent leur puissance.",
    ),
    (
        Target(Gather(How.SUM, _of("pdu_power_watts"), ("feed",)), ("feed",)),
        Target(Gather(How.SUM, _of("pdu_inlet_power_watts"), ("feed",)), ("feed",)),
    ),
    unit="watt",
    size=(8, 8),
    page=Page.HOME,
    least=0,
)
_BOARDS: Final = Panel(
    Form.LINES,
    Text("Floor PDUs: current by phase", "PDU de sol : courant par phase"),
    Text(
        "What each floor PDU gives its racks, by phase.",
        "Ce que chaque PDU de sol donne à ses baies, par phase.",
    ),
    (
        Target(
            pick(
                "meter_current_amperes",
                is_("kind", "floor_pdu"),
                is_("phase", "L1", "L2", "L3"),
                places=_PLACES,
            ),
            ("asset", "phase"),
        ),
    ),
    unit="amp",
    size=(8, 8),
    least=0,
)
_ALONE: Final = Panel(
    Form.BARS,
    Text("If one feed were lost: load of the other", "Si une voie tombait : charge de l'autre"),
    Text(
        "What both feeds of a rack carry together, as a share of what the weaker may carry alone. Above 100 % its breaker opens: the second feed protects nothing.",
        "Ce que les deux voies d'une baie portent ensemble, en part de ce que la plus faible peut porter seule. Au-dessus de 100 % son disjoncteur s'ouvre : la seconde voie ne protège rien.",
    ),
    (Target(pick("service_survivor_load_ratio", places=_NARROW), ("rack", "phase")),),
    unit="percentunit",
    size=(12, 12),
    steps=steps("pair_near_limit", "pair_overcommitted"),
    page=Page.SERVICE,
    least=0,
    most=1.2,
)
_WORST: Final = Panel(
    Form.STAT,
    Text("Least headroom: the fullest pair", "Moindre réserve : la paire la plus chargée"),
    Text(
        "The rack that would be fullest on one feed.", "La baie qui serait la plus pleine sur une seule voie."
    ),
    (Target(Gather(How.MAX, pick("service_survivor_load_ratio", places=_NARROW)), name=same(" ")),),
    unit="percentunit",
    size=(6, 6),
    steps=steps("pair_near_limit", "pair_overcommitted"),
    page=Page.HOME,
    decimals=0,
)
_SWITCHES: Final = timeline(
    "ats_source_state",
    Text("Transfer switches: source in use", "Inverseurs : source utilisée"),
    Text("Where each switch takes its power.", "D'où chaque inverseur prend son courant."),
    ("asset",),
    (12, 5),
    _NARROW,
)
_REDUNDANT: Final = timeline(
    "ats_redundancy_state",
    Text(
        "Transfer switches: could the other source take over",
        "Inverseurs : l'autre source peut-elle reprendre",
    ),
    Text(
        "Full: both sources are there; lost: only one.",
        "Complète : les deux sources sont là ; perdue : une seule.",
    ),
    ("asset",),
    (12, 5),
    _NARROW,
)
_SURVIVORS: Final = Panel(
    Form.TABLE,
    Text("Pairs of feeds", "Paires de voies"),
    Text(
        "Every rack with two feeds, the fullest first.", "Chaque baie à deux voies, la plus chargée d'abord."
    ),
    (Target(pick("service_survivor_load_ratio", places=_NARROW)),),
    size=(6, 6),
    columns=(
        RACK,
        Column("phase", Text("Phase", "Phase"), width=70),
        Column(
            "Value",
            Text("On one feed", "Sur une voie"),
            "percentunit",
            steps("pair_near_limit", "pair_overcommitted"),
        ),
    ),
    sort="Value",
    down=True,
    page=Page.HOME,
)
CHAIN: Final = Board(
    "chain",
    Text("dcim: power chain A/B", "dcim : chaîne électrique A/B"),
    Text(
        "Each feed from the mains to the racks, and whether one could carry what both carry.",
        "Chaque voie du secteur aux baies, et si une seule peut porter ce que portent les deux.",
    ),
    (
        Row(Text("If one feed were lost", "Si une voie tombait"), (_WORST, _SURVIVORS, _ALONE)),
        Row(
            Text("From the mains to the racks", "Du secteur aux baies"),
            (_SUPPLY, _VOLTAGE, _UPS, _BOARDS, _FEEDS),
        ),
        Row(Text("Transfer switches", "Inverseurs"), (_SWITCHES, _REDUNDANT)),
    ),
    places=_PLACES,
    base="meter_current_amperes",
)
