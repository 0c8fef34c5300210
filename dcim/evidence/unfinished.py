"""A folder that is written beside its place and stands there only when it is whole.

What is written is called ``.NAME.unfinished-PID``. One whose process is gone was left by somebody who was
killed: the next to write the same folder takes it away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Final

from dcim.history.durable import sync_directory, sync_file

_MARK: Final = "unfinished"


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which is ``folder`` afterwards, all of it; or nothing is left.

    Raises ``OSError``, also when ``folder`` holds something by then.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    fresh = folder.with_name(f".{folder.name}.{_MARK}-{os.getpid()}")
    fresh.mkdir()
    try:
        yield fresh
        for path in fresh.rglob("*"):
            (sync_directory if path.is_dir() else sync_file)(path)
        sync_directory(fresh)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    sync_directory(folder.parent)


def _tidy(folder: Path) -> None:
    """Take away what was left of this folder by processes that are no more."""
    for left in folder.parent.glob(f".{escape(folder.name)}.{_MARK}-*"):
        pid = left.name.rpartition("-")[2]
        if pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(pid: int) -> bool:
    """Whether a process goes on; our own cannot have left anything."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        pass
    return True
