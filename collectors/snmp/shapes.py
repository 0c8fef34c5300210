"""Where the values of a profile stand in SNMP, as a person writes it (format 1, ``docs/profile-format.md``).

OIDs are numbers, no MIB is read at run time (B10). ``$root`` stands for ``snmp.root``, ``$sys_object_id`` for
what the device calls itself, ``$unit`` for the unit of a chain that the device's settings name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from dcim.model import Lane
from dcim.profile import PointShape, ProfileHeader
from dcim.profile.shapes import State, Word
from dcim.yaml import Section

OidText: TypeAlias = Annotated[
    str, Field(pattern=r"^(\$root|\$sys_object_id|[0-2](\.\d+)+)(\.(\d+|\$unit))*$")
]
Column: TypeAlias = Annotated[int, Field(ge=1, le=2**32 - 1)]
Names: TypeAlias = tuple[Word, ...]
Codes: TypeAlias = tuple[int | str, ...]


class Kind(StrEnum):
    """How the device sends a value; everything else it may send is a gap ``malformed``."""

    NUMBER = "number"  # a whole number, a float, or text that is nothing but a number
    SIGNED = "signed"  # a 32-bit number sent as unsigned: above 2^31 it is negative
    TIMETICKS = "timeticks"  # TimeTicks, always hundredths of a second (A3); its unit is cs
    TEXT = "text"  # text that is a code of ``states``
    FLAGS = "flags"  # text of 0 and 1, the leftmost is bit 0
    OCTETS = "octets"  # BITS: bit 0 is the highest of the first octet


class PlaceShape(Section):
    """A cell beside a value: ``column`` of its table, or ``oid``; with ``index`` a column of another table.

    Only in a table: an ``oid`` without ``index`` is an instance, the same for every row.
    """

    column: Column | None = None
    oid: OidText | None = None
    index: Names | None = None


class UnitFrom(PlaceShape):
    """The cell that says in which unit the device shows (A5). It is read with every value."""

    map: dict[int, str] = Field(min_length=1)


class ScaleFrom(PlaceShape):
    """The cell that says by what to multiply. It is read when the device is surveyed."""

    map: dict[int, float] = Field(min_length=1)


class Valid(PlaceShape):
    """The cell that says whether there is a value: not for any other code. Read with every value."""

    # ``is`` is a word of Python
    codes: Codes = Field(alias="is", min_length=1)


class LabelShape(Section):
    """Where the text of a label comes from: a cell, index numbers joined by ``-``, or ``text`` itself.

    ``map`` gives words for codes (rows with another code are left out), ``prefix`` stands before the text.
    """

    column: Column | None = None
    oid: OidText | None = None
    index: Word | Names | None = None
    text: str | None = None
    map: dict[int | str, str] | None = Field(default=None, min_length=1)
    prefix: str = ""


class SnmpPoint(PointShape):
    """The keys that a point has in SNMP, whether it is alone or in a table."""

    type: Kind = Kind.NUMBER
    decimals: PlaceShape | None = None
    scale_from: ScaleFrom | None = None
    unit_from: UnitFrom | None = None
    valid: Valid | None = None


class ScalarShape(SnmpPoint):
    """One instance. ``chain: first``: it speaks of the first unit of a chain and of no other."""

    oid: OidText
    labels: dict[Word, str] = Field(default_factory=dict)
    chain: Literal["first"] | None = None


class ColumnShape(SnmpPoint):
    """One column of the table it stands in; ``where`` keeps some rows only. ``labels`` adds fixed ones."""

    column: Column
    where: dict[Word, int | str | Codes] = Field(default_factory=dict)
    labels: dict[Word, str] = Field(default_factory=dict)


class TableShape(Section):
    """One table. ``columns`` names cells for ``where``; ``rows`` asks these by GET and never walks (B4).

    ``chain: first``: the table speaks of the first unit of a chain and of no other.
    """

    entry: OidText
    index: Names = Field(min_length=1)
    columns: dict[Word, Column | PlaceShape] = Field(default_factory=dict)
    labels: dict[Word, LabelShape] = Field(default_factory=dict)
    absent: tuple[int | float | str, ...] = ()
    where: dict[Word, int | str | Codes] = Field(default_factory=dict)
    rows: tuple[int, int] | None = None
    lane: Lane | None = None
    chain: Literal["first"] | None = None
    untested: str | None = Field(default=None, min_length=1)
    points: tuple[ColumnShape, ...] = Field(min_length=1)


class RaisedShape(Section):
    """A table whose rows come and go, each naming one alarm by an OID or a number. ``count`` 0: no row."""

    metric: str
    column: OidText
    count: OidText | None = None
    names: dict[int | OidText, State] = Field(min_length=1)
    untested: str | None = Field(default=None, min_length=1)


class PartOf(Section):
    """A part of a text: the first group of ``pattern``."""

    oid: OidText
    pattern: str


class IdentityShape(Section):
    """What the device calls itself: for each, the first of these that gives text."""

    vendor: tuple[OidText | PartOf, ...] = ()
    model: tuple[OidText | PartOf, ...] = ()
    serial: tuple[OidText | PartOf, ...] = ()
    firmware: tuple[OidText | PartOf, ...] = ()


class SnmpShape(Section):
    """How the family is recognised, and what its agents bear.

    ``match``: prefixes of sysObjectID. ``match_descr``: words in sysDescr. ``probe``: instances or columns,
    one of which must be there. ``generic``: only where no family of the device's own fits.
    """

    match: tuple[OidText, ...] = ()
    match_descr: tuple[str, ...] = ()
    probe: tuple[OidText, ...] = ()
    generic: bool = False
    root: OidText | None = None
    max_varbinds: int | None = Field(default=None, ge=1, le=500)
    max_repetitions: int | None = Field(default=None, ge=1, le=100)
    walk: Literal["bulk", "next"] = "bulk"
    least_interval: float = Field(default=0.0, ge=0)


class ProfileShape(ProfileHeader):
    """A whole profile file for SNMP."""

    snmp: SnmpShape
    identity: IdentityShape = IdentityShape()
    points: tuple[ScalarShape, ...] = ()
    tables: dict[Word, TableShape] = Field(default_factory=dict)
    raised: tuple[RaisedShape, ...] = ()
