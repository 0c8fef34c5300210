"""A contract is data: what is not said has one meaning, and it is in the data of standards."""

from __future__ import annotations

from fractions import Fraction

from dcim.contracts import LOOSE, Contract, Counts
from dcim.standards import constant


def test_all_services_have_to_work_unless_it_says_how_many() -> None:
    assert Contract("c", ("a", "b", "c")).least == 3
    assert Contract("c", ("a", "b", "c"), needs=2).least == 2


def test_what_is_not_said_leaves_nothing_out_and_promises_nothing() -> None:
    """Pains: G3."""
    assert (LOOSE.target, LOOSE.excluded, LOOSE.counts, LOOSE.penalties) == (
        None,
        frozenset(),
        Counts.FUNCTION,
        (),
    )
    assert LOOSE.notice == constant("notice") * 86_400_000_000
    assert LOOSE.coverage == constant("coverage_least") == Fraction(99, 100)
