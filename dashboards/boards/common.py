"""Panels that several dashboards show alike. Pure."""

from __future__ import annotations

from typing import Final

from boards.colours import OF_SEVERITY, OK
from boards.limits import Step, none_is_well
from boards.mappings import closed
from boards.panel import Column, Form, Page, Panel, Row, Target
from boards.query import Change, Coded, Gather, How, Match, Said, coded, holds, is_, is_not, pick
from boards.text import Text, same
from dcim.alerts import Language, Severity
from dcim.words import words

SITE: Final = ("site",)
ROOMS: Final = ("site", "room")
RACKS: Final = ("site", "room", "rack", "tenant")

FROM_NOW: Final = "dateTimeFromNow"
"""How long ago: of milliseconds UTC."""

ASSET: Final = Column("asset", Text("Device", "Équipement"), named="device", width=190)
ROOM: Final = Column("room", Text("Room", "Salle"), named="room", width=120)
RACK: Final = Column("rack", Text("Rack", "Baie"), width=90)
FEED: Final = Column("feed", Text("Feed", "Voie"), width=70)
TENANT: Final = Column("tenant", Text("Tenant", "Client"), width=140)
PHASE: Final = Column("phase", Text("Phase", "Phase"), width=80)


def severity_name(severity: Severity) -> Text:
    """Return a severity as it is said."""
    key = f"severity.{severity}"
    return Text(words(Language.EN)(key).capitalize(), words(Language.FR)(key).capitalize())


def alert_count(severity: Severity) -> Panel:
    """Return the tile that says how many alerts of a severity are open."""
    return Panel(
        Form.STAT,
        severity_name(severity),
        Text(
            "Open alerts of this severity that nobody muted. No number: the daemon is not heard.",
            "Alertes ouvertes de cette gravité que personne n'a mises en sourdine. Pas de nombre : le démon n'est pas entendu.",
        ),
        (
            Target(
                Gather(How.SUM, pick("site_alerts", is_("severity", severity), places=SITE)), name=same(" ")
            ),
        ),
        size=(3, 4),
        steps=none_is_well(severity),
        page=Page.HOME,
        decimals=0,
    )


def clock() -> Panel:
    """Return the clock of the last update: red when the daemon is not heard, or its data do not arrive."""
    return Panel(
        Form.STAT,
        Text("Last update", "Dernière mise à jour"),
        Text(
            "When the daemon last said how it is. It speaks every 15 s; an older time or no data means that this whole page is not of now.",
            "Quand le démon a parlé pour la dernière fois. Il parle toutes les 15 s ; plus vieux ou sans données, toute cette page n'est pas à jour.",
        ),
        (
            Target(
                Gather(How.MIN, pick("monitor_said_timestamp_seconds", places=SITE, times=1000)),
                name=same(" "),
            ),
        ),
        unit=FROM_NOW,
        size=(4, 4),
        page=Page.HOME,
    )


def open_alerts(height: int = 12, *, rooms: bool = True) -> Panel:
    """Return the table of what is wrong now, the worst first, each with its age."""
    return Panel(
        Form.TABLE,
        Text("What is wrong now", "Ce qui ne va pas maintenant"),
        Text(
            "Every open alert, the worst first, with the time since it was raised. An empty table while the clock runs means: nothing.",
            "Toutes les alertes ouvertes, les pires d'abord, avec le temps écoulé. Un tableau vide pendant que l'horloge avance veut dire : rien.",
        ),
        (
            Target(
                pick(
                    "alert_raised_timestamp_seconds",
                    places=ROOMS if rooms else RACKS,
                    times=1000,
                    said=Said.WHILE_SO,
                )
            ),
        ),
        unit="short",
        size=(24, height),
        columns=(
            Column("severity", Text("Severity", "Gravité"), named="severity", width=120),
            Column("Value", Text("Since", "Depuis"), unit=FROM_NOW, width=160),
            Column("rule", Text("What", "Quoi"), named="rule"),
            ASSET, ROOM, RACK, FEED, TENANT,
            Column("acknowledged", Text("Seen", "Vue"), named="yes", width=70),
        ),
        sort="severity",
        nothing=Text("no open alert is heard: look at the clock", "aucune alerte ouverte entendue : voir l'horloge"),
    )  # fmt: skip


