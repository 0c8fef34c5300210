"""Who stands lowest goes next, and nobody is kept waiting by those who come later."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dcim.daemon.ports.shares import REMEMBERED, Shares

MANY = 120


def made(shares: Shares, asking: list[tuple[str, int]], turns: int) -> Counter[str]:
    """Let all of them ask all the time; port 0 is a new connection each time. Return the turns of each."""
    ports, had = iter(range(1000, 1_000_000)), Counter[str]()
    for client in asking:
        if client[1]:
            shares.know(client)
    for _ in range(turns):
        clients = [(address, port or next(ports)) for address, port in asking]
        readers = {client: shares.reader(client) for client in clients}
        client = min(clients, key=lambda one: shares.standing(readers[one]))
        shares.went(readers[client])
        shares.know(client)
        shares.took(readers[client], 1.0)
        had[f"{client[0]}:{'new' if client[1] >= 1000 else client[1]}"] += 1
    return had


@given(st.integers(0, 5), st.integers(1, 5), st.integers(1, 5))
def test_addresses_share_evenly_and_so_do_those_of_one(new: int, kept: int, others: int) -> None:
    shares = Shares()
    asking = [("a", 0)] * new + [("a", port) for port in range(1, kept + 1)]
    asking += [("b", port) for port in range(1, others + 1)]
    had = made(shares, asking, MANY)
    of_a = [turns for who, turns in had.items() if who.startswith("a")]
    assert abs(sum(of_a) - MANY / 2) <= 1
    assert len(of_a) == kept + (new > 0)
    assert max(of_a) - min(of_a) <= 1


def test_who_comes_late_has_no_more_than_its_share_and_no_less() -> None:
    shares = Shares()
    made(shares, [("a", 1)], MANY)
    had = made(shares, [("a", 1), ("b", 1)], 100)
    assert had.total() == 100
    assert abs(had["a:1"] - had["b:1"]) <= 2


def test_what_was_had_is_forgotten_but_not_who_is_known() -> None:
    shares = Shares()
    made(shares, [("a", 1), ("b", 1)], 10)
    shares.took(shares.reader(("a", 1)), 100.0)
    shares.forget()
    assert {shares.standing(shares.reader((who, 1))) for who in "ab"} == {(0.0, 0.0)}
    assert shares.reader(("a", 1)).port == 1


def test_so_many_are_known_and_of_more_those_who_asked_last() -> None:
    shares = Shares()
    for port in range(REMEMBERED + 10):
        shares.know(("a", port))
        shares.know(("a", 5))
    known = [port for port in range(REMEMBERED + 10) if shares.reader(("a", port)).port == port]
    assert len(known) == REMEMBERED
    assert {5, REMEMBERED + 9} <= set(known)
    for number in range(REMEMBERED):
        shares.know((f"address {number}", 1))
    assert shares.reader(("a", 5)).port != 5
