"""Who gets no reading is told what to look at: by what came instead of it, and by silence only where it was silent."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from typer import BadParameter
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.onboarding.advice import told
from dcim.cli.onboarding.attempts import Attempt, Nobody, Outcome, ask
from dcim.cli.onboarding.probe import parse_address
from dcim.collect import Ask, Collected, CollectorPlugin
from dcim.model import Address, Asset, BadAnswer, Kind, NoAnswer, PollError, Refused, Sign

SILENCE = "Nothing came back."


def exception(code: int) -> Callable[[bytes], bytes]:
    return lambda asked: asked[:4] + struct.pack(">HBBB", 3, asked[6], asked[7] | 0x80, code)


INSTEAD: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "no way": (exception(10), "no way to this unit", "exception 10"),
    "not behind": (exception(11), "the unit behind it does not", "exception 11"),
    "failing": (exception(4), "answers every question with a failure", "exception 4"),
    "busy": (exception(6), "has no time", "exception 6"),
    "hangs up": (lambda _: b"", "ends the connection instead of answering", "closed"),
    "a web server": (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "another protocol", "not Modbus TCP"),
    "a flood": (lambda _: b"\x41" * 9000, "another protocol", "not Modbus TCP"),
    "frames too long": (
        lambda asked: asked[:4] + b"\xff\xff" + asked[6:8] + b"A" * 70_000,
        "another protocol",
        "not Modbus TCP",
    ),
    "another unit": (
        lambda asked: exception(2)(asked[:6] + b"\x09" + asked[7:]),
        "what was not asked",
        "unit 9",
    ),
}


@contextlib.contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """Serve one connection after another; an empty answer ends it. Yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                while (asked := connection.recv(300)) and (said := answer(asked)):
                    connection.sendall(said)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize("name", INSTEAD)
def test_what_came_instead_of_an_answer_is_what_is_told(name: str) -> None:
    """Pains: C8, C9."""
    answer, advice, why = INSTEAD[name]
    with server(answer) as port:
        words = ["probe", f"127.0.0.1:{port}", "--protocol", "modbus", "--timeout", "0.5"]
        done = CliRunner().invoke(build(["probe", "check"]), words, env={"COLUMNS": "400"})
    assert done.exit_code == 1
    assert why in done.output
    assert advice in done.output
    assert SILENCE not in done.output


@pytest.mark.parametrize("sign", Sign)
def test_every_sign_has_something_to_look_at(sign: Sign) -> None:
    first, head, *causes = told([Outcome("Modbus", BadAnswer("x", sign=sign))], "a", user=None)
    assert first == "a: Modbus: bad answer: x"
    assert head[-1] not in "-"
    assert len(causes) > 1
    assert all(cause.startswith("  - ") for cause in causes)


def test_a_sign_counts_more_than_the_silence_of_other_ways_and_is_told_once() -> None:
    silent = Outcome("SNMP v2c", NoAnswer("nothing came back"))
    hung_up = Outcome("Modbus", NoAnswer("closed", sign=Sign.HUNG_UP))
    lines = list(told([silent, hung_up, hung_up], "a", user=None))
    assert sum("ends the connection" in line for line in lines) == 1
    assert not any(SILENCE in line for line in lines)


class Greeted:
    """A device that answers the first question and no other."""

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        return Collected()

    async def identify(self, *_: object) -> object:
        raise NoAnswer("nothing in time")

    async def aclose(self) -> None:
        pass

    def open(self, *_: object) -> Greeted:
        return self


async def test_who_answered_the_first_question_is_not_called_silent() -> None:
    asset = Asset("x", "x", Kind.SENSOR, "snmp", Address("192.0.2.1"), timeout=0.1)
    way = Attempt("SNMP v2c", cast("CollectorPlugin", Greeted()), asset, says_hello=True)
    with pytest.raises(Nobody) as nobody:
        await ask([way], (), 0.1)
    lines = list(told(nobody.value.outcomes, "a", user=None))
    assert lines[0] == "a: SNMP v2c: it answers, but too slowly to say who it is in 0 s"
    assert any("--timeout" in line for line in lines)
    assert not any(SILENCE in line for line in lines)


def test_an_error_has_the_sign_of_the_one_behind_it_unless_it_has_its_own() -> None:
    def raised(error: PollError, behind: Exception) -> PollError:
        try:
            raise error from behind
        except PollError as caught:
            return caught

    busy = BadAnswer("x", sign=Sign.BUSY)
    assert raised(Refused("y"), busy).sign is Sign.BUSY
    assert raised(Refused("y", sign=Sign.CANNOT), busy).sign is Sign.CANNOT
    assert raised(Refused("y"), ValueError("z")).sign is None
    assert str(raised(NoAnswer("y"), busy)) == "y"


@pytest.mark.parametrize("protocol", ["snmp", "modbus"])
def test_a_name_without_an_address_is_told_and_nothing_of_credentials(protocol: str) -> None:
    words = ["probe", "a..b", "--protocol", protocol, "--timeout", "0.5"]
    done = CliRunner().invoke(build(["probe", "check"]), words, env={"COLUMNS": "400"})
    assert done.exit_code == 1
    assert "no such host" in done.output
    assert "the name has no address" in done.output
    assert SILENCE not in done.output


@pytest.mark.parametrize(
    "text", ["[::1", "::1]", "[]", "[::1]x", "[::1]161", "a b", "[a]]", "h:65536", "h:x", ""]
)
def test_what_is_no_address_is_told_as_that(text: str) -> None:
    with pytest.raises(BadParameter, match="expected HOST"):
        parse_address(text)


def test_brackets_are_taken_off_an_address() -> None:
    assert [parse_address(text) for text in ("[::1]:161", "[::1]", "::1", "h:7", "h")] == [
        Address("::1", 161), Address("::1", 0), Address("::1", 0), Address("h", 7), Address("h", 0),
    ]  # fmt: skip
