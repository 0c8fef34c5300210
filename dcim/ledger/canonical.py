"""The one way to write a body down, byte for byte.

The encoding is JSON (RFC 8259) in UTF-8 with every freedom taken away, as RFC 8785 does, with two differences
that let plain Python check it (``json.loads`` and ``json.dumps`` of any CPython give these bytes back):

* no white space; object keys sorted by code point, each once;
* text: ``\\"``, ``\\\\``, ``\\b``, ``\\t``, ``\\n``, ``\\f``, ``\\r`` where they apply, ``\\u00xx`` in lower
  case for other characters below U+0020, everything else as itself. No normalisation (NFC or other): what
  was recorded is evidence, so two texts that differ in code points differ in bytes. Lone surrogates are
  refused;
* integers in decimal, within +-(2**53 - 1): beyond that many readers of JSON would round them, so larger ones
  (point ids) go as text;
* floats finite, as the shortest decimal that reads back to the same float64, in Python's spelling, which
  always has a point or an exponent: ``1`` and ``1.0`` stay two different values, ``-0.0`` keeps its sign;
* ``true``, ``false``, ``null``; arrays for sequences.

Two bodies have the same bytes exactly when they hold the same values of the same JSON types.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from msgspec.json import Encoder

from dcim.model import DcimError
from dcim.model.fact import Body, Json

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 32
LARGEST_BODY = 1 << 20  # bytes of UTF-8

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
_decode = json.JSONDecoder().decode
_write = Encoder(order="sorted").encode
"""The same bytes in a quarter of the time, for what ``_are_plain`` lets through."""


class NotCanonical(DcimError):
    """A value that the ledger cannot hold; the text says where in the body and why."""


def canonical(body: Body) -> str:
    """Return the canonical text of a body. Raises ``NotCanonical`` for anything it may not hold."""
    text = _quickly(body)
    if text is None:
        if not isinstance(body, Mapping):
            msg = f"a body is an object, not {type(body).__name__}"
            raise NotCanonical(msg)
        try:
            text = _encode(_object(body, 0))
        except _Misfit as misfit:
            msg = f"body{misfit.place}: {misfit}"
            raise NotCanonical(msg) from None
    if len(text) * 4 > LARGEST_BODY and len(text.encode()) > LARGEST_BODY:
        msg = f"the body takes more than {LARGEST_BODY} bytes"
        raise NotCanonical(msg)
    return text


def quote(text: str) -> str:
    """Return a text as the canonical encoding writes it, with its quotes. Raises ``NotCanonical``."""
    if fault := _fault(text):
        raise NotCanonical(fault)
    return _encode(text)


def plain_text(text: str, where: str) -> str:
    """Return a text that any database can keep as a name. ``NotCanonical`` for NUL and lone surrogates."""
    if "\0" not in text and text.isascii():
        return text
    if fault := "a NUL has no place in a name" if "\0" in text else _fault(text):
        msg = f"{where}: {fault}"
        raise NotCanonical(msg)
    return text


def read(text: str) -> dict[str, Json]:
    """Return the body that ``canonical`` wrote as ``text``. ``NotCanonical`` when it is no such text."""
    try:
        body = _decode(text)
    except (ValueError, RecursionError) as error:
        msg = f"not JSON: {error}"
        raise NotCanonical(msg) from error
    if not isinstance(body, dict) or canonical(body) != text:
        msg = "not the canonical text of an object"
        raise NotCanonical(msg)
    return body


_AS_IT_IS: Final = frozenset({str, bool, type(None)})
_TEXT: Final = frozenset({str})
_LEAST, _MOST = 1e-4, 1e16
"""Between these two Python spells a float without an exponent, and so as ``msgspec`` does."""


def _quickly(body: Mapping[str, Json]) -> str | None:
    """Return the text of a body that ``msgspec`` writes as the ledger has it; None for any other.

    Nearly all are: they are looked at by their types and written without a copy.
    """
    if type(body) is not dict or not _TEXT.issuperset(map(type, body)) or not _are_plain(body.values(), 1):
        return None
    try:
        return _write(body).decode()
    except UnicodeEncodeError:
        return None


def _are_plain(values: Iterable[Any], depth: int) -> bool:
    """Whether values, and what they hold, are of types and sizes that both writers spell alike."""
    for value in values:
        kind = type(value)
        if kind in _AS_IT_IS:
            continue
        if kind is float:
            if value and not _LEAST <= abs(value) < _MOST:
                return False
        elif kind is int:
            if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
                return False
        elif not _holds_plain(value, kind, depth):
            return False
    return True


def _holds_plain(value: Any, kind: type, depth: int) -> bool:
    if (kind is not dict and kind is not list and kind is not tuple) or depth >= DEEPEST:
        return False
    if not value:
        return True
    if kind is dict:
        return _TEXT.issuperset(map(type, value)) and _are_plain(value.values(), depth + 1)
    return _AS_IT_IS.issuperset(map(type, value)) or _are_plain(value, depth + 1)


class _Misfit(Exception):
    """A value with no place in a body; ``place`` grows while it rises through what holds it."""

    place = ""


def _object(body: Mapping[str, Json], depth: int) -> dict[str, object]:
    if depth >= DEEPEST:
        msg = f"deeper than {DEEPEST} levels"
        raise _Misfit(msg)
    plain: dict[str, object] = {}
    key: object = ""
    try:
        for key, inner in body.items():
            # nearly all keys and values are short ASCII texts: no call for those
            name = key if type(key) is str and key.isascii() else _key(key)
            simple = type(inner) is str and inner.isascii()
            plain[name] = inner if simple else _plain(inner, depth + 1)
    except _Misfit as misfit:
        misfit.place = f".{key}{misfit.place}"
        raise
    return plain


def _array(values: Sequence[Json], depth: int) -> list[object]:
    if depth >= DEEPEST:
        msg = f"deeper than {DEEPEST} levels"
        raise _Misfit(msg)
    plain: list[object] = []
    try:
        plain.extend(_plain(inner, depth + 1) for inner in values)
    except _Misfit as misfit:
        misfit.place = f"[{len(plain)}]{misfit.place}"
        raise
    return plain


def _plain(value: object, depth: int) -> object:
    """Return the value in the types that ``json`` writes, or say why it may not be written."""
    if isinstance(value, str):
        return _key(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, list | tuple):
        return _array(value, depth)
    msg = f"a {type(value).__name__} has no place in a fact"
    raise _Misfit(msg)


def _key(text: object) -> str:
    if not isinstance(text, str):
        msg = f"the key {text!r} is no text"
        raise _Misfit(msg)
    if fault := _fault(text):
        raise _Misfit(fault)
    return text


def _fault(text: str) -> str:
    """Say why a text cannot be written in UTF-8; empty when it can."""
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"the text has a lone surrogate at {error.start}"
    return ""


def _number(value: float) -> float:
    if isinstance(value, float):
        if not isfinite(value):
            msg = f"{value!r} is no number that can be kept; leave the key out"
            raise _Misfit(msg)
    elif abs(value) > LARGEST_INTEGER:
        msg = f"{value} is beyond 2**53 - 1; write it as text"
        raise _Misfit(msg)
    return value
