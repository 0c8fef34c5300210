"""Who gets SNMP notifications: where a receiver is, how it knows us, and what a notification carries."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Auth(StrEnum):
    """How a v3 message is signed."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


class Priv(StrEnum):
    """How a v3 message is encrypted."""

    AES128 = "aes128"
    AES256 = "aes256"


class Sent(NamedTuple):
    """One object of a notification: its number in the MIB, and its value; whole numbers are Integer32."""

    number: int
    value: str | int


class Access(NamedTuple):
    """How the receiver knows us: a community (v2c), or a user with keys (v3). Never printed."""

    community: str = ""
    user: str = ""
    auth: Auth | None = None
    auth_key: str = ""
    priv: Priv | None = None
    priv_key: str = ""

    def __repr__(self) -> str:
        """Show no secret."""
        return "Access(...)"


class Sender(NamedTuple):
    """Where notifications go, and as whom."""

    host: str
    port: int
    inform: bool
    access: Access
    engine_id: bytes
    enterprise: str
    timeout: float
