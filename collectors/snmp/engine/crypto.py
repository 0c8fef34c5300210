"""Signing and encrypting messages of v3 (RFC 3414 6 to 8, RFC 7860, RFC 3826)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from collectors.snmp.engine.access import Auth, Priv
from collectors.snmp.engine.keys import HASHES

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


def sign(auth: Auth, key: bytes, message: bytes) -> bytes:
    """Return the truncated HMAC of a message whose place for it holds zeros."""
    return hmac.digest(key, message, HASHES[auth])[: MAC_SIZES[auth]]


def salt_of(priv: Priv, boots: int, counter: int) -> bytes:
    """Return the 8 bytes that must never repeat under one key."""
    if priv is Priv.DES:
        return (boots & 0xFFFFFFFF).to_bytes(4, "big") + (counter & 0xFFFFFFFF).to_bytes(4, "big")
    return (counter & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")


def encrypt(priv: Priv, key: bytes, clock: tuple[int, int], salt: bytes, plain: bytes) -> bytes:
    """Return the plain bytes encrypted. ``clock`` is boots and time of the device's engine."""
    if priv is Priv.DES:
        plain += b"\0" * (-len(plain) % _BLOCK)
    work = _cipher(priv, key, clock, salt).encryptor()
    return work.update(plain) + work.finalize()


def decrypt(priv: Priv, key: bytes, clock: tuple[int, int], salt: bytes, secret: bytes) -> bytes | None:
    """Return the bytes decrypted, perhaps with padding behind; None if they cannot have been encrypted so."""
    if len(salt) != SALT_SIZE or not secret or (priv is Priv.DES and len(secret) % _BLOCK):
        return None
    work = _cipher(priv, key, clock, salt).decryptor()
    return work.update(secret) + work.finalize()


def _cipher(priv: Priv, key: bytes, clock: tuple[int, int], salt: bytes) -> Cipher[CBC | CFB]:
    if priv is Priv.DES:
        vector = bytes(a ^ b for a, b in zip(key[8:16], salt, strict=True))
        return Cipher(TripleDES(key[:8] * 3), CBC(vector))
    boots, time = clock
    return Cipher(AES(key), CFB((boots << 32 | time).to_bytes(8, "big") + salt))
