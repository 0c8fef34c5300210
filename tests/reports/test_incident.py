"""An incident begins when what it hit was seen to fail, and not when that became an alarm. Pains: F1, G4."""

from __future__ import annotations

from dcim.ledger import Entry, append, genesis
from dcim.model.fact import Body, Fact, FactKind
from dcim.reports.kinds.incident import cases

T = 1_790_000_000


def chained(*facts: Fact) -> list[Entry]:
    head, entries = genesis("cas1", "c0ffee"), []
    for fact in facts:
        entries.append(append(head, fact, 1))
        head = entries[-1].head
    return entries


def stands(at: float, name: str, function: str, before: str, held: float) -> Fact:
    now = {"function": function, "redundancy": "reduced"}
    body: Body = {**now, "before": {"function": before, "redundancy": "reduced"}, "held": held}
    return Fact(FactKind.SERVICE_STATE, at, name, body)


def opened(at: float) -> Fact:
    services = {"power/R1": {"function": "down"}}
    body: Body = {"change": "opened", "open": 1, "opened_at": float(at), "services": services}
    return Fact(FactKind.INCIDENT, at, "i1", body)


def test_it_began_between_the_two_looks_at_the_first_of_its_services_that_failed() -> None:
    (case,) = cases(
        chained(
            stands(T, "power/R1", "up", "down", T - 5.0),  # for the better
            stands(T + 20, "power/R9", "down", "up", T + 10.0),  # of another incident
            stands(T + 40, "power/R1", "down", "up", T + 30.0),
            opened(T + 100),
            stands(T + 200, "power/R1", "down", "unknown", T + 190.0),
        )
    )
    assert case.began == ((T + 30) * 10**6, (T + 40) * 10**6)
    assert case.opened == (T + 100) * 10**6


def test_where_no_service_of_it_changed_around_it_nobody_says_since_when() -> None:
    (case,) = cases(chained(stands(T - 4000, "power/R1", "down", "up", T - 4010.0), opened(T)))
    assert case.began is None
