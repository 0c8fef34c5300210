"""Whose trees a device has: from each to the next one behind it, with one question a maker."""

from __future__ import annotations

from typing import Final

from collectors.snmp.engine import oid
from collectors.snmp.engine.answer import ErrorStatus
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence
from collectors.snmp.questions.asking import Asking
from dcim.model import BadAnswer, NoAnswer
from dcim.record import dataclass

ENTERPRISES: Final = oid.encode("1.3.6.1.4.1")
_MAKER: Final = 7  # numbers of a name that tell whose it is
_LAST: Final = oid.encode_index((2**32 - 1,))
_MOST: Final = 6
"""Makers of one device: who has more is asked everything, which costs little more than to go through them."""


@dataclass(frozen=True, slots=True)
class Makers:
    """The trees of makers that a device has, all of them."""

    trees: tuple[bytes, ...] = ()

    def may_have(self, name: bytes) -> bool:
        """Whether a device may answer a name, or below it: it is in one of these trees, or in no maker's."""
        if not name.startswith(ENTERPRISES) or len(oid.parts(name)) < _MAKER:
            return True
        return name.startswith(self.trees)


async def makers_told(asking: Asking, found: list[bytes]) -> Makers | None:
    """Return whose trees a device has; None where it does not say, or says what cannot be.

    ``found`` are those known so far, which grow: who is slow goes on from there. Raise what the transport
    raises, and NoAnswer where it has said nothing at all, or the time is over.
    """
    while len(found) < _MOST:
        at = found[-1] + _LAST if found else ENTERPRISES
        try:
            answer = await asking.ask(Request.next([at]))
        except (NoAnswer, BadAnswer):
            if not asking.heard or asking.left <= 0:
                raise
            return None
        if answer.error_status:
            return Makers(tuple(found)) if answer.error_status == ErrorStatus.NO_SUCH_NAME else None
        if len(answer.oids) != 1:
            return None
        name = answer.oids[0]
        if isinstance(answer.values[0], Absence) or not name.startswith(ENTERPRISES):
            return Makers(tuple(found))
        parts = oid.parts(name)
        if len(parts) < _MAKER or parts <= oid.parts(at):
            return None
        found.append(oid.encode_parts(parts[:_MAKER]))
    return None
