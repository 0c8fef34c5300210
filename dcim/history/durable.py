"""Writing so that a power cut leaves the old or the new, never a mixture."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from dcim.model import DcimError


class HistoryError(DcimError):
    """The history could not do what was asked."""


class NotCommitted(HistoryError):
    """Readings did not reach the disk; they are kept in memory and tried again at the next commit."""


class HistoryLocked(HistoryError):
    """Another process writes into the same directory."""


class NotClosed(HistoryError):
    """Closing or merging failed; nothing is lost and it is tried again."""


class Disk:
    """What is asked of the disk for the log: the seam at which tests let it fill up."""

    def write(self, file: int, data: bytes, offset: int) -> None:
        """Write all of ``data`` at ``offset``, or raise OSError with the file in any state behind it."""
        view = memoryview(data)
        while view:
            written = os.pwrite(file, view, offset)
            view = view[written:]
            offset += written

    def sync(self, file: int) -> None:
        """Return when the data of a file are on the disk."""
        os.fdatasync(file)

    def cut(self, file: int, size: int) -> None:
        """Shorten a file to ``size`` bytes, or raise OSError."""
        os.ftruncate(file, size)


def sync_directory(directory: Path) -> None:
    """Return when the names in a directory are on the disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Return when a finished file is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Replace a small file by way of a temporary one beside it, durably."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    sync_file(beside)
    beside.replace(path)
    sync_directory(path.parent)


def lock(directory: Path) -> int:
    """Take the directory for this process. Raise HistoryLocked when another one has it."""
    handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(handle)
        msg = f"{directory}: another process writes here"
        raise HistoryLocked(msg) from exc
    return handle
