"""One timer for all questions of a connection: each ends at its own deadline, neither sooner nor later."""

from __future__ import annotations

import asyncio

import pytest

from collectors.modbus.transport.contract import Framing, Link, Lost
from collectors.modbus.transport.wire import Expired, Wire


class Line:
    """What pymodbus opens, without a far end."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, frame: bytes) -> None:
        self.sent.append(frame)

    def close(self) -> None:
        return

    def is_closing(self) -> bool:
        return False


def made(heard: list[bool] | None = None) -> Wire:
    changed = heard.append if heard is not None else lambda _: None
    wire = Wire(Link("x", 1), lambda data: (len(data), data) if len(data) >= 4 else (0, None), changed)
    wire.transport = Line()
    return wire


def now() -> float:
    return asyncio.get_running_loop().time()


async def end_of(question: asyncio.Future[bytes]) -> tuple[bytes | type[BaseException], float]:
    try:
        return await question, now()
    except (Expired, Lost) as exc:
        return type(exc), now()


@pytest.mark.parametrize("limits", [[3.0], [3.0, 1.0], [1.0, 3.0], [3.0, 1.0, 2.0], [0.5, 0.5, 4.0, 0.1]])
def test_a_question_without_an_answer_ends_at_its_deadline(virtual, limits):
    """Whatever the deadlines of those before it were. Pains: C9."""

    async def story():
        wire = made()
        for limit in limits:
            start = now()
            assert await end_of(wire.ask(b"q", start + limit)) == (Expired, pytest.approx(start + limit))

    virtual(story())


def test_a_timer_of_an_answered_question_does_not_end_the_next_one(virtual):
    """Pains: A9."""

    async def story():
        wire = made()
        start = now()
        for step in range(1, 40):  # the first deadline passes while a later question is under way
            question = wire.ask(b"q", now() + 1.0)
            await asyncio.sleep(0.3)
            wire.data_received(b"%04d" % step)
            assert await end_of(question) == (b"%04d" % step, pytest.approx(start + 0.3 * step))

    virtual(story())


def test_a_deadline_that_has_passed_ends_the_question_at_once(virtual):
    async def story():
        wire = made()
        start = now()
        assert await end_of(wire.ask(b"q", start - 1)) == (Expired, start)
        assert await end_of(wire.ask(b"q", start + 1)) == (Expired, pytest.approx(start + 1))

    virtual(story())


def test_a_question_that_was_given_up_leaves_nothing_to_the_next(virtual):
    """Pains: C10."""

    async def story():
        wire = made()
        asked = asyncio.ensure_future(end_of(wire.ask(b"q", now() + 5)))
        await asyncio.sleep(1)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        wire.data_received(b"late")
        start = now()
        assert await end_of(wire.ask(b"q", start + 1)) == (Expired, pytest.approx(start + 1))

    virtual(story())


def test_parts_of_an_answer_are_put_together_and_of_too_much_the_end_is_looked_at(virtual):
    async def story():
        wire = made()
        question = wire.ask(b"q", now() + 5)
        for part in (b"a", b"b", b"c"):
            wire.data_received(part)
            assert not question.done()
        wire.data_received(b"d")
        assert await question == b"abcd"
        looked_at: list[bytes] = []
        wire._take = lambda data: looked_at.append(data) or (0, None)
        wire.ask(b"q", now() + 5)
        wire.data_received(b"x" * 3000)
        wire.data_received(b"y")
        assert looked_at == [b"x" * 2048, b"x" * 2047 + b"y"]
        assert wire.recv_buffer == looked_at[-1]  # a silence after it is none
        wire.forget()

    virtual(story())


def test_what_is_left_of_an_earlier_answer_is_forgotten_when_a_question_is_sent(virtual):
    async def story():
        wire = made()
        wire.data_received(b"abc")
        question = wire.ask(b"q", now() + 5)
        wire.data_received(b"wxyz")
        assert await question == b"wxyz"
        wire.forget()

    virtual(story())


def test_the_end_of_a_line_is_told_and_ends_the_question_when_it_is_ended(virtual):
    async def story():
        heard: list[bool] = []
        wire = made(heard)
        wire.connection_made(Line())
        question = wire.ask(b"q", now() + 5)
        wire.connection_lost(None)
        assert heard == [True, False]
        wire.end(Lost("gone"))
        wire.end(Lost("again"))
        assert (await end_of(question))[0] is Lost
        wire.forget()
        assert wire.transport is None

    virtual(story())


def test_nothing_is_served(virtual):
    async def story():
        wire = Wire(Link("/dev/x", 0, Framing.SERIAL), lambda data: (0, None), lambda _: None)
        assert wire.callback_new_connection() is wire
        assert wire.callback_data(b"abc") == 0
        wire.end(Lost("nobody asked"))

    virtual(story())
