"""A gateway's command and a GSM modem, as stand-ins."""

from __future__ import annotations

import os
import pty
import re
import select
import stat
import threading
import tty
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dcim.notify import Channel, Context
from dcim.notify.channels.sms import channel as modem
from dcim.notify.channels.sms import command

from .rigs import CALM, Mood

TO = "+212612345678"
SCRIPT = """#!/bin/sh
mood=$(head -n 1 "{folder}/mood" 2>/dev/null)
sed -i 1d "{folder}/mood" 2>/dev/null
case "$mood" in
    refuse) echo "never" >&2; exit 65 ;;
    broken) echo "the gateway is down" >&2; exit 75 ;;
    silent) sleep 60 ;;
esac
{{ printf '%s ' "$@"; cat; }} >>"{folder}/taken"
"""


@dataclass
class CommandRig:
    """A script that keeps its text; it is not there while the gateway is away."""

    folder: Path
    secrets: tuple[str, ...] = ()
    can: frozenset[str] = frozenset({Mood.TAKE, Mood.REFUSE, Mood.BROKEN, Mood.SILENT})
    asks_for: float | None = None
    for_machines: bool = False

    @property
    def script(self) -> Path:
        return self.folder / "send-sms"

    async def up(self) -> None:
        self.script.write_text(SCRIPT.format(folder=self.folder))
        self.script.chmod(stat.S_IRWXU)

    async def down(self) -> None:
        self.script.unlink(missing_ok=True)

    def open(self, context: Context, **more: Any) -> Channel:
        told = {"command": (str(self.script), "--to", "{to}"), "to": (TO,), "refused": (65,), "timeout": CALM}
        return command.plugin.open(command.CommandSettings(**{**told, **more}), context)

    def moods(self, *moods: str) -> None:
        (self.folder / "mood").write_text("".join(f"{mood}\n" for mood in moods))

    def taken(self) -> list[str]:
        file = self.folder / "taken"
        return file.read_text().splitlines() if file.exists() else []


