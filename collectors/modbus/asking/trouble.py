"""What came instead of values while a unit was recognised, for people whom no profile was found for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from collectors.modbus.transport.contract import Denied
from dcim.collect import Trouble
from dcim.model import BadAnswer, PollError

_BY_CODE: Final = {
    4: "the card speaks for a device that does not answer it: look at the cable between them",
    6: "it has no time: ask again while no other master asks",
    10: "the gateway has no way to the unit: --unit",
    11: "the unit behind the gateway does not answer: --unit, and its line",
}
_ELSE: Final = "--profile NAME asks for the registers of that family alone"
_BAD: Final = "look at --framing, and whether another master asks at the same time"
_SILENT: Final = "give it more time: --timeout"


def troubles_of(errors: Iterable[PollError]) -> tuple[Trouble, ...]:
    """Return them by kind. That a register is not there is no trouble: most families have others."""
    asked: dict[tuple[str, str], list[str]] = {}
    for error in errors:
        if isinstance(error, Denied):
            if error.code in Denied.LACKS:
                continue
            kind = str(error).rpartition(": ")[2], _BY_CODE.get(error.code, _ELSE)
        elif isinstance(error, BadAnswer):
            kind = "what is no answer to it", _BAD
        else:
            kind = "nothing in time", _SILENT
        asked.setdefault(kind, []).append(str(error))
    return tuple(Trouble(kind, hint, tuple(several)) for (kind, hint), several in asked.items())
