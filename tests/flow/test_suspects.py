"""Whatever contradicts what is below it is among those that are looked at."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcim.flow import Element, Interval
from dcim.flow.now.cells import Cells
from dcim.flow.now.compare import Measured, Suspects
from dcim.flow.now.equations import FAR, SLACK
from dcim.graph import NodeKind as K
from tests.examples import many

from .site import bus, network, pdu, rack, ups

ENDS = st.sampled_from([-FAR, 0.0, 1.0, 1.0 + SLACK, 2.0, 2.0 + 3 * SLACK, 3.0, 1e6, FAR, float("inf")])


def site() -> Cells:
    return Cells(
        network(
            Element("utility", K.UTILITY),
            bus("floor-a", "utility"),
            ups("ups-b", "utility"),
            bus("floor-b", "ups-b"),
            pdu("pdu-a", "floor-a"),
            pdu("pdu-b", "floor-b"),
            rack("rack", "pdu-a", "pdu-b"),
            rack("single", "pdu-a"),
        )
    )


def _contradicts(said: Interval | None, parts: list[int], least: list[float], most: list[float]) -> bool:
    if said is None:
        return False
    low, high = sum(least[one] for one in parts), sum(most[one] for one in parts)
    return max(said.lo - high, low - said.hi) > SLACK * (1.0 + said.hi)


@many(150)
@given(st.data())
def test_what_contradicts_is_suspected(data: st.DataObject) -> None:
    cells = site()
    size = cells.equations.size
    spans = st.tuples(ENDS, ENDS).map(sorted).filter(lambda pair: pair[0] < float("inf"))
    bounds = data.draw(st.lists(spans, min_size=size, max_size=size))
    least, most = [low for low, _ in bounds], [high for _, high in bounds]
    numbers = data.draw(st.lists(st.integers(0, size - 1), max_size=8, unique=True))
    said = {number: Interval(*data.draw(spans)) for number in numbers}
    guilty = set()
    for at, place in enumerate(cells.places):
        if place.below and not place.element.is_load:
            below = [cells.places[child].through[feed] for child, feed in place.below] + place.own
            looks = [(number, list(cells.puts(number))) for number in place.gives]
            looks.append((place.total, below))
        else:
            looks = []
        if place.lost:
            explained = [one for draw in place.draws for one in draw.explained]
            looks.append((place.takes, explained + place.lost))
        if any(_contradicts(said.get(number), parts, least, most) for number, parts in looks):
            guilty.add(at)
    found = Suspects(cells).of(Measured.of(said), np.array(least), np.array(most))
    assert guilty <= set(found)
    assert found == sorted(found)


def test_where_nothing_contradicts_nobody_is() -> None:
    cells = site()
    least, most = np.zeros(cells.equations.size), np.full(cells.equations.size, np.inf)
    for said in ({number: Interval(1.0, 2.0) for number in range(len(least))}, {}):
        assert not Suspects(cells).of(Measured.of(said), least, most)
