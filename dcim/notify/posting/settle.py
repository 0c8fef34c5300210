"""Messages of the outbox as letters, and what became of them back into the store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

import structlog

from dcim.model import legible
from dcim.model.fact import Body, Fact, FactKind
from dcim.notify.channel import Letter, RefusedForGood
from dcim.notify.notices.notice import Notice
from dcim.record import replace
from dcim.store import Attempt, Outbox, Outcome, Queued, StoreUnavailable, Work, WorkRefused

_STORE_RETRY: Final = 0.25
_NOTE: Final = 500
_MAIL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@([\w.-]+)")
_NUMBER: Final = re.compile(r"(?<![\w.])(?:\+ ?|0)\d(?:[ ()-]?\d){7,13}(?!\w)")  # +212…, 0661…: no address

_log = structlog.get_logger("dcim.notify")


def letter_of(queued: Queued, shown: Callable[[str], str] = str) -> Letter | RefusedForGood:
    """Return the letter that a message of the outbox is, or why it can never be one.

    ``shown`` gives a text with names for pseudonyms: the outbox keeps none.
    """
    try:
        notice = Notice.of(queued.body)
    except (KeyError, TypeError, ValueError) as wrong:
        return RefusedForGood(f"the stored message cannot be read: {wrong!r}")
    notice = replace(notice, acknowledged=shown(notice.acknowledged), why=shown(notice.why))
    return Letter(queued.message_id, queued.dedup_key, notice, queued.id)


def plain(text: str) -> str:
    """Return what a far side said as ledger, page and terminal may show it: a legible line, not too long."""
    return legible(text[:_NOTE])


def nobodys(text: str) -> str:
    """Return what a far side said without whom it said it of: a fact can never be erased.

    Of a mail address the domain stays, of a telephone number the last two digits.
    """
    return _NUMBER.sub(lambda found: f"…{found[0][-2:]}", _MAIL.sub(r"…@\1", text))


def settled(queued: Queued, attempt: Attempt) -> Work:
    """Return the work that keeps the result of an attempt; a message that is settled is a fact too."""
    if attempt.outcome is Outcome.RETRY:
        return Work(delivered=(attempt,))
    body: Body = {
        "channel": queued.channel,
        "message_id": queued.message_id,
        "outcome": str(attempt.outcome),
        "waited": round(max(0.0, attempt.at - queued.created), 3),
        "note": nobodys(attempt.error),
    }
    fact = Fact(FactKind.DELIVERY, attempt.at, queued.dedup_key, body)
    return Work(facts=(fact,), delivered=(attempt,))


async def commit(store: Outbox, work: Work) -> bool:
    """Keep a result, for as long as it takes: what is not marked would be sent again (H2).

    Return False when the store refuses it for good.
    """
    while True:
        try:
            await store.commit(work)
        except StoreUnavailable:
            await asyncio.sleep(_STORE_RETRY)
        except WorkRefused as wrong:
            _log.error("result of a message not kept", why=str(wrong))
            return False
        else:
            return True
