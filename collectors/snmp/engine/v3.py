"""Messages of v3 as bytes (RFC 3412 6, RFC 3414 2.4). What they mean is decided in ``usm``.

SEQUENCE
  version 3
  SEQUENCE msgID, msgMaxSize, msgFlags, msgSecurityModel
  OCTET STRING of SEQUENCE engine id, boots, time, user, mac, salt
  scoped PDU: SEQUENCE context engine id, context name, PDU     or     OCTET STRING, encrypted
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from collectors.snmp.engine import ber
from collectors.snmp.engine.pdu import LEAST_NUMBER
from dcim.model import BadAnswer

AUTH: Final = 0x01
PRIV: Final = 0x02
REPORTABLE: Final = 0x04
MAX_SIZE: Final = 65507  # bytes of the largest UDP datagram
MAX_CLOCK: Final = 0x7FFFFFFF
_USM: Final = 3
_ID_AT: Final = 7  # bytes before the id in a short header
_VERSION: Final = b"\x02\x01\x03"
_MODEL: Final = b"\x02\x01\x03"
_MAX_SIZE: Final = ber.integer(MAX_SIZE)
_from_bytes = int.from_bytes


def _sized(sizes: Iterable[int], first: bytes = b".") -> bytes:
    """Return the pattern of a length and a group of as many bytes, for any of these sizes."""
    some = [rb"(?<=\x%02x)%b" % (size, first + b"." * (size - 1) if size else b"") for size in sizes]
    return b".(%b)" % b"|".join(some)


def _with_length(most: int) -> bytes:
    """Return the pattern of a group of a length up to ``most`` and as many bytes; cheap for many sizes."""
    return b"(%b)" % b"|".join(rb"\x%02x.{%d}" % (size, size) for size in range(most + 1))


_HEAD: Final = re.compile(
    rb"0(\x82..|\x81.|[\0-\x7f])\x02\x01\x030(.)\x02%(number)b\x02%(number)b\x04\x01(.)\x02\x01\x03\x04(.)0(.)"
    rb"\x04%(text)b\x02%(clock)b\x02%(clock)b\x04%(text)b\x04%(mac)b\x04%(salt)b"
    % {
        b"number": _sized((4, 3, 2, 1, 5, 6, 7, 8)),
        b"clock": _sized((3, 1, 2, 4), rb"[\0-\x7f]"),
        b"text": _with_length(64),
        b"mac": _sized((24, 12, 48, 16, 32, 0)),
        b"salt": _sized((8, 0)),
    },
    re.DOTALL,
)
"""All up to the body: three lengths, id, size and flags, and the fields of ``Security``, two with lengths."""


class Security(NamedTuple):
    """The security parameters of a message."""

    engine_id: bytes
    boots: int
    time: int
    user: bytes
    mac: bytes
    salt: bytes


class Message(NamedTuple):
    """One message that came in. ``mac_at`` is where its MAC begins; ``body`` is encrypted if flags say so."""

    id: int
    flags: int
    security: Security
    mac_at: int
    body: bytes


def scope(engine_id: bytes, context: bytes) -> bytes:
    """Return what stands before the PDU in a scoped PDU."""
    return ber.tlv(0x04, engine_id) + ber.tlv(0x04, context)


def scoped(engine_id: bytes, context: bytes, pdu: bytes) -> bytes:
    """Return a scoped PDU."""
    return ber.tlv(0x30, scope(engine_id, context) + pdu)


def encode(number: int, flags: int, security: Security, body: bytes) -> tuple[bytes, int]:
    """Return a message and where its MAC begins. ``body`` is a scoped PDU, or an encrypted one."""
    if flags & PRIV:
        body = ber.tlv(0x04, body)
    message = ber.tlv(0x30, _head(number, flags, security) + body)
    return message, len(message) - len(body) - len(security.salt) - 2 - len(security.mac)


def _head(number: int, flags: int, security: Security) -> bytes:
    """Return what stands before the body."""
    parts = (
        ber.tlv(0x04, security.engine_id)
        + ber.integer(security.boots)
        + ber.integer(security.time)
        + ber.tlv(0x04, security.user)
        + ber.tlv(0x04, security.mac)
        + ber.tlv(0x04, security.salt)
    )
    head = ber.integer(number) + _MAX_SIZE + bytes((0x04, 0x01, flags)) + _MODEL
    return _VERSION + ber.tlv(0x30, head) + ber.tlv(0x04, ber.tlv(0x30, parts))


class Frame:
    """What questions to one engine have in common: made once, and filled with id, time, salt and body.

    ``security`` is that of the first: in further ones boots and the sizes of time, MAC and salt are the same.
    """

    __slots__ = ("_after", "_before", "_between", "_mac_at", "_secret", "boots", "time_size")

    def __init__(self, flags: int, security: Security) -> None:
        head = _head(LEAST_NUMBER, flags, security)
        salt_at = len(head) - len(security.salt)
        self._mac_at = salt_at - 2 - len(security.mac)
        time_end = self._mac_at - 2 - len(ber.tlv(0x04, security.user))
        time_at = time_end - len(ber.integer(security.time)) + 2
        self._before = head[:_ID_AT]
        self._between = head[_ID_AT + 4 : time_at]
        self._after = head[time_end:salt_at]
        self._secret = bool(flags & PRIV)
        self.boots = security.boots
        self.time_size = time_end - time_at

    def message(self, number: int, time: int, salt: bytes, body: bytes) -> tuple[bytes, int]:
        """Return what ``encode`` returns. ``number`` has four bytes, ``time`` fits in ``time_size``."""
        opening = ber.opening(0x04, len(body)) if self._secret else b""
        parts = (
            self._before,
            number.to_bytes(4, "big"),
            self._between,
            time.to_bytes(self.time_size, "big"),
            self._after,
            salt,
            opening,
            body,
        )
        whole = b"".join(parts)
        opening = ber.opening(0x30, len(whole))
        return opening + whole, len(opening) + self._mac_at


def decode(data: bytes) -> Message:
    """Return the message. BadAnswer if it is none, or cut off."""
    return usual(data) or unusual(data)


def usual(data: bytes) -> Message | None:
    """Read what nearly every agent sends, in headers shorter than 128 bytes; None for everything else."""
    found = _HEAD.match(data)
    if found is None:
        return None
    outer, head, number, size, flags, sized, inner, engine, boots, time, user, mac, salt = found.groups()
    parts = 10 + len(engine) + len(boots) + len(time) + len(user) + len(mac) + len(salt)
    wanted = (len(number) + len(size) + 10, parts + 2, parts)
    if (head[0], sized[0], inner[0]) != wanted or parts > 0x7D:
        return None
    start = body = found.end()
    if _from_bytes(outer[len(outer) > 1 :]) + 1 + len(outer) != len(data):
        return None
    if flags[0] & PRIV:
        start = _encrypted(data, body)
        if start == 0:
            return None
    security = Security(engine[1:], _from_bytes(boots), _from_bytes(time), user[1:], mac, salt)
    return Message(
        _from_bytes(number, "big", signed=True),
        flags[0],
        security,
        body - len(salt) - 2 - len(mac),
        data[start:],
    )


def _encrypted(data: bytes, body: int) -> int:
    """Return where the content of an OCTET STRING that reaches to the end begins; 0 if there is none."""
    try:
        tag, start, stop = ber.header(data, body)
    except (IndexError, BadAnswer):
        return 0
    return start if tag == 0x04 and stop == len(data) else 0


def unusual(data: bytes) -> Message:
    """Read any message. BadAnswer if it is none, or cut off."""
    start, stop = ber.read(data, 0, len(data), 0x30)
    version, pos = ber.read_integer(data, start, stop)
    head, head_end = ber.read(data, pos, stop, 0x30)
    number, pos = ber.read_integer(data, head, head_end)
    _, pos = ber.read_integer(data, pos, head_end)
    flags, pos = _text(data, pos, head_end)
    model, _ = ber.read_integer(data, pos, head_end)
    if version != 3 or model != _USM or len(flags) != 1:
        msg = f"a message of version {version} and security model {model}"
        raise BadAnswer(msg)
    outer, body = ber.read(data, head_end, stop, 0x04)
    security, mac_at = _security(data, *ber.read(data, outer, body, 0x30))
    if flags[0] & PRIV:
        start, end = ber.read(data, body, stop, 0x04)
    else:
        start, end = body, stop
    return Message(number, flags[0], security, mac_at, data[start:end])


def _security(data: bytes, pos: int, end: int) -> tuple[Security, int]:
    engine_id, pos = _text(data, pos, end)
    boots, pos = ber.read_integer(data, pos, end)
    time, pos = ber.read_integer(data, pos, end)
    if not (0 <= boots <= MAX_CLOCK and 0 <= time <= MAX_CLOCK and len(engine_id) <= 64):
        msg = "the engine id or clock of a message is impossible"
        raise BadAnswer(msg)
    user, pos = _text(data, pos, end)
    mac, pos = _text(data, pos, end)
    mac_at = pos - len(mac)
    salt, pos = _text(data, pos, end)
    return Security(engine_id, boots, time, user, mac, salt), mac_at


def _text(data: bytes, pos: int, end: int) -> tuple[bytes, int]:
    start, stop = ber.read(data, pos, end, 0x04)
    return data[start:stop], stop


def unscope(body: bytes) -> tuple[bytes, int, int]:
    """Return the context name of a scoped PDU and where its PDU stands. BadAnswer if it is none."""
    start, stop = ber.read(body, 0, len(body), 0x30)
    _, pos = ber.read(body, start, stop, 0x04)
    context, pos = _text(body, pos, stop)
    return context, pos, stop
