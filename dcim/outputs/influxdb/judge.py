"""What InfluxDB's answers mean for the lines of a request. Pure.

Documented and seen: 204 taken, and no other answer is; 401 and 403 access; 404 no such bucket or database;
413 too large; 429 and 503 with Retry-After; 400 and 422 some lines are bad: none was taken (2.x: "unable to
parse"), or all others were ("partial write", 1.x and 2.x; with the bad lines by number, 3.x).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from dcim.notify.channels.http import asked, told
from dcim.outputs.contract import Halted, Later
from dcim.outputs.sift import Bad, Reply, Taken, TooLarge

_BAD: Final = frozenset({400, 422})
_BUSY: Final = frozenset({408, 425, 429})
_DROPPED: Final = re.compile(r"dropped=(\d+)")
_SHOWN: Final = 300
_STORED: Final = "only 204 says that it is stored: something else answers at this address"


def judge(status: int, headers: Mapping[str, str], text: str, lines: int) -> Reply:
    """Say what an answer to a request with so many lines means for them."""
    why = told(status, headers, _message(text))
    if status == 204:
        return Taken()
    if 200 <= status < 300:  # a page to log in, a proxy: InfluxDB stores and says 204, nothing else
        return Halted(f"{why} ({_STORED})")
    if status == 413:
        return TooLarge(why)
    if status >= 500 or status in _BUSY:
        return Later(why, asked(headers))
    if status in _BAD:
        return _bad(text, why, lines)
    return Halted(why)


def _bad(text: str, why: str, lines: int) -> Bad:
    named = _named(text)
    if named:
        return Bad(why, named)
    dropped = _DROPPED.search(text)
    return Bad(why, all_of_it=dropped is not None and int(dropped[1]) >= lines)


def _named(text: str) -> dict[int, str]:
    """Return the lines that InfluxDB 3 names (they count from 1) with what is wrong with each."""
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        said: Any = json.loads(text)
        if "partial write" not in said["error"]:
            return {}
        return {int(one["line_number"]) - 1: str(one["error_message"])[:_SHOWN] for one in said["data"]}
    return {}


def _message(text: str) -> str:
    """Return what an answer says to people: the message of its JSON, or the beginning of its text."""
    with suppress(ValueError, TypeError, AttributeError):
        said: Any = json.loads(text)
        for key in ("message", "error"):
            if isinstance(said.get(key), str):
                return str(said[key])[:_SHOWN]
    return text[:_SHOWN]
