"""The file of the private key: made once, readable by its user alone, replaced only whole.

The key is an Ed25519 key in PEM (PKCS 8), so that ``openssl`` reads it too. Nothing here shows, logs or
returns the private half: it leaves the file only as the ``Pen`` that signs.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dcim.ledger.signed import key_id
from dcim.model import DcimError

if TYPE_CHECKING:  # imported where it is used: it costs a start some 20 ms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY: Final = "ledger.key"
NEXT: Final = "ledger.key.next"
_LARGEST: Final = 4096  # bytes: a key of this kind takes 119


class KeyUnusable(DcimError):
    """The file of the key cannot be made, read or used; the text says why, never what it holds."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Signs with a private key that it does not show. Fulfils ``dcim.ledger.Signer``."""

    public: str
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def key_id(self) -> str:
        """The SHA-256 of the raw public key, hex."""
        return key_id(bytes.fromhex(self.public))

    def sign(self, statement: bytes) -> bytes:
        """Return the Ed25519 signature of a statement, 64 bytes."""
        return self._private.sign(statement)


def check(public: str, statement: bytes, signature: str) -> bool:
    """Whether a public key (hex) made, of a statement, a signature (hex). False for what is neither."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def create(directory: Path, name: str = KEY) -> Pen:
    """Make a key and its file, whole and on disk before this returns. Raises ``KeyUnusable``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.generate()
    written = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path, draft = directory / name, directory / f"{name}.draft"
    try:
        draft.unlink(missing_ok=True)  # of a start that did not get further
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file, written)
            os.fsync(file)
        finally:
            os.close(file)
        draft.rename(path)
        _settle(directory)
    except OSError as error:
        raise _unusable(path, error) from error
    return _pen(private)


def load(directory: Path, name: str = KEY) -> Pen | None:
    """Return the key of a file, None when there is no file. ``KeyUnusable`` when it is no key of ours.

    A file that others may read is refused: what they can read, they can sign with.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = directory / name
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        if os.fstat(file).st_mode & 0o077:
            msg = f"{path} may be read by others than its user: chmod 600 it, and rotate the key"
            raise KeyUnusable(msg)
        private = load_pem_private_key(os.read(file, _LARGEST), None)
    except OSError as error:
        raise _unusable(path, error) from error
    except (ValueError, TypeError) as error:
        msg = f"{path} holds no Ed25519 key in PEM without a passphrase"
        raise KeyUnusable(msg) from error
    finally:
        os.close(file)
    if not isinstance(private, Ed25519PrivateKey):
        msg = f"{path} holds a key of another kind than Ed25519"
        raise KeyUnusable(msg)
    return _pen(private)


def succeed(directory: Path) -> None:
    """Put the next key in the place of the key; the one before is gone."""
    try:
        (directory / NEXT).replace(directory / KEY)
        _settle(directory)
    except OSError as error:
        raise _unusable(directory / NEXT, error) from error


def drop_next(directory: Path) -> None:
    """Delete a next key that never came into force."""
    with suppress(FileNotFoundError):
        (directory / NEXT).unlink()


def _pen(private: Ed25519PrivateKey) -> Pen:
    return Pen(private.public_key().public_bytes_raw().hex(), private)


def _settle(directory: Path) -> None:
    """Bring the names of a directory to disk."""
    entry = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _unusable(path: Path, error: OSError) -> KeyUnusable:
    return KeyUnusable(f"cannot use {path}: {error.strerror or error} (as user {os.geteuid()})")
