"""The wall of the NOC: what is wrong, where, since when, and whether what is shown is of now."""

from __future__ import annotations

from typing import Final

from boards.common import ROOMS, condition, counts, open_alerts
from boards.panel import Board, Row
from boards.text import Text

NOC: Final = Board(
    "noc",
    Text("dcim: NOC wall", "dcim : mur du NOC"),
    Text(
        "What is wrong now, where, and for how long; readable from across the room.",
        "Ce qui ne va pas maintenant, où, et depuis quand ; lisible de loin.",
    ),
    (
        counts(),
        Row(
            Text("Where", "Où"),
            (
                condition(
                    "site",
                    Text("Sites", "Sites"),
                    Text("The worst open alert of each site.", "La pire alerte ouverte de chaque site."),
                    (6, 6),
                    ROOMS,
                ),
                condition(
                    "room",
                    Text("Rooms", "Salles"),
                    Text(
                        "The worst open alert of each room. A room without a tile is not watched, or not heard.",
                        "La pire alerte ouverte de chaque salle. Une salle sans pavé n'est pas surveillée, ou pas entendue.",
                    ),
                    (18, 6),
                    ROOMS,
                ),
            ),
        ),
        Row(Text("What", "Quoi"), (open_alerts(),)),
    ),
    places=ROOMS,
    span="now-1h",
    refresh="10s",
)
