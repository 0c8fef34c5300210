"""Which readings the capacity report holds against the rating of a part."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dcim.graph import Node, NodeKind, Rating
from dcim.model import Point
from dcim.record import replace
from dcim.reports.kinds.rated import Feeds, rated
from dcim.rollup.loads import Hour, Load, together


def phases(metric: str) -> list[Point]:
    return [Point("ups", metric, (("phase", phase),)) for phase in ("L1", "L2", "L3")]


WATTS, VA, AMPERES = (
    phases(f"ups_output_{what}")
    for what in ("phase_power_watts", "phase_apparent_power_voltamperes", "current_amperes")
)
WHOLE = Point("ups", "ups_output_power_watts")


@pytest.mark.parametrize(
    ("rating", "told", "held"),
    [
        (Rating(watts=9000.0), WATTS, [(point, 9000.0, "watts", True) for point in WATTS]),
        (Rating(watts=9000.0), [*WATTS, WHOLE], [(WHOLE, 9000.0, "watts", False)]),
        (Rating(voltamperes=9000.0), [*WATTS, *VA], [(point, 3000.0, "voltamperes", False) for point in VA]),
        (Rating(amperes=16.0, watts=9000.0), [*WATTS, *AMPERES], [(point, 16.0, "amperes", False) for point in AMPERES]),
        (Rating(voltamperes=9000.0), WATTS, []),
    ],
)  # fmt: skip
def test_power_is_held_against_the_rating_in_its_unit_and_a_phase_against_its_part(
    rating: Rating, told: list[Point], held: list[tuple[Point, float, str, bool]]
) -> None:
    """A UPS that tells its phases was listed as rated and not measured. Pains: I6."""
    assert list(rated(Node("ups", NodeKind.UPS, rating=rating), told)) == held


def test_phases_that_are_added_up_carried_the_mean_of_an_hour_at_least() -> None:
    """Their peaks come at different moments. Pains: I6."""
    hour, half = 3_600_000, Fraction(1, 2)

    def load(point: Point, *means: int) -> Load:
        hours = tuple(
            Hour(n * hour, hour, 0, mean * 10**6, 9 * mean * 10**6, None) for n, mean in enumerate(means)
        )
        return Load(point, hours, half, Fraction(sum(means), len(means)), Fraction(9 * max(means)), 0)

    found = together([load(WATTS[0], 100, 300), load(WATTS[1], 50, 20), load(WATTS[2], 0, 40, 900)])
    assert [(one.start, one.most) for one in found.hours] == [(0, 150 * 10**6), (hour, 360 * 10**6)]
    assert (found.peak, found.peak_hour, found.coverage) == (360, hour, half)
    assert found.point == Point("ups", "ups_output_phase_power_watts")


def test_a_strip_that_alone_feeds_its_rack_need_not_be_able_to_carry_another() -> None:
    """Its feed has a name, and it was held against 40 % of its rating for a twin that it does not have. Pains: I6."""
    strip = Node("a1", NodeKind.PDU, feed="A", rack="r1", room="h")
    twin, alone = replace(strip, id="b1", feed="B"), replace(strip, id="a2", rack="r2")
    boards = [Node(f"f{feed}", NodeKind.FLOOR_PDU, feed=feed) for feed in "AB"]
    sensor = Node("s", NodeKind.SENSOR, rack="r2", room="h")
    feeds = Feeds([strip, twin, alone, *boards, sensor])
    assert [feeds.shares(one) for one in (strip, twin, alone, boards[0])] == [True, True, False, True]
    assert not feeds.shares(Node("sb", NodeKind.SWITCHBOARD))
    ups = Node("ups-a", NodeKind.UPS, feed="A")
    assert not Feeds([ups, Node("ups-noc", NodeKind.UPS)]).shares(ups), "one that says no feed is no twin"


def test_a_phase_that_alone_was_read_is_no_whole() -> None:
    three = Node("ups", NodeKind.UPS, rating=Rating(voltamperes=9000.0), phases=("L1", "L2", "L3"))
    assert [one.rating for one in rated(three, VA[:1])] == [3000.0]
