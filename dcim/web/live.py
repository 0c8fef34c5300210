"""Live events: which devices changed, folded so that a reader is told at most twice a second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from dcim.web.shapes import device_of, moment, values_of
from dcim.web.view import View

_FOLD: Final = 0.5
_BEAT: Final = 5.0


async def changes(view: View) -> AsyncGenerator[set[str]]:
    """Yield the ids of devices that changed since the last time; an empty set every few quiet seconds."""
    subscription = view.subscribe()
    try:
        while True:
            yield await subscription.take(_BEAT)
            await asyncio.sleep(_FOLD)
    finally:
        view.unsubscribe(subscription)


async def stream(view: View) -> AsyncGenerator[str]:
    """Yield server-sent events of the API until the reader goes away.

    ``changed``: ``{"at", "alerts", "devices": [...]}``, each device with its values as ``/devices/{id}`` has
    them. ``beat``: ``{"at"}``, when nothing changed for a while: the daemon is alive.
    """
    yield "retry: 2000\n\n"
    async with aclosing(changes(view)) as folded:
        async for changed in folded:
            yield _event("changed", _news(view, changed)) if changed else _event("beat", _now(view))


def _news(view: View, changed: set[str]) -> dict[str, object]:
    alerts = view.alerts()
    devices = []
    for asset_id in sorted(changed):
        asset = view.asset(asset_id)
        if asset is None:
            continue
        own = [shown for shown in alerts if shown.alert.asset == asset_id]
        device = device_of(view, asset, own).model_dump(mode="json")
        values = values_of(view.batches(asset_id), view.now())
        devices.append({**device, "values": [value.model_dump(mode="json") for value in values]})
    return {**_now(view), "alerts": len(alerts), "devices": devices}


def _now(view: View) -> dict[str, object]:
    return {"at": moment(view.now()).isoformat()}


def _event(name: str, data: dict[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
