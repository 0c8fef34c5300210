"""Has an authority say when heads of the ledger were there (RFC 3161); trouble is an alert, nothing waits.

writer thread ─▶ newest signed head ─▶ every so often: question ─▶ authority ─▶ token ─▶ a fact
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.evidence.stamp import (
    MOST_ANSWER,
    QUESTION_TYPE,
    NotStamped,
    answered,
    body_of,
    digest_of,
    fresh,
    question,
)
from dcim.late import httpx
from dcim.ledger import SignedHead
from dcim.ledger.signed import HEARTBEAT
from dcim.model.fact import Fact, FactKind
from dcim.settings import Settings, Timestamps
from dcim.store import Store, Work

log = structlog.get_logger()

PART: Final = "timestamps"
_LOOK: Final = 5.0  # seconds between two looks for a head that is due
_RETRY: Final = 300.0
_DEADLINE: Final = 30.0
_OK: Final = 200


class Stamping:
    """Asks one authority for as long as the daemon runs. ``last``: when a head was stamped before, UTC."""

    def __init__(self, settings: Timestamps, last: float | None, clock: Clock) -> None:
        self.noted: Callable[[Work], None] = lambda _work: None  # effects, carried by the daemon
        self.trouble = ""
        """Why the newest head has no time stamp; empty while they come."""
        self.count = 0
        self._settings = settings
        self._clock = clock
        since = clock.now() - last if last is not None else settings.every
        self._due = clock.monotonic() + min(max(settings.every - since, 0.0), settings.every)
        self._newest: SignedHead | None = None

    @property
    def word(self) -> str:
        """How it stands, as ``ledger_state`` says it."""
        if self.trouble:
            return "fault"
        return "working" if self.count else "awaited"

    def put(self, signed: SignedHead) -> None:
        """Take a signed head, but one of a mere heartbeat. Never blocks: any thread may call it."""
        if signed.why != HEARTBEAT:
            self._newest = signed

    async def run(self) -> None:
        """Have heads stamped until cancelled: the newest, when it is time."""
        trust = await asyncio.to_thread(self._trust)
        async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=_DEADLINE) as client:
            while True:
                await asyncio.sleep(_LOOK)
                signed = self._newest
                if signed is not None and self._clock.monotonic() >= self._due:
                    await self._stamp(client, signed)

    async def _stamp(self, client: httpx.AsyncClient, signed: SignedHead) -> None:
        """Ask for one head; where nothing comes of it, for the newest then, in some minutes."""
        digest, nonce = digest_of(signed), fresh()
        try:
            async with asyncio.timeout(_DEADLINE):
                answer = await _asked(client, self._settings.url, question(digest, nonce))
            token, said = answered(answer, digest, nonce)
        except (NotStamped, httpx.HTTPError, TimeoutError) as why:
            self._due = self._clock.monotonic() + min(_RETRY, self._settings.every)
            self._is(f"{self._settings.url}: {str(why) or 'no answer in time'}")
            return
        self._due = self._clock.monotonic() + self._settings.every
        body = body_of(signed, self._settings.url, token, said)
        fact = Fact(FactKind.HEAD_STAMPED, self._clock.now(), str(signed.head.sequence), body)
        self.noted(Work(facts=(fact,)))
        self.count += 1
        if self._newest is signed:
            self._newest = None  # it has its stamp: the next one is of a later head
        self._is("")

    def _is(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.error("a head of the ledger has no time stamp", why=trouble)
        self.trouble = trouble

    def _trust(self) -> ssl.SSLContext:
        ca_file = self._settings.ca_file
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


async def _asked(client: httpx.AsyncClient, url: str, asked: bytes) -> bytes:
    """Return what an authority answers. Raises ``NotStamped`` where that cannot be a time stamp."""
    headers = {"content-type": QUESTION_TYPE, "accept": "*/*"}
    async with client.stream("POST", url, content=asked, headers=headers) as answer:
        if answer.status_code != _OK:
            msg = f"HTTP status {answer.status_code}"
            raise NotStamped(msg)
        said = b""
        async for chunk in answer.aiter_raw():
            said += chunk
            if len(said) > MOST_ANSWER:
                msg = f"the answer is longer than {MOST_ANSWER} bytes"
                raise NotStamped(msg)
        return said


def stamping(settings: Settings, store: Store, clock: Clock) -> Stamping | None:
    """Return who has heads stamped, going on where the daemon before stood; None where nobody is to."""
    if settings.timestamps is None:
        return None
    last = store.newest_fact((FactKind.HEAD_STAMPED,))
    return Stamping(settings.timestamps, last.at / 1e6 if last else None, clock)
