"""The daemon as an asset of its own: what is known of it are points like any other."""

from __future__ import annotations

from typing import Final

OWN: Final = "_dcim"
"""The daemon as an asset: an id that no configuration can write."""

AGAIN: Final = 30.0
"""Seconds after which what it says of itself is said again although nothing changed."""
