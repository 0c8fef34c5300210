"""JSON without freedom: canonical bytes or nothing, whatever somebody put there."""

from __future__ import annotations

import json
from typing import Any, Callable

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 32
CACHED = 4096  # names


class NotStrict(ValueError):
    """What was read is not canonical; the text is one of ``REASONS``, or the constant that is no number."""


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise NotStrict("integer > 2**53 - 1")
    return int(text)


def _constant(text: str) -> float:
    raise NotStrict(text)


def _encoder(ordered: bool) -> Callable[[Any], str]:
    """Return what writes JSON: CPython's own encoder made once, not anew for every text as ``json`` does."""
    plain = json.JSONEncoder(ensure_ascii=False, sort_keys=ordered, allow_nan=False, separators=(",", ":"))
    try:
        quoted = json.encoder.encode_basestring
        made = vars(json.encoder)["c_make_encoder"](
            None, plain.default, quoted, None, ":", ",", ordered, False, False
        )
        if "".join(made({"b": [1.5, "\u00e9"], "a": None}, 0)) != plain.encode(
            {"b": [1.5, "\u00e9"], "a": None}
        ):
            return plain.encode
    except (KeyError, AttributeError, TypeError):  # another Python than CPython
        return plain.encode
    return lambda value: "".join(made(value, 0))


_scan = vars(json.JSONDecoder(parse_int=_integer, parse_constant=_constant))["scan_once"]
_encode = _encoder(ordered=True)
_loose = _encoder(ordered=False)


def read(text: str, *, ordered: bool = True) -> Any:
    """Return what a canonical text holds; ``ordered``: keys must be sorted. Raises ``NotStrict``."""
    try:
        value, end = _scan(text, 0)
        again = (_encode if ordered else _loose)(value)
    except NotStrict:
        raise
    except (ValueError, RecursionError, StopIteration):
        raise NotStrict("not JSON") from None
    if again != text or end != len(text):
        raise NotStrict("not canonical JSON")
    if text.count("{") + text.count("[") > DEEPEST and _depth(value) > DEEPEST:
        raise NotStrict("depth > 32")
    return value


def _depth(value: Any) -> int:
    """Return how deep a value is nested: it was read already, so it is no deeper than Python goes."""
    depth, level = 0, [value]
    while level:
        inner = []
        for one in level:
            inner += list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        if any(isinstance(one, (dict, list)) for one in level):
            depth += 1
        level = inner
    return depth


class Texts:
    """Names that were found canonical, so that the same need not be read twice."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}

    def name(self, quoted: bytes) -> str:
        """Return the text of a quoted name as the ledger writes it. Raises ``NotStrict``."""
        name = self._names.get(quoted)
        if name is None:
            name = read(_utf8(quoted))
            if not isinstance(name, str):
                raise NotStrict("not a text")
            if len(self._names) > CACHED:
                self._names.clear()
            self._names[quoted] = name
        return name


def read_body(data: bytes) -> dict[str, Any]:
    """Return what bytes hold that are the canonical body of a fact. Raises ``NotStrict``."""
    value = read(_utf8(data))
    if not isinstance(value, dict):
        raise NotStrict("not an object")
    return value


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise NotStrict("UTF-8") from None
