"""The channel ``sms_modem``: texts through a GSM modem on a serial line, and ``ACK n`` as an acknowledgement.

The card in the modem is the daemon's own: what comes is read, and deleted with the look after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Annotated, Final, TypeVar

import structlog
from pydantic import Field

from dcim.alerts import Language
from dcim.clock import Clock
from dcim.notify.channel import (
    ChannelSettings,
    Context,
    Delivered,
    Letter,
    Reply,
    RetryAfter,
    Ticked,
    Verdict,
)
from dcim.notify.channels.sms.done import Done
from dcim.notify.channels.sms.modem import NETWORK, Came, Modem, ModemError
from dcim.notify.channels.sms.pdu import Alphabet, parts
from dcim.notify.channels.sms.short import Number, acknowledged, is_one_of, short
from dcim.notify.channels.sms.transport_serial import SerialLine
from dcim.secret import SecretRef, Unresolved
from dcim.settings.values.written import Seconds, fits

T = TypeVar("T")

_REFERENCES: Final = 256
_LONGEST_PIN: Final = 8

_log = structlog.get_logger("dcim.notify")


class ModemSettings(ChannelSettings):
    """Keys of an ``sms_modem`` channel.

    ``parts``: the most texts that one message may cost. ``listen``: how often answers are looked for.
    ``answers_from``: who may acknowledge, those in ``to`` unless said otherwise. ``timeout``: seconds that
    the network may take for one text.
    """

    port: Annotated[str, fits(r"/[^\x00]+", "the path of a serial device, such as /dev/ttyUSB0")]
    baud: int = Field(default=115200, ge=300, le=4_000_000)
    to: tuple[Number, ...] = Field(min_length=1)
    pin: SecretRef | None = None
    alphabet: Alphabet = Alphabet.AUTO
    parts: int = Field(default=3, ge=1, le=10)
    listen: Annotated[Seconds, Field(ge=1, le=3600)] = 15.0
    answers_from: tuple[Number, ...] = ()
    timeout: float = Field(default=NETWORK, gt=0, le=300)


class ModemChannel:
    """Sends to everybody in turn. Delivered: the network took every part; a telephone may be off."""

    def __init__(self, settings: ModemSettings, modem: Modem, language: Language, clock: Clock) -> None:
        self.every = settings.listen
        self._settings = settings
        self._modem = modem
        self._language = language
        self._clock = clock
        self._done = Done()
        self._references = count()
        self._read: list[int] = []  # places whose messages were told: deleted with the next look
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="modem")

    async def send(self, letter: Letter) -> Verdict:
        """Send one text to everybody who has not had it yet."""
        said = short(letter, self._language, answers=True)
        wrong: list[str] = []
        refused = True
        for number in self._done.left(letter, self._settings.to):
            reference = next(self._references) % _REFERENCES
            texts = parts(number, said, reference, self._settings.parts, self._settings.alphabet)
            try:
                await self._in_thread(lambda texts=texts: self._modem.send(texts))  # type: ignore[misc]
            except (ModemError, OSError) as why:
                wrong.append(f"{number}: {why}")
                refused = refused and isinstance(why, ModemError) and why.final
            else:
                self._done.note(letter, number)
        return self._done.verdict(letter, wrong, refused=refused)

    async def tick(self, standing: Sequence[Letter]) -> Ticked:
        """Look for answers; those of the last look were told, and are deleted now."""
        del standing
        try:
            await self._in_thread(lambda: self._modem.forget(self._read))
            self._read = []
            came, rubbish = await self._in_thread(self._modem.came)
        except (ModemError, OSError) as why:
            return Ticked(RetryAfter(str(why)))
        self._read = [*(one.place for one in came), *rubbish]
        return Ticked(Delivered(), tuple(reply for one in came if (reply := self._reply(one)) is not None))

    async def aclose(self) -> None:
        """Let go of the line, once the command that is under way has ended."""
        self._thread.submit(self._modem.close)
        self._thread.shutdown(wait=False)

    def _reply(self, came: Came) -> Reply | None:
        """Return the acknowledgement that came; None, and a line in the log, where it is none."""
        who, said = came.message.sender, came.message.text
        number = acknowledged(said)
        if not is_one_of(who, self._settings.answers_from or self._settings.to):
            _log.warning("a text from somebody who is not in the list", sender=who)
            return None
        if number is None:
            _log.warning("a text that acknowledges nothing", sender=who)
            return None
        return Reply(number, who, said, self._clock.now())

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class ModemPlugin:
    """What the entry point ``dcim.channels: sms_modem`` names."""

    name = "sms_modem"
    settings_type = ModemSettings

    def open(self, settings: ModemSettings, context: Context) -> ModemChannel:
        """Return the channel; raise Unresolved for a missing PIN. The line is opened when it is needed."""
        pin = context.secret(settings.pin) if settings.pin else ""
        if pin and not (pin.isascii() and pin.isdigit() and len(pin) <= _LONGEST_PIN):
            msg = f"{settings.pin}: a PIN is 4 to 8 digits"
            raise Unresolved(msg)
        modem = Modem(lambda: SerialLine(settings.port, settings.baud), pin, settings.timeout)
        return ModemChannel(settings, modem, context.language(settings), context.clock)


plugin = ModemPlugin()
