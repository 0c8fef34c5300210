"""Live events: which devices changed, folded so that a reader is told at most twice a second."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Final

from dcim.model import Asset
from dcim.record import dataclass
from dcim.web.shapes.shapes import device_of, moment, values_of
from dcim.web.view.view import AlertView, View

FOLD: Final = 0.5
"""Seconds that changes gather before a reader is told, and for which what was drawn is shared."""

_BEAT: Final = 5.0


async def changes(view: View, first: float = _BEAT) -> AsyncGenerator[set[str]]:
    """Yield the ids of devices that changed since the last time; an empty set every few quiet seconds.

    ``first``: seconds after which a reader hears something in any case.
    """
    subscription, patience = view.subscribe(), first
    try:
        while True:
            yield await subscription.take(patience)
            await asyncio.sleep(FOLD)
            patience = _BEAT
    finally:
        view.unsubscribe(subscription)


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said of a device, when, and from what."""

    at: float
    made_of: tuple[object, ...]
    text: str


class Sayings:
    """What is said of changed devices, made once for all who read at the same time: readers cost little."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._said: dict[str, _Said] = {}

    def of(self, changed: Iterable[str]) -> str:
        """Return the data of an event: these devices with their values, and how many alerts there are."""
        view, own = self._view, defaultdict[str, list[AlertView]](list)
        alerts = view.alerts()
        for shown in alerts:
            own[shown.alert.asset].append(shown)
        assets = filter(None, map(view.asset, sorted(changed)))
        devices = ", ".join(self._device(asset, own[asset.id]) for asset in assets)
        return f'{{"at": "{_moment(view)}", "alerts": {len(alerts)}, "devices": [{devices}]}}'

    def _device(self, asset: Asset, own: list[AlertView]) -> str:
        view, now = self._view, self._view.now()
        batches = tuple(view.batches(asset.id))
        made_of = (batches, own, view.presence(asset.id), view.identity(asset.id))
        said = self._said.get(asset.id)
        if said is None or not 0 <= now - said.at < FOLD or said.made_of != made_of:
            device = device_of(view, asset, own).model_dump(mode="json")
            values = [value.model_dump(mode="json") for value in values_of(batches, now)]
            text = json.dumps({**device, "values": values}, ensure_ascii=False)
            said = self._said[asset.id] = _Said(now, made_of, text)
        return said.text


async def stream(view: View, sayings: Sayings) -> AsyncGenerator[str]:
    """Yield server-sent events of the API until the reader goes away.

    ``changed``: ``{"at", "alerts", "devices": [...]}``, each device with its values as ``/devices/{id}`` has
    them. ``beat``: ``{"at"}``, when nothing changed for a while: the daemon is alive.
    """
    yield "retry: 2000\n\n"
    async with aclosing(changes(view)) as folded:
        async for changed in folded:
            if changed:
                yield f"event: changed\ndata: {sayings.of(changed)}\n\n"
            else:
                yield f'event: beat\ndata: {{"at": "{_moment(view)}"}}\n\n'


def _moment(view: View) -> str:
    return moment(view.now()).isoformat()
