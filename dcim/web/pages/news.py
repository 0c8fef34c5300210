"""What a page has to redraw, in the words of one language: drawn once for all who read at the same time.

changed devices ─▶ cards, summary ─┐
alerts, services that differ ──────┴─▶ one line of JSON a reader, put together from texts that all share
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from dcim.model import Asset
from dcim.record import dataclass
from dcim.web.api.api import alerts_by_asset
from dcim.web.api.live import FOLD, changes
from dcim.web.api.services import service_rows
from dcim.web.drawn.alertcards import alert_cards
from dcim.web.drawn.scene import device_card, device_values, summary
from dcim.web.view.view import AlertView, View
from dcim.words import Words


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A part of a page as JSON, when it was drawn, and from what."""

    at: float
    made_of: object
    text: str


class News:
    """Draws for every reader of one language."""

    def __init__(self, view: View, said: Words) -> None:
        self._view = view
        self._said = said
        self._drawn: dict[str, _Drawn] = {}

    async def stream(self, device: str) -> AsyncGenerator[str]:
        """Yield server-sent events: cards of changed devices, the values of the one shown, alerts, services.

        ``device``: the one whose page it is, empty for the overview. What is as it was told is left out. The
        first comes at once: nobody waits to see whether a page is live.
        """
        before: dict[str, str] = {}
        async with aclosing(changes(self._view, first=0.0)) as folded:
            async for changed in folded:
                told = self._told(device, changed)
                for name, text in self._lists(device).items():
                    if before.get(name) != text:
                        told[name] = before[name] = text
                yield "data: {" + ", ".join(f'"{name}": {text}' for name, text in told.items()) + "}\n\n"

    def _told(self, device: str, changed: set[str]) -> dict[str, str]:
        view, said = self._view, self._said
        by_asset = alerts_by_asset(view)
        assets = [asset for name in sorted(changed) if device in ("", name) and (asset := view.asset(name))]
        cards = [self._card(asset, by_asset[asset.id]) for asset in assets]
        told = {
            "at": json.dumps(view.now()),
            "clock": json.dumps(clock(view)),
            "summary": self._once("summary", tuple(view.alerts()), lambda: summary(view, said).plain()),
            "cards": f"[{', '.join(cards)}]",
        }
        if device and device in changed:
            batches = tuple(view.batches(device))
            told["values"] = self._once(
                f"values {device}",
                batches,
                lambda: [one.plain() for one in device_values(view, device, said)],
            )
        return told

    def _card(self, asset: Asset, own: list[AlertView]) -> str:
        view, said = self._view, self._said
        made_of = (tuple(view.batches(asset.id)), own, view.presence(asset.id), view.identity(asset.id))
        return self._once(f"card {asset.id}", made_of, lambda: device_card(view, asset, own, said).plain())

    def _lists(self, device: str) -> dict[str, str]:
        """Return the open alerts, of a device its own, and on the overview the services."""
        view, said = self._view, self._said
        kept = device if view.asset(device) else ""  # names that nobody knows share one place: it is bounded
        lists = {
            "alerts": self._once(
                f"alerts {kept}" if kept or not device else "alerts elsewhere",
                (device, *view.alerts()),
                lambda: [one.plain() for one in alert_cards(view, said) if device in ("", one.asset)],
            )
        }
        if not device:
            services = tuple(view.services())
            lists["services"] = self._once(
                "services", services, lambda: [row.plain() for row in service_rows(view, said)]
            )
        return lists

    def _once(self, name: str, made_of: object, draw: Callable[[], Any]) -> str:
        """Return a part as it was drawn a moment ago from the same, else draw it."""
        now, kept = self._view.now(), self._drawn.get(name)
        if kept is None or not 0 <= now - kept.at < FOLD or kept.made_of != made_of:
            kept = _Drawn(now, made_of, json.dumps(draw(), ensure_ascii=False))
            self._drawn[name] = kept
        return kept.text


def clock(view: View) -> str:
    """Return the time at the site as people read it."""
    return datetime.fromtimestamp(view.now(), view.site.zone).strftime("%Y-%m-%d %H:%M:%S %Z")
