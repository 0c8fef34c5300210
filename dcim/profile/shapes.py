"""The protocol-free keys of a profile, as a person writes them (format 1, ``docs/profile-format.md``)."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field

from dcim.model import Health, Kind, Lane, Meaning, Problem
from dcim.yaml import Marked, Section, Without, found

FORMAT: Final = 1

_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        msg = f"expected a word of small letters, digits and _, found {found(text)}"
        raise ValueError(msg)
    return text


Word: TypeAlias = Annotated[str, AfterValidator(_word)]
"""A name in our vocabulary: small letters, digits and underscores."""


def _one(state: dict[str, Health]) -> dict[str, Health]:
    if len(state) != 1:
        msg = "expected a word, or one word with its health such as { on_battery: warning }"
        raise ValueError(msg)
    return state


State: TypeAlias = Word | Annotated[dict[Word, Health], AfterValidator(_one)]
"""``normal``, or ``{ low: warning }``: a word and, after a colon, its health."""


def meaning(state: str | dict[str, Health]) -> Meaning:
    """Return what a state in a file means."""
    if isinstance(state, str):
        return Meaning(state)
    ((word, health),) = state.items()
    return Meaning(word, health)


class ProfileHeader(Section):
    """What stands at the top of every profile. A collector's dialect adds its own sections."""

    profile: Word
    format: Literal[1]
    kind: Annotated[Kind, Without(Kind.SERVICE)]
    vendor: str = Field(min_length=1)
    title: str = Field(min_length=1)


def check_name(document: Marked, header: ProfileHeader, folder: str) -> list[Problem]:
    """Say if a profile's name is not that of its folder."""
    if header.profile == folder:
        return []
    return [
        document.problem(
            ("profile",), f"expected {folder!r}, the name of the folder, found {header.profile!r}"
        )
    ]


class PointShape(Section):
    """The protocol-free keys of one point. A dialect adds where the value stands.

    ``raw * scale + offset`` is a value in ``unit``; ``range`` is in ``unit`` too; ``absent`` lists raw
    values.
    Codes of ``states`` are numbers or texts, of ``bits`` the number of the bit, 0 the lowest.
    """

    metric: str
    unit: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    absent: tuple[int | float | str, ...] | None = None
    range: tuple[float, float] | None = None
    states: dict[int | str, State] | None = Field(default=None, min_length=1)
    bits: dict[Annotated[int, Field(ge=0, le=63)], State] | None = Field(default=None, min_length=1)
    lane: Lane | None = None
    untested: str | None = Field(default=None, min_length=1)
