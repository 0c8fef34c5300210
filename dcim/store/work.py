"""What is handed to the store, and what comes back.

A ``Work`` is one atomic change: its facts, alert rows, device states, new messages and delivery
results are written together or not at all.

    await store.commit(Work(
        facts=(Fact(FactKind.ALERT, now, key, {"phase": "active", ...}),),
        alerts=(AlertRow(key, open=True, at=now, body={...}),),
        outbox=(Message("mail", dedup_key=key, message_id="<...@cas1>", body={...}, due=now),),
    ))
"""

from __future__ import annotations

from enum import StrEnum

from dcim.ledger.chain import Head
from dcim.ledger.signed import SignedHead, Signer
from dcim.model import Memory
from dcim.model.fact import Body, Fact
from dcim.people import Person
from dcim.record import acyclic, dataclass
from dcim.rollup.block import Block
from dcim.store.prepared import Prepared


@dataclass(frozen=True, slots=True)
@acyclic
class AlertRow:
    """The current state of one alert, replacing the row of the same key.

    ``body`` belongs to ``dcim.alerts``: the store keeps it and never looks inside. ``open`` is what
    ``open_alerts`` selects by. ``at`` is UTC seconds. ``text`` is the canonical text of the body, from
    whoever has made it already.
    """

    key: str
    open: bool
    at: float
    body: Body
    text: str = ""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The current state of one device, replacing the row of the same asset. ``at`` is UTC seconds."""

    asset: str
    state: str
    at: float
    body: Body


@dataclass(frozen=True, slots=True)
@acyclic
class Message:
    """A new message for one channel. ``created`` and ``due`` are UTC seconds: not sent before ``due``.

    ``message_id`` names this message for ever; ``dedup_key`` names what the far side should fold
    together (a raise and its clearance share it). Both stay the same through every retry and restart.
    ``text`` is the canonical text of the body, from whoever has made it already.
    """

    channel: str
    dedup_key: str
    message_id: str
    body: Body
    created: float
    due: float
    text: str = ""


class Outcome(StrEnum):
    """What one attempt to deliver a message came to."""

    DELIVERED = "delivered"  # the far side has it: settled
    RETRY = "retry"  # not now: stays pending, due at ``retry_at``
    REFUSED = "refused"  # the far side will never take it: settled
    DROPPED = "dropped"  # given up here (too old, channel removed): settled


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one attempt at message ``id`` (``Queued.id``). Times are UTC seconds.

    Only ``DELIVERED`` counts as sent (H2). The message must still be pending, else the work is refused.
    """

    id: int
    outcome: Outcome
    at: float
    error: str = ""
    retry_at: float | None = None  # needed by RETRY, and only there


class MessageState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Queued:
    """A message as the outbox keeps it. ``attempts`` counts finished attempts; times are UTC seconds."""

    id: int
    channel: str
    dedup_key: str
    message_id: str
    body: Body
    created: float
    due: float
    attempts: int
    state: MessageState
    settled: float | None  # when it stopped being pending
    last_error: str


@dataclass(frozen=True, slots=True)
class Work:
    """One atomic change: all of it is written in one transaction, or nothing of it.

    Facts are chained in this order. ``forget_alerts`` deletes rows of alert keys. ``delivered`` holds the
    results of attempts, good or bad. ``memories`` replace or delete those of the same room and key.
    ``forget_settled`` deletes messages settled before that time (UTC seconds), ``forget_beats`` heads signed
    before that time for a heartbeat alone. ``rollups`` are new versions of hours, each kept for ever.
    ``people`` are the names behind the pseudonyms in these facts, or names that are erased.

    ``sign`` (a word of ``dcim.ledger.signed.SIGNED_FOR``) has the head that ends with these facts signed in
    the same transaction, if the store has a key; ``signer`` is the key from this work on. ``ready``: what the
    writer takes of all this, where it has been made already (``dcim.store.ready``); nothing changes after it.
    """

    facts: tuple[Fact, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    forget_alerts: tuple[str, ...] = ()
    devices: tuple[DeviceState, ...] = ()
    memories: tuple[Memory, ...] = ()
    outbox: tuple[Message, ...] = ()
    delivered: tuple[Attempt, ...] = ()
    forget_settled: float | None = None
    forget_beats: float | None = None
    sign: str = ""
    signer: Signer | None = None
    rollups: tuple[Block, ...] = ()
    people: tuple[Person, ...] = ()
    ready: Prepared | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a work is on disk. ``first`` and ``last`` are the sequences of its facts, or 0.

    ``head`` is the chain's head after the whole transaction; ``outbox`` the ids of its new
    messages in order; ``signed`` the head that was signed for this work.
    """

    first: int
    last: int
    head: Head
    outbox: tuple[int, ...] = ()
    signed: SignedHead | None = None
