"""An agent in memory behind the Transport contract, with the faults of real ones, and how images read as text."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from collectors.snmp import plugin
from collectors.snmp.answers.cells import Cells
from collectors.snmp.answers.recording import parse, read
from collectors.snmp.collecting.collector import SnmpCollector
from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import oid
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.value import Absence, Tag
from collectors.snmp.transport.contract import Stats, Target, Urgency
from dcim.collect import Ask, Credential
from dcim.model import Address, Asset, Batch, Lane, NoAnswer
from dcim.model import Kind as DeviceKind

SHARED = Path(__file__).parents[3] / "shared"
EVERY_LANE = frozenset(Lane)
_parts = lru_cache(1 << 16)(oid.parts)


@dataclass
class Agent:
    """A device in memory. Faults: ``limit`` varbinds (tooBig beyond), ``refused`` OIDs (genErr), ``mute`` prefixes and
    kinds of question that are never answered, ``v1`` manners, ``shuffled`` answers, ``budget`` questions answered before silence."""

    cells: Cells
    limit: int = 1000
    refused: set[bytes] = field(default_factory=set)
    nameless_errors: bool = False
    mute: set[bytes] = field(default_factory=set)
    mute_kinds: set[Kind] = field(default_factory=set)
    v1: bool = False
    shuffled: bool = False
    backwards: bool = False
    budget: int = 1_000_000
    asked: list[Request] = field(default_factory=list)
    stats: Stats = field(default_factory=Stats)
    closed: bool = False
    before: Callable[[Request], None] = lambda _: None
    _order: list[tuple[tuple[int, ...], bytes]] = field(default_factory=list)

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Answer as an agent would, or raise NoAnswer at once instead of at the deadline."""
        del target, deadline, urgency
        self.asked.append(request)
        self.before(request)
        if self.budget <= 0 or request.kind in self.mute_kinds or self._is_mute(request):
            raise NoAnswer("silent")
        self.budget -= 1
        if len(request.oids) > self.limit:
            return Answer((), [], b"", ErrorStatus.TOO_BIG)
        guilty = next((at for at, name in enumerate(request.oids, 1) if name in self.refused), 0)
        if guilty and request.kind is Kind.GET:
            return Answer((), [], b"", ErrorStatus.GEN_ERR, 0 if self.nameless_errors else guilty)
        return self._get(request) if request.kind is Kind.GET else self._walk(request)

    async def aclose(self) -> None:
        self.closed = True

    def set(self, dotted: str, value: Any, tag: int = Tag.INTEGER) -> None:
        """Change or add a cell; None takes it away."""
        name = oid.encode(dotted)
        if value is None:
            self.cells.by_oid.pop(name, None)
        else:
            self.cells.by_oid[name] = type(next(iter(self.cells.by_oid.values())))(tag, value)
        self.cells._sorted.clear()
        self._order.clear()

    def _is_mute(self, request: Request) -> bool:
        return any(name.startswith(prefix) for prefix in self.mute for name in request.oids)

    def _get(self, request: Request) -> Answer:
        found = [self.cells.by_oid.get(name) for name in request.oids]
        if self.v1 and None in found:
            return Answer((), [], b"", ErrorStatus.NO_SUCH_NAME, found.index(None) + 1)
        values = [Absence.NO_SUCH_INSTANCE if cell is None else cell.value for cell in found]
        tags = bytes(0x81 if cell is None else cell.tag for cell in found)
        if self.shuffled:
            return Answer(request.oids[::-1], values[::-1], tags[::-1])
        return Answer(request.oids, values, tags)

    def _walk(self, request: Request) -> Answer:
        names: list[bytes] = []
        at = list(request.oids)
        for _ in range(max(1, request.repetitions if request.kind is Kind.BULK else 1)):
            at = [self._next(name) for name in at]
            names += at
        if self.v1 and b"" in names:
            return Answer((), [], b"", ErrorStatus.NO_SUCH_NAME, names.index(b"") + 1)
        cells = [self.cells.by_oid.get(name) for name in names]
        values = [Absence.END_OF_MIB_VIEW if cell is None else cell.value for cell in cells]
        tags = bytes(0x82 if cell is None else cell.tag for cell in cells)
        return Answer(tuple(name or request.oids[0] for name in names), values, tags)

    def _next(self, name: bytes) -> bytes:
        if not name:
            return b""
        if self.backwards and name in self.cells.by_oid:
            return name
        if len(self._order) != len(self.cells.by_oid):
            self._order = sorted((_parts(one), one) for one in self.cells.by_oid)
        at = bisect_right(self._order, (_parts(name), name))
        return self._order[at][1] if at < len(self._order) else b""


