"""A link as text: what it is about and for whom, under a seal that only this daemon can make. Pure.

    claim ─▶ version, target, when, end, who ─▶ HMAC-SHA256 under our key ─▶ base64url
    text  ─▶ seal holds? ─▶ not over? ─▶ Claim       anything else: Forged, Expired

Whoever has the text may use it once, as whoever has a key may open a door: it is for one addressee and one
occurrence, and says nothing about anything else. The same claim always gives the same text, so that a message
that is sent again is the same message.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from enum import StrEnum
from hashlib import sha256
from struct import Struct
from typing import Final

from dcim.model import DcimError
from dcim.record import dataclass

_ABOUT: Final = b"dcim link, version 1\0"
"""What the key signs beside the claim: a seal for anything else never fits a link."""

_HEAD: Final = Struct(">BB32sQQ")
_SEAL: Final = sha256().digest_size
_VERSION: Final = 1
_WHO: Final = 300
_LONGEST: Final = 1000


class Target(StrEnum):
    """What a link acknowledges."""

    INCIDENT = "incident"
    ALERT = "alert"


_CODES: Final = {Target.INCIDENT: 1, Target.ALERT: 2}
_TARGETS: Final = {code: target for target, code in _CODES.items()}


class Forged(DcimError):
    """No daemon with this key has made it, or not all of it is there."""


class Expired(DcimError):
    """It was made here, and its time is over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a link says: ``who`` may acknowledge ``key`` as it was raised at ``raised_at``, until ``until``.

    Times are UTC seconds, kept to the millisecond. ``key`` is 64 hex digits; ``channel`` took the message.
    """

    target: Target
    key: str
    raised_at: float
    until: float
    who: str
    channel: str

    @property
    def name(self) -> str:
        """Return what tells this link from every other: 32 hex digits, nothing that could open anything."""
        return sha256(_ABOUT + _body(self)).hexdigest()[:32]


def sealed(claim: Claim, key: bytes) -> str:
    """Return a claim as the text of a link: letters, digits, ``-`` and ``_``."""
    body = _body(claim)
    return urlsafe_b64encode(_seal(body, key) + body).decode().rstrip("=")


def read(text: str, key: bytes, now: float) -> Claim:
    """Return what a link says at ``now`` (UTC seconds); raise Forged, or Expired where its time is over."""
    raw = _bytes(text)
    seal, body = raw[:_SEAL], raw[_SEAL:]
    if not hmac.compare_digest(seal, _seal(body, key)):
        msg = "the link is not one of ours, or not all of it came"
        raise Forged(msg)
    claim = _claim(body)
    if now >= claim.until:
        msg = "the time of the link is over"
        raise Expired(msg)
    return claim


def _seal(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, _ABOUT + body, sha256).digest()


def _body(claim: Claim) -> bytes:
    raised, until = round(claim.raised_at * 1000), round(claim.until * 1000)
    who = f"{claim.who[:_WHO]}\0{claim.channel[:_WHO]}".encode()
    return _HEAD.pack(_VERSION, _CODES[claim.target], bytes.fromhex(claim.key), raised, until) + who


def _bytes(text: str) -> bytes:
    """Return the bytes of a text in its one and only form: another writing of the same bytes is none."""
    try:
        raw = (
            urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)) if len(text) < _LONGEST else b""
        )
    except (Error, ValueError):
        raw = b""
    if urlsafe_b64encode(raw).decode().rstrip("=") != text:
        return b""
    return raw


def _claim(body: bytes) -> Claim:
    """Return the claim of a body whose seal holds; one of another version is none of ours."""
    version, code, key, raised, until = _HEAD.unpack_from(body)
    if version != _VERSION or code not in _TARGETS:
        msg = "the link is of another version of the daemon"
        raise Forged(msg)
    who, _, channel = body[_HEAD.size :].decode().partition("\0")
    return Claim(_TARGETS[code], key.hex(), raised / 1000, until / 1000, who, channel)
