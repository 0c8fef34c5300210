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
from collections.abc import Mapping
from math import isfinite

from dcim.model import DcimError
from dcim.model.fact import Body, Json

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 32
LARGEST_BODY = 1 << 20  # bytes of UTF-8

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
_decode = json.JSONDecoder().decode


class NotCanonical(DcimError):
    """A value that the ledger cannot hold; the text says where in the body and why."""


def canonical(body: Body) -> str:
    """Return the canonical text of a body. Raises ``NotCanonical`` for anything it may not hold."""
    if not isinstance(body, Mapping):
        msg = f"a body is an object, not {type(body).__name__}"
        raise NotCanonical(msg)
    text = _encode(_plain(body, "body", 0))
    if len(text) * 4 > LARGEST_BODY and len(text.encode()) > LARGEST_BODY:
        msg = f"the body takes more than {LARGEST_BODY} bytes"
        raise NotCanonical(msg)
    return text


def quote(text: str, where: str = "text") -> str:
    """Return a text as the canonical encoding writes it, with its quotes."""
    return _encode(_text(text, where))


def plain_text(text: str, where: str) -> str:
    """Return a text that any database can keep as a name. ``NotCanonical`` for NUL and lone surrogates."""
    if "\0" in text:
        msg = f"{where}: a NUL has no place in a name"
        raise NotCanonical(msg)
    return _text(text, where)


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


def _plain(value: object, where: str, depth: int) -> object:
    """Return the value in the types that ``json`` writes, or say where it may not be written."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, int | float):
        return _number(value, where)
    if depth >= DEEPEST:
        msg = f"{where}: deeper than {DEEPEST} levels"
        raise NotCanonical(msg)
    if isinstance(value, Mapping):
        return {_key(key, where): _plain(inner, f"{where}.{key}", depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, f"{where}[{place}]", depth + 1) for place, inner in enumerate(value)]
    msg = f"{where}: a {type(value).__name__} has no place in a fact"
    raise NotCanonical(msg)


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        msg = f"{where}: the key {key!r} is no text"
        raise NotCanonical(msg)
    return _text(key, where)


def _text(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        msg = f"{where}: the text has a lone surrogate at {error.start}"
        raise NotCanonical(msg) from error
    return value


def _number(value: float, where: str) -> float:
    if isinstance(value, float):
        if not isfinite(value):
            msg = f"{where}: {value!r} is no number that can be kept; leave the key out"
            raise NotCanonical(msg)
    elif abs(value) > LARGEST_INTEGER:
        msg = f"{where}: {value} is beyond 2**53 - 1; write it as text"
        raise NotCanonical(msg)
    return value
