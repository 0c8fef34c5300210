"""Signing and encrypting messages of v3 (RFC 3414 6 to 8, RFC 7860, RFC 3826)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from collectors.snmp.engine.access import Auth, Priv
from collectors.snmp.engine.keys import HASHES, digest

try:  # single DES is triple DES with one key; both it and CFB have moved within cryptography
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:  # pragma: no cover  cryptography before 47
    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers.modes import CFB

MAC_SIZES: Final[Mapping[Auth, int]] = MappingProxyType(
    {Auth.MD5: 12, Auth.SHA1: 12, Auth.SHA224: 16, Auth.SHA256: 24, Auth.SHA384: 32, Auth.SHA512: 48}
)
SALT_SIZE: Final = 8
_BLOCK: Final = 8
_INNER: Final = bytes(octet ^ 0x36 for octet in range(256))
_OUTER: Final = bytes(octet ^ 0x5C for octet in range(256))


class Signer:
    """Signs with one key. What HMAC computes of the key alone (RFC 2104) is computed once."""

    __slots__ = ("_inner", "_outer", "size")

    def __init__(self, auth: Auth, key: bytes) -> None:
        self.size = MAC_SIZES[auth]
        self._inner = hashlib.new(HASHES[auth], usedforsecurity=False)
        self._outer = self._inner.copy()
        block = self._inner.block_size
        key = (digest(auth, key) if len(key) > block else key).ljust(block, b"\0")
        self._inner.update(key.translate(_INNER))
        self._outer.update(key.translate(_OUTER))

    def sign(self, message: bytes) -> bytes:
        """Return the truncated HMAC of a message whose place for it holds zeros."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()[: self.size]


def salt_of(priv: Priv, boots: int, counter: int) -> bytes:
    """Return the 8 bytes that must never repeat under one key."""
    if priv is Priv.DES:
        return (boots & 0xFFFFFFFF).to_bytes(4, "big") + (counter & 0xFFFFFFFF).to_bytes(4, "big")
    return (counter & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")


class Secret:
    """Encrypts and decrypts with one key. ``clock`` is boots and time of the device's engine."""

    __slots__ = ("_algorithm", "_start", "priv")

    def __init__(self, priv: Priv, key: bytes) -> None:
        self.priv = priv
        is_des = priv is Priv.DES
        self._algorithm = TripleDES(key[:8] * 3) if is_des else AES(key)
        self._start = key[8:16] if is_des else b""  # what RFC 3414 calls the pre-IV

    def encrypt(self, clock: tuple[int, int], salt: bytes, plain: bytes) -> bytes:
        """Return the plain bytes encrypted."""
        if self._start:
            plain += b"\0" * (-len(plain) % _BLOCK)
        return self._cipher(clock, salt).encryptor().update(plain)

    def decrypt(self, clock: tuple[int, int], salt: bytes, secret: bytes) -> bytes | None:
        """Return the bytes decrypted, perhaps with padding behind; None if they cannot come from here."""
        if len(salt) != SALT_SIZE or not secret or (self._start and len(secret) % _BLOCK):
            return None
        return self._cipher(clock, salt).decryptor().update(secret)

    def _cipher(self, clock: tuple[int, int], salt: bytes) -> Cipher[CBC | CFB]:
        """Return the cipher. It keeps no byte back, so that nobody needs to finalise it."""
        if self._start:
            vector = bytes(a ^ b for a, b in zip(self._start, salt, strict=True))
            return Cipher(self._algorithm, CBC(vector))
        return Cipher(self._algorithm, CFB((clock[0] << 32 | clock[1]).to_bytes(8, "big") + salt))
