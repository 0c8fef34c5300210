"""Which points of a device say its energy: those that are cut finer are those that a sum is made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dcim.energy.places import PLACES, Side, Sources, first_of
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.model import Point
from dcim.model.point import Labels

LABELS: tuple[Labels, ...] = (
    (),
    (("direction", "export"),),
    (("direction", "import"),),
    (("direction", "export"), ("phase", "L1")),
    (("direction", "import"), ("phase", "L1")),
)
POINTS = st.builds(
    lambda metric, labels: Point("one", metric, labels),
    st.sampled_from(sorted({place.metric for place in PLACES})),
    st.sampled_from(LABELS),
)


def sources(kind: NodeKind, points: list[Point]) -> Sources:
    return Sources(Topology(Wiring((Node("one", kind),))), {"one": kind}, points)


def test_a_counter_of_what_is_fed_back_hides_no_counter_of_what_is_taken():
    """Pains: G7."""
    back = Point("one", "meter_energy_joules_total", (("direction", "export"),))
    taken = Point("one", "meter_phase_energy_joules_total", (("direction", "import"), ("phase", "L1")))
    assert first_of([back, taken]) == {taken}
    found = sources(NodeKind.METER, [back, taken]).of("one")
    assert found is not None
    assert found.points == (taken,)
    assert first_of([back]) == set()


@given(st.sampled_from(NodeKind), st.lists(POINTS, max_size=12, unique=True))
def test_whatever_a_sum_is_made_of_is_among_what_comes_first(kind, points):
    """Pains: G7."""
    first = first_of(points)
    assert first <= set(points)
    for side in Side:
        found = sources(kind, points).of("one", (side,))
        assert found is None or set(found.points) <= first
