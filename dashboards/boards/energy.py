"""Energy: power of the site and its IT, their ratio, and who used how much in the span."""

from __future__ import annotations

from typing import Final

from boards.common import KWH, used
from boards.panel import Board, Form, Page, Panel, Row, Target
from boards.query import Change, Match, Mean, is_, is_not, pick
from boards.text import Text, same

_SITE: Final = ("site",)
_ROOMS: Final = ("site", "room")


def _used(title: Text, about: Text, by: str, *where: Match) -> Panel:
    return Panel(
        Form.BARS,
        title,
        about,
        used((by,), _ROOMS, *where),
        unit="kwatth",
        size=(8, 9),
        page=Page.HOME,
        least=0,
    )


_POWER: Final = Panel(
    Form.LINES,
    Text("Power of the site", "Puissance du site"),
    Text(
        "Everything, and IT alone, where the energy report measures them.",
        "Tout, et l'informatique seule, là où le rapport d'énergie les mesure.",
    ),
    (Target(pick("site_power_watts", places=_SITE), ("site", "part")),),
    unit="watt",
    size=(12, 9),
    page=Page.HOME,
    least=0,
)
_RATIO: Final = Panel(
    Form.LINES,
    Text("Power of everything over that of IT", "Puissance totale sur celle de l'informatique"),
    Text(
        "Of each moment. A PUE is a ratio of energies over a year (ISO/IEC 30134-2); the energy report makes it.",
        "De chaque instant. Un PUE est un rapport d'énergies sur un an (ISO/IEC 30134-2) ; le rapport d'énergie le fait.",
    ),
    (Target(pick("site_power_usage_ratio", places=_SITE), ("site",)),),
    unit="none",
    size=(12, 9),
    page=Page.HOME,
    least=1,
    decimals=2,
)


def _mean(title: Text, about: Text, metric: str, unit: str, decimals: int, *where: Match) -> Panel:
    of = Mean(pick(metric, *where, places=_SITE), ("site",))
    return Panel(
        Form.STAT,
        title,
        about,
        (Target(of, name=same(" ")),),
        unit=unit,
        size=(8, 5),
        page=Page.HOME,
        decimals=decimals,
    )


_METERS: Final = Panel(
    Form.BARS,
    Text("Energy at each meter in the span", "Énergie à chaque compteur sur la période"),
    Text(
        "How far the counter of each meter, switchboard and floor PDU went: energy taken.",
        "De combien le compteur de chaque compteur, tableau et PDU de sol a avancé : énergie prise.",
    ),
    (
        Target(
            Change(
                pick("meter_energy_joules_total", is_("direction", "import"), places=_ROOMS, times=KWH),
                "range",
                ("asset",),
            ),
            ("asset",),
        ),
    ),
    unit="kwatth",
    size=(12, 10),
    least=0,
)
_DEMAND: Final = Panel(
    Form.LINES,
    Text("Power at each meter", "Puissance à chaque compteur"),
    Text("Active power.", "Puissance active."),
    (Target(pick("meter_power_watts", places=_ROOMS)),),
    unit="watt",
    size=(12, 10),
    least=0,
)
ENERGY: Final = Board(
    "energy",
    Text("dcim: energy and PUE", "dcim : énergie et PUE"),
    Text(
        "Power, energy and their ratio; who used how much.",
        "Puissance, énergie et leur rapport ; qui a consommé combien.",
    ),
    (
        Row(
            Text("Mean of the span", "Moyenne de la période"),
            (
                _mean(
                    Text("Everything", "Tout"),
                    Text("Mean power of the site.", "Puissance moyenne du site."),
                    "site_power_watts",
                    "watt",
                    1,
                    is_("part", "total"),
                ),
                _mean(
                    Text("IT", "Informatique"),
                    Text("Mean power of IT.", "Puissance moyenne de l'informatique."),
                    "site_power_watts",
                    "watt",
                    1,
                    is_("part", "it"),
                ),
                _mean(
                    Text("Everything over IT", "Tout sur informatique"),
                    Text(
                        "Mean of the ratio of powers in the span.",
                        "Moyenne du rapport des puissances sur la période.",
                    ),
                    "site_power_usage_ratio",
                    "none",
                    2,
                ),
            ),
        ),
        Row(Text("Power", "Puissance"), (_POWER, _RATIO)),
        Row(
            Text("Energy in the span", "Énergie sur la période"),
            (
                _used(
                    Text("By feed", "Par voie"),
                    Text(
                        "Energy through the rack PDUs of each feed.",
                        "Énergie des PDU de baie de chaque voie.",
                    ),
                    "feed",
                ),
                _used(
                    Text("By tenant", "Par client"),
                    Text(
                        "Energy through the rack PDUs of each tenant.",
                        "Énergie des PDU de baie de chaque client.",
                    ),
                    "tenant",
                    is_not("tenant", ""),
                ),
                _used(
                    Text("By rack", "Par baie"),
                    Text("Energy through the PDUs of each rack.", "Énergie des PDU de chaque baie."),
                    "rack",
                    is_not("rack", ""),
                ),
                _METERS,
                _DEMAND,
            ),
        ),
    ),
    places=_ROOMS,
    base="meter_power_watts",
    span="now-24h",
)
