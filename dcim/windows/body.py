"""A window that somebody announced, as the store keeps it, and as the ledger tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dcim.model.fact import Json
from dcim.windows.recurrence import Once, Span
from dcim.windows.window import Scope, Window

_LISTS: Final = ("devices", "services", "rooms", "tags")


def said_of(window: Window) -> dict[str, Json]:
    """Return why a window is, and what it lies over."""
    scope: dict[str, Json] = {name: sorted(getattr(window.scope, name)) for name in _LISTS}
    return {"reason": window.reason, "ticket": window.ticket, "everything": window.scope.everything, **scope}


def body_of(window: Window, span: Span) -> dict[str, Json]:
    """Return a window that is open once, for ``span``."""
    return {**said_of(window), "by": window.by, "start": span.start, "end": span.end}


def window_of(window_id: str, body: Mapping[str, Any]) -> Window:
    """Return the window that a body was made from."""
    devices, services, rooms, tags = (frozenset(body[name]) for name in _LISTS)
    scope = Scope(devices, services, rooms, tags, body["everything"])
    when = Once(Span(body["start"], body["end"]))
    return Window(window_id, scope, when, body["reason"], body["ticket"], body["by"])
