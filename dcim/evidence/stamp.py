"""A time stamp for a signed head, after RFC 3161: the question to an authority, and what its answer must be.

head ─▶ SHA-256 of its statement ─▶ ``question`` ─▶ authority ─▶ ``answered``: the token, and what it says

Only the SHA-256 leaves the machine. That the token is of this very head is checked here; that the authority
signed it is checked by whoever has its certificate (``verify.py --tsa``, ``openssl ts -verify``).
"""

from __future__ import annotations

import base64
import secrets
from hashlib import sha256
from typing import Final

from dcim.evidence.verifier.tokens import INTEGER, SEQUENCE, SHA256, Parts, Token, read_token
from dcim.ledger import SignedHead
from dcim.model import DcimError
from dcim.model.fact import Body

QUESTION_TYPE: Final = "application/timestamp-query"
ANSWER_TYPE: Final = "application/timestamp-reply"
MOST_ANSWER: Final = 64_000
"""Bytes of an answer; one with its certificates has some 5,000."""

_GRANTED: Final = (0, 1)  # granted, granted with changes (RFC 3161, 2.4.2)
_NULL: Final = b"\x05\x00"


class NotStamped(DcimError):
    """An authority gave no time stamp for a head; the text says why."""


def digest_of(signed: SignedHead) -> str:
    """Return the SHA-256 (hex) of a head's statement: this is stamped."""
    return sha256(signed.statement).hexdigest()


def fresh() -> int:
    """Return a number that tells a question from any other: 63 bits, of which the first is set."""
    return secrets.randbits(62) | 1 << 62


def question(digest: str, nonce: int) -> bytes:
    """Return the request (DER) to stamp a SHA-256 (hex), certificates included; ``nonce``: a fresh one."""
    algorithm = _element(SEQUENCE, _element(0x06, SHA256) + _NULL)
    imprint = _element(SEQUENCE, algorithm + _element(0x04, bytes.fromhex(digest)))
    number = _element(INTEGER, nonce.to_bytes(8, "big"))
    return _element(SEQUENCE, _element(INTEGER, b"\x01") + imprint + number + b"\x01\x01\xff")


def answered(answer: bytes, digest: str, nonce: int) -> tuple[bytes, Token]:
    """Return the token of an answer and what it says. Raises ``NotStamped`` for anything else than asked."""
    try:
        parts = Parts(answer).into(SEQUENCE)
        status = int.from_bytes(parts.into(SEQUENCE).take(INTEGER), "big")
        if status not in _GRANTED:
            msg = f"the authority refused (status {status})"
            raise NotStamped(msg)
        token = parts.whole(SEQUENCE)
        said = read_token(token)
    except (ValueError, UnicodeDecodeError, OverflowError) as wrong:
        msg = "the answer is no time stamp after RFC 3161"
        raise NotStamped(msg) from wrong
    if (said.digest, said.nonce) != (digest, nonce):
        msg = "the answer is a time stamp of something else"
        raise NotStamped(msg)
    return token, said


def body_of(signed: SignedHead, url: str, token: bytes, said: Token) -> Body:
    """Return what the fact of a time stamp holds."""
    return {
        "sequence": signed.head.sequence,
        "hash": signed.head.hash,
        "statement": said.digest,
        "time": said.at,
        "url": url,
        "token": base64.b64encode(token).decode("ascii"),
    }


def _element(tag: int, content: bytes) -> bytes:
    """Return one element of DER that holds less than 128 bytes."""
    return bytes((tag, len(content))) + content
