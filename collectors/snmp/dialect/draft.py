"""A profile file being read: what its OIDs, codes and values mean, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collectors.snmp.dialect.forms import Kind
from collectors.snmp.dialect.profile import Label
from collectors.snmp.dialect.shapes import SnmpPoint
from collectors.snmp.engine import oid
from dcim.model import Problem
from dcim.profile import Around, Value, compile_value
from dcim.yaml import Document, Loc

NO_OID: Final = "0.0"
"""zeroDotZero (RFC 2578): stands where a file names no OID."""

ANY_MODEL: Final = ".*"
"""Ends a root of which each model has its own, one number below."""

_CLOCK: Final = "device_clock_offset_seconds"


class Draft:
    """One file for one device: ``own`` is its sysObjectID, ``unit`` its place in a chain.

    ``roots`` are the places below which its OIDs stand; the first is what ``$root`` means. ``problems`` are
    the mistakes found so far, and ``relative`` tells whether what the device calls itself was made use of.
    ``above`` is the number below which each model has a root of its own, if the family is such a one.
    """

    def __init__(self, document: Document, own: str, unit: int) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.roots: tuple[str, ...] = ()
        self.relative = False
        self.above = b""
        self.unit = unit
        self._own = own

    def wrong(self, loc: Loc, what: str, *, key: bool = False) -> None:
        """Note a mistake and go on."""
        self.problems.append(self.document.problem(loc, what, key=key))

    def codes(self, codes: int | str | tuple[int | str, ...]) -> frozenset[int | str]:
        """Return the codes of a filter; ``$unit`` is the unit of the chain."""
        every = codes if isinstance(codes, tuple) else (codes,)
        return frozenset(self.unit if code == "$unit" else code for code in every)

    def oid(self, loc: Loc, text: str) -> bytes:
        """Return an OID of the file as bytes."""
        try:
            return oid.encode(self.dotted(loc, text))
        except ValueError as error:
            self.wrong(loc, str(error))
            return b""

    def every(self, loc: Loc, text: str) -> list[bytes]:
        """Return an OID below each of the roots."""
        roots = self.roots if text.startswith("$root") and self.roots else ("",)
        return [self.oid(loc, text.replace("$root", root, 1) if root else text) for root in roots]

    def dotted(self, loc: Loc, text: str) -> str:
        """Return an OID of the file in digits and dots."""
        if text.startswith("$root"):
            if not self.roots:
                self.wrong(loc, "$root stands for snmp.root, and there is none")
                return NO_OID
            text = text.replace("$root", self.roots[0], 1)
        if text.endswith(ANY_MODEL):
            return self._model(text.removesuffix(ANY_MODEL))
        self.relative = self.relative or "$sys_object_id" in text
        return text.replace("$sys_object_id", self._own, 1).replace("$unit", str(self.unit))

    def _model(self, above: str) -> str:
        """Return the root of the device's model below a number; 0 is none's."""
        self.relative = True
        self.above = oid.encode(above)
        own = self._own.removeprefix(above)
        return f"{above}.{own.split('.')[1]}" if own.startswith(".") else f"{above}.0"

    def value(
        self, loc: Loc, point: SnmpPoint, labels: Sequence[Label], absent: tuple[int | float | str, ...]
    ) -> Value | None:
        """Return what a point means, and note what is wrong with it."""
        own = absent if point.absent is None else point.absent
        wide = point.model_copy(update={"absent": (*own, *_unsigned(own))})
        names = [label.name for label in labels]
        value, problems = compile_value(self.document, loc, wide, Around(labels=names))
        self.problems += problems
        if (point.type is Kind.CLOCK) is not (point.metric == _CLOCK):
            self.wrong((*loc, "type"), f"{_CLOCK} is of type clock, and nothing else is")
        if point.type is Kind.TIMETICKS and point.unit not in {None, "cs"}:
            self.wrong((*loc, "unit"), "TimeTicks are hundredths of a second: the unit is cs")
        return value


def _unsigned(absent: tuple[int | float | str, ...]) -> list[int]:
    """Return the negative ones as an agent sends them that has no sign: -1 is 4294967295 too."""
    return [raw & 0xFFFFFFFF for raw in absent if isinstance(raw, int) and raw < 0]
