"""Signed heads, appended to files elsewhere: on another host's disk, where nobody here can take them back.

writer thread ─▶ put ─▶ queue of each path ─▶ its own thread ─▶ one line, appended, on disk

A path that hangs or fails holds up nobody: its lines wait, the oldest are let go when there are too many, and
the trouble shows. Heads that were signed for a heartbeat alone are not copied: the next hour's covers them.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dcim.ledger import SignedHead
from dcim.ledger.signed import HEARTBEAT

MOST_WAITING: Final = 1000
RETRY: Final = 30.0  # seconds


class Copy:
    """One file of heads. ``trouble`` says why the last line could not be appended; empty while they can."""

    def __init__(self, path: Path, retry: float = RETRY) -> None:
        self.path = path
        self.trouble = ""
        self.written = 0
        self.lost = 0
        self._retry = retry
        self._waiting: deque[str] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="dcim-heads", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many lines are not in the file yet."""
        return len(self._waiting)

    def put(self, line: str) -> None:
        """Take a line; it will be appended soon. Never blocks."""
        with self._wake:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self.lost += 1
            self._waiting.append(line)
            self._wake.notify()

    def close(self, patience: float) -> None:
        """Try what waits once more, for at most so many seconds."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(patience)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                line = self._waiting[0]
            try:
                _append(self.path, line)
            except OSError as error:
                self.trouble = f"cannot append to {self.path}: {error.strerror or error}"
                with self._wake:
                    if self._closing or self._wake.wait_for(lambda: self._closing, self._retry):
                        return
                continue
            self.trouble = ""
            self.written += 1
            with self._wake:
                if self._waiting and self._waiting[0] is line:
                    self._waiting.popleft()


class Copies:
    """All files of heads of one ledger."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.files = tuple(Copy(path) for path in paths)

    def put(self, signed: SignedHead) -> None:
        """Have a head copied. Never blocks, never raises: any thread may call it."""
        if signed.why == HEARTBEAT:
            return
        line = json.dumps(signed.as_json(), ensure_ascii=False, separators=(",", ":"))
        for file in self.files:
            file.put(line)

    def close(self, patience: float = 2.0) -> None:
        """End every thread, or leave it where it hangs."""
        for file in self.files:
            file.close(patience)


def _append(path: Path, line: str) -> None:
    """Append a line in one write, on disk before this returns; a line that was cut off before stays alone."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
    try:
        end = os.fstat(file).st_size
        whole = end == 0 or os.pread(file, 1, end - 1) == b"\n"
        data = f"{'' if whole else chr(10)}{line}\n".encode()
        if os.write(file, data) != len(data):
            msg = "no space for a whole line"
            raise OSError(msg)
        os.fsync(file)
    finally:
        os.close(file)
