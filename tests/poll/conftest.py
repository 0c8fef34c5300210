"""A virtual clock: an event loop whose time jumps to the next timer, so that days pass in milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from dcim.collect import Ask, Collected
from dcim.model import Address, Asset, Kind

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Advances its own time instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1_000_000.0
        self._wait = self._selector.select
        self._selector.select = self._jump  # the loop's one place to wait

    def time(self) -> float:
        return self._now

    def hold(self, seconds: float) -> None:
        """Spend time on the loop itself, as work without a wait does."""
        self._now += seconds

    def _jump(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self._now += timeout
            return self._wait(0)
        return self._wait(timeout if timeout is None else 0)


class EarlyLoop(VirtualLoop):
    """Rings each timer a millisecond early once, as a real loop does within the resolution of its clock."""

    def __init__(self) -> None:
        super().__init__()
        self._rung: set[float] = set()

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, **context: Any
    ) -> asyncio.TimerHandle:
        early = 0.0 if when in self._rung else 0.001
        self._rung.add(when)
        return super().call_at(when - early, callback, *args, **context)


class VirtualClock:
    """Wall time that goes with the loop's time."""

    def now(self) -> float:
        return asyncio.get_running_loop().time() + 1_700_000_000

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Scripted:
    """A collector whose devices behave as told: an answer, an error or a coroutine a device."""

    def __init__(self) -> None:
        self.behaviour: dict[str, Callable[[Ask], Awaitable[Collected]]] = {}
        self.asked: list[tuple[float, str, Ask]] = []

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        self.asked.append((asyncio.get_running_loop().time(), asset.id, ask))
        behave = self.behaviour.get(asset.id)
        return await behave(ask) if behave else Collected()

    async def identify(self, address: Any, credentials: Any, asset: Any) -> tuple[()]:
        return ()

    async def aclose(self) -> None:
        return None

    def times(self, asset_id: str) -> list[float]:
        return [at for at, who, _ in self.asked if who == asset_id]

    def asks(self, asset_id: str) -> list[Ask]:
        return [ask for _, who, ask in self.asked if who == asset_id]


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def run_virtual() -> Callable[[Coroutine[Any, Any, T]], T]:
    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(coroutine)

    return run


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def device() -> Callable[..., Asset]:
    def make(name: str, interval: float = 10.0) -> Asset:
        return Asset(name, name, Kind.UPS, "scripted", Address("127.0.0.1", 161), interval=interval)

    return make
