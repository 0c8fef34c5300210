"""Servers that behave, servers that do not, a transport without a wire, and a clock that jumps."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
import uvloop
from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerRTU
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.modbus import plugin
from collectors.modbus.asking.options import ModbusOptions
from collectors.modbus.collecting.collector import ModbusCollector
from collectors.modbus.known.library import SHIPPED
from collectors.modbus.recordings.recording import Recording, read
from collectors.modbus.transport.contract import Denied, Framing, Link, Lost, Read, Space
from dcim.model import Address, Asset, Batch, Kind

T = TypeVar("T")

_ON_BOTH_LOOPS = {"test_transport", "test_faults", "test_connection", "test_serial"}
"""Whatever touches the wire is tested on uvloop too: the daemon runs on it, and it is less forgiving."""


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the tests of the wire on both loops, the others on the plain one."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.path.stem in _ON_BOTH_LOOPS:
        factories["uvloop"] = uvloop.new_event_loop
    return factories


class VirtualLoop(asyncio.SelectorEventLoop):
    """Instead of waiting, its time goes on to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 1000.0
        self._real = self._selector.select
        self._selector.select = self._skip

    def time(self) -> float:
        return self._ahead

    def _skip(self, timeout: float | None = None) -> Any:
        if timeout:
            self._ahead += timeout
        return self._real(0 if timeout is not None else None)


class LoopClock:
    def now(self) -> float:
        return 1_800_000_000 + asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@pytest.fixture
def virtual() -> Callable[[Coroutine[Any, Any, T]], T]:
    """Run a coroutine to its end on virtual time."""

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(coroutine)

    return run


