"""SNMP over our own engine: many questions under way on one socket per address family.

    ask -> (probe) -> window -> outbox -> send -> ... answer -> future
                        ^                           |
                        +-------- timeout ----------+   twice as long each time, until the caller's deadline

What gets its turn while the loop turns once is sent at its end, datagram after datagram: with other work
between them the kernel wakes each receiver for itself, and a datagram costs two to three times as much. The
answers of one turn are all understood before anybody is told of one: code stays in the processor's caches.

An answer belongs to a question if its request id (v3: message id) and its source address are the question's.
Everything else is dropped and counted by reason. One transport belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import socket
from random import Random, SystemRandom
from typing import Final

from collectors.snmp.engine import community, pdu, usm, v3
from collectors.snmp.engine.access import Version
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.keys import KeyCache
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Seen, Stats, Target, Told, Urgency
from collectors.snmp.transport.engines import Engines
from collectors.snmp.transport.peer import Peer, Peers, locate
from collectors.snmp.transport.udp.ended import Ended, read
from collectors.snmp.transport.udp.question import Question
from collectors.snmp.transport.udp.underway import UnderWay
from collectors.snmp.transport.udp.wheel import Wheel
from collectors.snmp.transport.udp.window import Window, Windows
from collectors.snmp.transport.wire import OpenWire, SocketAddress, UdpWire, Wire
from dcim.model import BadAnswer, NoAnswer, PollError, Refused

_MOST_AGAIN: Final = 3  # engine, clock and a changed engine within one question
_JITTER: Final = 0.25  # of a timeout, so that what was lost together is not repeated together
_MOST_NOTES: Final = 4096
_PROBE: Final = Request.get(())


class UdpTransport:
    """The ``Transport`` of our own engine, on the running loop.

    ``rng`` gives ids, salts and jitter.
    """

    def __init__(self, rng: Random | None = None, open_wire: OpenWire = UdpWire) -> None:
        rng = rng or SystemRandom()
        self.stats = Stats()
        self.seen: Seen | None = None
        self._rng = rng
        self._jitter = Random(rng.getrandbits(64)).random
        self._open_wire = open_wire
        self._engines = Engines(self.stats)
        self._keys = KeyCache()
        self._heads = community.Heads()
        self._under_way = UnderWay(rng, self.stats)
        self._peers = Peers()
        self._lines: dict[socket.AddressFamily, tuple[Wire, Windows[Question]]] = {}
        self._outbox: list[Question] = []
        self._ended: list[Ended] = []
        self._nonsense: dict[SocketAddress, float] = {}
        self._loop = asyncio.get_running_loop()
        self._wheel: Wheel[Question] = Wheel(self._loop, self._due)
        self._closed = False

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Return the device's answer by ``deadline``; see ``Transport.ask``."""
        peer = self._peers.get(target)
        if peer is None or self._closed:
            peer = await self._meet(target, deadline)
        if peer.session is not None and peer.session.needs_probe:
            await self._put(target, peer, _PROBE, deadline, urgency)
        return await self._put(target, peer, request, deadline, urgency)

    def begin(self, target: Target, request: Request, deadline: float, told: Told) -> bool:
        """Ask without a task; False where the device must be met or probed first."""
        peer = self._peers.get(target)
        if peer is None or self._closed or (peer.session is not None and peer.session.needs_probe):
            return False
        self._open(Question(target, peer, request, deadline, Urgency.NORMAL, told))
        return True

    def engine_of(self, target: Target) -> bytes:
        """Return the id of the engine that has answered this target with a signature; empty if none has."""
        peer = self._peers.get(target)
        session = peer.session if peer is not None else None
        signed = session is not None and session.confirmed and session.user.auth is not None
        return session.engine_id if session is not None and signed else b""

    async def aclose(self) -> None:
        """Close every socket; questions under way end as ``NoAnswer``."""
        self._closed = True
        for question in list(self._under_way.by_number.values()):
            self._end(question, NoAnswer(f"{question.target.address}: the transport was closed"))
        self._tell()
        self._wheel.close()
        for wire, _ in self._lines.values():
            wire.close()
        self._lines.clear()

    async def _meet(self, target: Target, deadline: float) -> Peer:
        """Return a new peer for a target, with its address family's wire open. NoAnswer if that fails."""
        place = await locate(target, deadline)
        if self._closed:
            msg = f"{target.address}: the transport was closed"
            raise NoAnswer(msg)
        if place[0] not in self._lines:
            try:
                wire = self._open_wire(place[0], self._received)
            except OSError as error:
                msg = f"{target.address}: no socket for this address family: {error}"
                raise NoAnswer(msg) from error
            self._lines[place[0]] = (wire, Windows(wire.capacity, self._enter))
            self.stats.receive_buffer = min(wire.capacity for wire, _ in self._lines.values())
        peer = Peer(target, place, self._keys, self._rng.getrandbits(64))
        self._peers.add(target, peer)
        return peer

    async def _put(
        self, target: Target, peer: Peer, request: Request, deadline: float, urgency: Urgency
    ) -> Answer:
        future: asyncio.Future[Answer] = self._loop.create_future()

        def told(outcome: Answer | PollError) -> None:
            if future.done():
                return
            if isinstance(outcome, PollError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        question = Question(target, peer, request, deadline, urgency, told)
        question.is_probe = request is _PROBE
        try:
            self._open(question)
            return await future
        finally:
            self._close(question)

    def _open(self, question: Question) -> None:
        question.started = self._loop.time()
        self._under_way.name(question)
        windows = self._lines[question.peer.family][1]
        self._line_up(question, windows.silent if question.is_silent else windows.normal)

    def _close(self, question: Question) -> None:
        """Forget a question: nobody waits for its answer any more."""
        if not question.is_over:
            question.is_over = True
            self._under_way.unname(question)
            question.leave()
            tick, question.tick = question.tick, None
            if tick is not None:
                self._wheel.spare(tick)

    def _end(self, question: Question, outcome: Answer | PollError | pdu.Unread, raw: bytes = b"") -> None:
        if not question.is_over:
            self._close(question)
            if not self._ended:
                self._loop.call_soon(self._tell)
            self._ended.append((question, outcome, raw))

    def _tell(self) -> None:
        """Tell how the questions of this turn ended. Their answers are read now, all together."""
        ended = read(self._ended)
        self._ended = []
        if self.seen is not None:
            for question, outcome, raw in ended:
                if not question.is_probe:
                    self.seen(question.target, question.request, question.started, raw, outcome)
        for question, outcome, _ in ended:
            question.told(outcome)

    def _line_up(self, question: Question, window: Window[Question]) -> None:
        question.goal = window
        if not window.admit(question):
            question.turn += 1
            question.tick = self._wheel.add(question.deadline, question, question.turn)

    def _enter(self, question: Question) -> bool:
        """Put a question that its window lets in into the outbox. False if nobody waits for its answer."""
        if question.is_over:
            return False
        question.window = question.goal
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(question)
        return True

    def _flush(self) -> None:
        """Send what has its turn."""
        outbox, self._outbox = self._outbox, []
        for question in outbox:
            if not question.is_over:
                self._send(question)

    def _send(self, question: Question) -> None:
        now = self._loop.time()
        peer = question.peer
        number = question.number
        if question.is_probe and peer.session is not None:
            data = peer.session.probe(number)
        else:
            data = peer.message(question.request, number, now)
        question.trouble = self._lines[peer.family][0].send(data, peer.address)
        self.stats.sent += 1
        question.attempts += 1
        question.turn += 1
        wait = question.patience * (1 + _JITTER * self._jitter())
        question.patience *= 2
        question.tick = self._wheel.add(min(now + wait, question.deadline), question, question.turn)

    def _due(self, question: Question, turn: int) -> None:
        """Ask again after a timeout, or give up."""
        if question.turn != turn or question.is_over:
            return
        if question.unproved is not None:
            self._believe(question, question.unproved)
            return
        question.leave()
        if question.attempts < question.most_attempts and self._loop.time() < question.deadline:
            self.stats.retries += 1
            self._line_up(question, self._lines[question.peer.family][1].further)
            return
        self.stats.timeouts += 1
        peer = question.peer
        if peer.session is not None:
            peer.session.doubt()
        if peer.is_named:
            self._peers.forget(question.target)
        if self._nonsense.get(peer.address, 0.0) >= question.started:
            msg = f"{question.target.address}: what it sends is no SNMP message"
            self._end(question, BadAnswer(msg))
        elif question.is_ignored:
            why = "its engine answers, but no question of this user: wrong privacy key, or unknown context"
            self._end(question, question.refused(why))
        else:
            self._end(question, question.no_answer())

    def _believe(self, question: Question, said: usm.Unproved) -> None:
        """Take what was said without a signature, as nothing signed came in the time of the attempt."""
        question.unproved = None
        session = question.peer.session
        if isinstance(said.what, v3.Security) and session is not None:
            before, now = session.engine_id, self._loop.time()
            self._learned(question, session.adopt(said.what, now).why, before)
            if question.is_probe or now < question.deadline:
                self._again(question)
            else:
                self.stats.timeouts += 1
                self._end(question, question.no_answer())
        elif isinstance(said.what, PollError):
            self._end(question, type(said.what)(f"{question.target.address}: {said.what}"))

    def _learned(self, question: Question, why: str, before: bytes) -> None:
        session = question.peer.session
        self._engines.learned(why, question.peer.address, before, session.engine_id if session else b"")

    def _received(self, data: bytes, source: SocketAddress) -> None:
        self.stats.received += 1
        try:
            head = self._heads.usual(data)
            if head is None and community.version(data) == Version.V3:
                self._received_v3(data, v3.decode(data), source)
                return
            head = head or community.unusual(data)
        except BadAnswer:
            self._note_nonsense(source)
            return
        question = self._under_way.found(head.request_id, source)
        if question is None:
            return
        if question.peer.session is not None or head.tag != pdu.RESPONSE:
            self.stats.drop("wrong_version")
        else:
            self._answered(question, data, head)

    def _received_v3(self, data: bytes, message: v3.Message, source: SocketAddress) -> None:
        question = self._under_way.found(message.id, source)
        if question is None:
            return
        session = question.peer.session
        if session is None:
            self.stats.drop("wrong_version")
            return
        before = session.engine_id
        try:
            heard = session.open(data, message, self._loop.time())
        except (BadAnswer, Refused) as error:
            self._end(question, type(error)(f"{question.target.address}: {error}"))
            return
        self._heard(question, heard, before)

    def _heard(self, question: Question, heard: usm.Heard, before: bytes) -> None:
        """Do what a v3 message means. ``before`` is the engine id that was known until it came."""
        match heard:
            case usm.Drop(why):
                self.stats.drop(why)
            case usm.Again(why):
                self._learned(question, why, before)
                self._again(question)
            case usm.Unproved():
                self.stats.unproved += 1
                question.unproved = heard
            case usm.Reply(body, inner) if inner.request_id == question.number:
                self._answered(question, body, inner)
            case usm.Reply():
                self.stats.drop("wrong_request_id")

    def _answered(self, question: Question, data: bytes, head: pdu.Pdu) -> None:
        raw = b"" if self.seen is None else pdu.bare(data, head)
        self._end(question, pdu.Unread(data, head, question.request), raw)

    def _again(self, question: Question) -> None:
        """Go on after the session has learned something: a probe is done, a question is sent anew."""
        if question.is_probe:
            self._end(question, Answer((), [], b""))
            return
        question.again += 1
        if question.again > _MOST_AGAIN:
            self._end(question, question.refused("it keeps rejecting the engine id or clock it reports"))
            return
        self._under_way.unname(question)
        self._under_way.name(question)
        question.most_attempts += 1
        question.patience = question.target.timeout
        if question.window is not None:
            self._send(question)

    def _note_nonsense(self, source: SocketAddress) -> None:
        self.stats.drop("nonsense")
        if len(self._nonsense) >= _MOST_NOTES:
            self._nonsense.clear()
        self._nonsense[source] = self._loop.time()
