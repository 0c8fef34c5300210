"""The two paths of power: each feed's load by phase, what one would carry alone, and where transfer switches stand."""

from __future__ import annotations

from typing import Final

from boards.colours import OK
from boards.common import carried, timeline
from boards.limits import Step, colour_of, steps
from boards.panel import Board, Column, Form, Page, Panel, Row, Target
from boards.query import Gather, How, Pick, holds, is_, is_not, pick
from boards.text import Text

_PLACES: Final = ("site", "room", "feed")
_WIDE: Final = ("site", "feed")
_NARROW: Final = ("site", "room")
_SITE: Final = ("site",)


def _of(metric: str, kind: str = "") -> Pick:
    where = (is_("kind", kind),) if kind else ()
    return pick(metric, *where, places=_PLACES)


def _fed(metric: str) -> Pick:
    return pick(metric, is_not("feed", ""), places=_WIDE)


def _unfed(metric: str) -> Pick:
    """Return a metric of what stands on no feed: it goes by its own name."""
    return pick(metric, is_("feed", ""), places=_WIDE)


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
        Target(Gather(How.MAX, _fed("ups_output_load_ratio"), ("feed",)), ("feed",)),
        Target(Gather(How.MAX, _fed("ups_output_phase_load_ratio"), ("feed", "phase")), ("feed", "phase")),
        Target(Gather(How.MAX, _unfed("ups_output_load_ratio"), ("asset",)), ("asset",)),
        Target(
            Gather(How.MAX, _unfed("ups_output_phase_load_ratio"), ("asset", "phase")), ("asset", "phase")
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
    carried(("feed",), _PLACES),
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
_AFTER: Final = steps("loss_near_limit", "loss_overloads")
_WORST: Final = Panel(
    Form.STAT,
    Text("Fullest phase after any single loss", "Phase la plus pleine après toute perte simple"),
    Text(
        "Every single loss is tried on the live load: the fullest phase after the worst of them. Surely: at least, and what alerts look at; above 100 % its breaker opens. At most: what nobody measures (phases, cords) taken at its worst.",
        "Chaque perte simple est essayée sur la charge réelle : la phase la plus pleine après la pire. Sûrement : au moins, ce que regardent les alertes ; au-dessus de 100 % son disjoncteur déclenche. Au plus : ce que personne ne mesure (phases, cordons) pris au pire.",
    ),
    (
        Target(
            Gather(How.MAX, pick("load_after_loss_least_ratio", places=_SITE)),
            name=Text("surely", "sûrement"),
        ),
        Target(Gather(How.MAX, pick("load_after_loss_ratio", places=_SITE)), name=Text("at most", "au plus")),
    ),
    unit="percentunit",
    size=(6, 8),
    steps=_AFTER,
    page=Page.HOME,
    decimals=0,
)


def _of_loss(word: str, title: Text, about: Text) -> Panel:
    """Return how many services a single loss would leave so."""
    metric = "service_single_loss_state"
    return Panel(
        Form.STAT,
        title,
        about,
        (Target(Gather(How.SUM, pick(metric, is_("state", word), places=_NARROW)), name=title),),
        size=(3, 8),
        steps=(Step(None, OK), Step(1.0, colour_of(metric, word))),
        page=Page.HOME,
        decimals=0,
    )


_FALL: Final = _of_loss(
    "falls",
    Text("Would fall", "Tomberaient"),
    Text(
        "Services that would go down if some single part were lost, at the load of now.",
        "Services qui tomberaient si un certain élément était perdu, à la charge actuelle.",
    ),
)
_OPEN: Final = _of_loss(
    "unknown",
    Text("Not known", "Non connu"),
    Text(
        "Services of which it is not known whether they would outlive any single loss.",
        "Services dont on ne sait pas s'ils survivraient à toute perte simple.",
    ),
)
_AFTER_BY: Final = Panel(
    Form.BARS,
    Text(
        "Load after the worst loss of another part, at most",
        "Charge après la pire perte d'un autre élément, au plus",
    ),
    Text(
        "Each phase of each part after the worst single loss elsewhere, as a share of its rating.",
        "Chaque phase de chaque élément après la pire perte simple ailleurs, en part de son calibre.",
    ),
    (
        Target(
            Gather(How.MAX, pick("load_after_loss_ratio", places=_SITE), ("part", "phase")), ("part", "phase")
        ),
    ),
    unit="percentunit",
    size=(24, 10),
    steps=_AFTER,
    page=Page.HOME,
    least=0,
    most=1.2,
)
_LOSSES: Final = Panel(
    Form.TABLE,
    Text("Least headroom first", "Moindre réserve d'abord"),
    Text(
        "Load of each phase after the worst loss, surely and at most, what is left of its rating then, and which loss that is.",
        "Charge de chaque phase après la pire perte, sûrement et au plus, ce qui reste alors de son calibre, et quelle perte.",
    ),
    (
        Target(pick("load_after_loss_ratio", places=_SITE)),
        Target(pick("headroom_after_loss_amperes", places=_SITE)),
        Target(holds("worst_loss_state", places=_SITE)),
        Target(pick("load_after_loss_least_ratio", places=_SITE)),
    ),
    size=(12, 8),
    columns=(
        Column("part", Text("Part", "Élément")),
        Column("phase", Text("Phase", "Phase"), width=70),
        Column("Value #D", Text("Surely", "Sûrement"), "percentunit", _AFTER, width=90),
        Column("Value #A", Text("At most", "Au plus"), "percentunit", width=90),
        Column("Value #B", Text("Left", "Reste"), "amp", width=90),
        Column("state", Text("Worst loss", "Pire perte")),
    ),
    sort="Value #A",
    down=True,
    page=Page.HOME,
)
_ALONE: Final = Panel(
    Form.BARS,
    Text(
        "Racks whose PDUs say phase currents: both feeds on one",
        "Baies dont les PDU disent leurs phases : deux voies sur une",
    ),
    Text(
        "What both feeds of a rack carry together, as a share of what the weaker may carry alone. No data: no pair of PDUs that say phase currents.",
        "Ce que les deux voies d'une baie portent ensemble, en part de ce que la plus faible peut porter seule. Pas de données : aucune paire de PDU qui disent leurs phases.",
    ),
    (Target(pick("service_survivor_load_ratio", places=_NARROW), ("rack", "phase")),),
    unit="percentunit",
    size=(8, 8),
    steps=steps("pair_near_limit", "pair_overcommitted"),
    page=Page.SERVICE,
    least=0,
    most=1.2,
)
_SWITCHES: Final = timeline(
    "ats_source_state",
    Text("Transfer switches: source in use", "Inverseurs : source utilisée"),
    Text("Where each switch takes its power.", "D'où chaque inverseur prend son courant."),
    ("asset",),
    (8, 8),
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
    (8, 8),
    _NARROW,
)
CHAIN: Final = Board(
    "chain",
    Text("dcim: power chain A/B", "dcim : chaîne électrique A/B"),
    Text(
        "Each feed from the mains to the racks, and whether one could carry what both carry.",
        "Chaque voie du secteur aux baies, et si une seule peut porter ce que portent les deux.",
    ),
    (
        Row(
            Text("If anything were lost", "Si un élément tombait"), (_WORST, _FALL, _OPEN, _LOSSES, _AFTER_BY)
        ),
        Row(
            Text("From the mains to the racks", "Du secteur aux baies"),
            (_SUPPLY, _VOLTAGE, _UPS, _BOARDS, _FEEDS),
        ),
        Row(Text("Transfer switches", "Inverseurs"), (_SWITCHES, _REDUNDANT, _ALONE)),
    ),
    places=_PLACES,
    base="meter_current_amperes",
)
