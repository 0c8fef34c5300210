"""SNMP over pysnmp, behind the same contract: for a device that our own engine cannot talk to.

Each target has an SNMP engine and a socket of its own, so that nothing one device reports can confuse
another. It costs hundreds of times the CPU of ``udp``, and reads an answer wholly or not at all.
What pysnmp takes too lightly is mended around it: it counts its ids up, so they are drawn at random here; it
believes unsigned reports, so ``datagrams`` stands before it.
"""

from __future__ import annotations

import asyncio
import socket
import weakref
from collections.abc import Mapping
from functools import partial
from random import SystemRandom
from types import MappingProxyType
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.api import v2c
from pysnmp.proto.rfc1902 import Null, ObjectName

from collectors.snmp.engine import oid
from collectors.snmp.engine.access import Auth, Community, Priv, User, Version
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.value import NUMBERS, Oid, Tag, Value, value_of
from collectors.snmp.transport.contract import Stats, Target, Urgency
from collectors.snmp.transport.engines import Engines
from collectors.snmp.transport.numbers import Numbers
from collectors.snmp.transport.peer import locate
from collectors.snmp.transport.pysnmp.datagrams import Udp, Udp6
from collectors.snmp.transport.wire import SocketAddress
from dcim.model import BadAnswer, NoAnswer, PollError, Refused
from dcim.transport_mibs import snmp_engine

