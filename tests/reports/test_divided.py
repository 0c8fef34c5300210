"""How an energy is divided on paper: a table that is cut says so."""

from __future__ import annotations

import pytest

from dcim.reports.kinds import divided
from dcim.reports.model import Number, Say, Table
from dcim.rollup.energies import Sum


@pytest.mark.parametrize(
    ("racks", "note"), [(300, None), (301, Say("report.uptime.more", (Number(301), Number(300))))]
)
def test_a_table_with_more_rows_than_it_prints_says_how_many_there_are(racks: int, note: Say | None) -> None:
    nothing = Sum((), (), (), ())
    table = divided.named([(f"R{number}", nothing) for number in range(racks)], "racks")
    assert isinstance(table, Table)
    assert (len(table.rows), table.note) == (300, note)
