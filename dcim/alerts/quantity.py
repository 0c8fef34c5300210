"""Numbers with their units, as people write them in rule files: ``80 %``, ``27 degC``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from dcim.catalogue import UNITS
from dcim.yaml import nearest

_FORM: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)")
_BARE: Final = "count"


def tidy(number: float) -> float:
    """Return a number without the noise of binary arithmetic: 12 significant digits."""
    return float(f"{number:.12g}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a unit of the catalogue. Numbers without a unit are counts."""

    value: float
    unit: str

    @property
    def base(self) -> str:
        """Return the base unit; empty for counts."""
        return UNITS[self.unit].base

    @property
    def in_base(self) -> float:
        """Return the number in the base unit, as a person means it: 57 % is 0.57 and no bit more."""
        return tidy(UNITS[self.unit].to_base(self.value))

    def __str__(self) -> str:
        """Read as it was written."""
        return f"{self.value:g}" if self.unit == _BARE else f"{self.value:g} {self.unit}"

    @classmethod
    def parse(cls, written: object) -> Quantity:
        """Read ``80 %`` or a bare number; raise ValueError for anything else."""
        if isinstance(written, cls):
            return written
        if isinstance(written, int | float) and not isinstance(written, bool):
            return cls(float(written), _BARE)
        form = _FORM.fullmatch(written.strip()) if isinstance(written, str) else None
        if form is None:
            msg = "expected a number and its unit, such as '80 %'"
            raise ValueError(msg)
        unit = form[2] or _BARE
        if unit not in UNITS:
            msg = f"no unit {unit!r}{nearest(unit, UNITS)}"
            raise ValueError(msg)
        return cls(float(form[1]), unit)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a section hold a quantity."""
        del source, handler
        return core_schema.no_info_plain_validator_function(cls.parse)
