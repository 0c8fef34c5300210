"""SNMP over pysnmp, behind the same contract: for a device that our own engine cannot talk to.

Each target has an SNMP engine and a socket of its own, so that nothing one device reports can confuse
another. It costs hundreds of times the CPU of ``transport_udp``, and reads an answer wholly or not at all.
"""

from __future__ import annotations

import asyncio
import socket
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.rfc1902 import Null, ObjectName

from collectors.snmp.engine import oid
from collectors.snmp.engine.access import Auth, Community, Priv, User, Version
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.value import NUMBERS, Oid, Tag, Value, value_of
from collectors.snmp.transport import Stats, Target, Urgency
from collectors.snmp.udp.peer import locate
from collectors.snmp.udp.wire import SocketAddress, plain_address
from dcim.model import BadAnswer, NoAnswer, PollError, Refused

_AUTH: Final[Mapping[Auth | None, Any]] = MappingProxyType(
    {
        None: config.USM_AUTH_NONE,
        Auth.MD5: config.USM_AUTH_HMAC96_MD5,
        Auth.SHA1: config.USM_AUTH_HMAC96_SHA,
        Auth.SHA224: config.USM_AUTH_HMAC128_SHA224,
        Auth.SHA256: config.USM_AUTH_HMAC192_SHA256,
        Auth.SHA384: config.USM_AUTH_HMAC256_SHA384,
        Auth.SHA512: config.USM_AUTH_HMAC384_SHA512,
    }
)
_PRIV: Final[Mapping[Priv | None, Any]] = MappingProxyType(
    {
        None: config.USM_PRIV_NONE,
        Priv.DES: config.USM_PRIV_CBC56_DES,
        Priv.AES128: config.USM_PRIV_CFB128_AES,
        Priv.AES192: config.USM_PRIV_CFB192_AES,
        Priv.AES256: config.USM_PRIV_CFB256_AES,
        Priv.AES192_BLUMENTHAL: config.USM_PRIV_CFB192_AES_BLUMENTHAL,
        Priv.AES256_BLUMENTHAL: config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    }
)
_REFUSALS: Final = (
    errind.WrongDigest,
    errind.UnknownUserName,
    errind.UnknownSecurityName,
    errind.AuthenticationError,
    errind.AuthenticationFailure,
    errind.DecryptionError,
    errind.UnsupportedSecurityLevel,
    errind.NoSuchContext,
    errind.UnknownCommunityName,
)
_STALE: Final = (errind.NotInTimeWindow, errind.UnknownEngineID, errind.EngineIDMismatch)
_GENERATORS: Final[Mapping[Kind, Any]] = MappingProxyType(
    {
        Kind.GET: cmdgen.GetCommandGenerator,
        Kind.NEXT: cmdgen.NextCommandGeneratorSingleRun,
        Kind.BULK: cmdgen.BulkCommandGeneratorSingleRun,
    }
)


