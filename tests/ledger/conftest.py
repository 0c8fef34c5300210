from __future__ import annotations

from collections.abc import Callable

import pytest

from dcim.ledger import Entry, append, genesis
from dcim.model.fact import Fact, FactKind


@pytest.fixture
def chain_of() -> Callable[..., list[Entry]]:
    """Make a good chain of n facts."""

    def make(count: int, site: str = "cas1", chain: str = "c0ffee", epoch: int = 1) -> list[Entry]:
        head = genesis(site, chain)
        entries = []
        for number in range(count):
            body = {"from": "up", "to": "down", "value": number / 8, "note": 'é "quoted"'}
            fact = Fact(FactKind.DEVICE_STATE, 1_764_077_525.25 + number, f"ups-{number % 7}", body)
            entries.append(append(head, fact, epoch))
            head = entries[-1].head
        return entries

    return make
