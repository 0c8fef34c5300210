"""Messages of v1 and v2c (RFC 1157, RFC 3417): a version, a community and a PDU.

``read`` is on the hot path of every answer, so it reads the usual layout with plain subscripts and leaves
everything else to ``ber``.
"""

from __future__ import annotations

from typing import Final

from collectors.snmp.engine import ber, pdu
from collectors.snmp.engine.access import Community, Version
from collectors.snmp.engine.request import Request
from dcim.model import BadAnswer

_FIXED: Final = (0x30, 0x02, 0x01, 0x04)
_LARGE: Final = b"\x30\x82"  # a SEQUENCE whose length takes two bytes
_BYTE: Final = b"\x02\x01"  # an INTEGER of one byte
_ID_SIZE: Final = 4  # bytes, see ``pdu.LEAST_NUMBER``
_FOUR: Final = b"\x02\x04"  # an INTEGER of four bytes
_NO_ERROR: Final = b"\x02\x01\x00\x02\x01\x00\x30"  # no error at no place, and a list
_MOST_HEADS: Final = 4096
_from_bytes = int.from_bytes


def envelope(community: Community) -> bytes:
    """Return version and community as they begin every message."""
    return ber.integer(community.version) + ber.tlv(0x04, community.name.encode())


def encode(envelope: bytes, request: Request, number: int) -> bytes:
    """Return a message that asks the request with this request id.

    What stands before the id is made once for all devices that share the envelope and the request.
    """
    memory = request.memory
    if memory.envelope != envelope:
        whole = ber.tlv(0x30, envelope + pdu.encode(request, number))
        memory.opening = whole[: len(whole) - _ID_SIZE - len(request.tail)]
        memory.envelope = envelope
    return memory.opening + number.to_bytes(_ID_SIZE, "big") + request.tail


def version(data: bytes) -> int:
    """Return the version of a message. BadAnswer if it is no SNMP message, or cut off."""
    if data.startswith(_LARGE) and data[4:6] == _BYTE and 4 + _from_bytes(data[2:4]) == len(data) > 6:
        return data[6] if data[6] < 0x80 else data[6] - 0x100
    start, stop = ber.read(data, 0, len(data), 0x30)
    return ber.read_integer(data, start, stop)[0]


def read(data: bytes) -> pdu.Pdu:
    """Return the PDU of a v1 or v2c message. BadAnswer if it is no such message, or cut off."""
    return usual(data) or unusual(data)


def usual(data: bytes) -> pdu.Pdu | None:
    """Read what nearly every agent sends; None for everything else.

    30 L  02 01 version  04 n community  PDU
    """
    try:
        outer = data[1]
        at = 2 if outer < 0x80 else outer - 0x7E
        if data[at + 2] > Version.V2C:
            return None
        fixed = (data[0], data[at], data[at + 1], data[at + 3])
        community = data[at + 4]
    except IndexError:
        return None
    size = len(data)
    if fixed != _FIXED or outer > 0x82 or community >= 0x80:
        return None
    if at + (outer if outer < 0x80 else _from_bytes(data[2:at])) != size:
        return None
    return pdu.usual(data, at + 5 + community, size)


class Heads:
    """Reads what ``usual`` reads, most of it without a look at its parts.

    A response as long as one before, that begins as it did, has all its parts where that had them. Only
    the request id is another.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, tuple[bytes, bytes, int]] = {}  # before the id, behind it, end of that

    def usual(self, data: bytes) -> pdu.Pdu | None:
        """Return what ``usual`` does."""
        size = len(data)
        known = self._known.get(size)
        if known is not None:
            opening, middle, start = known
            at = len(opening)
            if data.startswith(opening) and data.startswith(middle, at + _ID_SIZE):
                number = _from_bytes(data[at : at + _ID_SIZE], "big", signed=True)
                return pdu.Pdu(pdu.RESPONSE, number, 0, 0, start, size)
        head = usual(data)
        if head is not None and not (head.error_status or head.error_index):
            self._learn(data, head)
        return head

    def _learn(self, data: bytes, head: pdu.Pdu) -> None:
        """Remember a head whose id has four bytes and whose lengths have no byte too many."""
        listed = head.end - head.start
        behind = head.start - (8 if listed < 0x80 else 9 if listed < 0x100 else 10)
        at = behind - _ID_SIZE
        number = head.request_id.to_bytes(_ID_SIZE + 4, "big", signed=True)[4:]
        if data[at - 2 : behind] == _FOUR + number and data[behind : behind + 7] == _NO_ERROR:
            if len(self._known) >= _MOST_HEADS:
                self._known.clear()
            self._known[len(data)] = data[:at], data[behind : head.start], head.start


def unusual(data: bytes) -> pdu.Pdu:
    """Read any v1 or v2c message. BadAnswer if it is none, or cut off."""
    start, stop = ber.read(data, 0, len(data), 0x30)
    number, pos = ber.read_integer(data, start, stop)
    if number not in (Version.V1, Version.V2C):
        msg = f"a message of version {number}"
        raise BadAnswer(msg)
    _, pos = ber.read(data, pos, stop, 0x04)
    return pdu.decode(data, pos, stop)
