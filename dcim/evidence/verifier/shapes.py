"""Shapes of bodies: once some of a shape were read strictly, the next are canonical when they match it.

A shape is the keys of every object, in their order, with what stands under each: texts, numbers, lists of one
shape. A pattern made of it matches only bytes that reading strictly would let pass, and fewer: plain ASCII
texts, whole numbers of up to 15 digits, decimal fractions whose shortest form this is for certain. What does
not match is read strictly, which costs three times as much. The hash of the fact before may be any 64 bytes
in a pattern: whoever matches compares it with the one that must stand there.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Tuple

LEARNED = 8  # bodies of a kind that no pattern matched until one is made for the last
MOST_SHAPES = 24  # of a kind
LONGEST_SHAPE = 6000  # characters of a pattern
TEXT = r'"[ !#-\[\]-~]*"'
# a double below 2**31 has six decimals to itself, so that no shorter decimal is the same double
FRACTION = r"-?(?:(?:1[0-9]{9}|[1-9][0-9]{0,8})\.(?:0|[0-9]{0,5}[1-9])|0\.(?:0|[0-9]{0,3}[1-9]))"
WRITTEN = {"f": FRACTION, "i": r"(?:0|-?[1-9][0-9]{0,14})", "s": TEXT, "b": "(?:true|false)", "n": "null"}
LINE = r'([1-9][0-9]{15})%s","subject":(%s),"previous":"((?s:.{64}))","body":%s\}\n'
KIND = b',"kind":"'
Matcher = Callable[[bytes, int], Any]


class Different(ValueError):
    """Two shapes that are none together."""


def shape_of(value: Any) -> Any:
    """Return the shape of what was read: letters of a plain value, a list of one shape, a dict of shapes."""
    if isinstance(value, dict):
        return {name: shape_of(one) for name, one in value.items()}
    if isinstance(value, list):
        both: List[Any] = []
        for one in value:
            both = [together(both[0], shape_of(one)) if both else shape_of(one)]
        return both
    if isinstance(value, bool):
        return "b"
    return {int: "i", float: "f", str: "s"}.get(type(value), "n")


def together(one: Any, other: Any) -> Any:
    """Return the shape of values of either shape. Raises ``Different``."""
    if isinstance(one, str) and isinstance(other, str):
        return "".join(sorted({*one, *other}))
    if isinstance(one, list) and isinstance(other, list):
        return [together(one[0], other[0])] if one and other else one or other
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return {name: together(one[name], other[name]) for name in one}
    raise Different


def pattern_of(shape: Any) -> str:
    """Return the pattern of a shape. Raises ``Different`` where a key is no plain text."""
    if isinstance(shape, str):
        some = [WRITTEN[letter] for letter in shape]
        return some[0] if len(some) == 1 else "(?:%s)" % "|".join(some)
    if isinstance(shape, list):
        inner = pattern_of(shape[0]) if shape else ""
        return r"\[(?:%s(?:,%s)*)?\]" % (inner, inner) if shape else r"\[\]"
    keys = ['"%s"' % name for name in shape]
    if not all(re.fullmatch(TEXT, key) for key in keys):
        raise Different
    return r"\{%s\}" % ",".join(
        "%s:%s" % (re.escape(key), pattern_of(one)) for key, one in zip(keys, shape.values())
    )


class Shapes:
    """The shapes of the bodies of every kind, learned as they come.

    A kind is what a line has from ``KIND`` on up to the last quotation mark of its name.
    """

    def __init__(self) -> None:
        self.quick: Dict[bytes, Matcher] = {}
        """Of every kind what the last line matched."""
        self._missed: Dict[bytes, int] = {}
        self._shapes: Dict[bytes, List[Tuple[Any, Matcher]]] = {}

    def match(self, kind: bytes, line: bytes, start: int) -> Any:
        """Return the match of a line from its time on: time, quoted subject, hash before. None: no shape."""
        for _, matcher in self._shapes[kind]:
            found = matcher(line, start)
            if found is not None:
                self.quick[kind] = matcher
                return found
        return None

    def learn(self, kind: bytes, body: Any) -> None:
        """Take a body of a kind that was read strictly and that no shape fitted."""
        missed = self._missed[kind] = self._missed.get(kind, 0) + 1
        shapes = self._shapes.setdefault(kind, [])
        if missed < LEARNED or len(shapes) >= MOST_SHAPES or missed > LEARNED * 4 * MOST_SHAPES:
            return
        new, rest = shape_of_or_none(body), []
        for one in shapes:
            try:
                new = together(one[0], new)
            except Different:
                rest.append(one)
        if new is None or any(new == one for one, _ in shapes):  # some text or number in it is not plain
            return
        try:
            self.quick[kind] = matcher_of(kind, new)
        except Different:
            return
        self._shapes[kind] = [(new, self.quick[kind]), *rest]


def shape_of_or_none(body: Any) -> Any:
    """Return the shape of a body, None for a list in it whose values are not of one shape."""
    try:
        return shape_of(body)
    except (Different, RecursionError):
        return None


def matcher_of(kind: bytes, shape: Any) -> Matcher:
    """Return what matches a line of that kind and shape. Raises ``Different`` when nothing does."""
    text = pattern_of(shape)
    name = kind.decode("ascii", "replace")
    if len(text) > LONGEST_SHAPE or not re.fullmatch(TEXT, name[len(KIND) - 1 :] + '"'):
        raise Different
    return re.compile((LINE % (re.escape(name), TEXT, text)).encode()).fullmatch
