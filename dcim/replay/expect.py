"""What a replay must come to, as lines that a person writes: a gate for rules and for the daemon. Pure.

pages 1                  so many incidents are told of, whoever hears of them and however often
within 60 s of 30 s      the first message goes out at most 60 s after second 30 of the recording
root tr-b                an incident that is told of ends with these roots; several: comma between them
quiet                    nobody is told of anything
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dcim.record import dataclass
from dcim.replay.log import Log

_NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
_LINE: Final = re.compile(
    rf"pages (?P<pages>\d{{1,9}})|within (?P<within>{_NUMBER}) s of (?P<of>{_NUMBER}) s"
    r"|root (?P<root>\S+)|(?P<quiet>quiet)"
)
_KNOWN: Final = "pages N, within S s of S s, root NAME, quiet"


class BadExpectation(ValueError):
    """A line that expects nothing anybody knows."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A line that is not met, and what was instead."""

    line: str
    found: str

    def __str__(self) -> str:
        """Read as ``expected 'pages 1', found 2``."""
        return f"expected {self.line!r}, found {self.found}"


def written(text: str) -> tuple[str, ...]:
    """Return the lines of what somebody wrote, without comments. Raise BadExpectation; nothing is no gate."""
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    found = check(line for line in lines if line)
    if not found:
        msg = "it expects nothing: " + _KNOWN
        raise BadExpectation(msg)
    return found


def check(lines: Iterable[str]) -> tuple[str, ...]:
    """Return these lines; raise BadExpectation for one that makes no sense."""
    found = tuple(lines)
    for line in found:
        _parsed(line.strip())
    return found


def failures(lines: Iterable[str], log: Log, start: float) -> list[Failed]:
    """Return the lines that a log does not meet; ``start`` is the beginning of the recording, UTC seconds.

    Raise BadExpectation for a line that makes no sense.
    """
    return [failed for line in lines for failed in _failed(line.strip(), log, start)]


def _parsed(line: str) -> re.Match[str]:
    found = _LINE.fullmatch(line)
    if found is None:
        msg = f"{line!r} expects nothing known: {_KNOWN}"
        raise BadExpectation(msg)
    return found


def _failed(line: str, log: Log, start: float) -> Iterator[Failed]:
    found = _parsed(line)
    raised = [one for one in log.told if one.kind == "raised"]
    pages = len({one.key for one in raised})
    wanted = 0 if found["quiet"] else int(found["pages"]) if found["pages"] else None
    if wanted is not None and pages != wanted:
        yield Failed(line, str(pages))
    if found["within"]:
        late = min((one.at for one in raised), default=None)
        after = None if late is None else late - start - float(found["of"])
        if after is None or not 0.0 <= after <= float(found["within"]):
            yield Failed(line, "no message" if after is None else f"{after:.3f} s")
    if found["root"] and ",".join(sorted(found["root"].split(","))) not in log.ends():
        yield Failed(line, "; ".join(sorted(log.ends())) or "no incident")
