"""Folders whose names are on the disk: what is synced inside one is lost with it when the power goes."""

from __future__ import annotations

import os
from pathlib import Path


def make_folder(directory: Path) -> None:
    """Make a folder that only this user may enter, with what is missing above it; return when it is on disk.

    What is there already stays as it is. Raises OSError.
    """
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in reversed(missing):
        sync_folder(each.parent)


def sync_folder(directory: Path) -> None:
    """Return when the names in a folder are on the disk. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
