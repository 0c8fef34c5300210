"""What records and polls say of each other: a device's reach that changed, time that nobody watched. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dcim.model import Asset
from dcim.model.fact import Fact, FactKind
from dcim.poll import Polled, Presence, Reach
from dcim.store import DeviceState, Work


def reach_work(polled: Polled) -> Work | None:
    """Return the record of a reach that changed with this poll, or None when it stayed the same."""
    before, after = polled.before, polled.presence
    if before.reach is after.reach:
        return None
    body = {"reach": str(after.reach), "before": str(before.reach), "why": after.why}
    fact = Fact(FactKind.DEVICE_STATE, after.since, polled.asset.id, body)
    row = DeviceState(polled.asset.id, str(after.reach), after.since, {"why": after.why})
    return Work(facts=(fact,), devices=(row,))


def standing_work(
    services: Iterable[Fact], assets: Iterable[Asset], presence: Callable[[str], Presence], now: float
) -> Work:
    """Return the record of how each device is reached now, whatever was said before, and ``services``."""
    devices = [(asset.id, presence(asset.id)) for asset in assets]
    known = [(name, one) for name, one in devices if one.reach is not Reach.UNKNOWN]
    facts = [
        Fact(
            FactKind.DEVICE_STATE,
            now,
            name,
            {"reach": str(one.reach), "before": str(Reach.UNKNOWN), "why": one.why},
        )
        for name, one in known
    ]
    rows = (DeviceState(name, str(one.reach), now, {"why": one.why}) for name, one in known)
    return Work(facts=(*services, *facts), devices=tuple(rows))


def blind_from(started: Iterable[Fact]) -> float | None:
    """Return when the daemon was last known to watch before this start (UTC seconds); None: it never was."""
    for fact in started:
        begin = fact.body.get("from")
        if fact.kind is FactKind.BLIND and isinstance(begin, int | float):
            return float(begin)
    return None
