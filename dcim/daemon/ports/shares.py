"""Who goes next of many that share: addresses evenly, and those of one address evenly. Pure.

Everybody stands at the seconds that they had, and whoever stands lowest goes next. Nobody saves up: who comes
or comes back stands where the last that went stood. So nobody stands far above others, however long it lasts.

All connections that ask for the first time are one reader of their address. Else whoever opens a new one for
each request would always be one that had nothing yet, and go before all that keep theirs.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Generic, NamedTuple, TypeVar

REMEMBERED: Final = 200
"""Addresses that are known, and connections of each: as many as may be open. Whoever asked last is known."""

_FIRST: Final = -1

Who = TypeVar("Who", bound=Hashable)


class Reader(NamedTuple):
    """Who has a share: a connection, or all of its address that ask for the first time."""

    address: str
    port: int


class Standings(Generic[Who]):
    """Where each of those stands that share evenly, in seconds; of no more than ``REMEMBERED``."""

    def __init__(self) -> None:
        self._at: dict[Who, float] = {}
        self._last = 0.0

    def knows(self, who: Who) -> bool:
        """Whether one had something, or is taken down."""
        return who in self._at

    def of(self, who: Who) -> float:
        """Return where one stands: no lower than the last that went."""
        return max(self._at.get(who, 0.0), self._last)

    def went(self, who: Who) -> None:
        """One goes; whoever comes from now on stands no lower."""
        self._last = self.of(who)

    def took(self, who: Who, seconds: float) -> None:
        """One had so much more."""
        at = self.of(who) + seconds
        self._at.pop(who, None)
        self._at[who] = at  # the last of them now
        if len(self._at) > REMEMBERED:
            del self._at[next(iter(self._at))]

    def forget(self) -> None:
        """Let all stand at nothing; who is known stays known."""
        self._at = dict.fromkeys(self._at, 0.0)
        self._last = 0.0


class Shares:
    """The shares of all addresses, and of the readers of each."""

    def __init__(self) -> None:
        self._addresses: Standings[str] = Standings()
        self._ports: dict[str, Standings[int]] = {}

    def reader(self, client: tuple[str, int]) -> Reader:
        """Return whose share a request of this connection is of."""
        address, port = client
        return Reader(address, port if self._of(address).knows(port) else _FIRST)

    def standing(self, one: Reader) -> tuple[float, float]:
        """Return where a reader stands: its address, and it there. The lowest goes next."""
        return self._addresses.of(one.address), self._of(one.address).of(one.port)

    def went(self, one: Reader) -> None:
        """A reader goes."""
        self._addresses.went(one.address)
        self._of(one.address).went(one.port)

    def took(self, one: Reader, seconds: float) -> None:
        """A reader had so much more."""
        self._addresses.took(one.address, seconds)
        self._of(one.address).took(one.port, seconds)

    def know(self, client: tuple[str, int]) -> None:
        """Take down that a connection has asked: from now on it has its own share."""
        address, port = client
        self._of(address).took(port, 0.0)

    def forget(self) -> None:
        """Forget what everybody had."""
        self._addresses.forget()
        for ports in self._ports.values():
            ports.forget()

    def _of(self, address: str) -> Standings[int]:
        one = self._ports.pop(address, None) or Standings[int]()
        self._ports[address] = one
        if len(self._ports) > REMEMBERED:
            del self._ports[next(iter(self._ports))]
        return one
