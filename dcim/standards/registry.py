"""The constants, read from ``standards.tsv``: one reviewed line each, checked as it is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final

from dcim.record import dataclass

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(/\d+)?")
_FIELDS: Final = ("name", "value", "unit", "standard", "edition", "clause", "source", "verified_by")
_UNITS: Final = frozenset(
    {
        "1", "celsius", "kelvin", "meters", "seconds", "days", "months", "years", "hours", "watts",
        "ratio", "celsius_per_hour", "meters_per_kelvin", "text", "kelvin_days",
    }
)  # fmt: skip


class Verified(StrEnum):
    """By what a value was checked, the strongest first."""

    PRIMARY = "primary"  # the text of the standard or law itself was read
    SECONDARY = "secondary"  # a source that quotes it
    MEMORY = "memory"  # general knowledge, to be checked against the text before it is relied upon
    COMPUTED = "computed"  # follows by arithmetic from others, and a test computes it
    HOUSE = "house"  # our own choice: no standard says it


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant: ``value`` as it is written, in ``unit``, and where it stands."""

    name: str
    value: str
    unit: str
    standard: str
    edition: str
    clause: str
    source: str
    verified_by: Verified

    @property
    def exact(self) -> Fraction:
        """Return the value as an exact number. Raises ValueError for a text."""
        if self.unit == "text":
            msg = f"{self.name} is a text, no number"
            raise ValueError(msg)
        return Fraction(self.value)

    @property
    def cited(self) -> str:
        """Return where it stands, as a report prints it: ``ASHRAE TC 9.9, 5th ed. 2021, Table 2.1``."""
        return ", ".join(part for part in (self.standard, self.edition, self.clause) if part)


def parse(text: str) -> Mapping[str, Constant]:
    """Read the lines of the file. Raise ValueError with the line and what is wrong with it."""
    found: dict[str, Constant] = {}
    lines = text.splitlines()
    if not lines or tuple(lines[0].split("\t")) != _FIELDS:
        msg = f"line 1: expected the names of the fields: {', '.join(_FIELDS)}"
        raise ValueError(msg)
    for number_, line in enumerate(lines[1:], 2):
        if not line or line.startswith("#"):
            continue
        one = _line(number_, line)
        if one.name in found:
            msg = f"line {number_}: {one.name} stands twice"
            raise ValueError(msg)
        found[one.name] = one
    return MappingProxyType(found)


def _line(number_: int, line: str) -> Constant:
    parts = line.split("\t")
    if len(parts) != len(_FIELDS):
        msg = f"line {number_}: expected {len(_FIELDS)} fields parted by tabs, found {len(parts)}"
        raise ValueError(msg)
    if wrong := _fault(parts):
        msg = f"line {number_}: {parts[0]}: {wrong}"
        raise ValueError(msg)
    name, value, unit, standard, edition, clause, source, verified_by = parts
    return Constant(name, value, unit, standard, edition, clause, source, Verified(verified_by))


def _fault(parts: list[str]) -> str:
    """Say what is wrong with a line, or nothing."""
    name, value, unit, standard, _, _, source, verified_by = parts
    if any(part != part.strip() for part in parts):
        return "white space around a field"
    if not _NAME.fullmatch(name):
        return "a name is lower-case words joined by _"
    if unit not in _UNITS:
        return f"unknown unit {unit!r}"
    if not value or (unit != "text" and not _NUMBER.fullmatch(value)):
        return f"{value!r} is no number"
    if not standard or not source:
        return "every constant says which standard it is of and where that was read"
    if verified_by not in list(Verified):
        return f"verified_by is one of {', '.join(Verified)}"
    return ""


STANDARDS: Final = parse((Path(__file__).parent / "standards.tsv").read_text(encoding="utf-8"))


def constant(name: str) -> Fraction:
    """Return a constant as an exact number. Raises KeyError for one that is not in the file."""
    return STANDARDS[name].exact


def number(name: str) -> float:
    """Return a constant as a float: for physics, not for accounts."""
    return float(constant(name))
