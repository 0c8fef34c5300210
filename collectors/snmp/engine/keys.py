"""Keys of v3 users: from a password, for one engine, long enough for the cipher (RFC 3414 A.2, RFC 7860)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from collectors.snmp.engine.access import Auth, Priv, User

_MEGABYTE: Final = 1 << 20
HASHES: Final[Mapping[Auth, str]] = MappingProxyType({auth: auth.value for auth in Auth})
KEY_SIZES: Final[Mapping[Priv, int]] = MappingProxyType(
    {
        Priv.DES: 16,  # 8 bytes of key, 8 of pre-IV
        Priv.AES128: 16,
        Priv.AES192: 24,
        Priv.AES256: 32,
        Priv.AES192_BLUMENTHAL: 24,
        Priv.AES256_BLUMENTHAL: 32,
    }
)
_BLUMENTHAL: Final = frozenset((Priv.AES192_BLUMENTHAL, Priv.AES256_BLUMENTHAL))


class KeyPair(NamedTuple):
    """The keys of one user at one engine; empty where the user has none."""

    auth: bytes
    priv: bytes


def digest(auth: Auth, data: bytes) -> bytes:
    """Return the hash of these bytes."""
    return hashlib.new(HASHES[auth], data, usedforsecurity=False).digest()


def master_key(auth: Auth, password: bytes) -> bytes:
    """Return the hash of the password repeated over 1 MiB; a millisecond, so keep it. ValueError if empty."""
    if not password:
        msg = "a password without a character"
        raise ValueError(msg)
    repeated = password * (_MEGABYTE // len(password) + 1)
    return digest(auth, repeated[:_MEGABYTE])


def localise(auth: Auth, master: bytes, engine_id: bytes) -> bytes:
    """Return the key for one engine."""
    return digest(auth, master + engine_id + master)


def extend(auth: Auth, priv: Priv, key: bytes, engine_id: bytes) -> bytes:
    """Return a localised key of exactly the cipher's size."""
    size = KEY_SIZES[priv]
    last = key
    while len(key) < size:
        if priv in _BLUMENTHAL:
            key += digest(auth, key)
        else:
            last = localise(auth, master_key(auth, last), engine_id)
            key += last
    return key[:size]


class KeyCache:
    """Master keys by password and hash: one computation for all devices that share a credential."""

    def __init__(self) -> None:
        self._masters: dict[tuple[Auth, str], bytes] = {}

    def pair(self, user: User, engine_id: bytes) -> KeyPair:
        """Return the user's keys for this engine."""
        if user.auth is None:
            return KeyPair(b"", b"")
        auth = localise(user.auth, self._master(user.auth, user.auth_key), engine_id)
        if user.priv is None:
            return KeyPair(auth, b"")
        priv = localise(user.auth, self._master(user.auth, user.priv_key), engine_id)
        return KeyPair(auth, extend(user.auth, user.priv, priv, engine_id))

    def _master(self, auth: Auth, password: str) -> bytes:
        master = self._masters.get((auth, password))
        if master is None:
            master = self._masters[auth, password] = master_key(auth, password.encode())
        return master
