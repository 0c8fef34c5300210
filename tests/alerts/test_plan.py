"""What a watch keeps of alerts that are at rest: nothing, unless there is something to remember."""

from collections.abc import Callable

from dcim.alerts import Rule, RuleSet, Watch
from dcim.model import Asset, Batch, Layout


def _watch(rule: Rule, *assets: Asset) -> Watch:
    return Watch(RuleSet({rule.name: rule}), assets, "cas1", lambda _lane, every: every)


def test_a_slot_keeps_its_cells_while_an_alert_of_it_is_under_way(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    watch, layout = _watch(make_rule(), make_asset()), make_layout("ups_output_load_ratio")
    watch.take(batch(layout, 0.4), 0.0)
    plan = watch._plans.known[layout]
    assert not plan.kept
    (raised,) = watch.take(batch(layout, 0.9), 10.0)
    (cell,) = plan.kept[0]
    assert cell.name in watch._standing.busy
    assert cell.point is raised.alert.point
    watch.take(batch(layout, 0.95), 20.0)
    assert plan.kept[0] == (cell,)


def test_what_has_turned_before_is_remembered_after_it_is_over(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    """Pains: F8."""
    watch = _watch(make_rule(acknowledge=False), make_asset())
    layout = make_layout("ups_output_load_ratio")
    for turn, load in enumerate((0.9, 0.4)):
        assert len(watch.take(batch(layout, load), 10.0 * turn)) == 1
    (cell,) = watch._plans.known[layout].kept[0]
    assert not watch._standing.busy
    assert cell.state.turns


def test_devices_of_a_family_share_what_looks_at_them(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    watch = _watch(make_rule(), make_asset("one"), make_asset("two"))
    layouts = [make_layout("ups_output_load_ratio", "ups_battery_state", asset=one) for one in ("one", "two")]
    for layout in layouts:
        watch.take(batch(layout, 0.4, "normal"), 0.0)
    first, second = (watch._plans.known[layout].rules for layout in layouts)
    assert first is second
