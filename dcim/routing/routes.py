"""Routes: what is sent where, and what follows when nobody acknowledges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dcim.record import dataclass
from dcim.routing.match import ANY, Case, Match

CHANNEL_FAILING: Final = "channel_failing"
"""The rule that tells of a channel. A route may lead to the very channel that fails, and to no other."""


@dataclass(frozen=True, slots=True)
class Step:
    """``after`` seconds without an acknowledgement, these are told: names of channels, people or rotas."""

    after: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One way of telling. ``steps`` begin with one at 0 seconds, unless all waits for the digest.

    ``repeat``: seconds after which those told so far are told again while nobody acknowledges; None: never.
    ``digest``: what is first told in a list at certain hours, and not at once. ``go_on``: the routes after
    this one are looked at too.
    """

    name: str
    match: Match = ANY
    steps: tuple[Step, ...] = ()
    repeat: float | None = None
    digest: bool = False
    go_on: bool = False


class Routes:
    """All routes of a site in their order. What none of them fits goes to ``otherwise``: every channel.

    So a mistake in a route makes a message too many and never one too few. That a channel fails goes there as
    well, whichever routes fit, unless one of them names its rule: then somebody has chosen who hears of it.
    """

    def __init__(self, routes: Sequence[Route], channels: Sequence[str]) -> None:
        self.otherwise = Route("", steps=(Step(0.0, tuple(channels)),))
        self._routes = {route.name: route for route in (*routes, self.otherwise)}

    def __getitem__(self, name: str) -> Route:
        """Return a route by its name; the one for everything else where there is none any more."""
        return self._routes.get(name, self.otherwise)

    def of(self, case: Case, at: float) -> tuple[Route, ...]:
        """Return the routes of a case at ``at`` (UTC seconds), in their order; never none."""
        found: list[Route] = []
        chosen = case.rule != CHANNEL_FAILING
        for route in self._routes.values():
            if route is not self.otherwise and route.match.fits(case, at):
                found.append(route)
                chosen = chosen or case.rule in route.match.rules
                if not route.go_on:
                    break
        return tuple(found) if found and chosen else (*found, self.otherwise)
