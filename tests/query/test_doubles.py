"""Series that lose what tells them apart: refused before the work, and only where Prometheus would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dcim.model import Labels
from dcim.promql import Grid, Limits, Samples, Selection, Unanswerable, parse
from dcim.promql.matching import matching
from dcim.promql.tree import Matcher
from dcim.query.doubles import refuse_doubles

GRID = Grid(600_000, 60_000, 5)


class Source:
    """A thousand devices with two metrics each; it counts the series that were read."""

    def __init__(self, *, later: int = 0) -> None:
        self.read = 0
        self._later = later
        self._labels: list[Labels] = [
            (("__name__", name), ("asset", f"a-{number}")) for number in range(1_000) for name in "xy"
        ]

    def series(self, matchers: Sequence[Matcher]) -> list[Labels]:
        return [self._labels[row] for row in np.flatnonzero(matching(matchers, self._labels)).tolist()]

    def select(self, wanted: Selection) -> Samples:
        found = self.series(wanted.matchers)
        self.read += len(found)
        at = np.arange(0, 840_001, 30_000, dtype=np.int64)
        each = [(one, at + (self._later if one[0][1] == "y" else 0), np.ones(len(at))) for one in found]
        return Samples.of(each)


@pytest.mark.parametrize("query", ["rate({asset!=''}[1m])", "sum by (asset) (rate({asset!=''}[1m]))"])
def test_what_meets_is_refused_after_a_look_at_two_series(query: str) -> None:
    source = Source()
    with pytest.raises(Unanswerable, match="same labelset"):
        refuse_doubles(source, parse(query.replace("'", '"')), GRID, Limits())
    assert source.read == 2


@pytest.mark.parametrize("query", ["rate(x[1m])", "sum({asset!=''})", "last_over_time({asset!=''}[1m])"])
def test_what_keeps_its_name_or_has_but_one_is_not_looked_at(query: str) -> None:
    source = Source()
    refuse_doubles(source, parse(query.replace("'", '"')), GRID, Limits())
    assert source.read == 0


def test_two_that_never_meet_are_one_series() -> None:
    source = Source(later=10_000_000)
    refuse_doubles(source, parse('rate({asset!=""}[1m])'), GRID, Limits())
    assert source.read == 6
