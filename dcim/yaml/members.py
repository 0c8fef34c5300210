"""An enumeration of which a file may name only some members."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema


@dataclass(frozen=True)
class Without:
    """Annotates an enumeration of words: this member is not to be named, and messages do not list it."""

    member: StrEnum

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of the enumeration without the member."""
        del source, handler
        kind = type(self.member)
        members = [one for one in kind if one is not self.member]
        expected = {"expected": " or ".join(", ".join(repr(one.value) for one in members).rsplit(", ", 1))}

        def check(named: StrEnum) -> StrEnum:
            if named is self.member:
                raise PydanticKnownError("enum", expected)  # noqa: EM101  the name of an error, no text
            return named

        return core_schema.no_info_after_validator_function(
            check, core_schema.enum_schema(kind, members, sub_type="str")
        )