class FixedClock:
    """A clock that stands still."""

    def now(self) -> float:
        return 1_700_000_000.0

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(scope="session")
def shipped() -> Library:
    """Return the profiles that we ship, each compiled when a test needs it and once for all tests. Not to be changed."""
    return plugin._library(())


@pytest.fixture(scope="session")
def image_cells() -> Callable[[Path], Cells]:
    """Return the cells of an image, its file read once; what a test does to them, no other sees."""
    read_once = lru_cache(32)(read)
    return lambda path: Cells(dict(read_once(path).by_oid))


@pytest.fixture
def agent(shipped: Library, image_cells: Callable[[Path], Cells]) -> Callable[..., Agent]:
    """Make an agent from the text of a recording, or from an image of a family: ``agent(image="apc_ats/redundant")``."""

    def make(text: str = "", image: str = "", **faults: Any) -> Agent:
        if not image:
            return Agent(parse(text), **faults)
        family, name = image.split("/")
        return Agent(image_cells(shipped.folders[family] / f"{name}.snmprec"), **faults)

    return make


@pytest.fixture
def asset() -> Callable[..., Asset]:
    """Make a device of the named profiles."""

    def make(*profiles: str, **kw: Any) -> Asset:
        fields: dict[str, Any] = {"id": "dev", "name": "Dev", "kind": DeviceKind.UPS, "collector": "snmp"}
        fields |= {"address": Address("192.0.2.1"), "profiles": profiles, "credentials": ("public",)}
        return Asset(**(fields | kw))

    return make


@pytest.fixture
def collector(shipped: Library) -> Callable[..., SnmpCollector]:
    """Make a collector that asks an agent in memory."""

    def make(agent: Agent, library: Library | None = None) -> SnmpCollector:
        public = Credential("public", "snmp", {"version": "2c", "community": "public"})
        return SnmpCollector(lambda _: agent, {"public": public}, library or shipped, FixedClock())

    return make


@pytest.fixture
def ask() -> Callable[..., Ask]:
    """Ask every lane, with plenty of time."""

    def make(lanes: Iterable[Lane] = EVERY_LANE, left: float = 30.0, *, cheap: bool = False) -> Ask:
        import asyncio

        return Ask(frozenset(lanes), asyncio.get_running_loop().time() + left, cheap)

    return make


@pytest.fixture
def readings() -> Callable[..., dict[str, Any]]:
    """Return readings by what they are: ``ups_input_voltage_volts{phase="L1"}`` -> value, word or gap reason."""

    def made(batches: Iterable[Batch]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for batch in batches:
            for slot in range(len(batch.layout)):
                reading = batch.reading(slot)
                name = str(reading.point).removeprefix(f"{batch.layout.asset} ")
                found[name] = f"gap {reading.gap.reason}" if reading.gap else reading.state or reading.value
        return found

    return made


def _lines(batches: Iterable[Batch]) -> Iterator[tuple[int, str]]:
    for batch in batches:
        for slot in range(len(batch.layout)):
            reading = batch.reading(slot)
            labels = dict(reading.point.labels)
            name = f"dcim_{reading.point.metric}"
            if reading.gap is not None:
                raw = f" raw={reading.gap.raw}" if reading.gap.raw else ""
                yield 1, f"# gap {reading.gap.reason} {name}{_braces(labels)}{raw}"
            elif reading.state is not None and not name.endswith("_alarm"):
                health = f"  # {reading.health}" if reading.health else ""
                yield 0, f"{name}{_braces({**labels, 'state': reading.state})} 1{health}"
            else:
                yield 0, f"{name}{_braces(labels)} {batch.values[slot]:.10g}"


def _braces(labels: dict[str, str]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"{{{inside}}}" if inside else ""


@pytest.fixture
def prom() -> Callable[[Iterable[Batch]], str]:
    """Return batches as the text beside an image: values sorted, then gaps."""

    def text(batches: Iterable[Batch]) -> str:
        return "".join(f"{line}\n" for _, line in sorted(_lines(batches)))

    return text


@pytest.fixture
def accepting() -> bool:
    """Whether new ``.prom`` files are to be written."""
    return os.environ.get("DCIM_ACCEPT") == "1"


@pytest.fixture
def recordings() -> Path:
    """Return the recordings of real devices beside the checkout, or skip."""
    raw = SHARED / "recordings" / "raw"
    if not raw.is_dir():
        pytest.skip("no recordings of real devices beside the checkout (../shared/recordings)")
    return raw
