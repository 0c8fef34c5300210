"""A shipped dashboard with the names of a site in place of its ids. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from dcim.record import dataclass, field

Board: TypeAlias = dict[str, Any]

DEVICES_MOST: Final = 500
"""Devices whose names are written into tables: a dashboard is read whole by every browser."""


@dataclass(frozen=True, slots=True)
class Names:
    """What people call things, by id; ``url``: of the daemon's pages; ``source``: uid of the data source."""

    site: str = ""
    sites: Mapping[str, str] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = ""
    url: str = ""
    source: str = ""


def named(board: Board, names: Names) -> Board:
    """Return a dashboard in which ids are shown by name; queries are not touched."""
    board = copy.deepcopy(board)
    if names.site:
        board["title"] = board["title"].replace("dcim", names.site, 1)
    if names.time_zone:
        board["timezone"] = names.time_zone
    for variable in board["templating"]["list"]:
        _variable(variable, names)
    series = {**names.sites, **names.rooms}
    for panel in board["panels"]:
        overrides = panel.get("fieldConfig", {}).get("overrides")
        if overrides is None:
            continue
        _columns(overrides, names)
        overrides += [_series(one, name) for one, name in series.items() if one != name]
    return board


def _variable(variable: Board, names: Names) -> None:
    name = variable["name"]
    if name == "dcim" and names.url:
        variable["query"] = names.url
        variable["current"] = {"selected": True, "text": names.url, "value": names.url}
    elif name == "datasource" and names.source:
        variable["current"] = {"selected": True, "text": names.source, "value": names.source}
    elif name == "room" and names.rooms:
        _chosen_by_name(variable, names.rooms)
    elif name == "site" and names.sites:
        _chosen_by_name(variable, names.sites)


def _chosen_by_name(variable: Board, names: Mapping[str, str]) -> None:
    """Let people choose by name: a custom variable of ``name : id``."""
    escaped = r"\,"
    for gone in ("datasource", "definition", "refresh", "sort", "regex"):
        variable.pop(gone, None)
    pairs = [(name.replace(" : ", " - "), one) for one, name in names.items()]
    variable["type"] = "custom"
    variable["query"] = ",".join(f"{name.replace(',', escaped)} : {one}" for name, one in pairs)
    variable["options"] = [{"selected": False, "text": name, "value": one} for name, one in pairs]


def _columns(overrides: list[Board], names: Names) -> None:
    devices = names.devices if len(names.devices) <= DEVICES_MOST else {}
    known = {"room": names.rooms, "site": names.sites, "asset": devices}
    for override in overrides:
        texts = known.get(str(override["matcher"]["options"]))
        if texts:
            override["properties"].append({"id": "mappings", "value": [_mapping(texts)]})


def _mapping(texts: Mapping[str, str]) -> Board:
    options = {one: {"text": name, "index": number} for number, (one, name) in enumerate(texts.items())}
    return {"type": "value", "options": options}


def _series(one: str, name: str) -> Board:
    shown = {"id": "displayName", "value": name}
    return {"matcher": {"id": "byName", "options": one}, "properties": [shown]}