class PysnmpTransport:
    """The ``Transport`` of pysnmp, on the running loop."""

    def __init__(self) -> None:
        self.stats = Stats()
        self._lines: dict[int, _Line] = {}
        self._door = asyncio.Lock()
        self._closed = False

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Return the device's answer by ``deadline``; see ``Transport.ask``."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._ask(target, request, deadline, urgency)
        except TimeoutError:
            self.stats.timeouts += 1
            msg = f"{target.address}: no answer before the deadline"
            raise NoAnswer(msg) from None

    async def aclose(self) -> None:
        """Close every socket; questions under way end as ``NoAnswer``."""
        self._closed = True
        for key in list(self._lines):
            self._forget(key)
        await asyncio.sleep(0)  # asyncio closes a datagram socket one turn later

    async def _ask(self, target: Target, request: Request, deadline: float, urgency: Urgency) -> Answer:
        line = self._lines.get(id(target)) or await self._open(target, deadline)
        indication, answer = await line.ask(request, urgency)
        if isinstance(indication, _STALE) or (
            line.answered and isinstance(indication, errind.UnknownUserName)
        ):
            # Another engine answers now, or its clock went back: start again with one that knows nothing.
            self.stats.learn("engine_change")
            self._forget(id(target))
            line = await self._open(target, deadline)
            indication, answer = await line.ask(request, urgency)
        if indication is None:
            return answer
        if line.is_named or isinstance(indication, errind.RequestTimedOut):
            self._forget(id(target))
        raise self._error(target, indication)

    def _error(self, target: Target, indication: object) -> PollError:
        if isinstance(indication, errind.RequestTimedOut):
            self.stats.timeouts += 1
            return NoAnswer(f"{target.address}: no answer")
        kind = Refused if isinstance(indication, (*_REFUSALS, *_STALE)) else BadAnswer
        return kind(f"{target.address}: {indication}")

    async def _open(self, target: Target, deadline: float) -> _Line:
        place = await locate(target, deadline)
        key = id(target)
        async with self._door:
            line = self._lines.get(key)
            if line is not None:
                return line
            engine = await asyncio.to_thread(SnmpEngine)  # reads files for a fifth of a second
            if self._closed:
                msg = f"{target.address}: the transport was closed"
                raise NoAnswer(msg)
            line = self._lines[key] = _Line(engine, target, place, self.stats)
            line.target = weakref.ref(target, lambda _: self._forget(key))
            return line

    def _forget(self, key: int) -> None:
        """Close a target's line: it is in doubt, or nobody needs the target any more."""
        line = self._lines.pop(key, None)
        if line is not None:
            line.close()


class _Line:
    """One target's SNMP engine, its socket, and what they are called inside the engine."""

    def __init__(
        self,
        engine: SnmpEngine,
        target: Target,
        place: tuple[socket.AddressFamily, SocketAddress],
        stats: Stats,
    ) -> None:
        family, address = place
        self.is_named = address[0] != target.address.host
        self.target: weakref.ref[Target] | None = None
        self.answered = False
        self._stats = stats
        self._engine = engine
        self._waiting: set[asyncio.Future[tuple[Any, Answer]]] = set()
        access = target.access
        self._context = access.context.encode() if isinstance(access, User) else b""
        self._is_v1 = isinstance(access, Community) and access.version is Version.V1
        _identify(engine, access)
        domain = udp.DOMAIN_NAME if family == socket.AF_INET else udp6.DOMAIN_NAME
        kind = _Udp if family == socket.AF_INET else _Udp6
        self._socket = kind(address, stats)
        config.add_transport(engine, domain, self._socket.open_client_mode())
        wait = target.timeout * 100
        config.add_target_address(
            engine, Urgency.NORMAL.value, domain, address[:2], "p", wait, target.retries
        )
        config.add_target_address(engine, Urgency.SILENT.value, domain, address[:2], "p", wait * 4, 0)

    async def ask(self, request: Request, urgency: Urgency) -> tuple[Any, Answer]:
        """Return pysnmp's error indication or None, and the answer. The indication says why there is none."""
        future: asyncio.Future[tuple[Any, Answer]] = asyncio.get_running_loop().create_future()
        kind = Kind.NEXT if self._is_v1 and request.kind is Kind.BULK else request.kind
        counts = (request.non_repeaters, request.repetitions) if kind is Kind.BULK else ()
        names = [(ObjectName(oid.parts(name)), Null("")) for name in request.oids]
        sent = self._socket.sent
        self._waiting.add(future)
        try:
            _GENERATORS[kind]().send_varbinds(
                self._engine,
                urgency.value,
                None,
                self._context,
                *counts,
                names,
                partial(_done, request),
                future,
            )
            indication, answer = await future
        except PySnmpError as error:
            return getattr(error, "get", lambda _: None)("errorIndication") or error, Answer((), [], b"")
        finally:
            self._waiting.discard(future)
        self.answered = self.answered or indication is None
        answer.attempts = max(1, self._socket.sent - sent)
        self._stats.retries += answer.attempts - 1
        return indication, answer

    def close(self) -> None:
        """Close the socket; pending questions end as timed out."""
        for future in self._waiting:
            if not future.done():
                future.set_result((errind.requestTimedOut, Answer((), [], b"")))
        self._engine.close_dispatcher()


