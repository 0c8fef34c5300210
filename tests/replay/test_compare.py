"""What other rules would have changed, told truly: later, otherwise, alone. Pains: F10, I2."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from dcim.replay.compare import difference
from dcim.replay.log import Told
from tests.examples import many


def told(at: float, key: str, kind: str = "raised", root: str = "tr-a", **other: str) -> Told:
    said = {"severity": "critical", "rule": "feed_lost", "says": "Feed A is lost", "channel": "noc"} | other
    rest = said["severity"], said["rule"], "tr-a", 0, said["says"], root
    return Told(at, said["channel"], kind, key, "incident", *rest)


def test_a_page_that_comes_later_under_the_name_of_another_alert_has_moved() -> None:
    before = [told(34.6, "a", rule="service_down"), told(90.0, "a", "cleared")]
    after = [told(41.5, "b", rule="meter_voltage_lost"), told(90.0, "b", "cleared")]
    found = difference(before, after)

    assert (found.added, found.dropped, found.altered, found.same) == ((), (), (), 1)
    (moved,) = found.moved
    assert moved.line().endswith("by +6.900 s")
    assert moved.after.rule == "meter_voltage_lost"


def test_a_page_of_another_severity_is_not_as_before() -> None:
    """Who is woken depends on it."""
    found = difference([told(10.0, "a")], [told(10.0, "a", severity="minor")])

    assert found
    (line,) = found.lines()
    assert line.startswith("altered ")
    assert line.endswith(", was critical")
    assert found.data()["altered"][0]["was"]["severity"] == "critical"
    assert found.summary() == "0 added, 0 dropped, 0 moved, 1 altered, 0 as before"


def test_a_short_trouble_that_a_longer_delay_passes_over_is_dropped_and_moves_no_other() -> None:
    """Three times the same feed: the first was too short, the others are told half a minute later."""
    before = [
        told(at + more, key, kind)
        for key, at, lasts in (("a", 0.0, 20.0), ("b", 3600.0, 300.0), ("c", 7200.0, 300.0))
        for kind, more in (("raised", 0.0), ("cleared", lasts))
    ]
    after = [
        told(at + more, key, kind)
        for key, at in (("b", 3600.0), ("c", 7200.0))
        for kind, more in (("raised", 30.0), ("cleared", 300.0))
    ]
    found = difference(before, after)

    assert [one.at for one in found.dropped] == [0.0, 20.0]
    assert [round(one.by) for one in found.moved] == [30, 30]
    assert (found.added, found.same) == ((), 2)


def test_what_an_alert_says_once_more_is_another_matter() -> None:
    before = [told(0.0, "a", root=""), told(20.0, "a", "cleared", root=""), told(900.0, "a", root="")]
    found = difference(before, before[2:])

    assert [one.at for one in found.dropped] == [0.0, 20.0]
    assert (found.moved, found.same) == ((), 1)


def test_troubles_of_two_roots_are_never_each_others() -> None:
    found = difference([told(10.0, "a")], [told(12.0, "b", root="tr-b")])
    assert (len(found.added), len(found.dropped), found.moved) == (1, 1, ())


def test_what_a_quieter_rule_leaves_of_the_updates_is_the_nearest_of_them() -> None:
    before = [told(10.0, "a"), *(told(at, "a", "updated") for at in (20.0, 40.0, 60.0, 80.0))]
    after = [told(10.0, "a"), *(told(at, "a", "updated") for at in (41.0, 80.0))]
    found = difference(before, after)

    assert [one.at for one in found.dropped] == [20.0, 60.0]
    assert [(one.before.at, one.after.at) for one in found.moved] == [(40.0, 41.0)]
    assert found.same == 2


times = st.lists(st.integers(0, 40), max_size=6).map(sorted)


@given(times, times)
@many(60)
def test_of_all_ways_to_pair_updates_in_their_order_the_one_that_moves_least_is_told(
    old: list[int], new: list[int]
) -> None:
    """Against every way there is; and nothing is lost or told twice."""
    head = [told(-1.0, "a")]
    before = head + [told(float(at), "a", "updated") for at in old]
    after = head + [told(float(at), "a", "updated") for at in new]
    found = difference(before, after)

    count = min(len(old), len(new))
    ways = (
        sum(abs(one - other) for one, other in zip(some, others, strict=True))
        for some in combinations(old, count)
        for others in combinations(new, count)
    )
    assert sum(abs(one.by) for one in found.moved) == min(ways)
    assert len(found.dropped) + len(found.moved) + found.same == len(before)
    assert len(found.added) + len(found.moved) + found.same == len(after)
