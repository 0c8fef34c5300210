"""A serial line that is torn out and plugged in again, as a USB adapter is. Pains: C9.

The line is a pair of pseudo terminals; its name stays while what it leads to goes and comes.
"""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.modbus.asking.bus import Bus, Manner, NotAsked, Tally
from collectors.modbus.transport.contract import Framing, Link, Read, Space
from collectors.modbus.transport.pymodbus import PymodbusTransport
from collectors.modbus.transport.wire import Wire
from dcim.model import NoAnswer

ONE = Read(Space.HOLDING, 10)
MANNER = Manner(timeout=0.5)
CALM = Manner(timeout=20.0)  # of a line that works, however busy the machine is


class Line:
    """A serial line with two units on it, which can be torn out."""

    def __init__(self, path: Path, kit: Any) -> None:
        self.link = Link(str(path), 0, Framing.SERIAL, 115200, "N", 1)
        self.asked = 0
        self.answers = True
        self._path = path
        self._kit = kit
        self._far = -1
        self._near = -1

    def plug(self) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._far)
        tty.setraw(self._near)
        self._path.symlink_to(os.ttyname(self._near))
        asyncio.get_running_loop().add_reader(self._far, self._heard)

    def tear(self) -> None:
        """Take away the line and its name."""
        if self._far >= 0:
            asyncio.get_running_loop().remove_reader(self._far)
            os.close(self._far)
            os.close(self._near)
            self._far = -1
            self._path.unlink()

    def _heard(self) -> None:
        question = os.read(self._far, 256)
        self.asked += 1
        if self.answers:
            unit, count = question[0], question[5]
            os.write(self._far, self._kit.rtu_frame(unit, self._kit.words(*[unit] * count)))


@pytest.fixture
async def line(tmp_path: Path, kit: Any) -> Any:
    made = Line(tmp_path / "ttyUSB0", kit)
    made.plug()
    yield made
    made.tear()


@pytest.fixture
def bus(line: Line) -> Iterator[Bus]:
    made = Bus(line.link, PymodbusTransport(line.link))
    yield made
    made.close()


def soon(seconds: float = 60.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def ask(bus: Bus, unit: int = 1, manner: Manner = MANNER) -> int:
    return int.from_bytes(await bus.read(unit, ONE, manner, soon(), Tally()), "big")


async def until(read: Callable[[], Any]) -> Any:
    """Return what comes as soon as something does: within as many tries as a back-off of 5 s may need."""
    for _ in range(100):
        try:
            return await read()
        except NoAnswer:
            await asyncio.sleep(0.1)
    pytest.fail("the line did not come back")


async def test_a_line_that_is_torn_out_and_plugged_in_again_is_read_again(line: Line, bus: Bus) -> None:
    assert await ask(bus, 1, CALM) == 1
    line.tear()
    for _ in range(3):
        with pytest.raises(NoAnswer):
            await ask(bus)
    asked = line.asked
    with pytest.raises(NotAsked, match="ttyUSB0"):
        await ask(bus)
    line.plug()
    assert await until(lambda: ask(bus)) == 1
    assert await ask(bus, 2, CALM) == 2
    assert line.asked >= asked + 2


async def test_a_line_that_is_torn_out_in_the_middle_of_a_question_ends_it_as_no_answer(
    line: Line, bus: Bus
) -> None:
    assert await ask(bus, 1, CALM) == 1
    line.answers = False
    question = asyncio.create_task(ask(bus))
    while line.asked < 2:
        await asyncio.sleep(0.01)
    line.tear()
    with pytest.raises(NoAnswer):
        await question
    line.answers = True
    line.plug()
    assert await until(lambda: ask(bus)) == 1


async def test_a_line_that_was_exchanged_between_two_questions_is_opened_anew(line: Line, bus: Bus) -> None:
    """The name leads elsewhere at once: nobody saw it gone."""
    for _ in range(3):
        assert await until(lambda: ask(bus)) == 1
        line.tear()
        line.plug()
    assert await until(lambda: ask(bus, 2)) == 2


async def test_a_line_that_was_not_there_at_the_start_is_read_once_it_is(line: Line, bus: Bus) -> None:
    line.tear()
    with pytest.raises(NoAnswer, match="ttyUSB0"):
        await ask(bus)
    line.plug()
    assert await until(lambda: ask(bus)) == 1


async def test_a_port_that_cannot_do_what_is_asked_of_it_is_told_with_what_that_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many adapters, and every pseudo terminal, know no parity."""

    async def refuses(_wire: Wire) -> bool:
        raise termios.error(22, "Invalid argument")

    monkeypatch.setattr(Wire, "connect", refuses)
    port = PymodbusTransport(Link("/dev/ttyUSB0", 0, Framing.SERIAL, 19200, "E", 1))
    with pytest.raises(NoAnswer) as told:
        await port.connect(asyncio.get_running_loop().time() + 1.0)
    assert str(told.value) == (
        "/dev/ttyUSB0: the serial port refuses 19200 baud, parity E, 1 stop bits (Invalid argument)"
    )