def _identify(engine: SnmpEngine, access: Community | User) -> None:
    """Tell an SNMP engine with which secrets it asks."""
    if isinstance(access, Community):
        model = 0 if access.version is Version.V1 else 1
        config.add_v1_system(engine, "c", access.name)
        config.add_target_parameters(engine, "p", "c", "noAuthNoPriv", model)
        return
    config.add_v3_user(
        engine,
        access.name,
        _AUTH[access.auth],
        access.auth_key or None,
        _PRIV[access.priv],
        access.priv_key or None,
    )
    level = "authPriv" if access.priv else "authNoPriv" if access.auth else "noAuthNoPriv"
    config.add_target_parameters(engine, "p", access.name, level, 3)


def _done(request: Request, _engine: object, _handle: object, *said: Any) -> None:
    """Hand what pysnmp says (indication, status, index, varbinds) to the future that it was given along."""
    indication, status, index, varbinds, future = said
    if future.done():
        return
    if indication:
        future.set_result((indication, Answer((), [], b"")))
        return
    oids = tuple(oid.encode_parts(tuple(name)) for name, _ in varbinds)
    pairs = [_tagged(value) for _, value in varbinds]
    same = oids == request.oids and not status
    answer = Answer(
        request.oids if same else oids,
        [value for _, value in pairs],
        bytes(tag for tag, _ in pairs),
        int(status),
        int(index),
    )
    future.set_result((None, answer))


def _tagged(value: Any) -> tuple[int, Value]:
    first = value.tagSet.superTags[-1]
    tag = int(first.tagClass) | int(first.tagId)
    if tag in NUMBERS:
        return tag, int(value)
    if tag == Tag.OBJECT_IDENTIFIER:
        return tag, Oid(oid.encode_parts(tuple(value)))
    if tag in (Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW):
        return tag, value_of(tag, b"")
    return tag, value_of(tag, bytes(value))


class _Filter:
    """Lets only datagrams from the asked address through to pysnmp, which would believe any, and counts.

    A mixin before pysnmp's own socket classes, whose types mypy cannot see.
    """

    def __init__(self, peer: SocketAddress, stats: Stats) -> None:
        super().__init__(loop=asyncio.get_running_loop())  # type: ignore[call-arg]
        self.sent = 0
        self._peer = peer
        self._stats = stats

    def send_message(self, message: Any, address: Any) -> None:
        """Send one message."""
        self.sent += 1
        self._stats.sent += 1
        super().send_message(message, address)  # type: ignore[misc]

    def datagram_received(self, datagram: bytes, source: Any) -> None:
        """Take one datagram, or drop it."""
        self._stats.received += 1
        if (plain_address(source) if len(source) == 4 else source) != self._peer:
            self._stats.drop("wrong_address")
            return
        super().datagram_received(datagram, source)  # type: ignore[misc]

    def register_callback(self, callback: Callable[..., None]) -> None:
        """Wrap pysnmp's own receiver, which raises whatever a bad message makes it raise."""

        def received(*args: Any) -> None:
            try:
                callback(*args)
            except Exception:  # noqa: BLE001  into the loop's handler otherwise, once per bad datagram
                self._stats.drop("nonsense")

        super().register_callback(received)  # type: ignore[misc]


class _Udp(_Filter, udp.UdpAsyncioTransport):  # type: ignore[misc]
    """IPv4."""


class _Udp6(_Filter, udp6.Udp6AsyncioTransport):  # type: ignore[misc]
    """IPv6."""
