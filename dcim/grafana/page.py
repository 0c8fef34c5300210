"""Which dashboard shows a device, so that its page can lead there. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from dcim.model import Asset, Kind

OURS: Final = "dcim-"
"""What the uid of each of our dashboards begins with."""

BOARD_OF_KIND: Final = {
    Kind.UPS: "ups",
    Kind.PDU: "pdu",
    Kind.CRAC: "cooling",
    Kind.SENSOR: "cooling",
    Kind.GENSET: "genset",
    Kind.FUEL_TANK: "genset",
    Kind.BATTERY: "battery",
    Kind.SERVICE: "availability",
    Kind.METER: "energy",
    Kind.FLOOR_PDU: "chain",
    Kind.SWITCHBOARD: "chain",
    Kind.ATS: "chain",
    Kind.STS: "chain",
}
"""Kinds that have a dashboard of their own; any other stands on the one of its site."""

_BY_DEVICE: Final = frozenset({"ups", "pdu", "cooling", "genset", "battery"})


def board_of(grafana: str, asset: Asset) -> str:
    """Return the address of the dashboard that shows a device; empty where nobody said where Grafana is."""
    if not grafana:
        return ""
    board = BOARD_OF_KIND.get(asset.kind, "site")
    chosen = ("device", asset.id) if board in _BY_DEVICE else ("room", asset.room)
    query = f"?var-{chosen[0]}={quote(chosen[1], safe='')}" if chosen[1] else ""
    return f"{grafana}/d/{OURS}{board}{query}"
