"""What every mapping in a file of ours has in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema

_SCALARS = ("int", "float", "bool")
_NO_SCHEMA = ("metadata", "default", "expected")


def _harden(part: Any) -> None:
    """Set ``strict`` on each scalar of a schema, in place."""
    if isinstance(part, dict):
        if part.get("type") in _SCALARS:
            part.setdefault("strict", True)
        for key, inner in part.items():
            if key not in _NO_SCHEMA:
                _harden(inner)
    elif isinstance(part, list):
        for inner in part:
            _harden(inner)


class Section(BaseModel):
    """One mapping of a file: frozen, no unknown keys, and scalars taken as written.

    A number in quotes is text and ``yes`` is a word, so neither passes for a number or a truth value;
    lists still become tuples, words still become enumerations. What checks it is made when a file is first
    held against it: of 60 kinds of mappings a start needs ten.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True, defer_build=True
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Make every number and truth value in this mapping strict."""
        schema = handler(source)
        _harden(schema)
        return schema
