"""The YAML 1.2 core schema: what a plain word in a file means.

Ours, because PyYAML speaks 1.1, where ``off`` is false, ``1:20`` is eighty and ``2024-01-01`` is a date
(YAML 1.2.2, section 10.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

Scalar: TypeAlias = "str | int | float | bool | None"

_STEM: Final = "tag:yaml.org,2002:"
STR: Final = f"{_STEM}str"
MAP: Final = f"{_STEM}map"
SEQ: Final = f"{_STEM}seq"
NULL: Final = f"{_STEM}null"
BOOL: Final = f"{_STEM}bool"
INT: Final = f"{_STEM}int"
FLOAT: Final = f"{_STEM}float"

LOWEST: Final = -(2**63)
HIGHEST: Final = 2**64 - 1
_DIGITS: Final = 32
"""No number of 64 bits needs more characters in any of its three forms."""


class NoScalar(ValueError):
    """The text is no value of its type."""


_FORMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (NULL, re.compile(r"(?:null|Null|NULL|~|)")),
    (BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)")),
    (INT, re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)")),
    (
        FLOAT,
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
        ),
    ),
)

_FIRST: Final = frozenset(["", *"nN~tTfF0123456789+-."])
"""First characters of everything that is not text; most words in a file end the question here."""


def tag_of(text: str) -> str:
    """Return the tag of a plain (unquoted, untagged) scalar."""
    if text[:1] not in _FIRST:
        return STR
    for tag, form in _FORMS:
        if form.fullmatch(text):
            return tag
    return STR


_FORM: Final = dict(_FORMS)


def _integer(text: str) -> int:
    digits = text.lstrip("+-").removeprefix("0o").removeprefix("0x").lstrip("0")
    if len(digits) > _DIGITS:
        raise NoScalar
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(text, base)
    if not LOWEST <= value <= HIGHEST:
        raise NoScalar
    return value


def _real(text: str) -> float:
    sign, _, rest = text.rpartition(".")
    if rest.lower() in {"inf", "nan"}:
        return float(sign + rest)
    return float(text)


_MAKE: Final[dict[str, Callable[[str], Scalar]]] = {
    STR: str,
    NULL: lambda _: None,
    BOOL: lambda text: text.lower() == "true",
    INT: _integer,
    FLOAT: _real,
}


def value_of(tag: str, text: str) -> Scalar:
    """Return the value of a scalar with this tag.

    Raise KeyError for a tag outside the core schema, NoScalar for text that is no value of it or an
    integer beyond 64 bits.
    """
    make = _MAKE[tag]
    if tag == STR:
        return text
    if not _FORM[tag].fullmatch(text):
        raise NoScalar
    return make(text)
