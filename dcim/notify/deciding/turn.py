"""What went on in a turn on call: the incidents that are over by the hand-over, for who comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dcim.alerts import Severity
from dcim.model import Memory
from dcim.model.fact import Json
from dcim.notify.notices.notice import Notice
from dcim.record import replace

KEY: Final = "over"
"""Key of the memory in the room of who is on call."""

MOST: Final = 30
"""Incidents that are kept by name, the worst and newest; of all it is known how many there were."""

_RANK: Final = {severity: place for place, severity in enumerate(Severity)}


class Turns:
    """The incidents that ended, by the rota whose next hand-over tells of them. Times are UTC seconds."""

    def __init__(self, rotas: Iterable[str]) -> None:
        self._counts = dict.fromkeys(rotas, 0)
        self._began: dict[str, float] = {}
        self._over: list[tuple[float, Notice]] = []
        self._changed = False

    def ended(self, notice: Notice) -> None:
        """Take down that what people were told of is over."""
        if not self._counts:
            return
        for rota in self._counts:
            self._counts[rota] += 1
        self._over.append((notice.at, replace(notice, children=(), services=(), context=())))
        if len(self._over) > MOST:
            self._over.remove(min(self._over, key=lambda one: (-_RANK[one[1].severity], one[0])))
        self._changed = True

    def handed_over(self, rota: str, at: float) -> tuple[list[Notice], int]:
        """Return what is over of a turn that ends, and how many more there were; the next turn begins."""
        began = self._began.get(rota, 0.0)
        named = [notice for ended, notice in self._over if ended >= began]
        more = self._counts.get(rota, 0) - len(named)
        self._counts[rota], self._began[rota] = 0, at
        first = min(self._began.get(name, 0.0) for name in self._counts)
        self._over = [one for one in self._over if one[0] >= first]
        self._changed = True
        return named, max(0, more)

    def recall(self, memory: Memory) -> None:
        """Take over what was kept before a restart; rotas that are gone are left out."""
        body: Mapping[str, Any] = memory.body or {}
        for rota in self._counts:
            self._counts[rota] = body["counts"].get(rota, 0)
            if rota in body["began"]:
                self._began[rota] = body["began"][rota]
        self._over = [(ended, Notice.of(said)) for ended, said in body["over"]]

    def unsaved(self, room: str) -> tuple[Memory, ...]:
        """Return what must be on disk, once."""
        if not self._changed:
            return ()
        self._changed = False
        over: list[Json] = [[ended, notice.body()] for ended, notice in self._over]
        return (
            Memory(room, KEY, {"counts": self._counts.copy(), "began": self._began.copy(), "over": over}),
        )
