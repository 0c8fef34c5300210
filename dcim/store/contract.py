"""What other rooms need of the store: the seam for their fakes. ``Store`` fulfils it.

``commit`` belongs to the event loop. The reads are plain calls of a millisecond or so: call them from
any thread, or from the loop through ``asyncio.to_thread`` where the answer may be large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from dcim.ledger.chain import Entry
from dcim.model import Memory
from dcim.store.work import AlertRow, DeviceState, MessageState, Queued, Receipt, Work


class Commits(Protocol):
    """Takes works."""

    async def commit(self, work: Work) -> Receipt:
        """Write the work and return once it is on disk.

        Raises ``WorkRefused`` when it is wrong in itself, ``StoreUnavailable`` (``StoreFull``, ``StoreBusy``)
        when it may be given again later, ``Fenced`` or ``StoreClosed`` when this store is at its end. After
        any error nothing of this work was acknowledged and nothing of it stands half-written.
        """
        ...


class Outbox(Commits, Protocol):
    """What the outbox worker needs; results go back through ``commit(Work(delivered=...))``."""

    def due_outbox(self, now: float, limit: int = 100, channel: str | None = None) -> Sequence[Queued]:
        """Return pending messages due at ``now`` (UTC seconds), earliest due first, then oldest."""
        ...

    def outbox(self, states: Iterable[MessageState] = (), limit: int = 1000) -> Sequence[Queued]:
        """Return messages in these states (all when empty), newest first."""
        ...

    def message(self, number: int) -> Queued | None:
        """Return the message with this id, or None when there is none (any more)."""
        ...

    def newest_delivered(self, channel: str) -> Sequence[Queued]:
        """Return of every dedup key the newest message that was delivered to a channel, oldest first."""
        ...

    def delivered_at(self, channel: str, dedup_key: str = "") -> float | None:
        """Return when a channel last took a message (of this key, if given; UTC seconds), or None."""
        ...


class Books(Outbox, Protocol):
    """Everything that can be read back."""

    def alerts(self) -> Sequence[AlertRow]:
        """Return every alert row, by key."""
        ...

    def open_alerts(self) -> Sequence[AlertRow]:
        """Return the rows with ``open`` true, by key."""
        ...

    def memories(self, room: str) -> Sequence[Memory]:
        """Return what a room remembers, by key."""
        ...

    def device_states(self) -> Sequence[DeviceState]:
        """Return the current state of every device, by asset id."""
        ...

    def facts(self, since: int = 0, kinds: Iterable[str] = (), limit: int = 1000) -> Sequence[Entry]:
        """Return facts with a sequence above ``since``, of these kinds (all when empty), oldest first."""
        ...
