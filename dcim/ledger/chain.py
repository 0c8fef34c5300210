"""The chain: each entry carries the hash of the one before it.

    genesis        entry 1                  entry 2
    0000...  <---- previous  hash  <------- previous  hash  <--- ...   head

An entry's **line** is one JSON object in UTF-8, without white space, its keys in this order and no other:

    {"schema":1,"site":"cas1","chain":"...","epoch":1,"sequence":1,"at":1764077525123456,"kind":"heartbeat",
     "subject":"cas1","previous":"<64 hex digits>","body":{...}}

``at`` is whole microseconds since 1970 UTC, texts and body are canonical (``dcim.ledger.canonical``). The
entry's **hash** is the SHA-256 of its line, in lower-case hex: ``sha256sum`` of the line without its newline.
``body`` stands last so that the line can be read from the left in one way only, whatever a body
holds: two entries with the same line are the same entry. ``previous`` of entry 1 is 64 zeros.

``sequence`` counts from 1 without holes and orders the facts; ``at`` may go back when the clock does.
``epoch`` counts the writers of the chain and never goes back.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import NamedTuple, TypeAlias

from dcim.ledger.canonical import LARGEST_INTEGER, NotCanonical, canonical, plain_text, quote, read
from dcim.model.fact import Fact, Json

SCHEMA = 1
GENESIS = "0" * 64
Microseconds: TypeAlias = int
"""Whole microseconds since 1970 UTC."""

_Parts: TypeAlias = tuple[str, str, int, int, int, Microseconds, str, str, str, str]
"""What an entry is made of, in the order of ``Entry``, without its hash."""

_quoted = lru_cache(maxsize=65_536)(quote)


@lru_cache(maxsize=64)
def _opening(schema: int, site: str, chain: str) -> str:
    """Return the part of a line that hardly ever changes."""
    return f'{{"schema":{schema},"site":{quote(site)},"chain":{quote(chain)},'


def _hash(text: str) -> str:
    """Quote a hash without filling the cache with texts that come once."""
    return f'"{text}"' if text.isalnum() else quote(text)


def _name(text: str) -> str:
    """Quote a name; keys of alerts and incidents, as long as a hash, come by thousands and once each."""
    return _hash(text) if len(text) == len(GENESIS) else _quoted(text)


def _line(parts: _Parts) -> str:
    site, chain, epoch, sequence, schema, at, kind, subject, body, previous = parts
    return (
        f'{_opening(schema, site, chain)}"epoch":{epoch},"sequence":{sequence},"at":{at},'
        f'"kind":{_quoted(kind)},"subject":{_name(subject)},"previous":{_hash(previous)},"body":{body}}}'
    )


class Head(NamedTuple):
    """Where a chain ends: enough to prove later that nothing up to here was cut off or changed (K1)."""

    site: str
    chain: str
    epoch: int
    sequence: int
    hash: str

    def __str__(self) -> str:
        """Read as one line that a person can keep and ``parse`` reads back."""
        return f"{self.site} {self.chain} {self.epoch} {self.sequence} {self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Return the head written as ``str`` writes it. Raises ``NotCanonical`` when it is none.

        Line breaks in the hash and zero-width spaces are passed over: it may have been copied from a page.
        """
        parts = text.replace("\u200b", "").split()
        parts[4:] = ["".join(parts[4:])]
        if len(parts) != 5 or not (parts[2].isdecimal() and parts[3].isdecimal()) or len(parts[4]) != 64:
            msg = f"{text!r} is no head: expected 'site chain epoch sequence hash'"
            raise NotCanonical(msg)
        return cls(parts[0], parts[1], int(parts[2]), int(parts[3]), parts[4])


def genesis(site: str, chain: str) -> Head:
    """Return the head of a chain with nothing in it yet. Names have no white space and are not empty."""
    for name, text in (("site", site), ("chain", chain)):
        if not text or text.split() != [text]:
            msg = f"{name} {text!r}: expected a name without white space"
            raise NotCanonical(msg)
        plain_text(text, name)
    return Head(site, chain, 0, 0, GENESIS)


class Sealed(NamedTuple):
    """A fact in canonical form, not yet in a chain."""

    at: Microseconds
    kind: str
    subject: str
    body: str


def seal(fact: Fact) -> Sealed:
    """Bring a fact into canonical form. Raises ``NotCanonical`` when it holds what a ledger cannot."""
    if not isfinite(fact.at) or abs(at := round(fact.at * 1e6)) > LARGEST_INTEGER:
        msg = f"at: {fact.at!r} is no time"
        raise NotCanonical(msg)
    return Sealed(at, str(fact.kind), plain_text(fact.subject, "subject"), canonical(fact.body))


class Entry(NamedTuple):
    """One link of the chain, as it is stored: ``body`` is canonical text, ``hash`` what the writer claims."""

    site: str
    chain: str
    epoch: int
    sequence: int
    schema: int
    at: Microseconds
    kind: str
    subject: str
    body: str
    previous: str
    hash: str

    @property
    def time(self) -> float:
        """UTC seconds since 1970."""
        return self.at / 1e6

    @property
    def head(self) -> Head:
        """The head of the chain that ends here."""
        return Head(self.site, self.chain, self.epoch, self.sequence, self.hash)

    def read(self) -> dict[str, Json]:
        """Return the body. Raises ``NotCanonical`` when the stored text is no canonical body."""
        return read(self.body)

    def line(self) -> str:
        """Return the text whose SHA-256 is the hash."""
        return _line(self[:-1])

    def digest(self) -> str:
        """Return the hash that the line really has."""
        return sha256(self.line().encode()).hexdigest()


def append(head: Head, fact: Fact | Sealed, epoch: int) -> Entry:
    """Return the entry that continues ``head``. Pure; an epoch below the head's raises ``ValueError``."""
    if epoch < head.epoch:
        msg = f"epoch {epoch} is over: the chain is at {head.epoch}"
        raise ValueError(msg)
    site, chain, _, sequence, previous = head
    it = seal(fact) if isinstance(fact, Fact) else fact
    parts = (site, chain, epoch, sequence + 1, SCHEMA, it.at, it.kind, it.subject, it.body, previous)
    return Entry(*parts, sha256(_line(parts).encode()).hexdigest())
