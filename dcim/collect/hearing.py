"""How devices are heard: what they send unasked is a reason to ask them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from socket import socket
from typing import Protocol, runtime_checkable

from dcim.model import Address, Asset
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that a device sent unasked: a reason to ask it, never a state.

    ``name`` is the profile's word for it, else empty; ``what`` its own name in its protocol (an OID).
    ``ask`` is False where the profile says that asking would show nothing new. ``at`` is UTC seconds.
    """

    asset: str
    at: float
    what: str
    name: str
    how: str  # "v2c trap", "v3 inform"
    sender: str  # the address that it came from
    ask: bool = True


@dataclass(frozen=True, slots=True)
class Stranger:
    """An address that sends and belongs to no device. Times are UTC seconds."""

    sender: str
    number: int
    first: float
    last: float


class Ear(Protocol):
    """A port on which devices are heard."""

    @property
    def address(self) -> Address:
        """Return where it listens."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many messages came, by what became of them."""
        ...

    def strangers(self) -> Sequence[Stranger]:
        """Return unknown senders, bounded, those that were last heard first."""
        ...

    async def aclose(self) -> None:
        """Close the port; nothing is heard any more."""
        ...


@runtime_checkable
class Listens(Protocol):
    """What a collector may offer beside: it hears what devices send unasked."""

    async def listen(
        self,
        wire: socket,
        assets: Sequence[Asset],
        relays: Sequence[str],
        heard: Callable[[Heard], None],
    ) -> Ear:
        """Hear these devices on a bound datagram socket, which is closed with the ear.

        ``relays`` are addresses that pass on what others send. ``heard`` is called on the loop and is quick.
        """
        ...
