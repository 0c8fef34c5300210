"""Traps and informs read by pysnmp: bytes in, what they say and what is answered out. No socket, no loop.

A message of v1 or v2c is decoded whatever its community is: it proves nothing, and nothing that it says is
believed. A message of v3 counts only when the user of the device has signed it, at the level of the device's
credential. Its keys are made from the engine of the sender, so each engine is made known to pysnmp as it
comes; where informs are sent, the engine is ours.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, Final

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.error import PySnmpError
from pysnmp.proto.api import v1, v2c, verdec
from pysnmp.proto.mpmod import cache as message_cache
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message
from pysnmp.proto.rfc1902 import OctetString
from pysnmp.proto.secmod import cache as security_cache
from pysnmp.proto.secmod.rfc3414.service import UsmSecurityParameters

from collectors.snmp.engine.access import User, Version
from collectors.snmp.transport.pysnmp.transport import AUTH, PRIV
from dcim.record import dataclass
from dcim.transport_mibs import snmp_engine

LARGEST: Final = 8192
"""Bytes of a datagram that is read at all; a trap is a few hundred."""

_ENGINES: Final = 4096
"""Engines of senders that a user is known at; those that sent longest ago are let go."""

_V3: Final = 3
_TRAP_OID: Final = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)  # SNMPv2-MIB snmpTrapOID.0
_TRAP_ADDRESS: Final = (1, 3, 6, 1, 6, 3, 18, 1, 3, 0)  # SNMP-COMMUNITY-MIB snmpTrapAddress.0
_GENERIC: Final = "1.3.6.1.6.3.1.1.5"  # snmpTraps; coldStart is 1 there and 0 in v1 (RFC 3584 3.1)
_ENTERPRISE_SPECIFIC: Final = 6
_NOT_FOR_US: Final = (
    PyAsn1Error, PySnmpError, ValueError, TypeError, IndexError, RecursionError, OverflowError,
)  # fmt: skip
"""What pysnmp and pyasn1 raise over bytes that are no message."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says. ``trap``: snmpTrapOID; ``origin``: the address it names itself, or nothing."""

    trap: str
    how: str
    origin: str = ""
    answers: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A message that says nothing to us; ``answers`` go back all the same (discovery, RFC 3414 4)."""

    refused: bool  # False: it is no trap and no inform at all
    answers: tuple[bytes, ...] = ()


def version_of(data: bytes) -> int | None:
    """Return the version number of a message, or None when it is none."""
    try:
        return int(verdec.decode_message_version(data))
    except _NOT_FOR_US:
        return None


def read_community(data: bytes) -> Said | Unsaid:
    """Read a trap of v1, or a trap or an inform of v2c; an inform is answered."""
    try:
        is_v1 = int(verdec.decode_message_version(data)) == Version.V1
        module = v1 if is_v1 else v2c
        message, _ = decoder.decode(data, asn1Spec=module.Message())
        pdu = module.apiMessage.get_pdu(message)
        if is_v1:
            return _trap_v1(pdu) if pdu.isSameTypeWith(v1.TrapPDU()) else Unsaid(refused=False)
        if pdu.isSameTypeWith(v2c.SNMPv2TrapPDU()):
            return _trap_v2(v2c.apiPDU.get_varbinds(pdu), "v2c trap")
        if pdu.isSameTypeWith(v2c.InformRequestPDU()):
            return _trap_v2(v2c.apiPDU.get_varbinds(pdu), "v2c inform", (_confirmed(message, pdu),))
    except _NOT_FOR_US:
        pass
    return Unsaid(refused=False)


def _trap_v1(pdu: Any) -> Said:
    generic, specific = int(v1.apiTrapPDU.get_generic_trap(pdu)), int(v1.apiTrapPDU.get_specific_trap(pdu))
    enterprise = _dotted(v1.apiTrapPDU.get_enterprise(pdu))
    own = generic == _ENTERPRISE_SPECIFIC
    trap = f"{enterprise}.0.{specific}" if own else f"{_GENERIC}.{generic + 1}"
    return Said(trap, "v1 trap", _address(v1.apiTrapPDU.get_agent_address(pdu)))


def _trap_v2(varbinds: Any, how: str, answers: tuple[bytes, ...] = ()) -> Said | Unsaid:
    trap = origin = ""
    for name, value in varbinds:
        if tuple(name) == _TRAP_OID:
            trap = _dotted(value)
        elif tuple(name) == _TRAP_ADDRESS:
            origin = _address(value)
    return Said(trap, how, origin, answers) if trap else Unsaid(refused=False)


def _confirmed(message: Any, pdu: Any) -> bytes:
    """Return the answer to an inform: its variables again, no error (RFC 3416 4.2.7)."""
    answer = v2c.apiPDU.get_response(pdu)
    v2c.apiPDU.set_varbinds(answer, v2c.apiPDU.get_varbinds(pdu))
    v2c.apiMessage.set_pdu(message, answer)
    return bytes(encoder.encode(message))


def _dotted(value: Any) -> str:
    return ".".join(str(part) for part in tuple(value))


def _address(value: Any) -> str:
    octets = bytes(value)
    return ".".join(map(str, octets)) if len(octets) == 4 and any(octets) else ""


class UserReader:
    """Reads the messages of one v3 user. Not for two threads at once; making one hashes keys for 0.04 s."""

    def __init__(self, engine_id: bytes, boots: int, user: User) -> None:
        self._user = user
        self._level = 3 if user.priv else 2 if user.auth else 1
        self._engines: OrderedDict[bytes, None] = OrderedDict()
        self._out: list[bytes] = []
        self._said: list[Any] = []
        self._came_at = 0
        self._ticked = time.monotonic()
        self._engine = snmp_engine()
        self._own = OctetString(engine_id)
        self._become(boots)
        self._engine.transport_dispatcher = self
        ntfrcv.NotificationReceiver(self._engine, self._notified)
        self._engine.observer.register_observer(self._level_is, "rfc3412.receiveMessage:request")
        self._keys = _master_keys(user)
        self._know(None)

    def _become(self, boots: int) -> None:
        """Have the engine be the one of this daemon, which has started so often."""
        builder = self._engine.get_mib_builder()
        for name, value in (("snmpEngineID", self._own), ("snmpEngineBoots", boots)):
            (scalar,) = builder.import_symbols("__SNMP-FRAMEWORK-MIB", name)
            scalar.syntax = scalar.syntax.clone(value)
        self._engine.snmpEngineID = self._own

    def read(self, data: bytes, sender: tuple[str, int]) -> Said | Unsaid:
        """Read one message and forget what pysnmp keeps of it."""
        self._out, self._said, self._came_at = [], [], 0
        self._tick()
        try:
            self._meet(data)
            address = udp.UdpTransportAddress(sender)
            self._engine.message_dispatcher.receive_message(self._engine, udp.DOMAIN_NAME, address, data)
        except _NOT_FOR_US:
            return Unsaid(refused=False)
        finally:
            self._forget()
        answers = tuple(self._out)
        if not self._said:
            return Unsaid(refused=True, answers=answers)
        if self._came_at < self._level:
            return Unsaid(refused=True)
        said = _trap_v2(self._said, "v3 inform" if answers else "v3 trap", answers)
        return said if isinstance(said, Said) else Unsaid(refused=False, answers=answers)

    # what pysnmp calls

    def send_message(self, data: bytes, _domain: object, _address: object) -> None:
        """Take what pysnmp would send: as its transport dispatcher does."""
        self._out.append(bytes(data))

    def get_timer_resolution(self) -> float:
        """Return the seconds between two ticks, which ``_tick`` makes up for."""
        return 1.0

    def _notified(self, *said: Any) -> None:
        self._said = list(said[4])

    def _level_is(self, *said: Any) -> None:
        self._came_at = int(said[2]["securityLevel"])

    # engines

    def _meet(self, data: bytes) -> None:
        """Make the user known at the engine that a message names, before pysnmp looks for it."""
        message, _ = decoder.decode(data, asn1Spec=SNMPv3Message())
        parameters, _ = decoder.decode(bytes(message[2]), asn1Spec=UsmSecurityParameters())
        engine = bytes(parameters[0])
        if not 5 <= len(engine) <= 32 or engine == bytes(self._own) or bytes(parameters[3]) != self._name:
            return
        if engine in self._engines:
            self._engines.move_to_end(engine)
            return
        self._know(OctetString(engine))
        self._engines[engine] = None
        if len(self._engines) > _ENGINES:
            oldest, _ = self._engines.popitem(last=False)
            config.delete_v3_user(self._engine, self._user.name, OctetString(oldest))

    @property
    def _name(self) -> bytes:
        return self._user.name.encode()

    def _know(self, engine: Any) -> None:
        auth, priv = self._keys
        config.add_v3_user(
            self._engine,
            self._user.name,
            AUTH[self._user.auth],
            auth,
            PRIV[self._user.priv],
            priv,
            securityEngineId=engine,
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )

    def _tick(self) -> None:
        """Let pysnmp forget clocks of engines after a while: one that was set back is believed again."""
        now = time.monotonic()
        model = self._engine.security_models[_V3]
        for _ in range(min(int(now - self._ticked), 1000)):
            model.receive_timer_tick(self._engine, now)
        self._ticked = max(self._ticked, now - (now - self._ticked) % 1.0)

    def _forget(self) -> None:
        """Drop what pysnmp keeps of messages that it could not use: it would keep them for ever."""
        self._engine.security_models[_V3]._cache = security_cache.Cache()
        self._engine.message_processing_subsystems[_V3]._cache = message_cache.Cache()


def _master_keys(user: User) -> tuple[Any, Any]:
    """Return the keys of a user before they are bound to an engine: hashing a megabyte each is done once."""
    if user.auth is None:
        return None, None
    service = config.AUTH_SERVICES[AUTH[user.auth]]
    auth = service.hash_passphrase(user.auth_key.encode())
    if user.priv is None:
        return auth, None
    return auth, config.PRIV_SERVICES[PRIV[user.priv]].hash_passphrase(
        AUTH[user.auth], user.priv_key.encode()
    )
