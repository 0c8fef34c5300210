"""What is due is what a walk through all open incidents would find, in the same order."""

from __future__ import annotations

from heapq import nsmallest
from math import inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcim.alerts import Severity
from dcim.incidents import Because
from dcim.incidents.agenda import Agenda
from dcim.incidents.case import Case

deeds = st.tuples(
    st.sampled_from(("open", "owe", "owe", "tell", "end", "look", "look")),
    st.integers(0, 5),
    st.integers(0, 9),
)


@settings(max_examples=400)
@given(st.lists(deeds, max_size=80))
@example(
    [
        ("open", 0, 0),
        ("open", 1, 0),
        ("owe", 0, 0),
        ("look", 0, 1),
        ("tell", 0, 0),
        ("owe", 0, 9),
        ("owe", 1, 1),
    ]
)
@pytest.mark.long
def test_the_agenda_finds_what_a_walk_finds(story: list[tuple[str, int, int]]) -> None:
    cases: dict[str, Case] = {}
    agenda, now = Agenda(cases), 0.0
    for what, number, amount in story:
        name = f"c{number}"
        case = cases.get(name)
        match what:
            case "open":
                cases.setdefault(name, Case(name, float(amount), now, Because.ITSELF, Severity.MAJOR))
            case "owe" if case is not None:
                if case.owe(now + amount, "worse"):
                    agenda.plan(case)
            case "tell" if case is not None:
                case.due = None
            case "end":
                cases.pop(name, None)
            case "look":
                now += amount
                due = [one for one in cases.values() if one.due is not None and one.due <= now]
                assert agenda.due(now, amount) == nsmallest(amount, due, key=Case.turn)
            case _:
                pass
        soonest = min((one.due for one in cases.values() if one.due is not None), default=inf)
        found = agenda.next_at()
        assert found == soonest or soonest <= found <= now, "of several that have come, any"
