"""Names stand beside the chain: written with the facts that need them, erased without a trace in them. Pains: G2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dcim.model.fact import Fact, FactKind
from dcim.people import Person
from dcim.store import Store, Work, verify


def test_a_name_is_written_with_its_fact_and_gone_after_it_was_erased(
    store: Store, state: Path, sql: Callable[..., Any]
) -> None:
    amina, karim = Person("p-bbbbbbbb", "Amina", 5.0), Person("p-cccccccc", "Karim", 4.0)
    deed = Fact(FactKind.DEED, 5.0, "ups-a", {"who": "p-bbbbbbbb"})
    store.commit_now(Work(facts=(deed,), people=(amina, karim)))
    assert store.people() == [karim, amina]
    gone = Person("p-bbbbbbbb", None, 5.0, 9.5)
    erased = Fact(FactKind.PERSON_ERASED, 9.5, "p-bbbbbbbb", {"who": "p-cccccccc"})
    store.commit_now(Work(facts=(erased,), people=(gone,)))
    assert store.people() == [karim, gone]
    assert sql("SELECT name, contacts FROM people WHERE pseudonym = ?", values=["p-bbbbbbbb"]) == [
        (None, None)
    ]
    assert sql("SELECT count(*) FROM facts WHERE body LIKE ?", values=["%Amina%"]) == [(0,)]
    assert verify(state).holds