AUTH: Final[Mapping[Auth | None, Any]] = MappingProxyType(
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
PRIV: Final[Mapping[Priv | None, Any]] = MappingProxyType(
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
_PDUS: Final[Mapping[Kind, Any]] = MappingProxyType(
    {
        Kind.GET: v2c.GetRequestPDU,
        Kind.NEXT: v2c.GetNextRequestPDU,
        Kind.BULK: v2c.GetBulkRequestPDU,
    }
)


class PysnmpTransport:
    """The ``Transport`` of pysnmp, on the running loop."""

    def __init__(self) -> None:
        self.stats = Stats()
        self._lines: dict[int, _Line] = {}
        self._numbers = Numbers(SystemRandom())
        self._engines = Engines(self.stats)
        self._met: weakref.WeakKeyDictionary[Target, bytes] = weakref.WeakKeyDictionary()
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

    def engine_of(self, target: Target) -> bytes:
        """Return the id of the engine that has answered this target with a signature; empty if none has."""
        return self._met.get(target, b"")

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
            self._forget(id(target))
            line = await self._open(target, deadline)
            indication, answer = await line.ask(request, urgency)
        if indication is None:
            self._meet(target, line)
            return answer
        if line.is_named or line.doubtful or isinstance(indication, errind.RequestTimedOut):
            self._forget(id(target))
        raise self._error(target, indication)

    def _meet(self, target: Target, line: _Line) -> None:
        """Take note of which engine has answered with a signature."""
        engine, before = line.engine, self._met.get(target, b"")
        if engine and engine != before:
            self._met[target] = engine
            why = "engine_change" if before else "engine"
            self._engines.learned(why, line.address, before, engine)

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
            engine = await asyncio.to_thread(snmp_engine)  # the first reads files
            if self._closed:
                msg = f"{target.address}: the transport was closed"
                raise NoAnswer(msg)
            line = self._lines[key] = _Line(engine, target, place, self.stats, self._numbers)
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
        numbers: Numbers,
    ) -> None:
        family, address = place
        self.address = address
        self.doubtful = False
        self._unproved: Mapping[asyncio.Future[tuple[Any, Answer]], object] = {}
        self.is_named = address[0] != target.address.host
        self.target: weakref.ref[Target] | None = None
        self.answered = False
        self._stats = stats
        self._engine = engine
        self._waiting: set[asyncio.Future[tuple[Any, Answer]]] = set()
        access = target.access
        self._context = access.context.encode() if isinstance(access, User) else b""
        self._is_v1 = isinstance(access, Community) and access.version is Version.V1
        self._numbers = numbers
        self._patience = target.timeout
        for model in engine.message_processing_subsystems.values():
            model._cache.new_message_id = partial(numbers.pick, ())  # its own counts up from where it began
        _identify(engine, access)
        domain = udp.DOMAIN_NAME if family == socket.AF_INET else udp6.DOMAIN_NAME
        kind = Udp if family == socket.AF_INET else Udp6
        signs = isinstance(access, User) and access.auth is not None
        self._socket = kind(address, stats, self._unsigned if signs else None)
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
        sent = self._socket.sent
        self._waiting.add(future)
        try:
            cmdgen.CommandGenerator().send_pdu(
                self._engine,
                urgency.value,
                None,
                self._context,
                _pdu(request, kind, self._numbers.pick(())),
                partial(self._done, request),
                future,
            )
            indication, answer = await future
        except PySnmpError as error:
            return getattr(error, "get", lambda _: None)("errorIndication") or error, _answer(None, None)
        finally:
            self._waiting.discard(future)
        answer.attempts = max(1, self._socket.sent - sent)
        self._stats.retries += answer.attempts - 1
        return indication, answer

    @property
    def engine(self) -> bytes:
        """Return the id of the engine that answered with a signature; empty if there is none."""
        return self._socket.confirmed

    def _done(self, request: Request, _engine: object, _handle: object, *said: Any) -> None:
        """Hand what pysnmp says (indication, PDU) to the future that it was given along."""
        indication, answer, future = said
        if not indication:  # called while the very message is taken that was found good
            self.answered = True
            self._socket.confirmed = self._socket.engine
        if isinstance(indication, errind.RequestTimedOut) and future in self._unproved:
            self._believe(self._unproved)
        if not future.done():
            future.set_result((indication or None, _answer(request, None if indication else answer)))

    def _unsigned(self, indication: object) -> None:
        """Keep an unsigned report, and believe it when nothing signed has come in the time of an attempt."""
        self._unproved = dict.fromkeys(self._waiting, indication)
        asyncio.get_running_loop().call_later(self._patience, self._believe, self._unproved)

    def _believe(self, unproved: Mapping[asyncio.Future[tuple[Any, Answer]], object]) -> None:
        for future, indication in unproved.items():
            if not future.done():
                self.doubtful = True
                future.set_result((indication, _answer(None, None)))

    def close(self) -> None:
        """Close the socket; pending questions end as timed out."""
        for future in self._waiting:
            if not future.done():
                future.set_result((errind.requestTimedOut, _answer(None, None)))
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
        AUTH[access.auth],
        access.auth_key or None,
        PRIV[access.priv],
        access.priv_key or None,
    )
    level = "authPriv" if access.priv else "authNoPriv" if access.auth else "noAuthNoPriv"
    config.add_target_parameters(engine, "p", access.name, level, 3)


def _pdu(request: Request, kind: Kind, number: int) -> Any:
    """Return the request as pysnmp sends it."""
    pdu, bulk = _PDUS[kind](), kind is Kind.BULK
    api = v2c.apiBulkPDU if bulk else v2c.apiPDU
    api.set_defaults(pdu)
    api.set_request_id(pdu, number)
    if bulk:
        api.set_non_repeaters(pdu, request.non_repeaters)
        api.set_max_repetitions(pdu, request.repetitions)
    api.set_varbinds(pdu, [(ObjectName(oid.parts(name)), Null("")) for name in request.oids])
    return pdu


def _answer(request: Request | None, pdu: Any) -> Answer:
    """Return what a response says; nothing where there is none."""
    if request is None or pdu is None:
        return Answer((), [], b"")
    status, index = v2c.apiPDU.get_error_status(pdu), v2c.apiPDU.get_error_index(pdu, muteErrors=True)
    varbinds = v2c.apiPDU.get_varbinds(pdu)
    oids = tuple(oid.encode_parts(tuple(name)) for name, _ in varbinds)
    pairs = [_tagged(value) for _, value in varbinds]
    same = oids == request.oids and not status
    tags = bytes(tag for tag, _ in pairs)
    return Answer(
        request.oids if same else oids, [value for _, value in pairs], tags, int(status), int(index)
    )


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
