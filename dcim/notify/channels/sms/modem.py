"""A GSM modem, spoken to in AT commands (3GPP TS 27.005, 27.007). Blocking: it belongs to one thread.

open ─▶ ATE0, CMEE, PIN if asked, PDU mode ─▶ CMGS for each part ─▶ CMGL, CMGD for what came
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, Protocol

from dcim.notify.channels.sms.pdu import Deliver, NoMessage, Submit, deliver
from dcim.record import dataclass

_PATIENCE: Final = 5.0
NETWORK: Final = 60.0
"""Seconds that a command may take: of the modem alone, and where the network must answer."""

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")

_MOST_LINES: Final = 2000
_TRIES: Final = 2
_CTRL_Z: Final = b"\x1a"
_ESCAPE: Final = b"\x1b"
_ERROR: Final = re.compile(r"(?:\+CM[ES] ERROR: ?(.*)|ERROR|NO CARRIER|BUSY)")
_LISTED: Final = re.compile(r"\+CMGL: ?(\d+),")
_REGISTERED: Final = re.compile(r"\+CREG: ?\d,([0-9])")
_HOME, _ROAMING = "1", "5"
_FINAL: Final = frozenset({"1", "8", "21", "28", "50", "304", "305"})
"""CMS errors that speak of the number or the text: unassigned, barred, rejected, unknown, invalid ..."""


class Wire(Protocol):
    """What a modem is reached by."""

    def write(self, octets: bytes) -> None:
        """Write it all."""
        ...

    def forget(self) -> None:
        """Drop what came and was not asked for."""
        ...

    def line(self, patience: float, prompt: bytes = b"") -> str | None:
        """Return the next line or the prompt; None when nothing came in time."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class ModemError(Exception):
    """The modem said no, or nothing. ``final``: it speaks of the message."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


@dataclass(frozen=True, slots=True)
class Came:
    """A message that came, and its place in the modem's store."""

    place: int
    message: Deliver


class Modem:
    """Speaks to one modem, opened when it is needed and again after every fault."""

    def __init__(self, open_wire: Callable[[], Wire], pin: str = "", network: float = NETWORK) -> None:
        self._open_wire = open_wire
        self._network = network
        self._patience = min(_PATIENCE, network)
        self._pin = pin
        self._wire: Wire | None = None

    def send(self, parts: Sequence[Submit]) -> None:
        """Send the parts of one text, each taken by the network. Raise ``ModemError`` or OSError."""
        with _Fresh(self):
            for part in parts:
                self._ready().write(f"AT+CMGS={part.length}\r".encode())
                self._await_prompt()
                self._ready().write(part.text.encode() + _CTRL_Z)
                list(self._answer(self._network))

    def came(self) -> tuple[list[Came], list[int]]:
        """Return the messages that came, and the places of what is none. Raise ``ModemError`` or OSError."""
        found: list[Came] = []
        rubbish: list[int] = []
        with _Fresh(self):
            place = -1
            for line in self._ask("AT+CMGL=4", self._network):
                if listed := _LISTED.match(line):
                    place = int(listed[1])
                elif place >= 0 and _HEX.fullmatch(line):
                    try:
                        found.append(Came(place, deliver(line)))
                    except NoMessage:
                        rubbish.append(place)
                    place = -1
        return found, rubbish

    def forget(self, places: Sequence[int]) -> None:
        """Delete messages that came. Raise ``ModemError`` or OSError."""
        with _Fresh(self):
            for place in places:
                list(self._ask(f"AT+CMGD={place}"))

    def close(self) -> None:
        """Let go of the line; the next command opens it again."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _ready(self) -> Wire:
        if self._wire is None:
            self._wire = self._open_wire()
            self._begin()
        return self._wire

    def _begin(self) -> None:
        """Bring the modem to where it takes messages."""
        self._synchronise()
        list(self._ask("ATE0"))
        list(self._ask("AT+CMEE=1"))
        self._unlock()
        registered = [found[1] for line in self._ask("AT+CREG?") if (found := _REGISTERED.match(line))]
        if registered and registered[0] not in (_HOME, _ROAMING):
            msg = "the modem is in no network"
            raise ModemError(msg)
        list(self._ask("AT+CMGF=0"))

    def _await_prompt(self) -> None:
        """Wait until the modem wants the text of a message."""
        wire = self._ready()
        for _ in range(_MOST_LINES):
            line = wire.line(self._patience, b">")
            if line == ">":
                return
            if line is None:
                wire.write(_ESCAPE)  # should it come yet: no message
                msg = "the modem does not want a message"
                raise ModemError(msg)
            _raise_for(line)

    def _synchronise(self) -> None:
        """Get an answer at all: the line may hold what an earlier run left half said."""
        for _ in range(_TRIES):
            with suppress(ModemError):
                list(self._ask("AT"))
                return
        list(self._ask("AT"))

    def _unlock(self) -> None:
        """Give the PIN where it is wanted, and once only: three wrong ones lock the card."""
        wanted = "".join(line for line in self._ask("AT+CPIN?") if line.startswith("+CPIN:"))
        if "READY" in wanted or not wanted:
            return
        if "SIM PIN" not in wanted or not self._pin:
            msg = f"the card wants more than it was given: {wanted.removeprefix('+CPIN:').strip()}"
            raise ModemError(msg)
        pin, self._pin = self._pin, ""
        list(self._ask(f'AT+CPIN="{pin}"', self._network))
        self._pin = pin  # it was right

    def _ask(self, command: str, patience: float = 0.0) -> Iterator[str]:
        """Give a command and yield the lines of its answer."""
        wire = self._ready()
        wire.forget()
        wire.write(f"{command}\r".encode())
        return (line for line in self._answer(patience or self._patience) if line != command)

    def _answer(self, patience: float) -> Iterator[str]:
        """Yield the lines up to OK. Raise ``ModemError`` for an error, and when the answer does not end."""
        for _ in range(_MOST_LINES):
            line = self._ready().line(patience)
            if line is None:
                msg = "the modem does not answer"
                raise ModemError(msg)
            if line == "OK":
                return
            _raise_for(line)
            yield line
        msg = "the modem's answer does not end"
        raise ModemError(msg)


def _raise_for(line: str) -> None:
    if wrong := _ERROR.fullmatch(line):
        raise ModemError(line, final=(wrong[1] or "").strip() in _FINAL and "+CMS" in line)


class _Fresh:
    """Closes the line after a fault: the next command begins from the beginning."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._modem.close()
