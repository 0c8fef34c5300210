"""The service that is the feeds of a rack: a link of the chain to it, told of where it fares otherwise."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

FEEDS: Final = "/feeds"
"""End of its id; before it stands that of the rack."""


def told_once(services: Collection[str]) -> list[str]:
    """Return services of one fate; the feeds of a rack only where the rack itself is not among them."""
    return [one for one in services if not one.endswith(FEEDS) or one.removesuffix(FEEDS) not in services]
