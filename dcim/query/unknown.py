"""Names that no series ever had: told beside an answer, since an empty panel would not say so. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Final

from dcim.promql import NAME
from dcim.promql.tree import Match, Matcher, Node, Selector, Subquery
from dcim.query.cost import parts

_NEAR: Final = 3
"""Names that are offered instead of one."""
_OF_HISTOGRAM: Final = ("_bucket", "_count", "_sum")
_SHOWN: Final = 100


def unknown(node: Node, known: Collection[str]) -> list[str]:
    """Return what is to be said of names in a query that nobody knows, with those that are near."""
    return said_of([one for selector in _selectors(node) for one in selector.matchers], known)


def said_of(matchers: Collection[Matcher], known: Collection[str]) -> list[str]:
    """Return what is to be said of names in matchers that nobody knows, with those that are near."""
    names = dict.fromkeys(one.value for one in matchers if one.label == NAME and one.how is Match.EQUAL)
    return [_said(name, known) for name in names if name and not _is_known(name, known)]


def warned(pieces: Iterator[bytes], warnings: list[str]) -> Iterator[bytes]:
    """Give an answer with warnings, as Prometheus writes them: behind the data."""
    if not warnings:
        return pieces
    return _warned(pieces, f',"warnings":{json.dumps(warnings)}}}'.encode())


def _warned(pieces: Iterator[bytes], behind: bytes) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        if held:
            yield held
        held = piece
    yield held.removesuffix(b"}") + behind


def _is_known(name: str, known: Collection[str]) -> bool:
    if name in known:
        return True
    return any(name.endswith(end) and name.removesuffix(end) in known for end in _OF_HISTOGRAM)


def _said(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, _NEAR)
    asks = f": is {' or '.join(near)} meant?" if near else ""
    return f"no series has the name {name[:_SHOWN]}{asks}"


def _selectors(node: Node) -> Iterator[Selector]:
    if isinstance(node, Selector):
        yield node
    for part in (node.of,) if isinstance(node, Subquery) else parts(node):
        yield from _selectors(part)
