"""The channel ``log``: one JSON object a line, appended to a file, or to the daemon's own log."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import cast

import structlog

from dcim.alerts import Language
from dcim.notify.channel import ChannelSettings, Context, Delivered, Letter, RetryAfter, Verdict
from dcim.notify.wording.payload import payload

_log = structlog.get_logger("dcim.alerts")


class LogSettings(ChannelSettings):
    """Keys of a ``log`` channel. Without a ``file`` the lines go to the daemon's log."""

    file: Path | None = None


class LogChannel:
    """Writes one line a message. With a file, delivered means written through to the disk."""

    def __init__(self, file: Path | None, language: Language) -> None:
        self._file = file
        self._language = language

    async def send(self, letter: Letter) -> Verdict:
        """Write the line; a disk that cannot take it now is tried again."""
        said = payload(letter, self._language)
        if self._file is None:
            _log.warning("alert", **said)
            return Delivered()
        try:
            await asyncio.to_thread(_append, self._file, json.dumps(said, ensure_ascii=False))
        except OSError as wrong:
            return RetryAfter(f"{self._file}: {wrong.strerror or wrong}")
        return Delivered()

    async def aclose(self) -> None:
        """Nothing is held open."""


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


class LogPlugin:
    """What the entry point ``dcim.channels: log`` names."""

    name = "log"
    settings_type: type[ChannelSettings] = LogSettings

    def open(self, settings: ChannelSettings, context: Context) -> LogChannel:
        """Return the channel."""
        mine = cast("LogSettings", settings)
        return LogChannel(mine.file, context.language(settings))


plugin = LogPlugin()
