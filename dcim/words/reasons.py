"""Why a poll failed, in the reader's language. Collectors say it in English, ``reasons.tsv`` in both.

10.0.0.9:502 unit 3: exception 2 (illegal address)
└ who: passes ──────┘└ "exception %s (%s)" ─ what stands for %s is looked up again ┘
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from dcim.alerts import Language
from dcim.words.vocabulary import Words, words

_PREFIX: Final = "why."
_LONGEST: Final = 400
"""Characters; a longer reason is passed on as it is: matching stays quick whatever a device put into it."""

_DEEPEST: Final = 6
_WHO: Final = re.compile(r"(?P<who>[^ ]+)(?P<unit> unit (?P<number>\d+))?: (?P<rest>.+)", re.DOTALL)
_SPACE: Final = "\u00a0"


def why_said(text: str, said: Words, depth: int = 0) -> str:
    """Say why a poll failed; what is in no line shows as the collector said it."""
    if said.language is Language.EN or len(text) > _LONGEST or depth > _DEEPEST:
        return text
    for form, key in _forms():
        found = form.fullmatch(text)
        if found is not None:
            return said(key, *(why_said(part, said, depth + 1) for part in found.groups()))
    who = _WHO.fullmatch(text)
    if who is None:
        return text
    unit = f" {said('unit')} {who['number']}" if who["unit"] else ""
    rest = why_said(who["rest"], said, depth + 1)
    return f"{who['who']}{unit}{said('colon')} {rest}"


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the English texts as patterns, the most exact first: with the most letters of their own."""
    english = words(Language.EN)
    keys = [key for key in english.keys if key.startswith(_PREFIX)]
    texts = sorted(((english.text(key), key) for key in keys), key=lambda pair: (-len(pair[0]), pair[1]))
    return tuple((_form(text), key) for text, key in texts)


def _form(text: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, text.split("%s"))), re.DOTALL)
