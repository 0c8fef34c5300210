"""How devices are asked: a question with its deadline, what came of it, and what asks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from dcim.model import Address, Asset, Batch, Identity, Lane
from dcim.model.fact import Body
from dcim.record import dataclass, field


@dataclass(slots=True)
class Ask:
    """What to ask a device, and by when the answer must be there (``loop.time()`` seconds).

    ``cheap`` asks one question only: is anybody there? The answer to it is an empty ``Collected``.
    Never changed, as ``Collected`` is not; not frozen, as one of each is made for every poll.
    """

    lanes: frozenset[Lane]
    deadline: float
    cheap: bool = False


@dataclass(slots=True)
class Collected:
    """What came by the deadline. Parts that did not are gaps ``deadline`` inside their batch.

    ``identity`` is there when the static lane was read. ``restarted``: the agent has restarted since
    the last poll, so identity and tables were read again. ``requests`` and ``retries`` count packets.
    ``asked`` is False when this beat was left out on purpose, since the device is not to be asked so
    often: then nothing was asked or heard, and nothing is known that was not known before.
    ``untold`` says why a device that answers tells nothing of what it is read for; empty where it does.
    """

    batches: tuple[Batch, ...] = ()
    identity: Identity | None = None
    restarted: bool = False
    requests: int = 0
    retries: int = 0
    asked: bool = True
    untold: str = ""


Outcome: TypeAlias = "Collected | Exception | None"
"""How a poll that was begun without a task ended; None: ``collect`` is to ask, as the answer was unusual."""


@dataclass(frozen=True, slots=True)
class Match:
    """One profile that fits a device, and why. Higher scores fit better; equal ones are sorted by name.

    ``options`` are what of the device's own section it was found with, as its configuration must say it.
    """

    profile: str
    score: int
    reason: str
    identity: Identity = field(default_factory=Identity)
    options: Mapping[str, int | str] = field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Credential:
    """Named secrets of one protocol, resolved. Never printed: its repr shows the name alone."""

    name: str
    protocol: str
    # the plug-in's own shape, secrets as plain text
    fields: Mapping[str, Any] = dataclasses.field(repr=False)


class Collector(Protocol):
    """Asks the hardware of one protocol. Raises ``NoAnswer``, ``Refused``, ``BadAnswer`` and nothing else."""

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the device said by the deadline; what did not come is a gap."""
        ...

    async def identify(
        self, address: Address, credentials: Sequence[Credential], asset: Asset
    ) -> Sequence[Match]:
        """Return the profiles that fit the device, best first, each with its reason."""
        ...

    async def aclose(self) -> None:
        """Close every socket and connection; pending questions end as ``NoAnswer``."""
        ...


@runtime_checkable
class BeginsPolls(Protocol):
    """What a collector may offer beside: the usual poll without a task, for thousands of them a second."""

    def begin(self, asset: Asset, ask: Ask, over: Callable[[Outcome], None]) -> bool:
        """Begin the poll of a device that is understood; False: nothing was begun, ask with ``collect``.

        After True ``over`` is called once, later, on the loop, by the deadline: with what came, with a
        ``PollError``, with any other exception (a bug), or with None where ``collect`` is to ask after all.
        """
        ...


@runtime_checkable
class Remembers(Protocol):
    """What a collector may offer beside: it has something to remember over a restart of the daemon."""

    def recall(self, kept: Mapping[str, Body], keep: Callable[[str, Body], None]) -> None:
        """Take over what was kept before the restart, by key, and what keeps a body under a key.

        Called once, before the first poll. ``keep`` never blocks; call it on the loop. Bodies are JSON.
        """
        ...
