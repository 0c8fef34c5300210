"""What the daemon tells the children that answer queries: its devices, how long readings count, itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from dcim.query.ring import Ring
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a child has heard."""

    devices: int = 0
    lasting: object = None
    ticks: int = 0


class Told:
    """The news, kept for children that start later.

    ``version`` is another when the points that devices say are others; ``lasting`` then gives seconds for
    which readings count, with the ids of the points of which that is true, eight bytes each. ``names`` gives
    the names that our own metrics may have, those that have no series yet among them.
    """

    def __init__(
        self,
        version: Callable[[], object],
        lasting: Callable[[], Iterable[tuple[float, bytes]]],
        names: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.ring = Ring()
        self._version = version
        self._lasting = lasting
        self._names = names
        self._devices = ""
        self._changes = 0

    def describe(self, devices: Mapping[str, Mapping[str, str]], hidden: Sequence[str]) -> None:
        """Take the labels of each device, and which are not shown."""
        self._devices = json.dumps({"devices": devices, "hidden": hidden}, separators=(",", ":"))
        self._changes += 1

    def since(self, heard: Heard | None) -> tuple[list[str], Heard]:
        """Return what came behind ``heard``, and what is heard then."""
        known = heard or Heard()
        lines, version = [], self._version()
        if known.devices != self._changes:
            lines.append(self._devices)
        if heard is None:
            lines.append(json.dumps({"names": [*self._names()]}))
        if heard is None or known.lasting != version:
            told = [[seconds, base64.b64encode(ids).decode()] for seconds, ids in self._lasting()]
            lines.append(json.dumps({"lasting": told}))
        lines += self.ring.since(known.ticks)
        return lines, Heard(self._changes, version, self.ring.sent)
