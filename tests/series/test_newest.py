"""The newest batch of every lane."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Batch, GapReason, Lane, Layout, Point, state_code
from dcim.series import Newest


def test_the_batch_taken_last_is_the_newest(layout, batch):
    ups = layout()
    newest = Newest()
    newest.take(batch(ups, 0.5, at=1000.0))
    second = batch(ups, 0.6, at=1010.0)
    newest.take(second)
    assert newest.batches("ups-a") == (second,)


def test_a_clock_that_went_back_does_not_hide_what_is_polled_now(layout, batch):
    ups = layout()
    newest = Newest()
    newest.take(batch(ups, 0.5, at=5000.0))
    newest.take(batch(ups, 0.6, at=1000.0))
    assert newest.reading(ups.ids[0]).value == 0.6


def test_each_lane_is_kept_and_the_daemons_own_points_stand_beside(layout, batch):
    newest = Newest()
    parts = [
        layout(metrics=("ups_battery_charge_ratio",)),
        layout(metrics=("ups_input_lines",), lane=Lane.SLOW),
        layout(metrics=("device_poll_duration_seconds",), own=True),
    ]
    for part in parts:
        newest.take(batch(part, 1.0))
    assert [each.layout for each in newest.batches("ups-a")] == parts
    assert len(newest) == 3
    assert [each.layout for each in newest] == parts


def test_points_that_vanished_with_a_new_layout_are_dropped(layout, batch):
    """Pains: B1."""
    before = layout(metrics=("ups_battery_charge_ratio", "ups_battery_runtime_seconds"))
    after = layout(metrics=("ups_battery_charge_ratio",))
    newest = Newest()
    newest.take(batch(before, 0.5, 600.0))
    assert newest.reading(before.ids[1]).value == 600.0
    newest.take(batch(after, 0.4))
    assert newest.reading(before.ids[1]) is None
    assert newest.reading(after.ids[0]).value == 0.4
    assert len(newest) == 1


def test_a_point_vanishes_when_its_device_answers_without_it(layout, batch):
    """Pains: B1."""
    before = layout(metrics=("ups_battery_charge_ratio", "ups_battery_runtime_seconds"))
    charge, runtime = before.points
    newest = Newest()
    assert not newest.vanished(runtime)
    newest.take(batch(layout(metrics=("device_poll_duration_seconds",), own=True), 1.0))
    assert not newest.vanished(runtime)
    newest.take(batch(before, 0.5, 600.0))
    assert not newest.vanished(runtime)
    newest.take(batch(layout(metrics=("ups_battery_charge_ratio",)), 0.4))
    assert newest.vanished(runtime)
    assert not newest.vanished(charge)


def test_a_reading_is_what_people_see(layout, batch):
    ups = layout(metrics=("ups_battery_state", "ups_battery_charge_ratio"))
    newest = Newest()
    newest.take(batch(ups, state_code("battery"), None))
    state, charge = (newest.reading(point) for point in ups.ids)
    assert (state.state, state.value, state.gap) == ("battery", None, None)
    assert (charge.value, charge.gap.reason) == (None, GapReason.ABSENT)


def test_of_a_point_in_two_lanes_the_newer_reading_is_given(layout, batch):
    fast, slow = layout(), layout(lane=Lane.SLOW)
    newest = Newest()
    newest.take(batch(fast, 0.5, at=1000.0))
    newest.take(batch(slow, 0.7, at=1005.0))
    assert newest.reading(fast.ids[0]).value == 0.7


def test_of_two_lanes_the_one_taken_last_wins_also_after_the_clock_went_back(layout, batch):
    fast, slow = layout(), layout(lane=Lane.SLOW)
    newest = Newest()
    newest.take(batch(fast, 0.5, at=900.0))
    newest.take(batch(slow, 0.6, at=5000.0))
    newest.take(batch(fast, 0.7, at=1000.0))
    assert newest.reading(fast.ids[0]).value == 0.7


def test_nothing_is_known_of_a_point_before_any_batch():
    assert Newest().reading(1) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(list(Lane)), st.sets(st.integers(0, 5), max_size=4)
        ),
        max_size=20,
    )
)
def test_every_point_of_the_last_layouts_and_no_other_is_found(takes):
    newest, expected = Newest(), {}
    for turn, (asset, lane, labels) in enumerate(takes):
        points = tuple(Point(asset, f"{lane}_x", (("n", str(label)),)) for label in sorted(labels))
        layout = Layout(asset, lane, points, (None,) * len(points), ("",) * len(points))
        newest.take(Batch(layout, float(turn), array("d", [float(turn)] * len(points))))
        expected[asset, lane] = (float(turn), points)
    now = {point.id: turn for turn, points in expected.values() for point in points}
    every = [Point(a, f"{lane}_x", (("n", str(n)),)).id for a in "abc" for lane in Lane for n in range(6)]
    found = {point: newest.reading(point) for point in every}
    assert {point: reading.value for point, reading in found.items() if reading} == now


def test_what_a_device_itself_says_counts_on_and_what_the_daemon_says_of_it_does_not(layout, batch):
    newest = Newest()
    assert newest.spoken("ups-a") == 0
    own = layout(metrics=("device_poll_duration_seconds",), own=True)
    newest.take(batch(own, 1.0))
    assert newest.spoken("ups-a") == 0
    before = 0
    for part in (layout(), layout(metrics=("ups_input_lines",), lane=Lane.SLOW), layout()):
        for _ in range(2):
            newest.take(batch(part, 0.5, at=1000.0))  # a clock may stand still
            assert newest.spoken("ups-a") > before
            before = newest.spoken("ups-a")
            newest.take(batch(own, 1.0))
            assert newest.spoken("ups-a") == before


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.booleans()), max_size=20))
def test_batches_that_come_together_are_taken_as_one_after_the_other(
    came: list[tuple[str, str, bool]],
) -> None:
    layouts = {
        (asset, metric): Layout(asset, Lane.FAST, (Point(asset, metric),), (None,), ("",))
        for asset in "abc"
        for metric in ("x", "y")
    }
    apart, together = Newest(), Newest()
    turn: list[Batch] = []
    for number, (asset, metric, last) in enumerate(came):
        batch = Batch(layouts[asset, metric], float(number), array("d", [1.0]))
        apart.take(batch)
        turn.append(batch)
        if last:
            together.take_all(turn)
            turn = []
    together.take_all(turn)
    for asset in "abc":
        assert together.batches(asset) == apart.batches(asset)
        assert together.spoken(asset) == apart.spoken(asset)
    there = [batch.layout for batch in apart]
    assert together.at(together.where(there)) == list(apart)
    assert together.version == apart.version
