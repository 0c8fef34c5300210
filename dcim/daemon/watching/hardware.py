"""Which hardware stands at an asset: its series go on when it is exchanged, and the exchange is on record.

polled ──▶ identity beside the one that is remembered ──▶ hardware_changed, a fact with the old and the new
                                                     └──▶ device_hardware_state: changed, for a day

Remembered in the store, so that an exchange while nobody watched is seen too. A word that a device does not
say is no other word: cards that do not know their serial for a moment exchange nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, Final

import structlog

from dcim.model import Batch, Health, Identity, Lane, Layout, Meaning, Memory, Point, state_code
from dcim.model.fact import Fact, FactKind
from dcim.poll import Polled
from dcim.record import dataclass, replace
from dcim.store import Work
from dcim.web import Exchange

log = structlog.get_logger()

ROOM: Final = "hardware"
"""Room of the memories, by asset id."""

STATE: Final = "device_hardware_state"
CHANGED_FOR: Final = 86_400.0
"""Seconds for which a change is shown, and an alert: most are planned, all are in the ledger for good."""

_TELLING: Final = ("model", "serial")
"""What tells hardware apart. Firmware is updated; a kind and a vendor may be words of our own."""

_SAME, _CHANGED = state_code("same"), state_code("changed")
_STATES: Final = {_SAME: Meaning("same", Health.OK), _CHANGED: Meaning("changed", Health.WARNING)}


@dataclass(frozen=True, slots=True)
class _Known:
    identity: Identity
    exchange: Exchange | None = None


class Hardware:
    """Remembers who answers for each asset. ``note`` takes what is to be on disk."""

    def __init__(self, note: Callable[[Work], None]) -> None:
        self._note = note
        self._known: dict[str, _Known] = {}
        self._layouts: dict[str, Layout] = {}

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take over what was remembered before a restart."""
        self._known |= {one.key: _known(one.body) for one in memories if one.body is not None}

    def polled(self, polled: Polled) -> Batch | None:
        """Hold what a device says it is against what it said before; None where it says nothing."""
        identity = polled.collected.identity if polled.collected is not None else None
        if identity is None or identity == Identity():
            return None
        asset, known = polled.asset.id, self._known.get(polled.asset.id)
        if known is None:
            known = self._known[asset] = _Known(identity)
            self._note(Work(memories=(Memory(ROOM, asset, _body(known)),)))
        elif (now := _joined(known.identity, identity)) != known.identity:
            known = self._known[asset] = self._another(asset, known, now, polled.at)
        exchange = known.exchange
        changed = exchange is not None and 0 <= polled.at - exchange.at < CHANGED_FOR
        return Batch(self._layout(asset), polled.at, array("d", (_CHANGED if changed else _SAME,)))

    def _another(self, asset: str, known: _Known, now: Identity, at: float) -> _Known:
        """Keep what an asset says it is now; on record where that is other hardware."""
        before = known.identity
        facts: tuple[Fact, ...] = ()
        fresh = replace(known, identity=now)
        if _differs(before, now):
            fresh = _Known(now, Exchange(at, before, now))
            body = {"before": asdict(before), "after": asdict(now)}
            facts = (Fact(FactKind.HARDWARE_CHANGED, at, asset, body),)
            log.warning("other hardware answers", device=asset, before=_said(before), after=_said(now))
        self._note(Work(facts=facts, memories=(Memory(ROOM, asset, _body(fresh)),)))
        return fresh

    def exchange(self, asset: str) -> Exchange | None:
        """Return the newest exchange of the hardware of an asset; None when there was none."""
        known = self._known.get(asset)
        return known.exchange if known else None

    def _layout(self, asset: str) -> Layout:
        layout = self._layouts.get(asset)
        if layout is None:
            points = (Point(asset, STATE),)
            layout = Layout(asset, Lane.STATIC, points, (_STATES,), ("identity",), own=True)
            self._layouts[asset] = layout
        return layout


def _joined(before: Identity, now: Identity) -> Identity:
    """Return what is said now, and what was said before where nothing is."""
    kept = {one.name: getattr(before, one.name) for one in fields(Identity) if not getattr(now, one.name)}
    return replace(now, **kept)


def _differs(before: Identity, after: Identity) -> bool:
    """Whether the words that tell hardware apart are others; capitals and blanks mean nothing."""
    return any(
        (old := _plain(getattr(before, name))) and old != _plain(getattr(after, name)) for name in _TELLING
    )


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _said(identity: Identity) -> str:
    return " ".join(filter(None, (identity.vendor, identity.model, identity.serial)))


def _body(known: _Known) -> Mapping[str, Any]:
    body: dict[str, Any] = {"identity": asdict(known.identity)}
    if known.exchange is not None:
        body |= {"at": known.exchange.at, "before": asdict(known.exchange.before)}
        body["after"] = asdict(known.exchange.after)
    return body


def _known(body: Mapping[str, Any]) -> _Known:
    exchange = None
    if "at" in body:
        exchange = Exchange(float(body["at"]), _identity(body["before"]), _identity(body["after"]))
    return _Known(_identity(body["identity"]), exchange)


def _identity(said: Mapping[str, str]) -> Identity:
    return Identity(**{one.name: str(said.get(one.name, "")) for one in fields(Identity)})
