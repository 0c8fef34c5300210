"""The variables of a dashboard: where it asks, which places it shows, and where the daemon's pages are."""

from __future__ import annotations

from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from boards import influxql, promql
from boards.draw import reference
from boards.panel import Board, Source
from boards.query import LABEL_OF, pick
from boards.text import Text
from dcim.alerts import Language

PAGES: Final = "http://127.0.0.1:8480"
"""Where the daemon's pages are until a site says otherwise."""

_NAMES: Final = {
    "site": Text("Site", "Site"),
    "room": Text("Room", "Salle"),
    "rack": Text("Rack", "Baie"),
    "feed": Text("Feed", "Voie"),
    "tenant": Text("Tenant", "Client"),
    "device": Text("Device", "Équipement"),
}


def variables(board: Board, source: Source, language: Language) -> list[Any]:
    """Return the builders of the variables, each place offered within the wider ones that are chosen."""
    found: list[Any] = [
        dashboard.DatasourceVariable("datasource")
        .type(str(source))
        .label(Text("Data source", "Source de données")(language))
    ]
    for number, place in enumerate(board.places):
        found.append(_place(board, place, board.places[:number], source).label(_NAMES[place](language)))
    return [
        *found,
        dashboard.TextBoxVariable("dcim")
        .label(Text("Pages of dcim", "Pages de dcim")(language))
        .default_value(PAGES),
    ]


def _place(board: Board, place: str, wider: tuple[str, ...], source: Source) -> Any:
    offered, label = pick(board.base, places=wider), LABEL_OF[place]
    one = place == board.one
    said: str | dict[str, object] = influxql.values(offered, label)
    if source is Source.PROMETHEUS:
        said = {"query": promql.values(offered, label), "refId": place}
    made = (
        dashboard.QueryVariable(place)
        .query(said)
        .datasource(reference(source))
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(not one)
        .include_all(not one)
    )
    return made if one else made.all_value(".*").current(_ALL)


_ALL: Final = model.VariableOption(selected=True, text=["All"], value=["$__all"])
