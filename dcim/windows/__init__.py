"""Maintenance windows: when work on the building is announced, so that it wakes nobody. Pure.

A window mutes; it never stops watching. Alerts go on beneath it, and what is still wrong at its end is told.
"""

from dcim.windows.calendar import Calendar, Turn, TurnKind
from dcim.windows.recurrence import Days, Every, Once, Span
from dcim.windows.window import MUTED_BY, Scope, Window

__all__ = ["MUTED_BY", "Calendar", "Days", "Every", "Once", "Scope", "Span", "Turn", "TurnKind", "Window"]
