"""What a report says of subscribed power: how good it is, and which intervals it lists."""

from __future__ import annotations

import pytest

from dcim.energy.amount import Amount
from dcim.energy.demand import Committed, demand, overage
from dcim.reports.kinds.committed import sections
from dcim.reports.model import Figures, Moment, Number, Say, Table, Tone
from dcim.rollup.demands import Stood
from dcim.rollup.energies import Sum

MINUTES = 10
STEP = MINUTES * 60_000


def stood(watts: int, number: int, *, measured: bool = True, without: tuple[str, ...] = ()) -> Stood:
    """Return so many intervals against 1 kW, each a watt more than the one before it."""
    edges = [STEP * place for place in range(number + 1)]
    joules = [(watts + place) * STEP // 1000 for place in range(number)]
    amounts = tuple(Amount(one, one, one, STEP if measured else STEP // 2, STEP) for one in joules)
    against = overage(Committed("Atlas", 1000, MINUTES), demand(edges, amounts))
    return Stood(against, (edges[0], edges[-1]), Sum(("pdu-1a", *without), without, (), amounts), ())


@pytest.mark.parametrize(
    ("found", "tone"),
    [
        (stood(900, 3), Tone.GOOD),
        (stood(900, 3, measured=False), Tone.UNKNOWN),
        (stood(900, 3, without=("pdu-1b",)), Tone.UNKNOWN),
        (stood(1100, 3, without=("pdu-1b",)), Tone.BAD),
    ],
    ids=["all measured", "in part", "but for a supply", "beyond all the same"],
)
def test_nothing_beyond_is_good_only_where_every_supply_was_measured_all_the_time(
    found: Stood, tone: Tone
) -> None:
    """Pains: G7."""
    (section,) = sections((found,), of_one=True)
    (figures,) = (one for one in section.blocks if isinstance(one, Figures))
    (beyond,) = (one for one in figures.items if one.label == Say("report.energy.beyond"))
    assert beyond.tone is tone


def listed(found: Stood) -> Table:
    (section,) = sections((found,), of_one=True)
    (table,) = (one for one in section.blocks if isinstance(one, Table))
    return table


def test_every_interval_beyond_of_a_month_is_listed_the_highest_first() -> None:
    table = listed(stood(1001, 31 * 24 * 6))
    assert (len(table.rows), table.note) == (4464, None)
    assert table.rows[0][0] == Moment(4463 * STEP * 1000)


def test_what_a_table_of_intervals_leaves_out_is_told_and_stands_in_the_claim() -> None:
    found = stood(1001, 5_002)
    table = listed(found)
    assert table.note == Say("report.uptime.more", (Number(5_002), Number(5_000)))
    assert len(table.rows) == 5_000
    assert len(found.claim()["over"]) == 5_002
