"""What a far side refused for good, in a file of bounded size: each line with the reason, for people.

outputs/NAME/refused.ndjson      {"at": "2026-11-26T03:00:00Z", "why": "...", "line": "..."}
outputs/NAME/refused.1.ndjson    the file before
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dcim.history.durable import sync_directory, sync_file
from dcim.outputs.contract import Refusal

MOST: Final = 16 << 20
"""Bytes of one of the two files."""


class Aside:
    """Appends to the file; the one before is kept until this one is full too."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._file = folder / "refused.ndjson"
        self._before = folder / "refused.1.ndjson"
        self._most = most

    def put(self, refused: Iterable[Refusal], now: float) -> int:
        """Write refused lines at ``now`` (UTC seconds), durably; return how many. Raise OSError."""
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        written = [
            json.dumps({"at": at, "why": one.why, "line": line}, ensure_ascii=False) + "\n"
            for one in refused
            for line in one.lines
        ]
        if not written:
            return 0
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._file.exists() and self._file.stat().st_size >= self._most:
            self._file.replace(self._before)
        with self._file.open("a", encoding="utf-8", errors="replace") as file:
            file.writelines(written)
        sync_file(self._file)
        sync_directory(self._file.parent)
        return len(written)
