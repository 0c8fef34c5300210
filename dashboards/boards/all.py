"""Every dashboard, in the order in which they are listed."""

from __future__ import annotations

from typing import Final

from boards.noc import NOC
from boards.panel import Board
from boards.site import SITE
from boards.ups import UPS

BOARDS: Final[tuple[Board, ...]] = (NOC, SITE, UPS)
