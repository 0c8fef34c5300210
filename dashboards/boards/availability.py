"""Availability and redundancy: how services went, the time that was lost or not seen, and error budgets."""

from __future__ import annotations

from typing import Final

from boards.colours import OF_SEVERITY, OK
from boards.common import RACKS, timeline
from boards.limits import Step
from boards.panel import Board, Column, Form, Page, Panel, Row, Source, Target
from boards.query import Budget, Change, is_, pick
from boards.text import Text
from dcim.alerts import Severity

_SITE: Final = ("site",)
_ANY: Final = (Step(None, OK), Step(1.0, OF_SEVERITY[Severity.CRITICAL]))
_SOME: Final = (Step(None, OK), Step(1.0, OF_SEVERITY[Severity.MINOR]))


def _lost(metric: str, label: str, word: str, title: Text, about: Text, steps: tuple[Step, ...]) -> Panel:
    of = pick(metric, is_(label, word), places=RACKS)
    return Panel(
        Form.BARS,
        title,
        about,
        (Target(Change(of, "range", ("asset",)), ("asset",)),),
        unit="s",
        size=(8, 11),
        steps=steps,
        page=Page.SERVICE,
        least=0,
    )


def _contract(outcome: str, title: Text, about: Text, steps: tuple[Step, ...]) -> Panel:
    of = pick("contract_time_seconds_total", is_("outcome", outcome), places=_SITE)
    return Panel(
        Form.BARS, title, about, (Target(Change(of, "range", ("contract",)), ("contract",)),), unit="s", size=(8, 7),
        steps=steps, page=Page.HOME, least=0,
    )  # fmt: skip


_BUDGET: Final = Panel(
    Form.BARS,
    Text("Error budget left in the span", "Budget d'erreur restant sur la période"),
    Text(
        "What is left of the time that a contract lets be broken, of the time that was seen in the span. The statement of a month is made by a report, from the ledger.",
        "Ce qui reste du temps qu'un contrat permet de perdre, sur le temps vu dans la période. Le relevé d'un mois est fait par un rapport, d'après le registre.",
    ),
    (Target(Budget(_SITE), ("contract",)),),
    unit="percentunit",
    size=(8, 7),
    steps=(Step(None, OF_SEVERITY[Severity.CRITICAL]), Step(0.0, OF_SEVERITY[Severity.MINOR]), Step(0.5, OK)),
    page=Page.HOME,
    least=0,
    most=1,
    only=Source.PROMETHEUS,
)
_TARGETS: Final = Panel(
    Form.TABLE,
    Text("Contracts", "Contrats"),
    Text("What is promised.", "Ce qui est promis."),
    (Target(pick("contract_target_ratio", places=_SITE)),),
    size=(8, 7),
    columns=(
        Column("contract", Text("Contract", "Contrat")),
        Column("Value", Text("Promised", "Promis"), "percentunit"),
    ),
    sort="contract",
    page=Page.HOME,
)
AVAILABILITY: Final = Board(
    "availability",
    Text("dcim: availability and redundancy", "dcim : disponibilité et redondance"),
    Text(
        "How services went: up, down, not known; full, reduced, not known.",
        "Comment les services ont été : debout, en panne, inconnu ; complets, réduits, inconnu.",
    ),
    (
        Row(
            Text("Course", "Évolution"),
            (
                timeline(
                    "service_function_state",
                    Text("Function", "Fonction"),
                    Text(
                        "Grey: nobody can tell. A hole: nobody watched.",
                        "Gris : personne ne peut le dire. Un trou : personne ne regardait.",
                    ),
                    ("asset",),
                    (12, 12),
                    RACKS,
                ),
                timeline(
                    "service_redundancy_state",
                    Text("Redundancy", "Redondance"),
                    Text(
                        "Whether everything is there that a service should have.",
                        "Si tout ce qu'un service doit avoir est là.",
                    ),
                    ("asset",),
                    (12, 12),
                    RACKS,
                ),
            ),
        ),
        Row(
            Text("If anything were lost", "Si un élément tombait"),
            (
                timeline(
                    "service_single_loss_state",
                    Text("Would it survive any single loss", "Survivrait-il à toute perte simple"),
                    Text("Tried all the time on the live load.", "Essayé sans cesse sur la charge réelle."),
                    ("asset",),
                    (24, 8),
                    RACKS,
                ),
            ),
        ),
        Row(
            Text("Time in the span", "Temps sur la période"),
            (
                _lost(
                    "service_time_seconds_total",
                    "function",
                    "down",
                    Text("Down", "En panne"),
                    Text(
                        "Time that the daemon saw the service down.",
                        "Temps où le démon a vu le service en panne.",
                    ),
                    _ANY,
                ),
                _lost(
                    "service_redundancy_time_seconds_total",
                    "redundancy",
                    "reduced",
                    Text("Redundancy reduced", "Redondance réduite"),
                    Text(
                        "Time that the daemon saw something missing.",
                        "Temps où le démon a vu qu'il manquait quelque chose.",
                    ),
                    _SOME,
                ),
                _lost(
                    "service_time_seconds_total",
                    "function",
                    "unknown",
                    Text("Not known", "Inconnu"),
                    Text(
                        "Time that nobody could tell, while the daemon watched.",
                        "Temps où personne ne pouvait le dire, pendant que le démon veillait.",
                    ),
                    _SOME,
                ),
            ),
        ),
        Row(
            Text("Contracts", "Contrats"),
            (
                _TARGETS,
                _BUDGET,
                _contract(
                    "broken",
                    Text("Broken", "Rompus"),
                    Text("Time that a contract was seen broken.", "Temps où un contrat a été vu rompu."),
                    _ANY,
                ),
                _contract(
                    "undecided",
                    Text("Undecided", "Indécis"),
                    Text("Time that nobody could tell.", "Temps où personne ne pouvait le dire."),
                    _SOME,
                ),
            ),
        ),
    ),
    places=RACKS,
    base="service_function_state",
    span="now-24h",
)
