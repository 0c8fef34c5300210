from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dcim.store import Store
from tests.databases import URL, backend, new_state, on_both, shell, sql, state

__all__ = ["URL", "backend", "new_state", "shell", "sql", "state"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test on both databases."""
    on_both(metafunc)


class HandClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, wall: float = 1_764_000_000.0, steady: float = 1000.0) -> None:
        self.wall = wall
        self.steady = steady

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def opened(state: Path, clock: HandClock) -> Iterator[Callable[..., Store]]:
    """Open stores that are closed when the test ends, whatever happened."""
    stores: list[Store] = []

    def make(directory: Path = state, site: str = "cas1", **more: object) -> Store:
        stores.append(Store.open(directory, site, clock, **more))  # type: ignore[arg-type]
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[..., Store]) -> Store:
    return opened()
