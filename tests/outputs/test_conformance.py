"""One suite for all outputs: whatever the far side does, every reading is there in the end, once, in order.

The far sides are strict stand-ins: they take no malformed byte, and say no as the real ones are documented to.
"""

from __future__ import annotations

import re
import struct
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import cramjam
import pytest

from dcim import plugins
from dcim.outputs.contract import Context
from dcim.outputs.tally import State
from dcim.outputs.worker import IDLE, Worker

TOKEN = "a-token-of-this-test"


@dataclass
class Said:
    """One answer of a stand-in; ``stored``: it keeps the good lines first. ``status`` 0: it says nothing."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    stored: bool = False


class Malformed(Exception):
    """Bytes that the real one would refuse."""


LINE = re.compile(
    rb"((?:[^\\, \n]|\\.)+)((?:,(?:[^\\,= \n]|\\.)+=(?:[^\\,= \n]|\\.|\\(?=[^,= ]))+)*) value=([-+0-9.e]+) ([0-9]{19})"
)
TAG = re.compile(rb",((?:[^\\,= ]|\\.)+)=((?:[^\\,= ]|\\.)+)")


def unescaped(raw: bytes) -> str:
    return re.sub(rb"\\([,= ])", rb"\1", raw).decode()


def line_protocol(body: bytes) -> Iterator[tuple[str, dict[str, str], int, float]]:
    if not body.endswith(b"\n"):
        raise Malformed("no line end")
    for line in body[:-1].split(b"\n"):
        form = LINE.fullmatch(line)
        if form is None:
            raise Malformed(f"unable to parse {line!r}")
        tags = {unescaped(name): unescaped(value) for name, value in TAG.findall(form[2])}
        yield unescaped(form[1]), tags, int(form[4]) // 1_000_000, float(form[3])


def fields(raw: bytes) -> Iterator[tuple[int, Any]]:
    """Read the fields of a protobuf message, without any library: an oracle of its own."""
    at = 0

    def varint() -> int:
        nonlocal at
        shift = number = 0
        while True:
            byte = raw[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(raw):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 1:
            yield key >> 3, struct.unpack("<d", raw[at : at + 8])[0]
            at += 8
        elif key & 7 == 2:
            size = varint()
            yield key >> 3, raw[at : at + size]
            at += size
        else:
            raise Malformed(f"wire type {key & 7}")


def write_request(body: bytes) -> Iterator[tuple[str, dict[str, str], int, float]]:
    try:
        raw = bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as wrong:
        raise Malformed(str(wrong)) from wrong
    for number, series in fields(raw):
        if number != 1:
            raise Malformed(f"field {number}")
        parts = list(fields(series))
        pairs = [tuple(text.decode() for _, text in fields(part)) for key, part in parts if key == 1]
        if pairs != sorted(pairs) or len(dict(pairs)) != len(pairs) or not all(map(all, pairs)):
            raise Malformed(f"labels {pairs}")
        labels = dict(pairs)
        name = labels.pop("__name__")
        for key, part in parts:
            if key == 2:
                sample = dict(fields(part))
                yield name, labels, sample[2], sample[1]


class StandIn:
    """A server that stores what is right; ``says`` are answers that it gives first, one a request."""

    def __init__(self, read: Callable[..., Any], named: Callable[..., Any], *, whole: bool) -> None:
        self.says: deque[Said] = deque()
        self.whole = whole  # one bad line costs the whole request, as with Prometheus; else the line alone
        self.order: list[tuple[Any, int]] = []
        self.stored: dict[tuple[Any, int], float] = {}
        self.requests: list[tuple[str, dict[str, str], int]] = []
        self.most = 1 << 30
        self.bad: Callable[[str, int], str] = lambda _name, _at: ""
        self.token = TOKEN
        self._read, self._named = read, named
        self._hang = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    def start(self) -> None:
        far = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                said = far.answer(self.path, dict(self.headers), body)
                if said.status == 0:
                    far._hang.wait(20)
                    self.close_connection = True
                    return
                text = said.text.encode()
                self.send_response(said.status)
                for name, value in {**said.headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def kill(self) -> None:
        assert self._server is not None
        self._hang.set()
        self._server.shutdown()
        self._server.server_close()
        self._server = None

    def close(self) -> None:
        if self._server is not None:
            self.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Said:
        self.requests.append((path, headers, len(body)))
        if headers.get("Authorization") not in (f"Token {self.token}", f"Bearer {self.token}"):
            return Said(401, '{"code":"unauthorized","message":"unauthorized access"}')
        if len(body) > self.most:
            return Said(413, "too large")
        if headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, 31)
        said = self.says.popleft() if self.says else None
        if said is None or said.stored:
            try:
                refused = self.store(list(self._read(body)))
            except Malformed as wrong:
                return Said(400, f'{{"code":"invalid","message":"{wrong}"}}')
            said = said or refused
        return said

    def store(self, rows: list[tuple[str, dict[str, str], int, float]]) -> Said:
        wrong = [why for name, _, at, _ in rows if (why := self.bad(name, at))]
        for name, labels, at, value in rows:
            if not self.bad(name, at) and not (wrong and self.whole):
                key = self._named(name, labels), at
                if self.stored.setdefault(key, value) != value:
                    raise Malformed(f"another value of {key}")
                self.order.append(key)
        if wrong:
            return Said(400, f"partial write: {wrong[0]}" + ("" if self.whole else f" dropped={len(wrong)}"))
        return Said(204)

    def once(self) -> dict[tuple[Any, int], float]:
        """What is there; fails where a series has gone back in time, but for what came again whole."""
        newest: dict[Any, int] = {}
        seen = set()
        for name, at in self.order:
            if (name, at) not in seen:
                assert newest.get(name, -1) < at, name
                newest[name] = at
                seen.add((name, at))
        return self.stored


@dataclass
class Rig:
    """An output of one type with its far side."""

    type: str
    far: StandIn
    more: dict[str, Any]

    def open(self, plant: Any, **settings: Any) -> Worker:
        plugin = plugins.outputs()[self.type]
        fields = {"url": self.far.url, "start": "oldest", "timeout": 60.0, "token": "env:TOKEN", **self.more}
        shape = plugin.settings_type(**{**fields, **settings})
        context = Context("x", "cas1", lambda _ref: TOKEN, plant.folder / "outputs" / "x", plant.clock)
        output = plugin.open(shape, context)
        cursor = plant.history.cursor("output-x", from_start=True)
        return Worker(cursor, output, plant.book, shape, context)


RIGS: dict[str, tuple[str, Callable[..., Any], bool, str, dict[str, Any]]] = {
    "influxdb": ("influxdb", line_protocol, False, "", {"bucket": "power", "org": "dc"}),
    "influxdb, gzip": ("influxdb", line_protocol, True, "", {"bucket": "power", "gzip": True}),
    "influxdb1": ("influxdb1", line_protocol, False, "", {"database": "power"}),
    "remote_write": ("remote_write", write_request, True, "/api/v1/write", {"stale": False}),
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, name_of: Callable[..., Any]) -> Iterator[Rig]:
    kind, read, whole, path, more = RIGS[request.param]
    far = StandIn(read, name_of, whole=whole)
    yield Rig(kind, far, {**more, "url": f"{far.url}{path}"})
    far.close()


@pytest.fixture
def two(layout):
    return [
        layout(
            "ups_battery_charge_ratio",
            "ups_output_source_state",
            ("ups_input_voltage_volts", {"phase": "L1"}),
        ),
        layout(("pdu_outlet_power_watts", {"outlet": "a b,c=d"}), asset="pdu 1,2=3"),
    ]


async def some(plant, batch, two, seconds=5):
    for _ in range(seconds):
        number = len(plant.told)
        plant.say(
            batch(
                two[0],
                0.5,
                "battery" if number % 3 else "normal",
                None if number % 5 == 0 else 230.0 + number,
                at=plant.clock.at,
            )
        )
        plant.say(batch(two[1], 1e-3 * number, at=plant.clock.at + 0.25))
        await plant.commit()
        plant.clock.at += 1.0


def drain(worker, clock, most=3000):
    for _ in range(most):
        wait = worker.turn()
        if wait == IDLE:
            worker.close()
            return
        clock.at += wait
    pytest.fail("there is no end to it")


async def test_a_page_that_says_200_takes_no_reading(rig, plant, batch, two):
    """A network that wants a login answers everything with 200. Pains: E1."""
    await some(plant, batch, two)
    rig.far.says.append(Said(200, "<html>log in</html>", {"Content-Type": "text/html"}))
    worker = rig.open(plant)
    worker.turn()
    assert worker.tally.state is State.HALTED
    assert "HTTP 200" in worker.tally.why
    drain(worker, plant.clock)
    assert rig.far.once() == plant.expected()


async def test_who_refuses_the_connection_is_called_that(rig, plant, batch, two):
    await some(plant, batch, two, 1)
    worker = rig.open(plant)
    rig.far.kill()
    worker.turn()
    worker.close()
    assert "refused" in worker.tally.why


async def test_every_reading_is_there_once_and_in_order(rig, plant, batch, two):
    """Pains: E1."""
    await some(plant, batch, two)
    drain(rig.open(plant), plant.clock)
    assert rig.far.once() == plant.expected()


BUSY = [
    Said(429, "slow down", {"Retry-After": "3"}),
    Said(503, "", {"Retry-After": "2"}),
    Said(500, "oh"),
    Said(502, "<html>", stored=True),
    Said(408),
]


async def test_busy_and_broken_servers_get_it_later(rig, plant, batch, two):
    """Pains: E1."""
    await some(plant, batch, two)
    rig.far.says.extend(BUSY)
    worker = rig.open(plant, batch=1)
    waited = []
    while rig.far.says:
        waited.append(worker.turn())
        plant.clock.at += waited[-1]
    drain(worker, plant.clock)
    assert rig.far.once() == plant.expected()
    assert worker.tally.retries == len(BUSY)
    assert [wait for wait in waited if wait][:2] == [3.0, 2.0]  # what the server asked for


async def test_a_server_that_never_answers_is_given_up_and_asked_again(rig, plant, batch, two):
    await some(plant, batch, two, 2)
    rig.far.says.append(Said(0))
    worker = rig.open(plant, timeout=0.5)
    worker.turn()
    assert worker.tally.state is State.FAILING
    assert worker.tally.why == "no answer in time"
    plant.clock.at += 1
    drain(worker, plant.clock)
    assert rig.far.once() == plant.expected()


async def test_a_server_that_goes_away_and_comes_back_has_everything(rig, plant, batch, two):
    """Pains: E1."""
    worker = rig.open(plant)
    await some(plant, batch, two)
    drain(worker, plant.clock)
    rig.far.kill()
    await some(plant, batch, two)
    worker = rig.open(plant)
    assert worker.turn() > 0
    assert worker.tally.state is State.FAILING
    await plant.reopen()
    await some(plant, batch, two)
    rig.far.start()
    drain(rig.open(plant), plant.clock)
    assert rig.far.once() == plant.expected()


async def test_locked_out_it_waits_loses_nothing_and_goes_on_by_itself(rig, plant, batch, two):
    await some(plant, batch, two)
    rig.far.token = "another"
    worker = rig.open(plant)
    for _ in range(3):
        plant.clock.at += worker.turn()
    assert worker.tally.state is State.HALTED
    assert "401" in worker.tally.why
    assert TOKEN not in worker.tally.why
    rig.far.token = TOKEN
    drain(worker, plant.clock)
    assert rig.far.once() == plant.expected()
    assert worker.tally.state is State.WORKING


async def test_a_name_that_is_not_there_is_told_and_mended(rig, plant, batch, two):
    await some(plant, batch, two)
    rig.far.says.append(Said(404, '{"code":"not found","message":"bucket \\"power\\" not found"}'))
    worker = rig.open(plant)
    wait = worker.turn()
    assert worker.tally.state is State.HALTED
    assert 'bucket "power" not found' in worker.tally.why.replace('\\"', '"')
    plant.clock.at += wait
    drain(worker, plant.clock)
    assert rig.far.once() == plant.expected()


@pytest.mark.long
async def test_requests_that_are_too_large_are_split_until_they_fit(rig, plant, batch, two):
    await some(plant, batch, two, 20)
    rig.far.most = 900
    worker = rig.open(plant)
    drain(worker, plant.clock)
    assert rig.far.once() == plant.expected()
    assert worker.tally.refused == {}


@pytest.mark.long
async def test_bad_lines_are_set_aside_with_the_reason_and_the_others_go_on(rig, plant, batch, two):
    """What a far side will never take costs nothing else, whether it takes the rest of a request or not."""
    await some(plant, batch, two, 20)
    begin = round(plant.told[0].at * 1000)
    rig.far.bad = lambda name, at: "no such field" if "voltage" in name and at < begin + 7000 else ""
    worker = rig.open(plant)
    drain(worker, plant.clock)
    wanted = {key: value for key, value in plant.expected().items() if not rig.far.bad(key[0][0], key[1])}
    assert rig.far.once() == wanted
    lost = len(plant.expected()) - len(wanted)
    assert sum(worker.tally.refused.values()) == lost > 0
    aside = (plant.folder / "outputs" / "x" / "refused.ndjson").read_text().splitlines()
    assert len(aside) == lost
    assert all("no such field" in line and "voltage" in line for line in aside)


async def test_it_is_idle_when_nothing_comes_and_never_told_twice(rig, plant, batch, two):
    await some(plant, batch, two)
    worker = rig.open(plant)
    drain(worker, plant.clock)
    asked = len(rig.far.requests)
    assert [worker.turn() for _ in range(3)] == [IDLE] * 3
    assert len(rig.far.requests) == asked


async def test_a_stopped_daemon_goes_on_where_it_stood(rig, plant, batch, two):
    """Pains: E1."""
    await some(plant, batch, two)
    worker = rig.open(plant, batch=1)
    worker.turn()
    worker.close()
    await plant.reopen()
    await some(plant, batch, two)
    drain(rig.open(plant), plant.clock)
    assert rig.far.once() == plant.expected()


ASKED = {
    "influxdb": (
        "/api/v2/write",
        {"org": ["dc"], "bucket": ["power"], "precision": ["ns"]},
        f"Token {TOKEN}",
    ),
    "influxdb1": ("/write", {"precision": ["ns"], "db": ["power"]}, f"Bearer {TOKEN}"),
    "remote_write": ("/api/v1/write", {}, f"Bearer {TOKEN}"),
}


@pytest.mark.parametrize("rig", ASKED, indirect=True)
async def test_it_is_asked_for_as_the_api_wants_it(rig, plant, batch, two):
    await some(plant, batch, two, 1)
    drain(rig.open(plant), plant.clock)
    path, headers, _ = rig.far.requests[0]
    place, query, access = ASKED[rig.type]
    assert (urlsplit(path).path, parse_qs(urlsplit(path).query)) == (place, query)
    assert headers["Authorization"] == access
