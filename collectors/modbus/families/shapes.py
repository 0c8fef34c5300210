"""Where the values of a profile stand in Modbus, as a person writes it (format 1: docs/profile-format.md).

A place is one of ``coil``, ``discrete``, ``holding`` or ``input`` and an address: the number on the wire,
unless ``modbus.addressing`` says that the file repeats a manual that counts otherwise (C1).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from collectors.modbus.families.registers import Order, Type
from collectors.modbus.families.unit import Unit
from dcim.profile import PointShape, ProfileHeader
from dcim.profile.shapes import Word
from dcim.yaml import Section

Number: TypeAlias = Annotated[int, Field(ge=0, le=465536)]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"no regular expression: {error}"
        raise ValueError(msg) from error
    return pattern


Pattern: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]


class Addressing(StrEnum):
    """How the file counts addresses."""

    PROTOCOL = "protocol"  # as sent: from 0
    ONE_BASED = "one_based"  # the manual's list starts at 1
    MODICON = "modicon"  # 40001 or 400001 is holding 0, 30001 input 0, 10001 discrete 0, 1 coil 0


class PlaceShape(Section):
    """Where a value stands and how: one of the four spaces, a type, an order of words and bytes.

    ``mask`` takes some bits of a whole number and shifts them down. ``length``: registers of a text.
    """

    coil: Number | None = None
    discrete: Number | None = None
    holding: Number | None = None
    # ``input`` is a name of Python's
    input_: Number | None = Field(default=None, alias="input")
    type: Type | None = None
    length: Annotated[int, Field(ge=1, le=125)] | None = None
    word_order: Order | None = None
    byte_order: Order | None = None
    mask: Annotated[int, Field(ge=1, le=2**64 - 1)] | None = None


class UnitFrom(PlaceShape):
    """The place that says in which unit the device shows (A5). It is read with every value."""

    map: dict[int, str] = Field(min_length=1)


class ScaleFrom(PlaceShape):
    """The place that says by what to multiply: code to factor. It is read with every value."""

    map: dict[int, float] = Field(min_length=1)


class Plus(PlaceShape):
    """A place that is added, multiplied by ``scale``: the ten thousands of a counter in two registers."""

    scale: float = 1.0


class ModbusPoint(PointShape, PlaceShape):
    """One point: what it means, and where it stands. ``decimals`` says by which power of ten to divide.

    ``full_scale`` says why even the raw values that devices like to mark a missing reading with (all ones,
    the highest and the lowest signed number) are readings here. It is for those who review a profile.
    """

    labels: dict[Word, str] = Field(default_factory=dict)
    decimals: PlaceShape | None = None
    unit_from: UnitFrom | None = None
    scale_from: ScaleFrom | None = None
    plus: Plus | tuple[Plus, ...] = ()
    full_scale: Annotated[str, Field(min_length=1)] | None = None


class SignShape(PlaceShape):
    """A register that tells the family: its value is one of ``is``, or fits ``pattern``."""

    # ``is`` is a word of Python
    values: tuple[int, ...] | None = Field(default=None, alias="is", min_length=1)
    pattern: Pattern | None = None


class MatchShape(Section):
    """How the family is recognised: every pattern for an object of function 43/14, and every register."""

    vendor: Pattern | None = None
    product: Pattern | None = None
    model: Pattern | None = None
    registers: tuple[SignShape, ...] = ()


class PartShape(PlaceShape):
    """A piece of identity: an object of function 43/14, fixed text, or a place; ``map`` names codes."""

    # ``object`` is a name of Python's
    object_: Annotated[int, Field(ge=0, le=255)] | None = Field(default=None, alias="object")
    text: str | None = None
    map: dict[int, str] | None = Field(default=None, min_length=1)
    scale: float = 1.0
    absent: tuple[int, ...] = ()


class IdentityShape(Section):
    """What the device calls itself. Several parts are joined: ``1`` and ``4520`` to ``1.4520``."""

    vendor: tuple[PartShape, ...] = ()
    model: tuple[PartShape, ...] = ()
    serial: tuple[PartShape, ...] = ()
    firmware: tuple[PartShape, ...] = ()


class HolesShape(Section):
    """Addresses that must not be read, single or ``[first, last]``, in the file's own way of counting."""

    coil: tuple[Number | tuple[Number, Number], ...] = ()
    discrete: tuple[Number | tuple[Number, Number], ...] = ()
    holding: tuple[Number | tuple[Number, Number], ...] = ()
    input_: tuple[Number | tuple[Number, Number], ...] = Field(default=(), alias="input")


class ModbusShape(Section):
    """What the family bears, and what holds for all its points unless a point says otherwise.

    ``gap`` unused registers are read to save a question. ``pause`` is seconds of quiet around questions.
    ``unit`` is the unit id the device has when it leaves the factory.
    """

    addressing: Addressing = Addressing.PROTOCOL
    word_order: Order = Order.BIG
    byte_order: Order = Order.BIG
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_bits: Annotated[int, Field(ge=1, le=2000)] = 2000
    gap: Annotated[int, Field(ge=0, le=124)] = 8
    pause: Annotated[float, Field(ge=0, le=60)] = 0.0
    unit: Unit = 1
    holes: HolesShape = HolesShape()
    match: MatchShape = MatchShape()


class TopShape(ProfileHeader):
    """A profile file for Modbus of which perhaps the top alone was read."""

    modbus: ModbusShape
    identity: IdentityShape = IdentityShape()
    points: tuple[ModbusPoint, ...] = ()


class ProfileShape(TopShape):
    """A whole profile file for Modbus."""

    points: tuple[ModbusPoint, ...] = Field(min_length=1)
