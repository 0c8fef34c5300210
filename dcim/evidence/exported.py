"""That a bundle was exported is a fact too: a note beside the ledger, which the daemon that owns it records.

``dcim ledger export`` only reads the ledger, also while a daemon runs or none does. It leaves a note in the
state directory; the daemon looks for notes every few seconds and at its start, records them, takes them away.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "exported"
_SUFFIX: Final = ".json"
_LARGEST: Final = 4096  # bytes
_MOST: Final = 1000
_TEXTS: Final = ("hash", "signed_by", "login")
_NUMBERS: Final = ("sequence", "facts", "claims")


def note(directory: Path, sequence: int, digest: str, facts: int, claims: int, signed_by: str) -> None:
    """Leave a note that all up to a head was exported, by the user who runs this. Raises ``OSError``."""
    body = {
        "sequence": sequence,
        "hash": digest,
        "facts": facts,
        "claims": claims,
        "signed_by": signed_by,
        "login": _login(),
    }
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / secrets.token_hex(8)
    path.write_text(json.dumps(body), encoding="utf-8")
    path.rename(path.with_suffix(_SUFFIX))


def notes(directory: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the notes that wait, each with its file; what is none is passed by."""
    folder = directory / FOLDER
    try:
        paths = sorted(folder.glob(f"*{_SUFFIX}"))[:_MOST]
    except OSError:
        return
    for path in paths:
        if (found := _read(path)) is not None:
            yield path, found


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return None
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(held, dict):
        return None
    texts = {name: held.get(name) for name in _TEXTS}
    numbers = {name: held.get(name) for name in _NUMBERS}
    if any(not isinstance(one, str) for one in texts.values()):
        return None
    if any(type(one) is not int or not 0 <= one < 2**53 for one in numbers.values()):
        return None
    return {**numbers, **texts}


def _login() -> str:
    """Return the name of the user who runs this, by the operating system; the number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
