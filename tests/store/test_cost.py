"""What a report reads grows with the facts of its period, not with the age of the ledger. Pains: G5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dcim.availability import Period, answer
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work
from dcim.store.read import Reads

DAY = 86_400.0
END = 1_790_000_000.0
SERVICES = [f"power/r{number:02}" for number in range(20)]


class Begun:
    """A clock that stands where the ledger begins: the facts bring their own times."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        return self._at

    def monotonic(self) -> float:
        return 0.0


class Counting(Reads):
    """Counts the rows that are read."""

    rows = 0

    def _rows(self, statement: Any) -> Sequence[Any]:
        found = super()._rows(statement)
        self.rows += len(found)
        return found

    def _driver_rows(self, statement: Any, given: Mapping[str, Any]) -> Sequence[Any]:
        found = super()._driver_rows(statement, given)
        self.rows += len(found)
        return found


def read_of_the_last_day(folder: Path, days: int) -> tuple[int, int]:
    """Write a ledger of so many days; return how many facts it has, and the rows that its last day takes."""
    store = Store.open(folder, "cas1", Begun(END - days * DAY - 1.0), "c0ffee")
    facts: list[Fact] = []
    for hour in range(days * 24):
        at = END - days * DAY + hour * 3600
        facts.append(Fact(FactKind.HEARTBEAT, at, "cas1", {"lasts": 3600.0}))
        for number, name in enumerate(SERVICES):
            if (hour + number) % 4 == 0:
                stands = {"function": "up", "redundancy": "full" if hour % 8 else "reduced"}
                facts.append(Fact(FactKind.SERVICE_STATE, at + number, name, {**stands, "before": stands}))
    facts.append(Fact(FactKind.HEARTBEAT, END + 2 * DAY, "cas1", {"lasts": 3600.0}))
    for at_once in range(0, len(facts), 2000):
        store.commit_now(Work(facts=tuple(facts[at_once : at_once + 2000])))
    counting = Counting(store._reader, store._database)
    evidence = counting.evidence(Period(round((END - DAY) * 1e6), round(END * 1e6)))
    assert evidence is not None
    known = [answer(evidence, name).seen.figures.coverage for name in SERVICES]
    assert all(share > 0.9 for share in known)
    store.close()
    return len(facts), counting.rows


def test_a_day_costs_the_same_in_a_ledger_of_two_days_and_of_two_months(tmp_path: Path) -> None:
    few, young = read_of_the_last_day(tmp_path / "young", 2)
    many, old = read_of_the_last_day(tmp_path / "old", 60)
    assert many > 25 * few
    in_the_day = 24 + 24 * len(SERVICES) // 4
    assert young < 2 * in_the_day
    assert old <= young + 60, "places are found by halving: some rows more, for a ledger thirty times as long"
