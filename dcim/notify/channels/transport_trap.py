"""SNMP notifications through pysnmp: one engine and one socket for one receiver.

The high-level interface of pysnmp is not for us: it looks for MIBs, on the network too. Its generator of
commands sends whatever wants an answer, an inform too.
"""

from __future__ import annotations

import asyncio
import socket
import warnings
from collections.abc import Sequence
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.entity.rfc3413 import config as targets
from pysnmp.error import PySnmpError
from pysnmp.proto.api import v2c
from pysnmp.proto.rfc1902 import Integer32, ObjectIdentifier, OctetString, TimeTicks

from dcim.clock import Clock
from dcim.notify.channel import Delivered, RetryAfter, Verdict
from dcim.notify.channels.receiver import Access, Auth, Priv, Sender, Sent
from dcim.transport_mibs import snmp_engine

_AUTH: Final = {
    None: config.USM_AUTH_NONE,
    Auth.SHA1: config.USM_AUTH_HMAC96_SHA,
    Auth.SHA256: config.USM_AUTH_HMAC192_SHA256,
    Auth.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
_PRIV: Final = {
    None: config.USM_PRIV_NONE,
    Priv.AES128: config.USM_PRIV_CFB128_AES,
    Priv.AES256: config.USM_PRIV_CFB256_AES,
}
_UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
_TRAP_OID: Final = "1.3.6.1.6.3.1.1.4.1.0"
_RECEIVER, _PARAMETERS = "receiver", "parameters"
_TICKS: Final = 100
_MOST_TICKS: Final = 2**32


class Notifier:
    """Sends notifications to one receiver, one after the other."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._began = clock.monotonic()
        self._engine: Any = None
        self._turn = asyncio.Lock()

    async def send(self, notification: int, objects: Sequence[Sent]) -> Verdict:
        """Send one notification; of an inform, wait for its acknowledgement."""
        async with self._turn:
            try:
                async with asyncio.timeout(3 * self._sender.timeout):
                    verdict = await self._send(self._pdu(notification, objects))
            except TimeoutError:
                verdict = RetryAfter("no answer in time")
            except (OSError, PySnmpError) as wrong:
                verdict = RetryAfter(f"{type(wrong).__name__}: {str(wrong)[:200]}")
            if not isinstance(verdict, Delivered):
                await self.close()  # a receiver that was started anew has other ids and times: found again
            return verdict

    async def close(self) -> None:
        """Close the socket."""
        if self._engine is not None:
            self._engine.close_dispatcher()
            self._engine = None
            await asyncio.sleep(0)  # asyncio closes a datagram socket one turn later

    async def _send(self, pdu: Any) -> Verdict:
        if self._engine is None:
            self._engine = await self._opened()
        if not self._sender.inform:
            _send_and_forget(self._engine, pdu)
            return Delivered()
        came: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        cmdgen.CommandGenerator().send_pdu(self._engine, _RECEIVER, None, b"", pdu, _answered, came)
        return await came

    async def _opened(self) -> Any:
        """Return an engine that knows the receiver. Raise OSError where its name leads nowhere."""
        found = await asyncio.get_running_loop().getaddrinfo(
            self._sender.host, self._sender.port, type=socket.SOCK_DGRAM
        )
        family, *_, address = found[0]
        engine = await asyncio.to_thread(_engine, self._sender.engine_id)  # it reads files
        six = family == socket.AF_INET6
        domain = udp6.DOMAIN_NAME if six else udp.DOMAIN_NAME
        transport = udp6.Udp6Transport() if six else udp.UdpTransport()
        config.add_transport(engine, domain, transport.open_client_mode())
        wait = self._sender.timeout * _TICKS
        config.add_target_address(engine, _RECEIVER, domain, address[:2], _PARAMETERS, wait, 0)
        _identify(engine, self._sender.access)
        return engine

    def _pdu(self, notification: int, objects: Sequence[Sent]) -> Any:
        below = self._sender.enterprise
        up = round((self._clock.monotonic() - self._began) * _TICKS) % _MOST_TICKS
        head = [
            (ObjectIdentifier(_UP_TIME), TimeTicks(up)),
            (ObjectIdentifier(_TRAP_OID), ObjectIdentifier(f"{below}.0.{notification}")),
        ]
        said = [(ObjectIdentifier(f"{below}.1.{one.number}.0"), _value(one)) for one in objects]
        pdu = v2c.InformRequestPDU() if self._sender.inform else v2c.SNMPv2TrapPDU()
        v2c.apiPDU.set_defaults(pdu)
        v2c.apiPDU.set_varbinds(pdu, [*head, *said])
        return pdu


def _engine(own: bytes) -> Any:
    """Return an SNMP engine; it counts its starts in a file of pysnmp's, which it leaves to be closed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return snmp_engine(own)


def _send_and_forget(engine: Any, pdu: Any) -> None:
    """Send what nobody acknowledges."""
    domain, address, _, _, parameters = targets.get_target_address(engine, _RECEIVER)
    model, security, name, level = targets.get_target_parameters(engine, parameters)
    engine.message_dispatcher.send_pdu(
        engine, domain, address, model, security, name, level, None, b"", 1, pdu, False
    )


def _answered(_engine: Any, _handle: Any, silence: Any, pdu: Any, came: asyncio.Future[Verdict]) -> None:
    """Settle what became of an inform; called by pysnmp."""
    if came.done():
        return
    if silence:
        came.set_result(RetryAfter(str(silence)))
        return
    status = v2c.apiPDU.get_error_status(pdu)
    came.set_result(RetryAfter(f"the receiver says {status.prettyPrint()}") if status else Delivered())


def _value(one: Sent) -> Any:
    return Integer32(one.value) if isinstance(one.value, int) else OctetString(one.value.encode())


def _identify(engine: Any, access: Access) -> None:
    """Say who we are."""
    if access.community:
        config.add_v1_system(engine, "c", access.community)
        config.add_target_parameters(engine, _PARAMETERS, "c", "noAuthNoPriv", 1)
        return
    auth, priv = _AUTH[access.auth], _PRIV[access.priv]
    config.add_v3_user(engine, access.user, auth, access.auth_key or None, priv, access.priv_key or None)
    level = "noAuthNoPriv" if access.auth is None else "authNoPriv" if access.priv is None else "authPriv"
    config.add_target_parameters(engine, _PARAMETERS, access.user, level, 3)
