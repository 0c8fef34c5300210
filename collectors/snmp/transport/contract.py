"""The contract of everything that carries SNMP questions to devices.

``udp.transport.UdpTransport`` (our engine) and ``pysnmp.transport.PysnmpTransport`` pass one suite.

    request = Request.get([oid.encode("1.3.6.1.2.1.1.3.0")])         # once
    target = Target(asset.address, User("dcim", Auth.SHA256, "...", Priv.AES128, "..."))
    answer = await transport.ask(target, request, deadline=loop.time() + 2)
    if answer.error_status == ErrorStatus.TOO_BIG: ...
    if answer.oids is request.oids: ...                             # exactly what was asked, in order
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias, runtime_checkable

from collectors.snmp.engine.access import Access
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Request
from dcim.model import Address, PollError


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Target:
    """One device as a transport sees it: where it is and how it is asked. Make one per device and keep it.

    The first attempt waits ``timeout`` seconds (and a jitter), each further one twice as long, at most
    ``retries`` more of them; the caller's deadline ends everything. A host name is resolved when it is first
    needed, and again after silence.
    """

    address: Address
    access: Access = field(repr=False)
    timeout: float = 1.0
    retries: int = 2
    name: str = ""  # of the device, for whoever witnesses its answers


class Urgency(Enum):
    """In which window a question waits for its turn."""

    NORMAL = "normal"
    SILENT = "silent"  # a device that did not answer lately: sent once, in a small window of its own


@dataclass(slots=True)
class Stats:
    """What a transport did since it was opened.

    ``dropped`` counts datagrams that answered nothing: late (or twice), unknown_id, wrong_address,
    wrong_version, wrong_request_id, nonsense, and of v3 digest, encryption, engine, security_level,
    time_window, unsigned_report. ``learned`` counts what v3 agents taught us: engine, clock, engine_change,
    and engine_shared: engine ids that two addresses have. ``unproved`` counts what was said without a
    signature in the name of an engine that signs.
    """

    sent: int = 0
    received: int = 0
    retries: int = 0
    timeouts: int = 0
    receive_buffer: int = 0  # bytes the kernel really gave, the smaller of both address families
    dropped: dict[str, int] = field(default_factory=dict)
    learned: dict[str, int] = field(default_factory=dict)

    unproved: int = 0

    def learn(self, what: str) -> None:
        """Count one thing that a v3 agent made us learn about its engine."""
        self.learned[what] = self.learned.get(what, 0) + 1

    def drop(self, reason: str) -> None:
        """Count one datagram that answered nothing we asked."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


class Transport(Protocol):
    """Carries one question to one device and brings the answer."""

    stats: Stats

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Return the device's answer by ``deadline`` (``loop.time()`` seconds).

        tooBig, genErr, noSuchName and every other error status are answers, not errors. Raises ``NoAnswer``;
        ``Refused`` when a v3 device rejects the user, the keys or the context; ``BadAnswer`` when the
        device sent something that cannot be an answer; nothing else.
        """
        ...

    def engine_of(self, target: Target) -> bytes:
        """Return the id of the v3 engine that answered this target with a signature; empty if none has."""
        ...

    async def aclose(self) -> None:
        """Close every socket; questions under way end as ``NoAnswer``."""
        ...


Told: TypeAlias = Callable[["Answer | PollError"], None]
"""Is told once how a question ended."""

Seen: TypeAlias = "Callable[[Target, Request, float, bytes, Answer | PollError], None]"
"""Is told of every question of ours that ended: whom, what, when it was begun (``loop.time()``), what came.

What came is empty, or what ``pdu.bare`` makes of it: no community, no user, no signature. Last how it ended.
"""


@runtime_checkable
class ShowsAnswers(Protocol):
    """What a transport may offer beside: bytes as they were received."""

    seen: Seen | None


@runtime_checkable
class BeginsQuestions(Protocol):
    """What a transport may offer beside: a question without a task that waits for its answer."""

    def begin(self, target: Target, request: Request, deadline: float, told: Told) -> bool:
        """Ask as ``ask`` does, and tell the answer or the error that it would raise, later, on the loop.

        False where more than this question is needed first: nothing was asked, and nothing will be told.
        """
        ...

    def engine_of(self, target: Target) -> bytes:
        """Return what ``Transport.engine_of`` returns."""
        ...
