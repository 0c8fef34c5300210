"""Time stamps of an outside authority (RFC 3161): what a token says. Who signed it, ``openssl`` checks."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, NamedTuple

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, GENERALIZED, BOOLEAN = 0x30, 0x31, 2, 3, 4, 6, 0x18, 1
TAGGED = 0xA0  # [0], constructed
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
TIME_STAMP = bytes.fromhex("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4
SHA256 = bytes.fromhex("608648016503040201")  # 2.16.840.1.101.3.4.2.1


class Token(NamedTuple):
    """What an authority says: that there was a text of this SHA-256 (hex) at this time (microseconds UTC).

    ``nonce``: the number of the request that it answers, -1 where it names none.
    """

    digest: str
    at: int
    serial: int
    nonce: int


class Parts:
    """Reads the elements of DER one after the other. Raises ``ValueError`` for whatever is not there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def over(self) -> bool:
        """Whether all was read."""
        return self._at >= len(self._data)

    @property
    def tag(self) -> int:
        """Return what stands next; -1 at the end."""
        return -1 if self.over else self._data[self._at]

    def take(self, tag: int) -> bytes:
        """Return what an element of this tag holds."""
        start, end = self._span(tag)
        self._at = end
        return self._data[start:end]

    def whole(self, tag: int) -> bytes:
        """Return an element of this tag with its tag and length."""
        begin = self._at
        self._at = self._span(tag)[1]
        return self._data[begin : self._at]

    def into(self, tag: int) -> Parts:
        """Return the elements within an element of this tag."""
        return Parts(self.take(tag))

    def _span(self, tag: int) -> tuple[int, int]:
        if self.tag != tag or len(self._data) < self._at + 2:
            raise ValueError("DER")
        length, start = self._data[self._at + 1], self._at + 2
        if length >= 0x80:
            octets = length - 0x80
            if not 1 <= octets <= 4:  # 0x80: of unknown length, which is no DER
                raise ValueError("DER")
            length = int.from_bytes(self._data[start : start + octets], "big")
            start += octets
        if start + length > len(self._data):
            raise ValueError("DER")
        return start, start + length


def read_token(token: bytes) -> Token:
    """Return what a token says, as RFC 3161, 2.4.2 has it. Raises ``ValueError`` for anything else."""
    content = Parts(token).into(SEQUENCE)
    if content.take(OID) != SIGNED_DATA:
        raise ValueError("DER")
    signed = content.into(TAGGED).into(SEQUENCE)
    signed.take(INTEGER)
    signed.take(SET)  # algorithms of the signers
    inside = signed.into(SEQUENCE)
    if inside.take(OID) != TIME_STAMP:
        raise ValueError("DER")
    info = Parts(inside.into(TAGGED).take(OCTETS)).into(SEQUENCE)
    info.take(INTEGER)
    info.take(OID)  # the policy
    imprint = info.into(SEQUENCE)
    if imprint.into(SEQUENCE).take(OID) != SHA256:
        raise ValueError("SHA-256")
    digest = imprint.take(OCTETS)
    serial = _signed_integer(info)
    at = moment(info.take(GENERALIZED))
    for optional in (SEQUENCE, BOOLEAN):  # accuracy, whether it is ordered
        if info.tag == optional:
            info.take(optional)
    return Token(digest.hex(), at, serial, _signed_integer(info) if info.tag == INTEGER else -1)


def moment(text: bytes) -> int:
    """Return a GeneralizedTime in DER, microseconds UTC. Raises ``ValueError``."""
    whole, dot, fraction = text.decode("ascii").partition(".")
    fraction = fraction[:-1]
    if not dot:
        whole, fraction = whole[:-1], "0"
    if not (text.endswith(b"Z") and len(whole) == 14 and whole.isdecimal() and fraction.isdecimal()):
        raise ValueError("time")
    seconds = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    return int(seconds.timestamp()) * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def shown(at: int) -> str:
    """Return a time (microseconds UTC) as people read it, whole seconds."""
    said: Any = datetime.fromtimestamp(at // 1_000_000, timezone.utc)
    return str(said.strftime("%Y-%m-%d %H:%M:%S UTC"))


def _signed_integer(parts: Parts) -> int:
    return int.from_bytes(parts.take(INTEGER), "big", signed=True)
