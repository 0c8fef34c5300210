"""What the answers of a remote-write receiver mean. Pure.

Seen and documented: 204, 200 (Mimir, Thanos) and 202 taken, unless it is a page for people; 400 some sample
is never taken: Prometheus then takes none of the request, Mimir all others; 429 and 5xx come again; 404 the
receiver is not switched on; 401 and 403 access; 413 too large.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcim.notify.channels.http import asked, is_page, told
from dcim.outputs.contract import Halted, Later
from dcim.outputs.sift import Bad, Reply, Taken, TooLarge

_TAKEN: Final = frozenset({200, 202, 204})
_BAD: Final = frozenset({400, 422})
_BUSY: Final = frozenset({408, 425, 429})
_SHOWN: Final = 300
_REASONS: Final = {
    "duplicate sample": "duplicate",
    "duplicate-timestamp": "duplicate",
    "out of order": "out_of_order",
    "out-of-order": "out_of_order",
    "out of bounds": "too_old",
    "too old": "too_old",
    "too-old": "too_old",
    "too far in": "too_new",
    "too-far-in-future": "too_new",
}


def judge(status: int, headers: Mapping[str, str], text: str) -> Reply:
    """Say what an answer means for the samples of a request."""
    why = told(status, headers, text[:_SHOWN])
    if status in _TAKEN and not is_page(headers, text):
        return Taken()
    if status == 413:
        return TooLarge(why)
    if status >= 500 or status in _BUSY:
        return Later(why, asked(headers))
    if status in _BAD:
        return Bad(why, reason=reason_of(text))
    if 200 <= status < 300:
        return Halted(f"{why} (no answer of a receiver: something else answers at this address)")
    return Halted(why)


def reason_of(text: str) -> str:
    """Return why a sample is refused in one of few words."""
    low = text.lower()
    return next((reason for words, reason in _REASONS.items() if words in low), "invalid")
