"""The monitor watched: is it on time, does it miss anything, does what it says arrive."""

from __future__ import annotations

from typing import Final

from boards.common import SITE, clock, silent
from boards.limits import none_is_well, steps
from boards.mappings import closed
from boards.panel import Board, Form, Page, Panel, Row, Target
from boards.query import Change, Gather, How, coded, pick
from boards.text import Text, same
from dcim.alerts import Severity


def _lines(metric: str, labels: tuple[str, ...], unit: str, title: Text, about: Text, *rules: str) -> Panel:
    limits = steps(*rules) if rules else none_is_well(Severity.WARNING)[:1]
    return Panel(
        Form.LINES,
        title,
        about,
        (Target(pick(metric, places=SITE), labels),),
        unit=unit,
        size=(8, 8),
        steps=limits,
        page=Page.HOME,
        least=0,
    )


def _rate(metric: str, by: tuple[str, ...], unit: str, title: Text, about: Text) -> Panel:
    return Panel(
        Form.LINES,
        title,
        about,
        (Target(Change(pick(metric, places=SITE), "second", by), by),),
        unit=unit,
        size=(8, 8),
        page=Page.HOME,
        least=0,
    )


def _state(metric: str, label: str, title: Text, about: Text) -> Panel:
    by = (label,) if label else ("site",)
    return Panel(
        Form.TIMELINE,
        title,
        about,
        (Target(coded(metric, places=SITE, by=by), by),),
        states=closed(metric),
        size=(8, 6),
        page=Page.HOME,
    )


