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
    """How messages of v3 are encrypted (RFC 3414, RFC 3826; AES-192/256 as Cisco and net-snmp do)."""

    DES = "des"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


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


Access: TypeAlias = Community | User
