"""Modbus TCP devices on pymodbus's server: a device alone, or several behind a gateway."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.exceptions import NoSuchIdException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusTcpServer

from dcim.record import dataclass
from dcim.simulator.cells import Place, Space

_SPACES: Final = {1: Space.COIL, 2: Space.DISCRETE, 3: Space.HOLDING, 4: Space.INPUT}
"""What a simulated device takes: the four functions that read."""
DEAD_UNIT_AFTER: Final = 0.5
"""Seconds that a gateway waits for a dead unit before it says so."""


@dataclass(slots=True, eq=False)
class Unit:
    """One device behind an address: what it says and how patient it is.

    ``words`` gives every register and bit it has now; ``patience`` the seconds until it answers, or None.
    ``dead``: it has no power, so that a gateway can say that it does not answer.
    """

    name: str
    words: Callable[[], Mapping[Place, int]]
    patience: Callable[[], float | None]
    dead: Callable[[], bool]
    questions: int = 0


class _Silence(NoSuchIdException):
    """Makes the server say nothing."""


class _Registers(ModbusServerContext):
    """Answers from what the units say, in place of pymodbus's own store."""

    def __init__(self, units: Mapping[int, Unit], *, gateway: bool) -> None:
        self.old_simulator = True  # pymodbus's word for a store that answers by itself
        self.simdevices = []
        self._units = units
        self._gateway = gateway

    async def async_getValues(
        self, device_id: int, func_code: int, address: int, count: int = 1
    ) -> list[int] | list[bool] | ExcCodes:
        """Read from a unit; unknown places are an illegal address, whole requests at a time."""
        unit = await self.wait_for(device_id)
        space = _SPACES.get(func_code)
        if unit is None or space is None:
            return ExcCodes.GATEWAY_NO_RESPONSE if unit is None else ExcCodes.ILLEGAL_FUNCTION
        return _read(unit.words(), space, address, count)

    async def wait_for(self, device_id: int) -> Unit | None:
        """Return the unit when it is ready to answer, None where a gateway says that nobody will."""
        unit = self._units.get(device_id)
        if unit is None:
            return None
        unit.questions += 1
        patience = unit.patience()
        if patience is None:
            if not (self._gateway and unit.dead()):
                raise _Silence(unit.name)
            await asyncio.sleep(DEAD_UNIT_AFTER)
            return None
        if patience > 0:
            await asyncio.sleep(patience)
        return unit

    async def async_setValues(
        self, device_id: int, func_code: int, address: int, values: Sequence[int] | Sequence[bool]
    ) -> ExcCodes:
        """Refuse to be written."""
        return ExcCodes.ILLEGAL_FUNCTION

    def device_ids(self) -> list[int]:
        """Return the units that are there."""
        return list(self._units)


class _Identify(ModbusPDU):
    """Function 43/14, which none of these devices knows: without it pymodbus would answer for itself."""

    function_code = 0x2B
    rtu_frame_size = 7

    def decode(self, data: bytes) -> None:
        """Take any question."""

    async def datastore_update(self, context: ModbusServerContext, device_id: int) -> ModbusPDU:
        """Say that there is no such function, as patiently as the unit is."""
        unit = await context.wait_for(device_id) if isinstance(context, _Registers) else None
        code = ExcCodes.GATEWAY_NO_RESPONSE if unit is None else ExcCodes.ILLEGAL_FUNCTION
        return ExceptionResponse(self.function_code, code)


def _read(
    words: Mapping[Place, int], space: Space, address: int, count: int
) -> list[int] | list[bool] | ExcCodes:
    try:
        values = [words[space, address + offset] for offset in range(count)]
    except KeyError:
        return ExcCodes.ILLEGAL_ADDRESS
    return [bool(value) for value in values] if space in (Space.COIL, Space.DISCRETE) else values


class Gateway:
    """One Modbus TCP address."""

    def __init__(self, name: str, units: Mapping[int, Unit], host: str, port: int, *, gateway: bool) -> None:
        self.name = name
        self.units = units
        self.address = (host, port)
        self._gateway = gateway
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Listen; port 0 takes any free one and keeps it. Raise OSError if the address is taken."""
        server = ModbusTcpServer(
            _Registers(self.units, gateway=self._gateway),
            address=self.address,
            ignore_missing_devices=True,
            custom_pdu=[_Identify],
        )
        if not await server.listen():
            msg = f"cannot listen on {self.address[0]}:{self.address[1]}"
            raise OSError(msg)
        assert isinstance(server.transport, asyncio.Server)  # noqa: S101  # what listen() of TCP makes
        port = next(sock for sock in server.transport.sockets if sock.family == socket.AF_INET)
        self.address = port.getsockname()[:2]
        self._server = server

    def hang_up(self) -> None:
        """Close every connection, as a restart does."""
        if self._server is not None:
            for connection in list(self._server.active_connections.values()):
                connection.close()

    async def stop(self) -> None:
        """Close the address."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
            self._server = None