@dataclass
class GsmModem:
    """A modem on a pseudo-terminal: as strict about PDUs as a real one, its texts decoded by hand."""

    mood: list[str] = field(default_factory=list)
    pin: str = ""
    texts: list[tuple[str, str]] = field(default_factory=list)
    inbox: dict[int, str] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    _parts: dict[int, list[str]] = field(default_factory=dict)
    _unlocked: bool = False

    def start(self, link: Path) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        self._slave = slave
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self, link: Path) -> None:
        os.write(self._stopped, b"x")
        self._thread.join(5)
        for end in (self._master, self._slave, self._stop, self._stopped):
            os.close(end)
        link.unlink(missing_ok=True)

    def _run(self) -> None:
        held, wanted = b"", 0
        while True:
            ready, _, _ = select.select([self._master, self._stop], [], [])
            if self._stop in ready:
                return
            held += os.read(self._master, 4096)
            while (end := re.search(rb"[\x1a\x1b]" if wanted else rb"\r", held)) is not None:
                text, held = held[: end.start()].decode(), held[end.end() :]
                if wanted:
                    said = self._take(text, wanted) if end[0] == b"\x1a" else "ERROR"
                    wanted = 0
                    self._say(said)
                elif found := re.fullmatch(r"AT\+CMGS=(\d+)", text.strip()):
                    mood = self.mood.pop(0) if self.mood else Mood.TAKE
                    if mood == Mood.TAKE:
                        wanted = int(found[1])
                        os.write(self._master, b"\r\n> ")
                    elif mood != Mood.SILENT:
                        self._say("+CMS ERROR: 28" if mood == Mood.REFUSE else "+CMS ERROR: 38")
                else:
                    self._say(self._command(text.strip()))

    def _say(self, text: str) -> None:
        os.write(self._master, f"\r\n{text}\r\n".encode())

    def _command(self, text: str) -> str:
        self.commands.append(text)
        if found := re.fullmatch(r'AT\+CPIN="(\d+)"', text):
            self.pins.append(found[1])
            self._unlocked = found[1] == self.pin
            return "OK" if self._unlocked else "+CME ERROR: 16"
        if text == "AT+CPIN?":
            return f"+CPIN: {'SIM PIN' if self.pin and not self._unlocked else 'READY'}\r\n\r\nOK"
        if text == "AT+CREG?":
            return "+CREG: 0,1\r\n\r\nOK"
        if text == "AT+CMGL=4":
            listed = (f"+CMGL: {place},1,,{len(pdu) // 2}\r\n{pdu}\r\n" for place, pdu in self.inbox.items())
            return "".join(listed) + "OK"
        if found := re.fullmatch(r"AT\+CMGD=(\d+)", text):
            self.inbox.pop(int(found[1]), None)
            return "OK"
        return "OK" if text in ("AT", "ATE0", "AT+CMEE=1", "AT+CMGF=0") else "ERROR"

    def _take(self, text: str, length: int) -> str:
        octets = bytes.fromhex(text)
        if octets[0] != 0 or len(octets) != length + 1:
            return "+CMS ERROR: 304"
        digits = octets[3]
        swapped = octets[5 : 5 + (digits + 1) // 2].hex()
        number = "".join(swapped[at + 1] + swapped[at] for at in range(0, len(swapped), 2)).rstrip("f")
        after = 5 + (digits + 1) // 2
        coding, count, data = octets[after + 1], octets[after + 3], octets[after + 4 :]
        many, place = (data[4], data[5]) if octets[1] & 0x40 else (1, 1)
        if len(data) > 140 or len(data) != (count if coding == 8 else -(-count * 7 // 8)):
            return "+CMS ERROR: 304"
        said = self._decoded(data, coding, count, 6 if octets[1] & 0x40 else 0)
        self._parts.setdefault(data[3] if many > 1 else -1, []).append(said)
        if place == many:
            whole = "".join(self._parts.pop(data[3] if many > 1 else -1))
            self.texts.append((("+" if octets[4] == 0x91 else "") + number, whole))
        return "+CMGS: 5\r\n\r\nOK"

    def _decoded(self, data: bytes, coding: int, count: int, header: int) -> str:
        if coding == 8:
            return data[header:].decode("utf-16-be")
        bits = "".join(f"{octet:08b}"[::-1] for octet in data)
        septets = [int(bits[at : at + 7][::-1], 2) for at in range(0, count * 7, 7)]
        return "".join(map(_SIGNS, septets[-(-header * 8 // 7) :]))


def _SIGNS(number: int) -> str:
    """The signs that the tests use: ASCII where GSM 7 bit has it there, and some accents."""
    others = {4: "è", 5: "é", 6: "ù", 0: "@", 0x7F: "à", 0x1F: "É", 0x1B: "", 0x3C: "<", 0x3E: ">"}
    return others.get(number, chr(number))


@dataclass
class ModemRig:
    """A channel beside a modem; it is pulled out of its port while it is away."""

    folder: Path
    secrets: tuple[str, ...] = ()
    can: frozenset[str] = frozenset({Mood.TAKE, Mood.REFUSE, Mood.BROKEN, Mood.SILENT})
    asks_for: float | None = None
    for_machines: bool = False
    modem: GsmModem = field(default_factory=GsmModem)
    _is_up: bool = False

    @property
    def link(self) -> Path:
        return self.folder / "modem"

    async def up(self) -> None:
        self.modem.start(self.link)
        self._is_up = True

    async def down(self) -> None:
        if self._is_up:
            self.modem.stop(self.link)
        self._is_up = False

    def open(self, context: Context, **more: Any) -> Channel:
        told = {"port": str(self.link), "to": (TO,), "timeout": CALM, "alphabet": "gsm7"}
        return modem.plugin.open(modem.ModemSettings(**{**told, **more}), context)

    def moods(self, *moods: str) -> None:
        self.modem.mood[:] = moods

    def taken(self) -> list[str]:
        return [text for _, text in self.modem.texts]
