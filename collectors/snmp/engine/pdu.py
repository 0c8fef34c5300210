"""PDUs (RFC 3416, RFC 1157): what stands between a message's envelope and its varbinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from collectors.snmp.engine import ber
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.decode import plain
from collectors.snmp.engine.many import WORTH
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.shape import Shape, shape_of
from dcim.model import BadAnswer

RESPONSE: Final = 0xA2
REPORT: Final = 0xA8
LEAST_NUMBER: Final = 0x01000000
MOST_NUMBER: Final = 0x7FFFFFFF
"""Request ids that take exactly four bytes, so that a message's length does not depend on its id."""
_FIXED: Final = (RESPONSE, 0x02, 0x30)
_BYTE: Final = b"\x02\x01"  # an INTEGER of one byte
_BARE: Final = 4  # bytes of error status and index before recorded varbinds
_NO_TROUBLE: Final = bytes(_BARE)
_from_bytes = int.from_bytes
_WORTH_A_SHAPE: Final = 4  # varbinds from which comparing all at once is cheaper


class Pdu(NamedTuple):
    """A PDU's fixed part. Its varbinds are at ``data[start:end]`` of the message, not yet looked at."""

    tag: int
    request_id: int
    error_status: int
    error_index: int
    start: int
    end: int


class Unread(NamedTuple):
    """A message that answers a request, and its PDU; its varbinds have not been looked at."""

    data: bytes
    pdu: Pdu
    request: Request


def encode(request: Request, number: int) -> bytes:
    """Return the PDU of a request with this request id (``LEAST_NUMBER`` to ``MOST_NUMBER``)."""
    return request.head + number.to_bytes(4, "big") + request.tail


def usual(data: bytes, at: int, end: int) -> Pdu | None:
    """Read a response that ends at ``end`` as nearly every agent sends it; None for everything else.

        a2 L  02 n id  02 01 status  02 01 index  30 L ...

    L takes one byte, or two or three that begin with 81 or 82.
    """
    try:
        inner = data[at + 1]
        ident = at + (2 if inner < 0x80 else inner - 0x7E)
        size = data[ident + 1]
        status = ident + 2 + size
        listed = data[status + 7]
        start = status + (8 if listed < 0x80 else listed - 0x78)
        fixed = (data[at], data[ident], data[status + 6])
        errors = data[status + 2] | data[status + 5]
    except IndexError:
        return None
    if fixed != _FIXED or inner > 0x82 or listed > 0x82 or errors >= 0x80 or not 0 < size < 9:
        return None
    if data[status : status + 2] != _BYTE or data[status + 3 : status + 5] != _BYTE:
        return None
    if ident + (inner if inner < 0x80 else _from_bytes(data[at + 2 : ident])) != end:
        return None
    if start + (listed if listed < 0x80 else _from_bytes(data[status + 8 : start])) != end:
        return None
    number = _from_bytes(data[ident + 2 : status], "big", signed=True)
    return Pdu(RESPONSE, number, data[status + 2], data[status + 5], start, end)


def decode(data: bytes, pos: int, end: int) -> Pdu:
    """Return the fixed part of the PDU at ``pos``. BadAnswer if none is there or it is cut off."""
    return usual(data, pos, end) or unusual(data, pos, end)


def unusual(data: bytes, pos: int, end: int) -> Pdu:
    """Read any PDU. BadAnswer if none is there or it is cut off."""
    try:
        tag, pos, stop = ber.header(data, pos)
    except IndexError:
        msg = "an answer ends before its PDU"
        raise BadAnswer(msg) from None
    if tag not in (RESPONSE, REPORT) or stop > end:
        msg = f"expected a whole response or report, found 0x{tag:02x}"
        raise BadAnswer(msg)
    request_id, pos = ber.read_integer(data, pos, stop)
    error_status, pos = ber.read_integer(data, pos, stop)
    error_index, pos = ber.read_integer(data, pos, stop)
    start, list_end = ber.read(data, pos, stop, 0x30)
    return Pdu(tag, request_id, error_status, error_index, start, list_end)


def answer(data: bytes, pdu: Pdu, request: Request) -> Answer:
    """Return what the PDU says to the request. BadAnswer where its varbinds cannot be told apart."""
    shape = request.memory.shape
    if shape is not None and pdu.error_status == 0:
        values = shape.read(data, pdu.start, pdu.end)
        if values is not None:
            return Answer(request.oids, values, shape.tags)
    oids, values, tags = plain(data, pdu.start, pdu.end)
    if pdu.error_status:
        return Answer(oids, values, tags, pdu.error_status, max(0, pdu.error_index))
    if tuple(oids) != request.oids:
        return Answer(oids, values, tags)
    if len(oids) >= _WORTH_A_SHAPE:
        learn(request, bytes(tags))
    return Answer(request.oids, values, tags)


def answers(unread: Sequence[Unread]) -> list[Answer | BadAnswer]:
    """Return what ``answer`` does of each, or raises; many of one shape are read at once."""
    found: list[Answer | BadAnswer | None] = [None] * len(unread)
    if len(unread) >= WORTH:
        families: defaultdict[Shape, list[int]] = defaultdict(list)
        for at, (_, pdu, request) in enumerate(unread):
            shape = request.memory.shape
            if shape is not None and pdu.error_status == 0:
                families[shape].append(at)
        for shape, members in families.items():
            if len(members) >= WORTH and shape.together is not None:
                parts = [(unread[at].data, unread[at].pdu.start, unread[at].pdu.end) for at in members]
                for at, row in zip(members, shape.together.read(parts), strict=True):
                    if row is not None:
                        found[at] = one = Answer(unread[at].request.oids, row.values, shape.tags)
                        one.cells = row.cells
    return [_alone(*each) if one is None else one for each, one in zip(unread, found, strict=True)]


def _alone(data: bytes, pdu: Pdu, request: Request) -> Answer | BadAnswer:
    try:
        return answer(data, pdu, request)
    except BadAnswer as error:
        return error


def bare(data: bytes, pdu: Pdu) -> bytes:
    """Return error status and index, two bytes each, and the varbinds as sent: nothing of who asks."""
    if not (pdu.error_status or pdu.error_index):
        return _NO_TROUBLE + data[pdu.start : pdu.end]
    numbers = pdu.error_status, pdu.error_index
    return b"".join([number.to_bytes(2, "big") for number in _within(numbers)]) + data[pdu.start : pdu.end]


def of_bare(bare: bytes) -> Pdu:
    """Return the fixed part of what ``bare`` made, its varbinds in these very bytes. BadAnswer if cut off."""
    if len(bare) < _BARE:
        msg = "a recorded answer is cut off"
        raise BadAnswer(msg)
    status, index = _from_bytes(bare[:2]), _from_bytes(bare[2:_BARE])
    return Pdu(RESPONSE, 0, status, index, _BARE, len(bare))


def _within(numbers: tuple[int, int]) -> tuple[int, ...]:
    return tuple(min(max(0, number), 0xFFFF) for number in numbers)


def learn(request: Request, tags: bytes) -> None:
    """Remember the types of an answer once two in a row had them, so that flapping types cost nothing."""
    memory = request.memory
    if memory.tags == tags:
        memory.shape = shape_of(request.oids, tags)
    memory.tags = tags
