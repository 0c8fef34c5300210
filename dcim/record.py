"""Records: small values with names. A start makes hundreds of their classes, a site holds millions of them.

``dataclass``, ``field`` and ``replace`` are written, and read by type checkers, as those of the standard
library with ``slots=True``. msgspec makes the classes, in C; see ADR 0011 for what that saves.

What a record cannot be is said with ``dataclasses``: fields that are not shown, not compared or not given
(``repr=False``, ``compare=False``, ``init=False``), bases that are abstract or protocols, and what pydantic
makes or checks (a field of a model, an answer of the API): it knows dataclasses alone. Where records are
ordered, the last field has an order: of two that are equal, ``<`` asks it.

What is made by thousands in a storm and leads nowhere back to itself is ``acyclic``: who looks for garbage
passes it over, which halves what he does there.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import Struct, StructMeta, defstruct
from msgspec import field as made_field
from msgspec.structs import replace as replaced

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    field = made_field

    def replace(one: Any, /, **changes: Any) -> Any:
        """Return another with some fields changed, of a record or of a dataclass of the standard library."""
        if isinstance(type(one), StructMeta):  # quicker than whether it is a ``Struct``: those are abstract
            return replaced(one, **changes)
        return dataclasses.replace(one, **changes)

    def dataclass(
        *,
        slots: bool,
        frozen: bool = False,
        eq: bool = True,
        order: bool = False,
        weakref_slot: bool = False,
    ) -> Any:
        """Return what makes a record of a class."""
        if not slots:
            msg = "a record has slots: say slots=True, or use the dataclasses of the standard library"
            raise TypeError(msg)
        how = {"frozen": frozen, "eq": eq, "order": order, "weakref": weakref_slot}
        return lambda kind: _record(kind, how)


_Kind = TypeVar("_Kind")
_ACYCLIC: Final = "__acyclic__"


def acyclic(kind: type[_Kind]) -> type[_Kind]:
    """Say of a class, below ``dataclass``, that no way leads from one of its records back to that record.

    A loop through one would never be given back.
    """
    setattr(kind, _ACYCLIC, True)
    return kind


class _Fields:
    """The fields of a record, collected when somebody asks: most are never asked for."""

    def __get__(self, _record: object, kind: type[Record]) -> dict[str, dataclasses.Field[Any]]:
        return _fields(kind)


class Record(Struct):
    """What all records are; for ``fields``, ``asdict`` and ``is_dataclass`` they are dataclasses."""

    __dataclass_fields__ = _Fields()


def _record(kind: type, how: dict[str, Any]) -> type:
    """Return a record with the fields and methods of a class."""
    if issubclass(kind, Record):  # by its base, which is one
        if {name: getattr(kind.__struct_config__, name) for name in how} != how:
            msg = (
                f"{kind.__qualname__}: a record that extends another is frozen, compared and ordered like it"
            )
            raise TypeError(msg)
        return kind
    own = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
    own["__qualname__"] = kind.__qualname__
    how["gc"] = not own.pop(_ACYCLIC, False)
    bases = tuple(base for base in kind.__bases__ if base is not object)
    made: type = StructMeta(kind.__name__, (Record, *bases), own, **how)
    return made


@cache
def _fields(kind: type[Record]) -> dict[str, dataclasses.Field[Any]]:
    """Return the fields of a record as those of the dataclass that was written."""
    types: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        types |= vars(base).get("__annotations__", {})
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    without = len(names) - len(defaults)
    written: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        *((name, types[name]) for name in names[:without]),
        *((name, types[name], _said(it)) for name, it in zip(names[without:], defaults, strict=True)),
    ]
    plain = dataclasses.make_dataclass(kind.__name__, written, repr=False, eq=False)
    return {one.name: one for one in dataclasses.fields(plain)}


def _said(default: Any) -> Any:
    """Return what was said of a default."""
    if isinstance(default, _FACTORY):
        return dataclasses.field(default_factory=default.factory)
    return dataclasses.field(default=default)


_FACTORY: Final = type(
    defstruct("Made", [("it", list, made_field(default_factory=list))]).__struct_defaults__[0]
)
"""How msgspec keeps what makes a default; it gives it no public name."""

__all__ = ["Record", "acyclic", "dataclass", "field", "replace"]
