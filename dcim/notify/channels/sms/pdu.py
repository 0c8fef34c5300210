"""Short messages in PDU mode (3GPP TS 23.040): SUBMIT is written, DELIVER is read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from typing import Final

from dcim.notify.channels.sms import gsm7
from dcim.record import dataclass

_SINGLE_SEPTETS: Final = 160
_PART_SEPTETS: Final = 153
_SINGLE_UNITS: Final = 70
_PART_UNITS: Final = 67
"""What fits into 140 octets: alone, and beside a header of six octets that says which part it is."""

_SUBMIT: Final = 0x11  # SUBMIT, with a validity period relative to now
_HEADER: Final = 0x40
_GSM7, _UCS2 = 0x00, 0x08
_ONE_DAY: Final = 0xA7
_INTERNATIONAL, _UNKNOWN = 0x91, 0x81
_ALPHANUMERIC: Final = 0xD0
_FILL: Final = 1
_HEADER_SEPTETS: Final = 7
_DIGITS: Final = "0123456789*#abc"


class Alphabet(StrEnum):
    """How a text is sent: ``auto`` keeps every accent, in UCS-2 (70 signs) where GSM 7 bit lacks one."""

    AUTO = "auto"
    GSM7 = "gsm7"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class Submit:
    """One part, in hexadecimal; ``length``: its octets without the service centre, as ``AT+CMGS`` wants."""

    text: str
    length: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message that came. ``sender`` is a number with its ``+``, or a name."""

    sender: str
    text: str


class NoMessage(Exception):
    """A PDU is no message that can be read."""


def parts(
    number: str, text: str, reference: int, most: int, alphabet: Alphabet = Alphabet.AUTO
) -> list[Submit]:
    """Return the parts of a text to one number, at most ``most``; what is cut ends in three dots.

    ``reference`` is what the parts of one text share, 0 to 255.
    """
    said = gsm7.plain(text) if alphabet is Alphabet.GSM7 else gsm7.alike(text)
    signs = None if alphabet is Alphabet.UCS2 else gsm7.septets(said)
    if signs is not None:
        return [_submit(number, _GSM7, *one) for one in _seven_bit(signs, reference, most)]
    return [_submit(number, _UCS2, *one) for one in _sixteen_bit(text, reference, most)]


def _seven_bit(
    signs: Sequence[tuple[int, ...]], reference: int, most: int
) -> Iterator[tuple[bool, int, bytes]]:
    """Yield whether there is a header, the length in septets and the octets of each part."""
    if sum(map(len, signs)) <= _SINGLE_SEPTETS:
        numbers = list(chain(*signs))
        yield False, len(numbers), gsm7.pack(numbers)
        return
    dots = gsm7.septets("...") or []
    cut = _groups(signs, [len(one) for one in signs], _PART_SEPTETS, most, dots)
    for place, group in enumerate(cut, 1):
        numbers = list(chain(*group))
        header = _header(reference, len(cut), place)
        yield True, _HEADER_SEPTETS + len(numbers), header + gsm7.pack(numbers, _FILL)


def _sixteen_bit(text: str, reference: int, most: int) -> Iterator[tuple[bool, int, bytes]]:
    """Yield the same in UCS-2 (UTF-16): lengths in octets, no sign beyond the first plane torn apart."""
    units = [sign.encode("utf-16-be", "replace") for sign in text]
    if sum(map(len, units)) <= 2 * _SINGLE_UNITS:
        octets = b"".join(units)
        yield False, len(octets), octets
        return
    dots = [b"\0.", b"\0.", b"\0."]
    cut = _groups(units, [len(one) for one in units], 2 * _PART_UNITS, most, dots)
    for place, group in enumerate(cut, 1):
        octets = _header(reference, len(cut), place) + b"".join(map(bytes, group))
        yield True, len(octets), octets


def _groups(
    signs: Sequence[Sequence[int]], sizes: Sequence[int], room: int, most: int, dots: Sequence[Sequence[int]]
) -> list[list[Sequence[int]]]:
    """Return signs in groups that fit, at most ``most``; the last ends in dots where signs are left over."""
    groups: list[list[Sequence[int]]] = [[]]
    left = room
    for sign, size in zip(signs, sizes, strict=True):
        if size > left:
            if len(groups) == most:
                end = groups[-1]
                del end[-len(dots) :]
                while sum(map(len, end)) + sum(map(len, dots)) > room:
                    end.pop()
                end += dots
                break
            groups.append([])
            left = room
        groups[-1].append(sign)
        left -= size
    return groups


def _header(reference: int, count: int, place: int) -> bytes:
    return bytes([5, 0, 3, reference & 0xFF, count, place])


def _submit(number: str, coding: int, has_header: bool, length: int, octets: bytes) -> Submit:
    first = _SUBMIT | (_HEADER if has_header else 0)
    body = bytes([first, 0]) + _address(number) + bytes([0, coding, _ONE_DAY, length]) + octets
    return Submit("00" + body.hex().upper(), len(body))


def _address(number: str) -> bytes:
    """Return a number as digits in swapped pairs behind its length and type (TS 23.040, 9.1.2.5)."""
    digits = number.removeprefix("+")
    padded = digits + ("F" if len(digits) % 2 else "")
    swapped = "".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2))
    return bytes([len(digits), _INTERNATIONAL if number.startswith("+") else _UNKNOWN]) + bytes.fromhex(
        swapped
    )


def deliver(text: str) -> Deliver:
    """Read a DELIVER PDU in hexadecimal, with its service centre. Raise ``NoMessage``."""
    try:
        octets = bytes.fromhex(text)
        return _deliver(octets[1 + octets[0] :])
    except (ValueError, IndexError) as wrong:
        msg = "not a DELIVER PDU"
        raise NoMessage(msg) from wrong


def _deliver(octets: bytes) -> Deliver:
    first, digits = octets[0], octets[1]
    if first & 0x03:
        msg = "another type of message"
        raise NoMessage(msg)
    after = 3 + (digits + 1) // 2
    sender = _sender(octets[2], octets[3:after], digits)
    coding, length = octets[after + 1], octets[after + 9]
    data = octets[after + 10 :]
    skip = data[0] + 1 if first & _HEADER else 0
    if coding & 0x0C == _UCS2:
        return Deliver(sender, data[skip:length].decode("utf-16-be", "replace"))
    head = -(-skip * 8 // 7)
    numbers = gsm7.unpack(data[skip:], length - head, head * 7 - skip * 8)
    return Deliver(sender, gsm7.text_of(numbers))


def _sender(kind: int, octets: bytes, digits: int) -> str:
    if kind & 0x70 == _ALPHANUMERIC & 0x70:
        return gsm7.text_of(gsm7.unpack(octets, digits * 4 // 7))
    pairs = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in octets)[:digits]
    number = "".join(_DIGITS[int(one, 16)] for one in pairs if int(one, 16) < len(_DIGITS))
    return f"+{number}" if kind & 0x70 == _INTERNATIONAL & 0x70 else number
