"""Every error this package raises on purpose.

* DcimError
  - ConfigError       a file a person wrote is wrong; lists every problem at once
  - NotARecording     a file that should be one has no line that can be read
  - PollError         one device could not be read this time
    + NoAnswer        nothing came back before the deadline
    + Refused         the device answered, and said no
    + BadAnswer       the device answered, and the answer makes no sense
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from dcim.record import dataclass


class DcimError(Exception):
    """Base of every error raised on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file, and where it is. Lines and columns count from 1; 0 means the whole file."""

    path: str
    line: int
    column: int
    where: str
    what: str

    def __str__(self) -> str:
        """Read as ``file:line:column: key: what is wrong``."""
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


class ConfigError(DcimError):
    """Files that people wrote are wrong; every problem found in one pass."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class NotARecording(DcimError):
    """A file holds nothing that a device said."""

    def __init__(self) -> None:
        super().__init__("not a recording: no line of it could be read")


class Sign(StrEnum):
    """What an error tells of its cause beyond its reason, for whoever advises people what to do."""

    NO_HOST = "no_host"  # its name has no address: nothing was sent
    NO_WAY = "no_way"  # a gateway is there, and has no way to the unit
    NOT_BEHIND = "not_behind"  # a gateway is there, and the unit behind it says nothing
    HUNG_UP = "hung_up"  # somebody listens, and ends the connection instead of answering
    CANNOT = "cannot"  # it is there, and says that it fails
    SLOW = "slow"  # it answers, and not all that is needed came in time
    BUSY = "busy"  # it is there, and says that it has no time
    OTHER_PROTOCOL = "other_protocol"  # what came belongs to another protocol
    OTHER_ANSWER = "other_answer"  # it speaks the protocol, and answers something that was not asked
    NO_FRAME = "no_frame"  # bytes came that are no whole answer


class PollError(DcimError):
    """One device could not be read this time. Collectors raise its three children and nothing else.

    ``sign`` is what is known of the cause; an error that says nothing of it has that of the one behind it.
    """

    reason: ClassVar[str] = "error"

    def __init__(self, message: str = "", *, sign: Sign | None = None) -> None:
        self._sign = sign
        super().__init__(message)

    @property
    def sign(self) -> Sign | None:
        """Return what is known of the cause."""
        behind = self.__cause__
        return self._sign or (behind.sign if isinstance(behind, PollError) else None)


class NoAnswer(PollError):
    """Nothing came back before the deadline."""

    reason = "no_answer"


class Refused(PollError):
    """The device answered, and said no (wrong credentials, not allowed, not this function)."""

    reason = "refused"


class BadAnswer(PollError):
    """The device answered, and the whole answer makes no sense. One bad value is a gap, not this."""

    reason = "bad_answer"
