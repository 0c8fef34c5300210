"""The number below which a device has its tree, where its family has one for each model. Pure.

Such a family writes ``root: 1.3.6.1.4.1.28507.*``: the tree of model 38 starts at 1.3.6.1.4.1.28507.38. As a
rule that is what the device calls itself by, but some say more numbers behind it, another number, or none.
Then counts where it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from collectors.snmp.answers.cells import Cells, told
from collectors.snmp.engine import oid
from collectors.snmp.identifying.identify import Greeting

_LAST: Final = oid.encode_index((2**32 - 1,))
_MAKER: Final = 7  # numbers of a sysObjectID that tell whose it is


def beginnings_of(above: Iterable[bytes], greeting: Greeting) -> list[bytes]:
    """Return the columns whose first cells tell the number; none where no such family is to be thought of.

    ``above`` are the numbers below which models have their trees.
    """
    tops = list(_thinkable(above, greeting))
    own = (_next(top, greeting.object_id) for top in tops)
    return [*filter(None, own), *tops]


def others_of(above: Iterable[bytes], greeting: Greeting, cells: Cells) -> dict[bytes, bytes]:
    """Return behind which names it is to be seen whether a second model is answered, and below what."""
    tops = list(_thinkable(above, greeting))
    if _is_there(tops, greeting, cells):
        return {}
    return {number + _LAST: top for top in tops for number in _numbers(top, cells)}


def number_of(above: Iterable[bytes], greeting: Greeting, cells: Cells) -> str:
    """Return the number by which OIDs that depend on it are made, dotted; ``0.0`` where there is none.

    It is the device's own as far as something is answered below, else that of the model that is answered.
    Where several are, they say different things, and nobody knows which of them is meant.
    """
    tops = list(_thinkable(above, greeting))
    if not _is_there(tops, greeting, cells):
        for numbers in (_numbers(top, cells) for top in tops):
            if len(numbers) == 1:
                return oid.text(numbers.pop())
    return greeting.dotted


def _is_there(tops: Iterable[bytes], greeting: Greeting, cells: Cells) -> bool:
    """Whether a device answers below the number that it calls itself by."""
    own = filter(None, (_next(top, greeting.object_id) for top in tops))
    return any(told(cells, number) is not None for number in own)


def _numbers(top: bytes, cells: Cells) -> set[bytes]:
    """Return the numbers one below ``top`` below which something is answered."""
    names = (name for name in cells.below(top) if cells.get(name) is not None)
    return set(filter(None, (_next(top, name) for name in names)))


def _thinkable(above: Iterable[bytes], greeting: Greeting) -> Iterator[bytes]:
    """Yield the numbers that are of the device's maker, or all where it does not tell its maker."""
    maker = oid.parts(greeting.object_id)[:_MAKER] if greeting.object_id else ()
    for top in above:
        if greeting.tells_no_maker or oid.parts(top)[:_MAKER] == maker:
            yield top


def _next(top: bytes, name: bytes) -> bytes:
    """Return the number one below ``top`` on the way to a name; empty where the name is not below."""
    if not name.startswith(top):
        return b""
    rest = name[len(top) :]
    length = next((at + 1 for at, octet in enumerate(rest) if octet < 0x80), 0)
    return top + rest[:length] if length else b""
