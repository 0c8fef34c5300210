"""The far side of every channel, as a stand-in that takes, refuses, is busy, says nothing, or is not there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dcim.notify import Channel, Context
from dcim.notify.channels import log
from tests.waiting import free_port


class Mood:
    """What a stand-in does with the next message; 'take' when nothing more is said."""

    TAKE = "take"
    REFUSE = "refuse"
    BUSY = "busy"
    BROKEN = "broken"
    SILENT = "silent"


CALM = 20.0
"""Seconds that a channel waits where its far side does answer: no load of the machine is taken for silence."""


class Rig(Protocol):
    """A channel beside the far side that it talks to."""

    secrets: tuple[str, ...]
    can: frozenset[str]  # the moods that its protocol knows
    asks_for: float | None  # the seconds that a busy far side asks for, where its protocol can
    for_machines: bool  # JSON that says what the device says, as it says it

    async def up(self) -> None: ...

    async def down(self) -> None: ...

    def open(self, context: Context, **more: Any) -> Channel: ...  # ``timeout`` where it can be silent

    def moods(self, *moods: str) -> None: ...

    def taken(self) -> list[str]: ...


Judge = Callable[[dict[str, str], Any], tuple[int, bytes] | None]


@dataclass
class HttpFarSide:
    """An HTTP server that checks what it gets as the real one does, and does with it as it is told."""

    check: Judge = lambda _headers, _body: None
    took: int = 200
    port: int = field(default_factory=free_port)
    mood: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    gets: dict[str, Any] = field(default_factory=dict)
    echo: str = ""
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.close()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")[:-2]
                headers = {name.lower(): text for name, text in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split()
                if method == "GET":
                    said = json.dumps(self.gets.get(path.partition("?")[0], [])).encode()
                    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said))
                    continue
                answer = self._answer(headers, json.loads(body))
                if answer is None:
                    await reader.read()
                    return
                status, extra, text = answer
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n{extra}\r\n".encode() + text
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def _answer(self, headers: dict[str, str], body: Any) -> tuple[int, str, bytes] | None:
        mood = self.mood.pop(0) if self.mood else Mood.TAKE
        if mood == Mood.SILENT:
            return None
        if mood == Mood.BUSY:
            return 429, "Retry-After: 7\r\n", b"slow down " + self.echo.encode()
        if mood == Mood.BROKEN:
            return 500, "", b"oops " + self.echo.encode()
        if mood == Mood.REFUSE:
            return 400, "", b"no " + self.echo.encode()
        if (wrong := self.check(headers, body)) is not None:
            return wrong[0], "", wrong[1]
        self.headers.append(headers)
        self.bodies.append(body)
        return self.took, "", b"ok"


@dataclass
class HttpRig:
    """A channel over HTTP beside its stand-in. ``settings`` are made from the stand-in's address."""

    plugin: Any
    settings: Callable[[str], dict[str, Any]]
    far: HttpFarSide
    secrets: tuple[str, ...] = ()
    can: frozenset[str] = frozenset({Mood.TAKE, Mood.REFUSE, Mood.BUSY, Mood.BROKEN, Mood.SILENT})
    asks_for: float | None = 7.0
    for_machines: bool = False

    def __post_init__(self) -> None:
        self.far.echo = " ".join(self.secrets)

    async def up(self) -> None:
        await self.far.up()

    async def down(self) -> None:
        await self.far.down()

    def open(self, context: Context, **more: Any) -> Channel:
        wanted = {"timeout": CALM, **self.settings(f"http://127.0.0.1:{self.far.port}"), **more}
        channel: Channel = self.plugin.open(self.plugin.settings_type(**wanted), context)
        return channel

    def moods(self, *moods: str) -> None:
        self.far.mood[:] = moods

    def taken(self) -> list[str]:
        return [json.dumps(body, ensure_ascii=False) for body in self.far.bodies]


@dataclass
class FileRig:
    """The log channel: its far side is a file, away while its folder is."""

    folder: Path
    secrets: tuple[str, ...] = ()
    can: frozenset[str] = frozenset({Mood.TAKE})
    asks_for: float | None = None
    for_machines: bool = True

    async def up(self) -> None:
        if (self.folder / "away").exists():
            (self.folder / "away").rename(self.folder / "logs")
        (self.folder / "logs").mkdir(exist_ok=True)

    async def down(self) -> None:
        if (self.folder / "logs").exists():
            (self.folder / "logs").rename(self.folder / "away")

    def open(self, context: Context, **more: Any) -> Channel:
        return log.plugin.open(log.LogSettings(file=self.folder / "logs" / "alerts.jsonl", **more), context)

    def moods(self, *moods: str) -> None:
        assert set(moods) <= {Mood.TAKE}

    def taken(self) -> list[str]:
        files = [self.folder / name / "alerts.jsonl" for name in ("away", "logs")]
        return [line for file in files if file.exists() for line in file.read_text().splitlines()]
