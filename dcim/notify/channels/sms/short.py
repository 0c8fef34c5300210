"""A message in the fewest words that are enough, and an answer to one. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from dcim.alerts import Language
from dcim.notify.channel import Letter, Stage
from dcim.notify.wording import text
from dcim.settings.values.written import fits

Number: TypeAlias = Annotated[
    str, fits(r"\+?[0-9]{3,15}", "a telephone number: 3 to 15 digits, + before them where it has its country")
]
"""A telephone number: digits, a ``+`` in front of the country's."""

_SUBJECT: Final = 300
_ACTION: Final = 300
_LEAST: Final = 8
"""Last digits by which two ways of writing one number are known: ``+212612345678`` and ``0612345678``."""

_ANSWER: Final = {Language.EN: "reply ACK {}", Language.FR: "répondre ACK {}"}
_ACK: Final = re.compile(r"\s*(?:ack|acq|ok|pris)\s*[:#]?\s*([0-9]{1,12})\b", re.IGNORECASE)


def short(letter: Letter, language: Language, *, answers: bool) -> str:
    """Return the text of a message: what, what to do, its number; ``answers``: how to acknowledge it."""
    said = [text.subject(letter, language, _SUBJECT)]
    if letter.stage in (Stage.TRIGGER, Stage.UPDATE):
        said.append(text.clipped(text.line(letter.notice.action[language]), _ACTION))
    if letter.number:
        said.append(f"#{letter.number}")
    if answers and letter.number and letter.stage in (Stage.TRIGGER, Stage.UPDATE) and not letter.is_test:
        said.append(_ANSWER[language].format(letter.number))
    return " ".join(part for part in said if part)


def acknowledged(said: str) -> int | None:
    """Return the number of the message that an answer acknowledges; None: it acknowledges none."""
    found = _ACK.match(said)
    return int(found[1]) if found else None


def is_one_of(sender: str, numbers: tuple[str, ...]) -> bool:
    """Whether a sender is one of these numbers, however either is written."""
    digits = sender.removeprefix("+")
    return digits.isdigit() and any(_same(digits, one.removeprefix("+")) for one in numbers)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    ours, theirs = one.removeprefix("00").lstrip("0"), other.removeprefix("00").lstrip("0")
    shorter, longer = sorted((ours, theirs), key=len)
    return len(shorter) >= _LEAST and longer.endswith(shorter)
