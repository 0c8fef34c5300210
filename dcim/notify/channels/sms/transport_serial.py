"""The serial line to a modem, through pyserial. Blocking: it belongs to one thread of its channel."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

import serial

_SLICE: Final = 0.2
_MOST: Final = 64 * 1024
"""Bytes without a line end that are kept of a line that babbles."""


class LineLost(OSError):
    """The line cannot be opened, or broke."""


class SerialLine:
    """An open line: nobody else may have it."""

    def __init__(self, path: str, baud: int) -> None:
        try:
            self._port = serial.Serial(path, baud, timeout=_SLICE, write_timeout=5.0, exclusive=True)
        except (OSError, ValueError) as wrong:
            raise LineLost(_why(wrong)) from wrong
        self._held = b""

    def write(self, octets: bytes) -> None:
        """Write it all. Raise ``LineLost``."""
        try:
            self._port.write(octets)
        except (OSError, serial.SerialException) as wrong:
            raise LineLost(_why(wrong)) from wrong

    def forget(self) -> None:
        """Drop what came and was not asked for."""
        self._held = b""
        with suppress(OSError, serial.SerialException):
            self._port.reset_input_buffer()

    def line(self, patience: float, prompt: bytes = b"") -> str | None:
        """Return the next line that is not empty, or the prompt; None: nothing came in ``patience`` seconds.

        Raises ``LineLost``.
        """
        end = time.monotonic() + patience
        while True:
            if prompt and self._held.lstrip(b"\r\n").startswith(prompt):
                self._held = b""
                return prompt.decode()
            head, found, rest = self._held.replace(b"\r", b"\n").partition(b"\n")
            if found:
                self._held = rest
                if head.strip():
                    return head.decode("latin-1").strip()
                continue
            if time.monotonic() >= end:
                return None
            self._held = (self._held + self._read())[-_MOST:]

    def close(self) -> None:
        """Let go of the line."""
        with suppress(OSError, serial.SerialException):
            self._port.close()

    def _read(self) -> bytes:
        try:
            return bytes(self._port.read(max(1, self._port.in_waiting)))
        except (OSError, serial.SerialException, TypeError) as wrong:
            raise LineLost(_why(wrong)) from wrong


def _why(wrong: Exception) -> str:
    return str(getattr(wrong, "strerror", "") or wrong)
