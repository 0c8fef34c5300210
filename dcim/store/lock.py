"""One daemon per state directory, held by the kernel: a crash never leaves the lock behind (D8)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from dcim.store.errors import StateDirectoryInUse, StateDirectoryUnusable
from dcim.store.folder import make_folder

NAME = "lock"


class StateLock:
    """Holds a state directory from construction to ``release`` or the death of the process.

    Makes the directory when it is missing (only this user may enter it). Raises ``StateDirectoryInUse`` or
    ``StateDirectoryUnusable``.
    """

    def __init__(self, directory: Path) -> None:
        try:
            make_folder(directory)
            self._file = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(directory, error) from error
        try:
            self._take(directory)
        except BaseException:
            os.close(self._file)
            raise

    def _take(self, directory: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode(errors="replace").strip() or "unknown"
            msg = (
                f"state directory {directory} is in use by another dcim (pid {holder}); "
                "stop it, or name another directory with --state"
            )
            raise StateDirectoryInUse(msg) from None
        except OSError as error:
            raise _unusable(directory, error) from error

    def release(self) -> None:
        """Let the directory go."""
        os.close(self._file)


def _unusable(directory: Path, error: OSError) -> StateDirectoryUnusable:
    what = error.strerror or str(error)
    return StateDirectoryUnusable(
        f"cannot use state directory {directory}: {what} (as user {os.geteuid()}); "
        "make it writable for this user, or name another with --state"
    )
