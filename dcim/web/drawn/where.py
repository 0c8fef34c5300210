"""Where a device stands and when something was, as people of the site say it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dcim.alerts import Severity
from dcim.model import Asset
from dcim.web.view.view import View
from dcim.words import Words

TONES: Final = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "critical",
    Severity.MINOR: "warning",
    Severity.WARNING: "warning",
}
"""The colour of a severity."""


def place_of(asset: Asset, view: View, said: Words) -> str:
    """Say where a device stands: room, rack, feed, tenant."""
    parts = [
        view.site.room(asset.room),
        f"{said('rack')} {asset.rack}" if asset.rack else "",
        f"{said('feed')} {asset.feed}" if asset.feed else "",
        asset.tenant,
    ]
    return " · ".join(part for part in parts if part)


def local(at: float, view: View) -> str:
    """Say a moment in the time zone of the site."""
    return datetime.fromtimestamp(at, view.site.zone).strftime("%Y-%m-%d %H:%M:%S")
