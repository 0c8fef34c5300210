"""How a device is asked: a community (v1, v2c) or a user (v3), with resolved secrets that never print."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeAlias


class Version(IntEnum):
    """The version number as it stands in a message."""

    V1 = 0
    V2C = 1
    V3 = 3


class Auth(StrEnum):
    """How messages of v3 are signed: HMAC over this hash (RFC 3414, RFC 7860)."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class Priv(StrEnum):
    """How messages of v3 are encrypted (RFC 3414, RFC 3826).

    Where the hash is shorter than the key of AES-192 or AES-256, keys are extended: as Cisco, APC and most
    hardware do (draft-reeder-snmpv3-usm-3desede), or after draft-blumenthal-aes-usm as plain net-snmp does.
    """

    DES = "des"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"
    AES192_BLUMENTHAL = "aes192-blumenthal"
    AES256_BLUMENTHAL = "aes256-blumenthal"


@dataclass(frozen=True, slots=True)
class Community:
    """A v1 or v2c community."""

    name: str = field(repr=False)
    version: Version = Version.V2C


@dataclass(frozen=True, slots=True)
class User:
    """A v3 user. Without ``auth`` nothing is signed; without ``priv`` nothing is encrypted."""

    name: str
    auth: Auth | None = None
    auth_key: str = field(default="", repr=False)
    priv: Priv | None = None
    priv_key: str = field(default="", repr=False)
    context: str = ""

    def __post_init__(self) -> None:
        """Refuse a user that no message could be made for."""
        if (self.auth and not self.auth_key) or (self.priv and not self.priv_key):
            msg = f"user {self.name!r}: a key is missing"
            raise ValueError(msg)
        if self.priv and not self.auth:
            msg = f"user {self.name!r}: SNMP has no encryption without authentication"
            raise ValueError(msg)


Access: TypeAlias = Community | User
