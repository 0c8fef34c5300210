"""What is live, what is dead, and what nobody knows, from the feeds of every element. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from dcim.flow.values.model import Element, Rule
from dcim.graph import NodeKind

Live: TypeAlias = int
"""Whether something has power, as a number that is quick to compare; the order is that of hope."""

DEAD: Final = 0
PERHAPS: Final = 1
LIVE: Final = 2


def fed(element: Element, feeds: Sequence[Live]) -> Live:
    """Return whether an element gets power from feeds that stand like this; a source needs none."""
    if not feeds:
        return LIVE
    if len(feeds) == 1:
        return feeds[0]
    return min(feeds) if element.rule is Rule.ALL else max(feeds)


def modes(element: Element, feeds: Sequence[Live], stands: int) -> tuple[Live, ...]:
    """Return which feeds carry: LIVE surely, PERHAPS, DEAD not. ``stands``: where a switch stood, or -1.

    A switch goes through its feeds, the one on which it stands first, then the one that it prefers: those of
    which nobody knows may carry, up to the first that is live. Of one of which nobody says where it stood any
    that is not dead may carry.
    """
    if element.rule is Rule.SELECT and len(feeds) > 1:
        return _selected(feeds, stands, element.preferred) if stands >= 0 else _either(feeds)
    if element.rule is Rule.ALL and len(feeds) > 1:
        return (min(feeds),) * len(feeds)
    return tuple(feeds)


def _either(feeds: Sequence[Live]) -> tuple[Live, ...]:
    if sum(feed != DEAD for feed in feeds) < 2:
        return tuple(feeds)
    return tuple([min(feed, PERHAPS) for feed in feeds])


def _selected(feeds: Sequence[Live], stands: int, preferred: int) -> tuple[Live, ...]:
    found = [DEAD] * len(feeds)
    order = sorted(range(len(feeds)), key=lambda at: (at != stands, at != preferred))
    tried = 0
    for at in order:
        if feeds[at] == DEAD:
            continue
        tried += 1
        if feeds[at] == LIVE:
            found[at] = LIVE if tried == 1 else PERHAPS
            break
        found[at] = PERHAPS
    return tuple(found)


def is_engine(element: Element) -> bool:
    """Whether it gives power only while it runs."""
    return element.kind is NodeKind.GENSET
