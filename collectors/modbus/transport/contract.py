"""The contract of everything that carries Modbus questions: read, and read who is there. Nothing writes.

``pymodbus.PymodbusTransport`` is one connection: to a TCP host, to a serial server that speaks RTU,
or to a serial line. ``bus.Bus`` owns it, and with it every decision about when to ask and when to give up.

    transport = PymodbusTransport(Link("10.0.0.9", 502))
    await transport.connect(loop.time() + 2)
    words = await transport.read(1, Read(Space.HOLDING, 3027, 6), loop.time() + 1)     # 12 bytes, as sent
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, Final, Protocol

from dcim.model import NoAnswer, Refused, Sign

LAST_ADDRESS: Final = 65535
"""The highest address there is: Modbus application protocol 1.1b3, 4.4."""


class Space(IntEnum):
    """The four tables of a Modbus device. The number is the function code that reads the table."""

    COIL = 1
    DISCRETE = 2
    HOLDING = 3
    INPUT = 4

    @property
    def has_words(self) -> bool:
        """Whether an address holds 16 bits; else it holds one."""
        return self >= Space.HOLDING

    @property
    def limit(self) -> int:
        """Return the widest read that the protocol allows (1.1b3, 6.1 to 6.4)."""
        return 125 if self.has_words else 2000

    def __str__(self) -> str:
        """Read as the profile writes it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Read:
    """One question: ``count`` addresses of a space, from ``start``."""

    space: Space
    start: int
    count: int = 1

    def __hash__(self) -> int:
        """Return a number that is quick to make: reads are looked up several times in every poll."""
        return self.start << 20 ^ self.count << 4 ^ self.space

    @property
    def stop(self) -> int:
        """Return the first address after the read."""
        return self.start + self.count

    @property
    def size(self) -> int:
        """Return how many bytes of values the answer must have."""
        return 2 * self.count if self.space.has_words else (self.count + 7) // 8

    def __str__(self) -> str:
        """Read as ``holding 3027`` or ``holding 3027..3032``."""
        end = f"..{self.stop - 1}" if self.count > 1 else ""
        return f"{self.space} {self.start}{end}"


class Framing(StrEnum):
    """How questions travel."""

    TCP = "tcp"  # Modbus TCP: a header with a transaction number
    RTU_OVER_TCP = "rtu_over_tcp"  # serial frames through a serial server
    SERIAL = "serial"  # a line of this machine


@dataclass(frozen=True, slots=True)
class Link:
    """One connection, and how to make it. Equal links share one connection."""

    host: str  # or the path of a serial line
    port: int = 0
    framing: Framing = Framing.TCP
    baudrate: int = 19200
    parity: str = "E"
    stop_bits: int = 1

    @property
    def where(self) -> tuple[str, int]:
        """Return what can be opened only once."""
        return self.host, self.port

    @property
    def silence(self) -> float:
        """Return the seconds a serial line must be quiet between frames: 3.5 characters of 11 bits,
        1.75 ms above 19200 baud (Modbus over serial line 1.02, 2.5.1.1)."""
        if self.framing is not Framing.SERIAL:
            return 0.0
        return 0.00175 if self.baudrate > 19200 else 38.5 / self.baudrate

    def __str__(self) -> str:
        """Read as ``10.0.0.9:502`` or ``/dev/ttyS0``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.host if self.framing is Framing.SERIAL else f"{host}:{self.port}"


_MEANINGS: Final = {
    1: "illegal function",
    2: "illegal address",
    3: "illegal value",
    4: "device failure",
    5: "acknowledged, not done",
    6: "busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}
"""Exception codes: Modbus application protocol 1.1b3, 7."""

_SIGNS: Final = {4: Sign.CANNOT, 5: Sign.BUSY, 6: Sign.BUSY, 10: Sign.NO_WAY, 11: Sign.NOT_BEHIND}


class Denied(Refused):
    """The device, or the gateway before it, answered with a Modbus exception."""

    ILLEGAL_FUNCTION: ClassVar[int] = 1
    ILLEGAL_ADDRESS: ClassVar[int] = 2
    ILLEGAL_VALUE: ClassVar[int] = 3
    BUSY: ClassVar[int] = 6
    GATEWAY: ClassVar[frozenset[int]] = frozenset({10, 11})
    LACKS: ClassVar[frozenset[int]] = frozenset({1, 2, 3})
    """It works, and has not what was asked for."""

    def __init__(self, code: int, question: str) -> None:
        self.code = code
        meaning = _MEANINGS.get(code, "not a known code")
        super().__init__(f"{question}: exception {code} ({meaning})", sign=_SIGNS.get(code))


class Lost(NoAnswer):
    """The connection ended before the answer came, or there is none."""


class Transport(Protocol):
    """One connection. One question at a time: its owner sees to that."""

    @property
    def connected(self) -> bool:
        """Whether questions can be asked."""
        ...

    async def connect(self, deadline: float) -> None:
        """Open the connection by ``deadline`` (``loop.time()`` seconds), or raise ``NoAnswer``."""
        ...

    async def read(self, unit: int, read: Read, deadline: float) -> bytes:
        """Return the values as they were sent: ``read.size`` bytes, never those of another question.

        Raises ``Denied`` with the exception code, ``Lost``, ``NoAnswer``, ``BadAnswer``; nothing else.
        """
        ...

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        """Return the identification objects of function 43/14 by number; raises as ``read`` does."""
        ...

    def close(self) -> None:
        """End the connection; a question under way ends as ``Lost``."""
        ...
