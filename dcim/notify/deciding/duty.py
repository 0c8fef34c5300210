"""Who is on call as time goes on, who stands in, and at which hours lists are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final
from zoneinfo import ZoneInfo

from dcim.clock import Clock
from dcim.model import DcimError, Memory
from dcim.model.fact import Fact, FactKind
from dcim.notify.notices.notice import Site
from dcim.routing import Override, Rota, Telling
from dcim.windows import Days, Every

ROOM: Final = "duty"
"""Room of the memories of who stands in, who was on call last, and when the last list was told."""

_DAY: Final = 86400.0
_DIGEST: Final = "digest"
_LONGEST: Final = 62 * _DAY


class DutyRefused(DcimError):
    """Somebody asked for a change of who is on call that makes no sense; the text says why."""


class Duty:
    """Knows who is on call. Times are UTC seconds."""

    def __init__(self, telling: Telling, site: Site, clock: Clock) -> None:
        self._telling = telling
        self._clock = clock
        self._overrides: dict[str, tuple[Override, ...]] = {}
        self._on_call: dict[str, str] = {}
        self._digest_at = clock.now()
        zone = ZoneInfo(site.time_zone)
        self._hours = [Every((Days("day"),), hour, 60.0, zone) for hour in telling.digest]
        self._next_digest = self._after(self._digest_at)
        self._memories: dict[str, Memory] = {}
        self._facts: list[Fact] = []
        self.known_as: Callable[[str], str] = lambda name: name
        """Gives the pseudonym under which facts know a person; the daemon has one for everybody."""
        if self._hours:
            self._remember(_DIGEST, {"at": self._digest_at})

    @property
    def overrides(self) -> Mapping[str, tuple[Override, ...]]:
        """Return who stands in, by rota, the one that was said last at the end."""
        return self._overrides

    @property
    def rotas(self) -> Mapping[str, Rota]:
        """Return the rotas of the configuration."""
        return self._telling.rotas

    def on_call(self, rota: str, at: float) -> str:
        """Return who is on call."""
        return self._telling.rotas[rota].on_call(at, self._overrides.get(rota, ()))

    def stands_in(self, rota: str, at: float) -> tuple[Override, ...]:
        """Return who stands in at ``at`` (UTC seconds) or later; what is over by then is no news."""
        return tuple(one for one in self._overrides.get(rota, ()) if one.end > at)

    # changes by people

    def stand_in(self, rota: str, override: Override, who: str) -> None:
        """Let somebody stand in; raise DutyRefused for what makes no sense. ``who`` says so."""
        self._check(rota, override, who)
        now = self._clock.now()
        kept = tuple(one for one in self._overrides.get(rota, ()) if one.end > now)
        self._overrides[rota] = (*kept, override)
        self._remember(f"rota {rota}", {"overrides": [asdict(one) for one in self._overrides[rota]]})
        said = {**asdict(override), "person": self.known_as(override.person)}
        self._facts.append(Fact(FactKind.ON_CALL, now, rota, {"change": "stand_in", "who": who, **said}))

    def _check(self, rota: str, override: Override, who: str) -> None:
        if rota not in self._telling.rotas:
            _refuse(f"there is no rota {rota!r}; known: {', '.join(sorted(self._telling.rotas)) or 'none'}")
        if override.person not in self._telling.people:
            people = ", ".join(sorted(self._telling.people))
            _refuse(f"there is nobody {override.person!r}; known: {people or 'none'}")
        if not who.strip():
            _refuse("say who you are")
        if override.end <= max(override.start, self._clock.now()):
            _refuse("it ends before it starts, or is over already")
        if override.end - override.start > _LONGEST:
            _refuse(f"nobody stands in for longer than {_LONGEST / _DAY:g} days: change the rota")

    @property
    def next_digest(self) -> float | None:
        """Return when the next list is told; None: there are no hours for it."""
        return self._next_digest

    # what time brings

    def handed_over(self, at: float) -> Iterator[tuple[str, str]]:
        """Yield (rota, person) for those who went on call since the last time; the first time nobody did."""
        for name in self._telling.rotas:
            person, before = self.on_call(name, at), self._on_call.get(name)
            if person == before:
                continue
            self._on_call[name] = person
            self._remember(f"on call {name}", {"person": person})
            known = {"from": self.known_as(before or ""), "person": self.known_as(person)}
            self._facts.append(Fact(FactKind.ON_CALL, at, name, {"change": "hand_over", **known}))
            if before is not None and self._telling.hand_over:
                yield name, person

    def digest_is_due(self, at: float) -> bool:
        """Whether an hour of the digest came since it was last told; then it counts as told."""
        if self._next_digest is None or at < self._next_digest:
            return False
        self._digest_at, self._next_digest = at, self._after(at)
        self._remember(_DIGEST, {"at": at})
        return True

    def _after(self, at: float) -> float | None:
        found = (
            span.start for hour in self._hours for span in hour.spans(at, at + 3 * _DAY) if span.start > at
        )
        return min(found, default=None)

    # a restart

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take over what was so before a restart; people and rotas that are gone are left out."""
        for memory in memories:
            if memory.room != ROOM or memory.body is None:
                continue
            body: Mapping[str, Any] = memory.body
            what, _, rota = memory.key.rpartition(" ")
            if memory.key == _DIGEST:
                self._digest_at = body["at"]
                self._remember(_DIGEST, {"at": self._digest_at})
                self._next_digest = self._after(self._digest_at)
            elif what == "on call":
                self._on_call[rota] = body["person"]
            elif rota in self._telling.rotas:
                known = (Override(**one) for one in body["overrides"])
                self._overrides[rota] = tuple(one for one in known if one.person in self._telling.people)

    def unsaved(self) -> tuple[Memory, ...]:
        """Return what must be on disk, once."""
        found, self._memories = tuple(self._memories.values()), {}
        return found

    def facts(self) -> tuple[Fact, ...]:
        """Return what became true since the last time."""
        found, self._facts = tuple(self._facts), []
        return found

    def _remember(self, key: str, body: dict[str, Any]) -> None:
        self._memories[key] = Memory(ROOM, key, body)


def _refuse(why: str) -> None:
    raise DutyRefused(why)
