"""Signing and encrypting messages of v3 (RFC 3414 6 to 8, RFC 7860, RFC 3826)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

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
Clock: TypeAlias = tuple[int, int]
_DES_BLOCK: Final = 8
_BLOCK: Final = 16  # bytes, of AES with keys of any size
_ZEROS: Final = bytes(_BLOCK)
_INNER: Final = bytes(octet ^ 0x36 for octet in range(256))
_OUTER: Final = bytes(octet ^ 0x5C for octet in range(256))
_from_bytes = int.from_bytes


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


class Secret(Protocol):
    """Encrypts and decrypts with one key. ``clock`` is boots and time of the device's engine."""

    priv: Priv

    def encrypt(self, clock: Clock, salt: bytes, plain: bytes) -> bytes:
        """Return the plain bytes encrypted."""
        ...

    def decrypt(self, clock: Clock, salt: bytes, secret: bytes) -> bytes | None:
        """Return the bytes decrypted, perhaps with padding behind; None if they cannot come from here."""
        ...


def secret_of(priv: Priv, key: bytes) -> Secret:
    """Return what encrypts and decrypts with this key."""
    return _Des(key) if priv is Priv.DES else _Aes(priv, key)


class _Des:
    """DES in CBC mode (RFC 3414 8); the salt makes the vector with the half of the key called the pre-IV."""

    __slots__ = ("_algorithm", "_start", "priv")

    def __init__(self, key: bytes) -> None:
        self.priv = Priv.DES
        self._algorithm = TripleDES(key[:8] * 3)
        self._start = key[8:16]

    def encrypt(self, _: Clock, salt: bytes, plain: bytes) -> bytes:
        return self._cipher(salt).encryptor().update(plain + bytes(-len(plain) % _DES_BLOCK))

    def decrypt(self, _: Clock, salt: bytes, secret: bytes) -> bytes | None:
        if len(salt) != SALT_SIZE or not secret or len(secret) % _DES_BLOCK:
            return None
        return self._cipher(salt).decryptor().update(secret)

    def _cipher(self, salt: bytes) -> Cipher[CBC]:
        vector = bytes(a ^ b for a, b in zip(self._start, salt, strict=True))
        return Cipher(self._algorithm, CBC(vector))


class _Aes:
    """AES in CFB mode (RFC 3826) with one pair of contexts for all messages: each costs more than a message.

    In CFB the next block depends on the ciphertext of the block before and on nothing earlier; before the
    first block of a message stands its vector. So a context that decrypts is given the vector as one block
    more, and one that encrypts is given the block that encrypts to the vector. Neither is ever sent.
    """

    __slots__ = ("_decryptor", "_encryptor", "_key", "_last", "priv")

    def __init__(self, priv: Priv, key: bytes) -> None:
        self.priv = priv
        self._key = key
        self._begin()

    def _begin(self) -> None:
        self._last = _ZEROS  # the last block of ciphertext that the encryptor gave
        cipher = Cipher(AES(self._key), CFB(_ZEROS))
        self._encryptor, self._decryptor = cipher.encryptor(), cipher.decryptor()

    def encrypt(self, clock: Clock, salt: bytes, plain: bytes) -> bytes:
        vector = _vector(clock, salt)
        padded = plain + bytes(-len(plain) % _BLOCK)
        whole = self._encryptor.update(self._block_before(vector) + padded)
        if not whole.startswith(
            vector
        ):  # pragma: no cover  the contexts were left in the middle of a message
            self._begin()
            whole = self._encryptor.update(self._block_before(vector) + padded)
        self._last = whole[-_BLOCK:]
        return whole[_BLOCK : _BLOCK + len(plain)]

    def _block_before(self, vector: bytes) -> bytes:
        """Return the block that the encryptor would now encrypt to ``vector``."""
        stream = self._decryptor.update(self._last + _ZEROS)[_BLOCK:]  # what it would add to the next block
        return (_from_bytes(stream) ^ _from_bytes(vector)).to_bytes(_BLOCK, "big")

    def decrypt(self, clock: Clock, salt: bytes, secret: bytes) -> bytes | None:
        if len(salt) != SALT_SIZE or not secret:
            return None
        size = len(secret)
        return self._decryptor.update(_vector(clock, salt) + secret + bytes(-size % _BLOCK))[_BLOCK:][:size]


def _vector(clock: Clock, salt: bytes) -> bytes:
    return (clock[0] << 32 | clock[1]).to_bytes(8, "big") + salt