class Wire:
    """A transport without a wire. ``units`` says what each unit does with a read; others are silent."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.units: dict[int, Callable[[Read], bytes | Exception | Awaitable[bytes]]] = {}
        self.objects: dict[int, Mapping[int, str]] = {}
        self.asked: list[tuple[float, int, Read | None]] = []
        self.connects: list[float] = []
        self.refuses_connection: Exception | None = None
        self.connected = False
        self.busy = 0
        self.most_at_once = 0

    async def connect(self, deadline: float) -> None:
        self.connects.append(asyncio.get_running_loop().time())
        if self.refuses_connection is not None:
            raise self.refuses_connection
        self.connected = True

    async def read(self, unit: int, read: Read, deadline: float) -> bytes:
        self.asked.append((asyncio.get_running_loop().time(), unit, read))
        self.busy += 1
        self.most_at_once = max(self.busy, self.most_at_once)
        try:
            return await self._do(unit, read, deadline)
        finally:
            self.busy -= 1

    async def _do(self, unit: int, read: Read, deadline: float) -> bytes:
        from dcim.model import NoAnswer

        if not self.connected:
            raise Lost("not connected")
        behave = self.units.get(unit)
        try:
            async with asyncio.timeout_at(deadline):
                if behave is None:
                    await asyncio.sleep(3600)
                    raise AssertionError
                done = behave(read)
                if isinstance(done, Exception):
                    raise done
                return done if isinstance(done, bytes) else await done
        except TimeoutError:
            raise NoAnswer(f"unit {unit}: no answer in time") from None

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        self.asked.append((asyncio.get_running_loop().time(), unit, None))
        if unit not in self.objects:
            raise Denied(1, "identification")
        return self.objects[unit]

    def close(self) -> None:
        self.connected = False

    def times(self, unit: int) -> list[float]:
        return [at for at, who, _ in self.asked if who == unit]

    def reads(self, unit: int) -> list[Read]:
        return [asked for _, who, asked in self.asked if who == unit and asked is not None]


def holding(recording: Recording) -> Callable[[Read], bytes | Exception]:
    """Answer from a recording, and with exception 2 where it has nothing."""

    def answer(asked: Read) -> bytes | Exception:
        found = recording.answer(asked)
        return Denied(2, str(asked)) if found is None else found

    return answer


class _Context:
    """What a pymodbus server serves: recordings, by unit."""

    def __init__(self, units: Mapping[int, Recording]) -> None:
        self._units = units

    async def async_getValues(self, unit: int, function: int, address: int, count: int = 1) -> Any:
        if unit not in self._units:
            return ExcCodes.GATEWAY_NO_RESPONSE
        space = Space(function)
        cells = self._units[unit].cells.get(space, {})
        wanted = range(address, address + count)
        if any(at not in cells for at in wanted):
            return ExcCodes.ILLEGAL_ADDRESS
        values = [cells[at] for at in wanted]
        return values if space.has_words else [bool(value) for value in values]

    async def async_setValues(self, *_: Any) -> Any:
        raise AssertionError("somebody writes")

    def device_ids(self) -> list[int]:
        return list(self._units)


def _device() -> SimDevice:
    return SimDevice(1, simdata=[SimData(0, values=[0], datatype=DataType.REGISTERS)])


class Servers:
    """Starts servers on free ports of the loopback and stops them."""

    def __init__(self) -> None:
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def pymodbus(
        self, units: Mapping[int, Recording], framing: Framing = Framing.TCP, vendor: str = "Acme"
    ) -> Link:
        """Serve recordings with pymodbus's own server."""
        identity = ModbusDeviceIdentification(
            info_name={
                "VendorName": vendor,
                "ProductCode": "P1",
                "MajorMinorRevision": "1.2",
                "ModelName": "M1",
            }
        )
        if framing is Framing.SERIAL:
            return await self._serial(units, identity)
        framer = FramerType.SOCKET if framing is Framing.TCP else FramerType.RTU
        server = ModbusTcpServer(_device(), framer=framer, address=("127.0.0.1", 0), identity=identity)
        server.context = _Context(units)
        await server.serve_forever(background=True)
        self._closers.append(server.shutdown)
        return Link("127.0.0.1", server.transport.sockets[0].getsockname()[1], framing)

    async def _serial(self, units: Mapping[int, Recording], identity: Any) -> Link:
        if shutil.which("socat") is None:
            pytest.skip("socat is not installed")
        import tempfile

        folder = Path(tempfile.mkdtemp(prefix="dcim-serial-"))
        ours, theirs = folder / "a", folder / "b"
        socat = await asyncio.create_subprocess_exec(
            "socat", f"pty,raw,echo=0,link={ours}", f"pty,raw,echo=0,link={theirs}"
        )
        while not (ours.exists() and theirs.exists()):
            await asyncio.sleep(0.01)
        server = ModbusSerialServer(
            _device(), framer=FramerType.RTU, port=str(theirs), baudrate=115200, identity=identity
        )
        server.context = _Context(units)
        await server.serve_forever(background=True)

        async def stop() -> None:
            await server.shutdown()
            socat.terminate()
            await socat.wait()
            shutil.rmtree(folder)

        self._closers.append(stop)
        return Link(str(ours), 0, Framing.SERIAL, 115200, "N", 1)

    async def raw(
        self,
        answer: Callable[[bytes, asyncio.StreamWriter], Awaitable[None]],
        framing: Framing = Framing.TCP,
    ) -> Link:
        """Serve whatever ``answer`` writes for each chunk that comes."""
        tasks: set[asyncio.Task[Any]] = set()

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(asyncio.current_task())  # type: ignore[arg-type]
            try:
                while chunk := await reader.read(4096):
                    await answer(chunk, writer)
            except (ConnectionError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(connection, "127.0.0.1", 0)

        async def stop() -> None:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()

        self._closers.append(stop)
        return Link("127.0.0.1", server.sockets[0].getsockname()[1], framing)

    async def stop(self) -> None:
        for close in reversed(self._closers):
            await close()


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    started = Servers()
    yield started
    await started.stop()


def tcp_frame(request: bytes, pdu: bytes, unit: int | None = None, transaction: int | None = None) -> bytes:
    """Return a Modbus TCP answer to a request, bent where told."""
    number = request[:2] if transaction is None else transaction.to_bytes(2, "big")
    who = request[6] if unit is None else unit
    return number + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes([who]) + pdu


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """Return an RTU frame with its checksum."""
    body = bytes([unit]) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def words(*values: int, function: int = 3) -> bytes:
    """Return the PDU that answers a read of registers."""
    return bytes([function, 2 * len(values)]) + b"".join(value.to_bytes(2, "big") for value in values)


def asset(link: Link, unit: int | None = 1, profile: str = "", name: str = "x", **more: Any) -> Asset:
    """Return a device at the end of a link."""
    options = ModbusOptions(
        unit=unit,
        framing=link.framing,
        baudrate=link.baudrate,
        parity=link.parity,
        stop_bits=link.stop_bits,
        **{key: more.pop(key) for key in ("pause", "address_offset", "max_registers") if key in more},
    )
    address = Address(link.host, link.port)
    profiles = (profile,) if profile else ()
    return Asset(name, name, Kind.METER, "modbus", address, profiles, options=options, **more)


def image(name: str) -> Recording:
    """Return a shipped image: ``deepsea_gencomm/running``."""
    return read(SHIPPED / f"{name}.regs")


def plain(batches: tuple[Batch, ...]) -> dict[str, Any]:
    """Return readings by metric and labels: number, word, or the reason of the gap in brackets."""
    found: dict[str, Any] = {}
    for batch in batches:
        for slot, point in enumerate(batch.layout.points):
            reading = batch.reading(slot)
            name = ",".join([point.metric, *(value for _, value in point.labels)])
            value = reading.value if reading.state is None else reading.state
            found[name] = f"[{reading.gap.reason}]" if reading.gap else value
    return found


@pytest.fixture
def kit() -> SimpleNamespace:
    """Everything above that is no fixture."""
    return SimpleNamespace(
        Wire=Wire,
        LoopClock=LoopClock,
        holding=holding,
        tcp_frame=tcp_frame,
        rtu_frame=rtu_frame,
        words=words,
        asset=asset,
        image=image,
        plain=plain,
        collector=lambda make, folders=(): ModbusCollector(plugin.library(folders), make, LoopClock()),
    )


@pytest.fixture
def live() -> Callable[[bool, str], None]:
    """Skip a live test whose server is missing, or fail where live tests are required."""

    def need(there: bool, what: str) -> None:
        if there:
            return
        if os.environ.get("DCIM_LIVE") == "require":
            pytest.fail(what)
        pytest.skip(what)

    return need
