"""Signed heads, and the keys that sign them. Pure: who holds the private key signs elsewhere.

A head's **statement** is one line of UTF-8, its words parted by single blanks:

    dcim-head-1 SITE CHAIN EPOCH SEQUENCE HASH AT WHY

``AT`` is whole microseconds since 1970 UTC, ``WHY`` one of ``SIGNED_FOR``. Its signature (Ed25519, RFC 8032)
of that line stands beside it as hex; so does the **id** of the key, the SHA-256 of the raw public key.

Keys are facts of the chain that they sign. A first one signs itself, one that follows is signed by both:

    dcim-key-1 SITE CHAIN BEFORE PUBLIC

``BEFORE`` is the id of the key before, or ``-``; ``PUBLIC`` the public key, hex. From its fact on,
only that key signs heads.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from dcim.ledger.canonical import NotCanonical
from dcim.ledger.chain import Head, Microseconds
from dcim.model.fact import Body

HEARTBEAT, HOUR, REPORT, STOP, KEY = "heartbeat", "hour", "report", "stop", "key"
SIGNED_FOR: Final = frozenset({HEARTBEAT, HOUR, REPORT, STOP, KEY})
"""Why a head was signed. ``hour``: the first heartbeat of an hour; ``key``: a key came."""

NO_KEY: Final = "-"
_FIELDS: Final = ("site", "chain", "epoch", "sequence", "hash", "at", "why", "key", "signature")
_HEX: Final = frozenset("0123456789abcdef")


class Signer(Protocol):
    """Holds a private key. ``key_id`` names it; ``sign`` returns 64 bytes, the same every time."""

    @property
    def key_id(self) -> str:
        """The SHA-256 of the raw public key, hex."""
        ...

    def sign(self, statement: bytes) -> bytes:
        """Return the Ed25519 signature of a statement."""
        ...


class SignedHead(NamedTuple):
    """Where a chain ended at ``at``, and who says so: ``signature`` is hex, of ``statement``."""

    head: Head
    at: Microseconds
    why: str
    key: str
    signature: str

    @property
    def statement(self) -> bytes:
        """What is signed."""
        return head_statement(self.head, self.at, self.why)

    def as_json(self) -> dict[str, str | int]:
        """Return what ``heads.ndjson``, heartbeats and files of heads hold, in the order of the fields."""
        return dict(zip(_FIELDS, (*self.head, *self[1:]), strict=True))

    @classmethod
    def of_json(cls, said: object) -> SignedHead:
        """Return what ``as_json`` gave. Raises ``NotCanonical`` for anything else."""
        if not isinstance(said, dict) or tuple(said) != _FIELDS:
            msg = f"expected the keys {', '.join(_FIELDS)}"
            raise NotCanonical(msg)
        numbers = {"epoch", "sequence", "at"}
        wrong = [name for name, it in said.items() if type(it) is not (int if name in numbers else str)]
        if wrong or not (_is_hex(said["key"], 64) and _is_hex(said["signature"], 128)):
            msg = f"no signed head: {', '.join(wrong) or 'key or signature'} cannot be that"
            raise NotCanonical(msg)
        values = tuple(said.values())
        return cls(Head(*values[:5]), *values[5:])


def head_statement(head: Head, at: Microseconds, why: str) -> bytes:
    """Return the line that a signature of a head is of."""
    return f"dcim-head-1 {head} {at} {why}".encode()


def key_statement(site: str, chain: str, before: str, public: str) -> bytes:
    """Return the line by which a key is vouched for; ``before`` is a key's id or ``NO_KEY``."""
    return f"dcim-key-1 {site} {chain} {before} {public}".encode()


def manifest_statement(digest: str) -> bytes:
    """Return the line that vouches for an exported bundle; ``digest``: the SHA-256 of its manifest, hex."""
    return f"dcim-manifest-1 {digest}".encode()


def key_id(public: bytes) -> str:
    """Return the id of a raw public key of 32 bytes."""
    return sha256(public).hexdigest()


def sign_head(signer: Signer, head: Head, at: Microseconds, why: str) -> SignedHead:
    """Return a head with the signature of its statement."""
    return SignedHead(head, at, why, signer.key_id, signer.sign(head_statement(head, at, why)).hex())


def key_body(public: str, before: str, by_new: bytes, by_before: bytes | None, reason: str = "") -> Body:
    """Return the body of ``key_created`` or ``key_rotated``; a key that is lost cannot sign."""
    signed = {"signature": by_new.hex(), "before": before}
    if by_before is not None:
        signed["signature_before"] = by_before.hex()
    return {"public": public, "algorithm": "ed25519", "reason": reason, **signed}


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and _HEX.issuperset(text)
