"""Where the values of a profile stand in SNMP, as a person writes it (format 1, ``docs/profile-format.md``).

OIDs are numbers, no MIB is read at run time (B10). ``$root`` stands for ``snmp.root``, ``$sys_object_id`` for
what the device calls itself, a root that ends in ``.*`` for the tree of its model, ``$unit`` for the unit of
a chain that the device's settings name.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from collectors.snmp.dialect.forms import IndexForm, Kind
from dcim.model import Lane
from dcim.profile import PointShape, ProfileHeader
from dcim.profile.shapes import State, Word
from dcim.yaml import Section

OidText: TypeAlias = Annotated[
    str, Field(pattern=r"^(\$root|\$sys_object_id|[0-2](\.\d+)+)(\.(\d+|\$unit))*$")
]
RootText: TypeAlias = Annotated[
    str,
    Field(pattern=r"^((\$root|\$sys_object_id|[0-2](\.\d+)+)(\.(\d+|\$unit))*|[0-2](\.\d+)+\.\*)$"),
]
Column: TypeAlias = Annotated[int, Field(ge=1, le=2**32 - 1)]
Names: TypeAlias = tuple[Word, ...]
Codes: TypeAlias = tuple[int | str, ...]


def _one_kind(part: dict[str, object]) -> dict[str, object]:
    if len(part) != 1:
        msg = "expected a name, or one name with its form such as { pdu: text }"
        raise ValueError(msg)
    return part


IndexPart: TypeAlias = Word | Annotated[dict[Word, IndexForm], AfterValidator(_one_kind)]
"""A part of an index: a name (one number), or a name and its form: ``text`` (its length, then its
characters), ``implied`` (text to the end), a count of numbers, or ``any`` (all numbers to the end)."""


class Condition(Section):
    """What a cell says: all that is given holds. ``like`` and ``unlike`` are patterns."""

    # ``is`` is a word of Python
    codes: int | str | Codes | None = Field(default=None, alias="is")
    is_not: int | str | Codes | None = None
    like: str | None = None
    unlike: str | None = None


Wanted: TypeAlias = int | str | Codes | Condition
"""A code, one of several, or a condition."""


class PlaceShape(Section):
    """A cell beside a value: ``column`` of its table, or ``oid``; with ``index`` a column of another table.

    Only in a table: an ``oid`` without ``index`` is an instance, the same for every row.
    """

    column: Column | None = None
    oid: OidText | None = None
    index: Names | None = None


class UnitFrom(PlaceShape):
    """The cell that says in which unit the device shows (A5). It is read with every value.

    ``otherwise``: the unit of a device that has no such cell; without it, its values mean nothing.
    """

    map: dict[int | str, str] = Field(min_length=1)
    pattern: str | None = None
    otherwise: str | None = None


class ScaleFrom(PlaceShape):
    """The cell that says by what to multiply. It is read when the device is surveyed."""

    map: dict[int | str, float] = Field(min_length=1)
    pattern: str | None = None


class Plus(PlaceShape):
    """A cell that is added, multiplied by ``scale``: a high word, the MWh beside the kWh."""

    scale: float = 1.0


class Valid(PlaceShape, Condition):
    """The cell that says whether there is a value: not if it says anything else. Read with every value."""


class When(Condition):
    """An instance that decides whether something is used at all. Read when the device is surveyed.

    ``there``: whether the device has it.
    """

    oid: OidText
    there: bool = True


class ScaleBy(Section):
    """Several scales that agents of one family are known to use: the first that brings values ``within``.

    Decided for a column as a whole when the device is surveyed; undecided (nothing but zeros), as before.
    One in use stays as long as what it brings is at most ``until`` (else the upper end of ``within``).
    """

    of: tuple[float, ...] = Field(min_length=2)
    within: tuple[float, float]
    until: float | None = None


class LabelShape(Section):
    """Where the text of a label comes from: a cell, index numbers joined by ``-``, or ``text`` itself.

    ``pattern`` takes a part of it, ``map`` gives words for codes (rows with another code are left out),
    ``prefix`` stands before the text. ``join`` is several of these, with ``by`` between them.
    """

    column: Column | None = None
    oid: OidText | None = None
    index: Word | Names | None = None
    text: str | None = None
    join: tuple[LabelShape | tuple[LabelShape, ...], ...] | None = Field(default=None, min_length=2)
    by: str = "-"
    pattern: str | None = None
    map: dict[int | str, str] | None = Field(default=None, min_length=1)
    prefix: str = ""


LabelFrom: TypeAlias = LabelShape | Annotated[tuple[LabelShape, ...], Field(min_length=1)]
"""One source, or several: the first that gives text."""


class SnmpPoint(PointShape):
    """The keys that a point has in SNMP, whether it is alone or in a table."""

    type: Kind = Kind.NUMBER
    pattern: str | None = None
    mask: int | None = Field(default=None, ge=1, le=2**64 - 1)
    plus: Plus | tuple[Plus, ...] = ()
    decimals: PlaceShape | None = None
    scale_from: ScaleFrom | None = None
    scale_by: ScaleBy | None = None
    unit_from: UnitFrom | None = None
    valid: Valid | None = None
    when: When | tuple[When, ...] = ()


class ScalarShape(SnmpPoint):
    """One instance. ``chain: first``: it speaks of the first unit of a chain and of no other."""

    oid: OidText
    labels: dict[Word, str] = Field(default_factory=dict)
    chain: Literal["first"] | None = None


class ColumnShape(SnmpPoint):
    """One column of the table it stands in; ``where`` keeps some rows only. ``labels`` adds its own."""

    column: Column
    where: dict[Word, Wanted] = Field(default_factory=dict)
    labels: dict[Word, str | LabelFrom] = Field(default_factory=dict)


class TableShape(Section):
    """One table. ``columns`` names cells for ``where``; ``rows`` asks these by GET and never walks (B4).

    ``count``: the instance that says up to which number of the first index part there are rows.
    ``chain: first``: the table speaks of the first unit of a chain and of no other.
    """

    entry: OidText
    index: tuple[IndexPart, ...] = Field(min_length=1)
    columns: dict[Word, Column | PlaceShape] = Field(default_factory=dict)
    labels: dict[Word, LabelFrom] = Field(default_factory=dict)
    absent: tuple[int | float | str, ...] = ()
    where: dict[Word, Wanted] = Field(default_factory=dict)
    when: When | tuple[When, ...] = ()
    rows: tuple[int, int] | None = None
    count: OidText | None = None
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


class TrapShape(Section):
    """What a trap of the family says. ``ask`` False: nothing changed that asking would show."""

    name: Word
    ask: bool = True


class PartOf(Section):
    """A text of the device: an instance, or with ``column`` the first row of a column that gives text.

    ``pattern`` (or the first of several that fits) takes a part of it; ``map`` gives text for a code, or for
    the longest prefix of an OID. ``text`` stands there for every device, ``enterprise`` for the name of who
    owns its sysObjectID.
    """

    oid: OidText | None = None
    column: OidText | None = None
    text: str | None = Field(default=None, min_length=1)
    enterprise: Literal[True] | None = None
    pattern: str | tuple[str, ...] | None = None
    map: dict[int | str, str] | None = Field(default=None, min_length=1)


class IdentityShape(Section):
    """What the device calls itself: for each, the first of these that gives text."""

    vendor: tuple[OidText | PartOf, ...] = ()
    model: tuple[OidText | PartOf, ...] = ()
    serial: tuple[OidText | PartOf, ...] = ()
    firmware: tuple[OidText | PartOf, ...] = ()


Evidence: TypeAlias = OidText | When
"""An instance or column that is there, or what it says."""


class SnmpShape(Section):
    """How the family is recognised, and what its agents bear.

    ``match``: prefixes of sysObjectID. ``match_descr``: patterns in sysDescr. ``probe``: instances or
    columns, one of which must be there. ``needs``: one of them must hold on top of that; ``lacks``: none may.
    ``generic``: only where no family of the device's own fits, or for what that does not give (``alone``:
    never beside one, unless it names this one in ``inherit``). ``part``: beside the profile of the device.
    """

    match: tuple[OidText, ...] = ()
    match_descr: tuple[str, ...] = ()
    probe: tuple[OidText, ...] = ()
    needs: tuple[Evidence, ...] = ()
    lacks: tuple[Evidence, ...] = ()
    generic: bool | Literal["alone"] = False
    part: bool = False
    inherit: tuple[Word, ...] | Literal["none"] | None = None
    root: RootText | Annotated[tuple[OidText, ...], Field(min_length=1)] | None = None
    max_varbinds: int | None = Field(default=None, ge=1, le=500)
    max_repetitions: int | None = Field(default=None, ge=1, le=100)
    walk: Literal["bulk", "next"] = "bulk"
    least_interval: float = Field(default=0.0, ge=0)


class ProfileShape(ProfileHeader):
    """A whole profile file for SNMP.

    ``extends``: the profile whose points it has too, below its own ``root``, save those of the metrics in
    ``without``.
    """

    extends: Word | None = None
    without: tuple[str, ...] = ()
    snmp: SnmpShape
    identity: IdentityShape = IdentityShape()
    points: tuple[ScalarShape, ...] = ()
    tables: dict[Word, TableShape] = Field(default_factory=dict)
    raised: tuple[RaisedShape, ...] = ()
    traps: dict[OidText, Word | TrapShape] = Field(default_factory=dict)
