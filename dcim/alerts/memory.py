"""The state of an alert on disk and back: monotonic times become UTC, the time in between is unknown.

A delay that was running goes on: the time in which nobody watched counts, but only an observation ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, Final

from dcim.alerts.alert import Alert
from dcim.alerts.cell import Cell
from dcim.alerts.state import Ack, AlertState, Phase
from dcim.model import Point, Severity, canonical
from dcim.model.fact import Json
from dcim.record import dataclass

STATES: Final = "alert"
"""Room of the memories of alerts that are not normal, by key."""

MUTES: Final = "mute"
"""Room of the memories of what is muted."""

MEASURED: Final = "measured"
"""Room of the memories of the points that have had a value, by device and lane."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An alert as it was remembered; ``alert`` is as much of it as a clearance needs."""

    alert: Alert
    state: AlertState


def body_of(cell: Cell, to_utc: float) -> dict[str, Json]:
    """Return the state of an alert as JSON; ``to_utc`` is UTC minus monotonic seconds."""
    state, point = cell.state, cell.point
    ack = state.ack
    return {
        "rule": cell.rule.name,
        "asset": point.asset,
        "metric": point.metric,
        "labels": dict(point.labels),
        "severity": str(cell.rule.severity),
        "raised_at": cell.raised_at,
        "phase": str(state.phase),
        "since": state.since + to_utc,
        "owed": state.owed,
        "told": state.told,
        "chattering": state.chattering,
        "turns": [turn + to_utc for turn in state.turns],
        "ack": None
        if ack is None
        else {
            "who": ack.who,
            "note": ack.note,
            "until": None if ack.until == inf else ack.until + to_utc,
        },
    }


def kept_of(key: str, body: Mapping[str, Any], now: float, to_utc: float) -> Kept:
    """Return what a body was made from, its times on the monotonic scale of ``now``, none of them later."""
    point = Point(body["asset"], body["metric"], canonical(body["labels"]))
    alert = Alert(key, body["rule"], point, Severity(body["severity"]), body["raised_at"])
    ack = body["ack"]
    state = AlertState(
        Phase(body["phase"]),
        min(now, body["since"] - to_utc),
        None
        if ack is None
        else Ack(ack["who"], ack["note"], inf if ack["until"] is None else ack["until"] - to_utc),
        owed=body["owed"],
        told=body["told"],
        turns=tuple(min(now, turn - to_utc) for turn in body["turns"]),
        chattering=body["chattering"],
    )
    return Kept(alert, state)


def kept_before(alert: Alert) -> Kept:
    """Return the state of an open alert that an older version stored without its state."""
    ack = Ack(alert.acknowledged) if alert.acknowledged else None
    return Kept(alert, AlertState(Phase.RAISED, ack=ack, told=True))
