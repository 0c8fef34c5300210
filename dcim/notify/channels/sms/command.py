"""The channel ``sms_command``: a text through the command of a local gateway, one process for each recipient.

Never a shell: what a device calls itself is one argument, or on stdin. The process sees nothing of the
daemon's environment, where secrets may be.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from dcim.notify.channel import (
    ChannelSettings,
    Context,
    Delivered,
    Letter,
    RefusedForGood,
    RetryAfter,
    Verdict,
)
from dcim.notify.channels.sms.done import Done
from dcim.notify.channels.sms.short import Number, short
from dcim.notify.wording import text

_ENVIRON: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
_SHOWN: Final = 200
_READ: Final = 64 * 1024
_LAST_WORD: Final = 2.0
_MOST_EXIT: Final = 255


def _absolute(command: tuple[str, ...]) -> tuple[str, ...]:
    if not command[0].startswith("/"):
        msg = "the command must be a path from the root: nothing is looked for in a PATH"
        raise ValueError(msg)
    if any("\0" in word for word in command):
        msg = "no argument can hold a zero byte"
        raise ValueError(msg)
    return command


class CommandSettings(ChannelSettings):
    """Keys of an ``sms_command`` channel.

    ``command``: the program and its arguments; ``{to}`` and ``{text}`` in one stand for the number and the
    text. ``text``: whether it comes on stdin too. ``refused``: exit codes that say: never this message.
    """

    command: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_absolute)]
    to: tuple[Number, ...] = Field(min_length=1)
    text: Literal["stdin", "argument"] = "stdin"
    refused: tuple[Annotated[int, Field(ge=1, le=_MOST_EXIT)], ...] = ()
    timeout: float = Field(default=30.0, gt=0, le=300)


class CommandChannel:
    """Starts one process for each recipient, one after the other; exit code 0 is delivered."""

    def __init__(self, settings: CommandSettings, context: Context) -> None:
        self._settings = settings
        self._language = context.language(settings)
        self._done = Done()

    async def send(self, letter: Letter) -> Verdict:
        """Hand a text to the gateway for everybody who has not had it yet."""
        said = short(letter, self._language, answers=False)
        wrong: list[str] = []
        refused = True
        for number in self._done.left(letter, self._settings.to):
            verdict = await self._run(number, said)
            if isinstance(verdict, Delivered):
                self._done.note(letter, number)
                continue
            wrong.append(f"{number}: {verdict.why}")
            refused = refused and isinstance(verdict, RefusedForGood)
        return self._done.verdict(letter, wrong, refused=refused)

    async def _run(self, number: str, said: str) -> Verdict:
        words = [word.replace("{to}", number).replace("{text}", said) for word in self._settings.command]
        given = said.encode() + b"\n" if self._settings.text == "stdin" else None
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=PIPE if given else DEVNULL, stdout=DEVNULL, stderr=PIPE, env=_ENVIRON, cwd="/",
                start_new_session=True,
            )  # fmt: skip
        except OSError as wrong:
            return RetryAfter(f"{words[0]}: {wrong.strerror or wrong}")
        try:
            async with asyncio.timeout(self._settings.timeout):
                complaint = await _finish(process, given)
        except TimeoutError:
            return RetryAfter(f"{words[0]}: no end after {self._settings.timeout:g} s")
        finally:
            await _end(process)
        return self._judge(process.returncode or 0, complaint)

    def _judge(self, code: int, complaint: str) -> Verdict:
        if code == 0:
            return Delivered()
        why = f"exit code {code}" + (f": {complaint}" if complaint else "")
        return RefusedForGood(why) if code in self._settings.refused else RetryAfter(why)

    async def aclose(self) -> None:
        """Nothing is held open."""


async def _finish(process: Process, given: bytes | None) -> str:
    """Give a process its input and return the last line of its complaint, once it has ended."""
    if process.stdin is not None and given is not None:
        with suppress(ConnectionError):  # it may care for its arguments only
            process.stdin.write(given)
            await process.stdin.drain()
        process.stdin.close()
    complaint = b""
    while process.stderr is not None and (chunk := await process.stderr.read(4096)):
        complaint = (complaint + chunk)[-_READ:]
    await process.wait()
    lines = [line for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    return text.clipped(text.line(lines[-1]), _SHOWN) if lines else ""


async def _end(process: Process) -> None:
    """End a process and everything that it started, if it runs still."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORD):
            await process.wait()


class CommandPlugin:
    """What the entry point ``dcim.channels: sms_command`` names."""

    name = "sms_command"
    settings_type = CommandSettings

    def open(self, settings: CommandSettings, context: Context) -> CommandChannel:
        """Return the channel."""
        return CommandChannel(settings, context)


plugin = CommandPlugin()
