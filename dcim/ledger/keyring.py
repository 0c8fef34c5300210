"""Who signed the heads of a chain, and does what they signed still stand in it? Pure, in one pass.

entries, in order ─▶ key facts ─▶ which key signs from where ─┐
signed heads, in order ───────────────────────────────────────┴─▶ hash of the fact? key? signature? ─▶ faults
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from dcim.ledger.chain import Entry, Head
from dcim.ledger.signed import NO_KEY, SignedHead, key_id, key_statement
from dcim.ledger.verify import Fault, FaultKind
from dcim.model.fact import FactKind

Check: TypeAlias = Callable[[str, bytes, str], bool]
"""Whether a public key (hex) made, of a statement, a signature (hex)."""

_KEYS = frozenset({FactKind.KEY_CREATED.value, FactKind.KEY_ROTATED.value})


class Keyring:
    """Takes the entries of a chain in order beside its signed heads, and says what does not fit.

    ``trusted`` are public keys (hex), or their ids, that somebody kept elsewhere. A key is vouched for if it
    is one of them, or when one that is vouched for changed places with it, both having signed that. Without
    any, keys are only held against each other: whoever computed the chain anew may have made them.
    """

    def __init__(self, heads: Iterable[SignedHead], check: Check, trusted: Iterable[str] = ()) -> None:
        self._heads = iter(heads)
        self._next = next(self._heads, None)
        self._check = check
        some = list(trusted)
        self._trusted = {key_id(bytes.fromhex(public)) for public in some} | set(some)
        self._publics: dict[str, str] = {}
        self._links: list[tuple[str, str]] = []  # keys that changed places, both having signed
        self._signed: dict[str, int] = {}  # key: the sequence of its last head that is right
        self._key = NO_KEY
        self._last = 0
        self.heads = 0
        """How many signed heads were there."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The public keys (hex) of the chain, the oldest first."""
        return tuple(self._publics.values())

    @property
    def covered(self) -> int:
        """The sequence up to which a signed head that is right vouches for the facts, 0 without any.

        Where keys were given, one of those or one that they vouch for signed it.
        """
        counts = self._reached() if self._trusted else self._signed.keys()
        return max((last for key, last in self._signed.items() if key in counts), default=0)

    @property
    def vouched(self) -> bool:
        """Whether the key of the last head that is right is vouched for from outside."""
        last = max(self._signed, key=lambda key: self._signed[key], default="")
        return last in self._reached()

    def take(self, entry: Entry) -> Iterator[Fault]:
        """Yield what is wrong with an entry as a key, and with the signed heads that end at it."""
        if entry.kind in _KEYS:
            yield from self._take_key(entry)
        while self._next is not None and self._next.head.sequence <= entry.sequence:
            yield from self._take_head(self._next, entry)
            self._next = next(self._heads, None)
        self._last = max(self._last, entry.sequence)

    def finish(self) -> Iterator[Fault]:
        """Yield what is wrong in the whole, after the last entry."""
        while self._next is not None:
            self.heads += 1
            what = f"a signed head stands here, but the chain ends at {self._last}"
            yield Fault(FaultKind.CUT, self._next.head.sequence, what)
            self._next = next(self._heads, None)
        if not self._trusted:
            return
        reached = self._reached()
        for key in sorted(set(self._signed) - reached):
            what = f"nobody vouched for key {key[:16]}..., which signed heads up to here"
            yield Fault(FaultKind.KEY, self._signed[key], what)
        if not self._signed:
            yield Fault(FaultKind.KEY, 0, "no head of this chain is signed, yet a key was given")

    def _take_key(self, entry: Entry) -> Iterator[Fault]:
        said = _body(entry)
        public, before = str(said.get("public")), str(said.get("before"))
        if not _is_key(public) or key_id(bytes.fromhex(public)) != entry.subject:
            yield Fault(FaultKind.KEY, entry.sequence, "names no public key of its subject")
            return
        if before != self._key:
            yield Fault(FaultKind.KEY, entry.sequence, f"follows key {before[:16]}, not {self._key[:16]}")
        statement = key_statement(entry.site, entry.chain, before, public)
        if not self._check(public, statement, str(said.get("signature"))):
            yield Fault(FaultKind.SIGNATURE, entry.sequence, "the new key did not sign that it begins here")
        if entry.kind == FactKind.KEY_ROTATED.value:
            old = self._publics.get(before, "")
            if not old or not self._check(old, statement, str(said.get("signature_before"))):
                yield Fault(FaultKind.SIGNATURE, entry.sequence, "the key before did not sign the new one")
            else:
                self._links.append((before, entry.subject))
        self._publics[entry.subject] = public
        self._key = entry.subject

    def _take_head(self, signed: SignedHead, entry: Entry) -> Iterator[Fault]:
        self.heads += 1
        sequence = signed.head.sequence
        if sequence < entry.sequence:
            yield Fault(FaultKind.MISSING, sequence, "a signed head stands here, but no such fact")
        elif _place(signed.head) != _place(entry.head):
            what = f"a signed head says {signed.head.hash[:16]}... in epoch {signed.head.epoch}"
            yield Fault(FaultKind.REWRITTEN, sequence, what)
        elif signed.key != self._key:
            yield Fault(FaultKind.KEY, sequence, f"signed by key {signed.key[:16]}..., which is not in force")
        elif not self._check(self._publics[signed.key], signed.statement, signed.signature):
            yield Fault(FaultKind.SIGNATURE, sequence, "the signature of the head is not of its key")
        else:
            if signed.at != entry.at:
                what = f"the head says that it was signed at {signed.at} us UTC, its fact is of {entry.at}"
                yield Fault(FaultKind.REWRITTEN, sequence, what)
            self._signed[signed.key] = sequence

    def _reached(self) -> set[str]:
        """Return the keys that are vouched for."""
        reached = set(self._trusted)
        for pair in (*self._links, *reversed(self._links)):
            if reached.intersection(pair):
                reached.update(pair)
        return reached


def _place(head: Head) -> tuple[str, str, int, str]:
    return head.site, head.chain, head.epoch, head.hash


def _body(entry: Entry) -> dict[str, Any]:
    try:
        said = json.loads(entry.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_key(text: str) -> bool:
    return len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)
