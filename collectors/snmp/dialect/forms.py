"""How a device may send a value, and how a name stands in an index: what profile and decoding both speak of.

The shapes of a profile stand apart: who reads none, as a start does, makes none of their models.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

IndexForm: TypeAlias = Literal["text", "implied", "any"] | Annotated[int, Field(ge=1, le=64)]


class Kind(StrEnum):
    """How the device sends a value; everything else it may send is a gap ``malformed``."""

    NUMBER = "number"  # a whole number, a float, or text that is nothing but a number
    SIGNED = "signed"  # a 32-bit number sent as unsigned: above 2^31 it is negative
    TIMETICKS = "timeticks"  # TimeTicks, always hundredths of a second (A3); its unit is cs
    TICKS_NUMBER = "ticks_number"  # a plain number under the tag of TimeTicks; above 2^31 it is negative
    TEXT = "text"  # text that is a code of ``states``
    FLAGS = "flags"  # text of 0 and 1, the leftmost is bit 0
    OCTETS = "octets"  # BITS: bit 0 is the highest of the first octet
    UINT_BE = "uint_be"  # a whole number in 1 to 8 octets of an OCTET STRING, the highest first
    INT_BE = "int_be"  # the same with a sign
    CLOCK = "clock"  # the time of the device (``clocks.py``); the value is how far it is off
    FLOAT32 = "float32"  # IEEE 754 in 4 octets of an OCTET STRING (8: double), the highest first


COUNTED: Final = frozenset({Kind.NUMBER, Kind.SIGNED, Kind.TICKS_NUMBER})
"""Kinds of which a number under a scale below 1 is a whole one."""
