"""Dashboards and provisioning of Grafana for one site: the shipped files with the names used there.

shipped dashboards ─┬▶ names of site, rooms, devices ─▶ dashboards/*.json
settings ───────────┘└▶ data sources, provider, contact point ─▶ provisioning/
"""

from dcim.grafana.names import Names, named
from dcim.grafana.page import BOARD_OF_KIND, board_of
from dcim.grafana.provisioning import Place, Source, provisioning
from dcim.grafana.render import Foreign, render

__all__ = [
    "BOARD_OF_KIND",
    "Foreign",
    "Names",
    "Place",
    "Source",
    "board_of",
    "named",
    "provisioning",
    "render",
]
