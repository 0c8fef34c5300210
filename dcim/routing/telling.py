"""Who is told of what at a site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from types import MappingProxyType

from dcim.record import dataclass, field
from dcim.routing.gate import Limit
from dcim.routing.rota import Override, Person, Rota
from dcim.routing.routes import Route


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told of what. Without routes everything goes to every channel.

    ``digest``: hours on the wall of the site. ``limits``: by the name of the channel. ``hand_over``: whoever
    goes on call is told what is open.
    """

    people: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))
    rotas: Mapping[str, Rota] = field(default_factory=lambda: MappingProxyType({}))
    routes: tuple[Route, ...] = ()
    digest: tuple[time, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))
    hand_over: bool = True

    def channels(
        self, names: Iterable[str], at: float, overrides: Mapping[str, Sequence[Override]]
    ) -> list[str]:
        """Return the channels that names mean at ``at`` (UTC seconds), each once, in their order.

        A name is that of a rota, of a person, or else of a channel. ``overrides``: who stands in, by rota.
        """
        found: list[str] = []
        for name in names:
            rota = self.rotas.get(name)
            person = self.people.get(rota.on_call(at, overrides.get(name, ())) if rota else name)
            found += person.channels if person else (name,)
        return list(dict.fromkeys(found))
