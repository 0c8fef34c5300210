"""Messages of v3 as bytes (RFC 3412 6, RFC 3414 2.4). What they mean is decided in ``usm``.

SEQUENCE
  version 3
  SEQUENCE msgID, msgMaxSize, msgFlags, msgSecurityModel
  OCTET STRING of SEQUENCE engine id, boots, time, user, mac, salt
  scoped PDU: SEQUENCE context engine id, context name, PDU     or     OCTET STRING, encrypted
"""

from __future__ import annotations

from typing import Final, NamedTuple

from collectors.snmp.engine import ber
from dcim.model import BadAnswer

AUTH: Final = 0x01
PRIV: Final = 0x02
REPORTABLE: Final = 0x04
MAX_SIZE: Final = 65507  # bytes of the largest UDP datagram
MAX_CLOCK: Final = 0x7FFFFFFF
_USM: Final = 3
_VERSION: Final = b"\x02\x01\x03"
_MODEL: Final = b"\x02\x01\x03"
_MAX_SIZE: Final = ber.integer(MAX_SIZE)
_TAGS: Final = ((0x30, 0x02, 0x02, 0x04, 0x30, 0x04), (0x02, 0x02, 0x04, 0x04, 0x04))


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
    parts = (
        ber.tlv(0x04, security.engine_id)
        + ber.integer(security.boots)
        + ber.integer(security.time)
        + ber.tlv(0x04, security.user)
    )
    tail = ber.tlv(0x04, security.salt)
    parameters = ber.tlv(0x04, ber.tlv(0x30, parts + ber.tlv(0x04, security.mac) + tail))
    if flags & PRIV:
        body = ber.tlv(0x04, body)
    head = ber.integer(number) + _MAX_SIZE + bytes((0x04, 0x01, flags)) + _MODEL
    message = ber.tlv(0x30, _VERSION + ber.tlv(0x30, head) + parameters + body)
    return message, len(message) - len(body) - len(tail) - len(security.mac)


def decode(data: bytes) -> Message:
    """Return the message. BadAnswer if it is none, or cut off."""
    return usual(data) or unusual(data)


def usual(data: bytes) -> Message | None:
    """Read what nearly every agent sends, in headers shorter than 128 bytes; None for everything else."""
    try:
        at = 2 if data[1] < 0x80 else data[1] - 0x7E
        number = at + 5
        size = number + 2 + data[number + 1]
        flags = size + 2 + data[size + 1]
        security = flags + 6
        engine = security + 4
        boots = engine + 2 + data[engine + 1]
        time = boots + 2 + data[boots + 1]
        user = time + 2 + data[time + 1]
        mac = user + 2 + data[user + 1]
        salt = mac + 2 + data[mac + 1]
        body = salt + 2 + data[salt + 1]
        tags = (data[0], data[number], data[size], data[security], data[security + 2], data[engine])
        more = (data[boots], data[time], data[user], data[mac], data[salt])
        lengths = (data[at + 4], data[security + 1], data[security + 3])
    except IndexError:
        return None
    fixed = data[at : at + 4] == b"\x02\x01\x03\x30" and data[flags : flags + 2] == b"\x04\x01"
    if not fixed or data[flags + 3 : security] != _MODEL or (tags, more) != _TAGS:
        return None
    if lengths != (security - number, body - security - 2, body - engine) or max(lengths) > 0x7F:
        return None
    return _checked(data, (at, number, size, flags), (engine, boots, time, user, mac, salt, body))


def _checked(data: bytes, head: tuple[int, ...], parts: tuple[int, ...]) -> Message | None:
    """Return the message whose fields begin there, if its lengths and clock are possible."""
    at, number, size, flags = head
    engine, boots, time, user, mac, salt, body = parts
    end = len(data)
    start = body
    if data[flags + 2] & PRIV:
        try:
            tag, start, stop = ber.header(data, body)
        except (IndexError, BadAnswer):
            return None
        if tag != 0x04 or stop != end:
            return None
    outer = data[1] if at == 2 else int.from_bytes(data[2:at], "big")
    clock = data[boots + 2 : time], data[time + 2 : user]
    if at + outer != end or at > 6 or not 0 < size - number - 2 <= 8 or not 0 < flags - size - 2 <= 8:
        return None
    sizes = len(clock[0]), len(clock[1])
    if min(sizes) == 0 or max(sizes) > 4 or clock[0][0] | clock[1][0] >= 0x80 or boots - engine - 2 > 64:
        return None
    return Message(
        int.from_bytes(data[number + 2 : size], "big", signed=True),
        data[flags + 2],
        Security(
            data[engine + 2 : boots],
            int.from_bytes(clock[0], "big"),
            int.from_bytes(clock[1], "big"),
            data[user + 2 : mac],
            data[mac + 2 : salt],
            data[salt + 2 : body],
        ),
        mac + 2,
        data[start:end],
    )


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
