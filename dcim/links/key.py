"""The key of the links: random, in the state directory, for the daemon's own eyes."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

KEY_FILE: Final = "links.key"
"""Its name in the state directory."""

_LENGTH: Final = 32
_OWN: Final = 0o600


def key_of(state: Path) -> bytes:
    """Return the key, made where there is none that is good. Raise OSError where none can be kept.

    One that others can read or that is not whole is none: a new one stands in its place, and links made with
    it are over.
    """
    path = state / KEY_FILE
    found = _read(path)
    return found if found is not None else _make(path)


def _read(path: Path) -> bytes | None:
    try:
        wire = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(wire, "rb") as file:
        kept = os.fstat(wire)
        mine = stat.S_ISREG(kept.st_mode) and kept.st_uid == os.geteuid()
        key = file.read(_LENGTH + 1) if mine and not stat.S_IMODE(kept.st_mode) & ~_OWN else b""
    return key if len(key) == _LENGTH else None


def _make(path: Path) -> bytes:
    """Keep a new key: whole or not at all, and never readable to others, not even for a moment."""
    key = secrets.token_bytes(_LENGTH)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    wire = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWN)
    try:
        with os.fdopen(wire, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(wire)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return key