_LOST: Final = Panel(
    Form.STAT,
    Text("Lost in the span", "Perdus sur la période"),
    Text(
        "Readings and records that never reached the disk, or an output. Anything but 0 is a hole in the evidence.",
        "Relevés et faits qui n'ont jamais atteint le disque, ou une sortie. Tout sauf 0 est un trou dans les preuves.",
    ),
    (Target(Change(pick("monitor_dropped_total", places=SITE), "range", ("queue",)), ("queue",)),),
    size=(8, 4),
    steps=none_is_well(Severity.CRITICAL),
    page=Page.HOME,
    decimals=0,
)
_POINTS: Final = Panel(
    Form.STAT,
    Text("Points", "Points"),
    Text("Points that devices and the daemon have said.", "Points que les équipements et le démon ont dits."),
    (Target(Gather(How.SUM, pick("monitor_points", places=SITE)), name=same(" ")),),
    size=(4, 4),
    page=Page.HOME,
    decimals=0,
)
_STALE: Final = Panel(
    Form.STAT,
    Text("Too old to count", "Trop vieux"),
    Text(
        "Points whose newest reading is too old: they are shown nowhere as if they were of now.",
        "Points dont le dernier relevé est trop vieux : montrés nulle part comme actuels.",
    ),
    (Target(Gather(How.SUM, pick("monitor_stale_points", places=SITE)), name=same(" ")),),
    size=(4, 4),
    steps=none_is_well(Severity.MINOR),
    page=Page.HOME,
    decimals=0,
)
MONITOR: Final = Board(
    "monitor",
    Text("dcim: monitoring of the monitor", "dcim : surveillance du surveillant"),
    Text(
        "Lateness, gaps, queues, delivery, outputs, clock.",
        "Retard, trous, files, livraison, sorties, horloge.",
    ),
    (
        Row(Text("Now", "Maintenant"), (clock(), silent(), _POINTS, _STALE, _LOST)),
        Row(
            Text("Polling", "Interrogation"),
            (
                _lines(
                    "monitor_poll_lateness_seconds",
                    ("share",),
                    "s",
                    Text("Lateness of polls", "Retard des interrogations"),
                    Text(
                        "Half of the polls, and 99 % of them, began at most so late after their beat.",
                        "La moitié des interrogations, et 99 %, ont commencé au plus si tard après leur temps.",
                    ),
                ),
                _rate(
                    "monitor_polls_total",
                    ("site",),
                    "cps",
                    Text("Polls", "Interrogations"),
                    Text("Polls a second.", "Interrogations par seconde."),
                ),
                _rate(
                    "monitor_poll_failures_total",
                    ("reason",),
                    "cps",
                    Text("Polls that gave nothing", "Interrogations sans résultat"),
                    Text(
                        "By reason. Nothing here: none has failed since the start.",
                        "Par raison. Rien ici : aucune n'a échoué depuis le départ.",
                    ),
                ),
                _lines(
                    "monitor_gaps",
                    ("reason",),
                    "short",
                    Text("Points without a value", "Points sans valeur"),
                    Text(
                        "Newest readings that are gaps, by reason. Nothing here: there was none since the start.",
                        "Derniers relevés qui sont des trous, par raison. Rien ici : aucun depuis le départ.",
                    ),
                ),
                _lines(
                    "site_devices",
                    ("reach",),
                    "short",
                    Text("Devices by how they answer", "Équipements selon leur réponse"),
                    Text("Silence is no power cut.", "Le silence n'est pas une coupure."),
                ),
                _lines(
                    "clock_offset_seconds",
                    ("source",),
                    "s",
                    Text("Clock", "Horloge"),
                    Text(
                        "How far the clock of this machine is off; nothing where the kernel says it is not synchronised.",
                        "De combien l'horloge de cette machine est décalée ; rien si le noyau la dit non synchronisée.",
                    ),
                ),
            ),
        ),
        Row(
            Text("Keeping and telling", "Garder et dire"),
            (
                _lines(
                    "monitor_waiting",
                    ("queue",),
                    "short",
                    Text("Waiting for the disk", "En attente du disque"),
                    Text("Readings and records not on disk yet.", "Relevés et faits pas encore sur disque."),
                ),
                _rate(
                    "monitor_messages_total",
                    ("channel", "outcome"),
                    "cps",
                    Text("Messages", "Messages"),
                    Text("By channel and what became of them.", "Par voie et ce qu'ils sont devenus."),
                ),
                _lines(
                    "monitor_history_bytes",
                    ("site",),
                    "bytes",
                    Text("Size of the history", "Taille de l'historique"),
                    Text("What the history takes on disk.", "Ce que l'historique prend sur disque."),
                ),
                _lines(
                    "monitor_memory_bytes",
                    ("site",),
                    "bytes",
                    Text("Memory", "Mémoire"),
                    Text("Resident memory of the daemon.", "Mémoire résidente du démon."),
                ),
                _state(
                    "channel_state",
                    "channel",
                    Text("Channels", "Voies"),
                    Text("Whether each channel takes messages.", "Si chaque voie prend les messages."),
                ),
                _state(
                    "ledger_state",
                    "component",
                    Text("Ledger", "Registre"),
                    Text(
                        "Whether heads are signed and copied elsewhere.",
                        "Si les têtes sont signées et copiées ailleurs.",
                    ),
                ),
            ),
        ),
        Row(
            Text("Beside the daemon", "À côté du démon"),
            (
                _state(
                    "output_state",
                    "output",
                    Text("Outputs", "Sorties"),
                    Text(
                        "Whether each output of readings is taken. Nothing here: none is configured.",
                        "Si chaque sortie de relevés est prise. Rien ici : aucune configurée.",
                    ),
                ),
                _lines(
                    "output_oldest_seconds",
                    ("output",),
                    "s",
                    Text(
                        "Oldest reading that waits for an output", "Plus vieux relevé en attente d'une sortie"
                    ),
                    Text(
                        "How far each output is behind. Nothing here: none is configured.",
                        "Le retard de chaque sortie. Rien ici : aucune configurée.",
                    ),
                ),
                _state(
                    "clock_state",
                    "",
                    Text("Clock: synchronised", "Horloge : synchronisée"),
                    Text("What the kernel says.", "Ce que dit le noyau."),
                ),
                _state(
                    "peer_state",
                    "point_site",
                    Text("Other sites", "Autres sites"),
                    Text(
                        "Whether the heartbeat of other sites is heard. Nothing here: none is listened for.",
                        "Si le battement des autres sites est entendu. Rien ici : aucun n'est attendu.",
                    ),
                ),
                _lines(
                    "certificate_left_seconds",
                    ("server",),
                    "s",
                    Text("Certificates", "Certificats"),
                    Text(
                        "Time until each ends. Nothing here: no server with TLS is configured.",
                        "Temps avant la fin de chacun. Rien ici : aucun serveur TLS configuré.",
                    ),
                    "certificate_ends_soon",
                ),
            ),
        ),
    ),
    places=SITE,
    base="monitor_points",
    span="now-3h",
)