def condition(by: str, title: Text, about: Text, size: tuple[int, int], places: tuple[str, ...]) -> Panel:
    """Return the tiles of the worst open alert of each place."""
    return Panel(
        Form.STAT,
        title,
        about,
        (Target(coded("device_alert_state", is_not(by, ""), places=places, by=(by,)), labels=(by,)),),
        states=closed("device_alert_state"),
        steps=condition_steps(),
        size=size,
        page=Page.HOME,
        known_as=by,
    )


def condition_steps() -> tuple[Step, ...]:
    """Return the colours of the worst open alert by its number: none, warning, minor, major, critical."""
    order = (Severity.WARNING, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)
    return Step(None, OK), *(Step(float(code), OF_SEVERITY[one]) for code, one in enumerate(order, 2))


def timeline(
    metric: str,
    title: Text,
    about: Text,
    labels: tuple[str, ...],
    size: tuple[int, int],
    places: tuple[str, ...],
) -> Panel:
    """Return how a state of the catalogue went, one line a series."""
    of: Coded = coded(metric, places=places, by=labels)
    page = Page.SERVICE if metric.startswith("service_") else Page.DEVICE
    return Panel(
        Form.TIMELINE, title, about, (Target(of, labels),), states=closed(metric), size=size, page=page
    )


def silent(size: tuple[int, int] = (4, 4)) -> Panel:
    """Return how many devices do not answer."""
    of = Gather(
        How.SUM, pick("site_devices", is_("reach", "silent", "refused", "nonsense", "unknown"), places=SITE)
    )
    return Panel(
        Form.STAT,
        Text("Devices not read", "Équipements non lus"),
        Text(
            "Devices that do not answer, refuse or answer nonsense. What they watch is not known; that is no power cut.",
            "Équipements qui ne répondent pas, refusent ou répondent n'importe quoi. Ce qu'ils surveillent n'est pas connu ; ce n'est pas une coupure.",
        ),
        (Target(of, name=same(" ")),),
        size=size,
        steps=none_is_well(Severity.MAJOR),
        page=Page.HOME,
        decimals=0,
    )


def counts() -> Row:
    """Return the head of a dashboard of the whole: the clock, and how much is wrong."""
    tiles = tuple(alert_count(severity) for severity in Severity)
    return Row(Text("Now", "Maintenant"), (clock(), *tiles, incidents(), silent()))


def incidents() -> Panel:
    """Return how many incidents are open."""
    return Panel(
        Form.STAT,
        Text("Incidents", "Incidents"),
        Text(
            "Open incidents: one for each cause, whatever the number of its alerts.",
            "Incidents ouverts : un par cause, quel que soit le nombre d'alertes.",
        ),
        (Target(Gather(How.SUM, pick("site_incidents", places=SITE)), name=same(" ")),),
        size=(4, 4),
        steps=none_is_well(Severity.MAJOR),
        page=Page.HOME,
        decimals=0,
    )


def is_so(metric: str, word: str, places: tuple[str, ...]) -> Target:
    """Return the devices that are in a state, as a question."""
    return Target(holds(metric, is_("state", word), places=places))


KWH: Final = 1 / 3.6e6
_BY_INLET: Final = Text("(by inlet)", "(par arrivée)")
"""What PDUs say that count at each inlet; the others say one figure for the whole."""


def used(by: tuple[str, ...], places: tuple[str, ...], *where: Match) -> tuple[Target, ...]:
    """Return the energy of PDUs in the span, in kWh, for each value of ``by`` and each way of counting."""
    counters = ("pdu_energy_joules_total", None), ("pdu_inlet_energy_joules_total", _BY_INLET)
    return tuple(
        Target(Change(pick(metric, *where, places=places, times=KWH), "range", by), by, after=after)
        for metric, after in counters
    )


def carried(by: tuple[str, ...], places: tuple[str, ...]) -> tuple[Target, ...]:
    """Return the power through PDUs, for each value of ``by`` and each way of measuring."""
    meters = ("pdu_power_watts", None), ("pdu_inlet_power_watts", _BY_INLET)
    return tuple(
        Target(Gather(How.SUM, pick(metric, places=places), by), by, after=after) for metric, after in meters
    )
