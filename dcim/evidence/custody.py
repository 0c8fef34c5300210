"""The life of the key that signs: begun with the first start, changed when somebody asks, found lost.

start ─▶ key file ─▶ is it the key of the newest key fact? ─▶ the store signs with it
rotate ─▶ next key on disk ─▶ fact signed by both, in the chain ─▶ next key takes the place of the key

Whatever stops in between, the newest key fact says which file is the key. ``dcim ledger key rotate`` puts a
request beside the key; the daemon that owns the directory looks for it every few seconds.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from dcim.clock import Clock
from dcim.evidence.keyfile import KEY, NEXT, KeyUnusable, Pen, create, drop_next, load, succeed
from dcim.ledger.signed import KEY as FOR_KEY
from dcim.ledger.signed import NO_KEY, key_body, key_statement
from dcim.model.fact import Fact, FactKind
from dcim.store import CommitFailed, Store, Work

REQUEST: Final = "ledger.key.rotate"
KINDS: Final = (FactKind.KEY_CREATED, FactKind.KEY_ROTATED)
_LONGEST_REASON: Final = 500


class Custody:
    """Keeps the key of one state directory; it belongs to whoever holds that directory's store."""

    def __init__(self, directory: Path, store: Store, clock: Clock) -> None:
        self._directory = directory
        self._store = store
        self._clock = clock

    def begin(self) -> Pen:
        """Return the key in force, and have the store sign with it; blocks for a moment, at a start.

        A first one is made, and one that is lost is followed by one that nobody vouched for: the fact says
        so. Raises ``KeyUnusable``, or what the store says; then nothing is signed.
        """
        newest = self._store.newest_fact(KINDS)
        known = newest.subject if newest else NO_KEY
        pen = self._found(known)
        if pen is None or pen.key_id != known:
            pen = pen or create(self._directory)
            self._introduce(pen, known, None, "the key before is lost" if newest else "")
        self._store.sign_with(pen)
        return pen

    def asked(self) -> bool:
        """Whether somebody asked for another key."""
        return (self._directory / REQUEST).is_file()

    def rotate(self, pen: Pen) -> Pen:
        """Put a new key in the place of ``pen``, which vouches for it and is then deleted; blocks.

        Raises ``KeyUnusable`` or what the store says; then the key before stays, and the request too.
        """
        after = create(self._directory, NEXT)
        self._introduce(after, pen.key_id, pen, _reason(self._directory / REQUEST))
        succeed(self._directory)
        (self._directory / REQUEST).unlink(missing_ok=True)
        return after

    def _found(self, known: str) -> Pen | None:
        """Return the key of the directory, after a rotation that was cut short is finished or undone."""
        after = load(self._directory, NEXT)
        if after is not None and after.key_id == known:
            succeed(self._directory)
            return after
        drop_next(self._directory)
        return load(self._directory)

    def _introduce(self, pen: Pen, before: str, old: Pen | None, reason: str) -> None:
        """Record that a key begins, and sign the head that ends there with it."""
        head = self._store.committed
        statement = key_statement(head.site, head.chain, before, pen.public)
        by_before = old.sign(statement) if old else None
        body = key_body(pen.public, before, pen.sign(statement), by_before, reason)
        kind = FactKind.KEY_ROTATED if old else FactKind.KEY_CREATED
        fact = Fact(kind, self._clock.now(), pen.key_id, body)
        try:
            self._store.commit_now(Work(facts=(fact,), sign=FOR_KEY, signer=pen))
        except CommitFailed:
            newest = self._store.newest_fact(KINDS)
            if newest is None or newest.subject != pen.key_id:
                raise
            self._store.sign_with(pen)  # it is on disk all the same: this key is in force


def ask(directory: Path, reason: str) -> None:
    """Ask the daemon of a state directory for another key. Raises ``KeyUnusable`` when it cannot be asked."""
    draft = directory / f"{REQUEST}.draft"
    try:
        draft.write_text(json.dumps({"reason": reason[:_LONGEST_REASON]}), encoding="utf-8")
        draft.replace(directory / REQUEST)
    except OSError as error:
        msg = f"cannot leave a request in {directory}: {error.strerror or error}"
        raise KeyUnusable(msg) from error


def _reason(path: Path) -> str:
    with suppress(OSError, ValueError):
        said = json.loads(path.read_bytes()[:4096])
        reason = said.get("reason") if isinstance(said, dict) else None
        if isinstance(reason, str):
            return reason.encode("utf-8", "replace").decode()[:_LONGEST_REASON]
    return ""


__all__ = ["KEY", "KINDS", "REQUEST", "Custody", "ask"]
