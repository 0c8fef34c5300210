"""Whether a ledger is a site's own or that of a replay, as its first start says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcim.model.fact import FactKind, Json
from dcim.reports.matter import Record, body_of
from dcim.reports.model import Code, Face, List, Name, Replay, Say, Value

_SHOWN = 12
"""Letters of a SHA-256 that people compare; the claim has all of them."""


def said_of(record: Record) -> Json:
    """Return what a ledger says of the replay that it is of; None for a site's own."""
    started = record.facts(0, (FactKind.DAEMON_STARTED,), 1)
    return body_of(started[0]).get("replay") or None if started else None


def replay_of(said: Any) -> Replay | None:
    """Return what was said of a replay, as far as it makes sense; None of a site's own ledger."""
    if not said:
        return None
    if not isinstance(said, Mapping):
        return Replay("")
    rules = [one for one in _list(said.get("rules")) if isinstance(one, Mapping)]
    files = tuple((str(one.get("file", "")), str(one.get("sha256", ""))) for one in rules)
    return Replay(str(said.get("recording", "")), files)


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def marks(face: Face) -> tuple[Say, ...]:
    """Return what must stand over a report before anything else, in every form."""
    replay = face.replay
    if replay is None:
        return ()
    name: Value = Name(replay.recording) if replay.recording else Say("report.replay.unnamed")
    rules: Value = Say("report.replay.rules_recorded")
    if replay.rules:
        files = (
            Say("report.replay.file", (Name(file), Code(digest[:_SHOWN]))) for file, digest in replay.rules
        )
        rules = List(tuple(files))
    return (Say("report.replay", (name, rules)),)
