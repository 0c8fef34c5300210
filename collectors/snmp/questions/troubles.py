"""What came instead of values while a device was recognised, for people whom no profile was found for."""

from __future__ import annotations

from typing import Final

from collectors.snmp.engine import oid
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.questions.asking import status_word
from dcim.collect import Trouble

_TOO_BIG: Final = "its answers do not fit its packets: look at the greatest size of them in the card's setup"
_NOT_ALLOWED: Final = "the view of this community or user ends before it: look at the agent's access rules"
_FAILED: Final = "the card fails to ask its device: look at the cable between them, restart the card"
_STRANGE: Final = "its agent is at fault, or something between changes answers: look for newer firmware"
_HINTS: Final[dict[int, str]] = {
    ErrorStatus.TOO_BIG: _TOO_BIG,
    ErrorStatus.NO_ACCESS: _NOT_ALLOWED,
    ErrorStatus.AUTHORIZATION_ERROR: _NOT_ALLOWED,
}


class Troubles:
    """Takes note of answers by kind. That a name is not there is no trouble: most families have others."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str], list[str]] = {}

    def note(self, request: Request, answer: Answer) -> None:
        """Take note of one answer, if it is none."""
        status = answer.error_status
        if status in {ErrorStatus.NONE, ErrorStatus.NO_SUCH_NAME}:
            if status or request.kind is not Kind.GET or set(answer.oids) & set(request.oids):
                return
            kind = "names that were not asked", _STRANGE
        else:
            word = "tooBig" if status == ErrorStatus.TOO_BIG else status_word(status)
            kind = f"{word} (error status {int(status)})", _HINTS.get(status, _FAILED)
        first, more = oid.text(request.oids[0]), len(request.oids) - 1
        beside = f" and {more} more" if more else ""
        self._asked.setdefault(kind, []).append(f"{request.kind.name.lower()} {first}{beside}")

    def told(self) -> tuple[Trouble, ...]:
        """Return what was noted."""
        return tuple(Trouble(kind, hint, tuple(several)) for (kind, hint), several in self._asked.items())
