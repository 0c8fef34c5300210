"""PDUs and racks: load by phase, breaker and outlet against what they may carry."""

from __future__ import annotations

from typing import Final

from boards.common import ASSET, FEED, RACK, ROOM, TENANT, carried, condition, timeline
from boards.mappings import closed
from boards.panel import Board, Column, Form, Panel, Row, Target
from boards.query import PLACES, Said, coded, pick
from boards.text import Text

_TABLE: Final = Panel(
    Form.TABLE,
    Text("All PDUs", "Tous les PDU"),
    Text("One line a PDU: power and worst alert.", "Une ligne par PDU : puissance et pire alerte."),
    (
        Target(coded("pdu_load_state", by=("asset", "room", "rack", "feed", "tenant"))),
        Target(pick("pdu_power_watts")),
        Target(pick("pdu_rating_power_watts", said=Said.SELDOM)),
        Target(pick("pdu_energy_joules_total", times=1 / 3.6e6)),
    ),
    size=(24, 10),
    columns=(
        ASSET, ROOM, RACK, FEED, TENANT,
        Column("Value #A", Text("Load class", "Niveau"), states=closed("pdu_load_state")),
        Column("Value #B", Text("Power", "Puissance"), "watt"),
        Column("Value #C", Text("Rating", "Calibre"), "watt"),
        Column("Value #D", Text("Counter", "Compteur"), "kwatth"),
    ),
    sort="rack",
)  # fmt: skip


def _lines(metric: str, labels: tuple[str, ...], unit: str, title: Text, about: Text) -> Panel:
    return Panel(Form.LINES, title, about, (Target(pick(metric), labels),), unit=unit, size=(12, 9), least=0)


_PHASE: Final = Panel(
    Form.LINES,
    Text("Current by phase", "Courant par phase"),
    Text(
        "Current of each phase of each PDU, as it says it.",
        "Courant de chaque phase de chaque PDU, tel qu'il le dit.",
    ),
    (
        Target(pick("pdu_phase_current_amperes"), ("asset", "phase")),
        Target(pick("pdu_inlet_phase_current_amperes"), ("asset", "inlet", "phase")),
    ),
    unit="amp",
    size=(12, 9),
    least=0,
)
_BREAKER: Final = _lines(
    "pdu_breaker_current_amperes",
    ("asset", "breaker"),
    "amp",
    Text("Current by breaker", "Courant par disjoncteur"),
    Text("Current through each breaker.", "Courant dans chaque disjoncteur."),
)
_OUTLET: Final = _lines(
    "pdu_outlet_current_amperes",
    ("asset", "outlet"),
    "amp",
    Text("Current by outlet", "Courant par prise"),
    Text(
        "Current of each outlet that is measured: choose a rack or a PDU first.",
        "Courant de chaque prise mesurée : choisir d'abord une baie ou un PDU.",
    ),
)
_RACKS: Final = Panel(
    Form.BARS,
    Text("Power of each rack", "Puissance de chaque baie"),
    Text(
        "Sum of the PDUs of a rack that say their power.",
        "Somme des PDU d'une baie qui disent leur puissance.",
    ),
    carried(("rack", "feed"), PLACES),
    unit="watt",
    size=(12, 9),
    least=0,
)
PDU: Final = Board(
    "pdu",
    Text("dcim: PDU and racks", "dcim : PDU et baies"),
    Text("Racks, their PDUs, phases, breakers and outlets.", "Baies, leurs PDU, phases, disjoncteurs et prises."),
    (
        Row(
            Text("Racks", "Baies"),
            (
                condition(
                    "rack",
                    Text("Racks: worst alert", "Baies : pire alerte"),
                    Text("The worst open alert of what stands in each rack.", "La pire alerte ouverte de ce qui est dans chaque baie."),
                    (12, 9),
                    PLACES,
                ),
                _RACKS,
            ),
        ),
        Row(Text("PDUs", "PDU"), (_TABLE,)),
        Row(Text("Load", "Charge"), (_PHASE, _BREAKER, _OUTLET, timeline(
            "pdu_breaker_state",
            Text("Breakers", "Disjoncteurs"),
            Text("Position of each breaker.", "Position de chaque disjoncteur."),
            ("asset", "breaker"),
            (12, 9),
            PLACES,
        ))),
        Row(Text("Outlets", "Prises"), (timeline(
            "pdu_outlet_state",
            Text("Outlets", "Prises"),
            Text("Relay of each outlet.", "Relais de chaque prise."),
            ("asset", "outlet"),
            (24, 12),
            PLACES,
        ),)),
    ),
    base="pdu_outlet_state",
)  # fmt: skip
