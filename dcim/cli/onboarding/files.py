"""Files that onboarding writes: as a whole, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path


def put(path: Path, text: str) -> None:
    """Write a file; what stood there stays where there is no room for the new. Raise OSError then.

    What is no file, as /dev/stdout, is written to as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
