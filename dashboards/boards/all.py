"""Every dashboard, in the order in which they are listed."""

from __future__ import annotations

from typing import Final

from boards.alerts import ALERTS
from boards.availability import AVAILABILITY
from boards.battery import BATTERY
from boards.chain import CHAIN
from boards.cooling import COOLING
from boards.energy import ENERGY
from boards.genset import GENSET
from boards.monitor import MONITOR
from boards.noc import NOC
from boards.panel import Board
from boards.pdu import PDU
from boards.site import SITE
from boards.tenant import TENANT
from boards.ups import UPS

BOARDS: Final[tuple[Board, ...]] = (
    NOC, SITE, CHAIN, UPS, PDU, COOLING, GENSET, BATTERY, ALERTS, AVAILABILITY, ENERGY, TENANT, MONITOR,
)  # fmt: skip
