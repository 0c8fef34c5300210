"""Plug-ins, found by entry point: ours like anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from dcim.collect import CollectorPlugin
from dcim.model import DcimError


class BrokenPlugin(DcimError):
    """An installed plug-in cannot be imported."""


def collectors() -> dict[str, CollectorPlugin]:
    """Return every installed collector by its name."""
    return found("dcim.collectors")


def found(group: str) -> dict[str, Any]:
    """Return what every entry point of a group names. Raise ``BrokenPlugin`` if one cannot be imported.

    What is installed is looked up once.
    """
    return dict(looked_up(group))


@cache
def looked_up(group: str) -> Mapping[str, Any]:
    """Return what is installed of a group, as it was when somebody first asked."""
    plugins: dict[str, Any] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        try:
            plugins[entry.name] = entry.load()
        except (ImportError, AttributeError) as why:
            package = entry.dist.name if entry.dist else "?"
            msg = f"plug-in {entry.name!r} ({group}, from package {package}) cannot be imported: {why}"
            raise BrokenPlugin(msg) from why
    return plugins
