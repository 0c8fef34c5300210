"""The datagrams of pysnmp: what it sends is counted, and what it would believe too easily it does not hear.

pysnmp takes any datagram that carries a message id which it waits for. So here, before it hears one:

* it must come from the address that was asked;
* to a user who signs, only a report may come unsigned; and once the engine has answered this user with a
  signature, an unsigned report ends no question: ``unsigned`` is told, and believes it only when nothing
  signed comes in time (as ``engine.usm`` has it);
* an unsigned report about clocks, or of an engine that does not know its own id, is forged and dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.proto import errind

from collectors.snmp.engine import decode, oid, pdu, v3
from collectors.snmp.transport.contract import Stats
from collectors.snmp.transport.wire import SocketAddress, plain_address
from dcim.model import BadAnswer

_MOST_ASKED: Final = 256
_CLOCK: Final = oid.encode("1.3.6.1.6.3.15.1.1.2.0")
_ENGINE: Final = oid.encode("1.3.6.1.6.3.15.1.1.4.0")
_INDICATIONS: Final[Mapping[bytes, object]] = MappingProxyType(
    {
        oid.encode(f"1.3.6.1.6.3.{number}.0"): indication
        for number, indication in {
            "15.1.1.1": errind.unsupportedSecurityLevel,
            "15.1.1.3": errind.unknownUserName,
            "15.1.1.5": errind.wrongDigest,
            "15.1.1.6": errind.decryptionError,
            "12.1.4": errind.noSuchContext,
            "12.1.5": errind.noSuchContext,
        }.items()
    }
)

Unsigned = Callable[[object], None]
"""Is told pysnmp's error indication for a report that nobody signed."""


class Datagrams:
    """A mixin before pysnmp's own socket classes, whose types mypy cannot see.

    ``engine`` is the id in the last message that claims a signature; ``confirmed`` is set by whoever knows
    that one held. ``unsigned`` is None for users who do not sign, and for communities.
    """

    def __init__(self, peer: SocketAddress, stats: Stats, unsigned: Unsigned | None) -> None:
        super().__init__(loop=asyncio.get_running_loop())  # type: ignore[call-arg]
        self.sent = 0
        self.engine = b""
        self.confirmed = b""
        self._peer = peer
        self._stats = stats
        self._unsigned = unsigned
        self._asked: deque[int] = deque(maxlen=_MOST_ASKED)

    def send_message(self, message: Any, address: Any) -> None:
        """Send one message."""
        self.sent += 1
        self._stats.sent += 1
        if self._unsigned is not None:
            self._asked.append(v3.decode(bytes(message)).id)
        super().send_message(message, address)  # type: ignore[misc]

    def datagram_received(self, datagram: bytes, source: Any) -> None:
        """Take one datagram, or drop it."""
        self._stats.received += 1
        if (plain_address(source) if len(source) == 4 else source) != self._peer:
            self._stats.drop("wrong_address")
        elif self._unsigned is None or self._is_heard(datagram, self._unsigned):
            super().datagram_received(datagram, source)  # type: ignore[misc]

    def _is_heard(self, datagram: bytes, unsigned: Unsigned) -> bool:
        """Whether pysnmp may hear a datagram. It says itself whether a signature holds."""
        try:
            message = v3.decode(datagram)
            if message.flags & v3.AUTH:
                self.engine = message.security.engine_id
                return True
            said = _reported(message)
        except BadAnswer:
            self._stats.drop("nonsense")
            return False
        if said is None:
            self._stats.drop("security_level")
        elif not self.confirmed:
            return True  # who the engine is can only be learned from such a report (RFC 3414 4)
        else:
            self._weigh(message, said, unsigned)
        return False

    def _weigh(self, message: v3.Message, said: bytes, unsigned: Unsigned) -> None:
        """Pass an unsigned report on to whoever waits for something better, if it may be true."""
        same = message.security.engine_id in (b"", self.confirmed)
        if said == _CLOCK or (same and said == _ENGINE):
            self._stats.drop("unsigned_report")
        elif message.id not in self._asked:
            self._stats.drop("unknown_id")
        else:
            self._stats.unproved += 1
            unknown = f"an unknown report: {oid.text(said)}"
            unsigned(_INDICATIONS.get(said, unknown) if same else errind.unknownEngineID)

    def register_callback(self, callback: Callable[..., None]) -> None:
        """Wrap pysnmp's own receiver, which raises whatever a bad message makes it raise."""

        def received(*args: Any) -> None:
            try:
                callback(*args)
            except Exception:  # noqa: BLE001  into the loop's handler otherwise, once per bad datagram
                self._stats.drop("nonsense")

        super().register_callback(received)  # type: ignore[misc]


def _reported(message: v3.Message) -> bytes | None:
    """Return what an unencrypted report is about, or None for any other message. Raises ``BadAnswer``."""
    if message.flags & v3.PRIV:
        return None
    _, pos, end = v3.unscope(message.body)
    inner = pdu.decode(message.body, pos, end)
    if inner.tag != pdu.REPORT:
        return None
    oids, _, _ = decode.plain(message.body, inner.start, inner.end)
    return oids[0] if oids else b""


class Udp(Datagrams, udp.UdpAsyncioTransport):  # type: ignore[misc]
    """IPv4."""


class Udp6(Datagrams, udp6.Udp6AsyncioTransport):  # type: ignore[misc]
    """IPv6."""
