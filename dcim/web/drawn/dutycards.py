"""Who is on call, and maintenance that is open or comes soon, as the overview shows them."""

from __future__ import annotations

from typing import Final

from dcim.record import dataclass
from dcim.web.drawn.where import local
from dcim.web.view.view import View
from dcim.words import Words

_SOON: Final = 7 * 86400.0
_MOST: Final = 4
"""Windows, and names of what one lies over, that stand on the overview."""


@dataclass(frozen=True, slots=True)
class OnCallLine:
    """Who is on call of a rota, and until when on the wall of the site."""

    rota: str
    name: str
    until: str


@dataclass(frozen=True, slots=True)
class WindowLine:
    """Announced work: what, when on the wall of the site, over what."""

    open: bool
    what: str
    start: str
    end: str
    over: str


def on_call_lines(view: View) -> list[OnCallLine]:
    """Return who is on call, by rota."""
    return [OnCallLine(one.rota, one.name, local(one.until, view)) for one in view.on_call()]


def window_lines(view: View, said: Words) -> list[WindowLine]:
    """Return the windows that are open or begin within a week, the soonest first."""
    soon = [one for one in view.windows() if one.open or one.span.start < view.now() + _SOON]
    lines = []
    for one in soon[:_MOST]:
        window = one.window
        names = [asset.name if (asset := view.asset(name)) else name for name in one.covers]
        more = len(names) - _MOST
        over = ", ".join(names[:_MOST]) + (f", {said('and_more', str(more))}" if more > 0 else "")
        what = f"{window.reason} ({window.ticket})" if window.ticket else window.reason
        lines.append(WindowLine(one.open, what, local(one.span.start, view), local(one.span.end, view), over))
    return lines
