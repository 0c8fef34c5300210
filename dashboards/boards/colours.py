"""The colours, the same on every dashboard: told apart also by people who see red and green alike.

Health is never said by colour alone: the word stands beside it. Blue is well, grey is not known. Lines that mean no
health (phases, feeds, anything else) have colours of their own.
"""

from __future__ import annotations

from typing import Final

from dcim.alerts import Severity

OK: Final = "#3AA0D8"
UNKNOWN: Final = "#7A7F87"
OF_SEVERITY: Final = {
    Severity.CRITICAL: "#9C1143",
    Severity.MAJOR: "#E8603C",
    Severity.MINOR: "#F5B13D",
    Severity.WARNING: "#FBEAA2",
}
LINES: Final = "#8C9BC8"
"""The tone of whose shades lines are that mean no health."""

OF_NAME: Final = {"A": "#7B61C9", "B": "#1F9E89", "L1": "#7B61C9", "L2": "#1F9E89", "L3": "#C9B8E8"}
"""Feeds and phases."""
