"""Batches that come together are compared all at once: nothing else follows from them than one by one."""

from array import array
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.alerts import Change, Rule, RuleSet, Watch
from dcim.alerts.cell import Cell
from dcim.alerts.condition import HasGap, Outside, Share
from dcim.alerts.plan import Plan
from dcim.model import Asset, Batch, GapReason, Lane, Layout
from dcim.series import Newest

CURRENT, RATING = "pdu_outlet_current_amperes", "pdu_rating_current_amperes"
OUTLETS = 13  # more than are compared one after the other
DEVICES = ("pdu-1", "pdu-2", "pdu-3")

values = st.sampled_from([1.0, 1.5, 5.0, 9.0, 20.0, None, GapReason.REFUSED])
turns = st.lists(
    st.lists(
        st.tuples(st.sampled_from(DEVICES), st.booleans(), st.lists(values, min_size=3, max_size=3)),
        max_size=5,
    ),
    max_size=12,
)


def told(changes: list[Change]) -> list[tuple[object, ...]]:
    return [(one.kind, one.alert.key, one.at) for one in changes]


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(story=turns)
def test_a_glance_at_what_comes_together_changes_nothing(
    story: list[list[tuple[str, bool, list[float | GapReason | None]]]],
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset], make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:  # fmt: skip
    """A rating that comes with the currents it measures has them looked at again, glanced at or not."""
    missing = HasGap(frozenset({GapReason.REFUSED}), lost=True)
    rules = RuleSet(
        {
            one.name: one
            for one in (
                make_rule("high", Outside(high=8), Outside(high=7), metrics=(CURRENT,), on=15.0),
                make_rule("gone", missing, missing, metrics=(CURRENT,)),
                make_rule(
                    "full", Share(Outside(high=0.8)), Share(Outside(high=0.7)),
                    metrics=(CURRENT,), ratio_to=(RATING,),
                ),
            )
        }
    )  # fmt: skip
    wholes = {
        name: make_layout(*((CURRENT, {"outlet": str(n)}) for n in range(OUTLETS)), asset=name)
        for name in DEVICES
    }
    ratings = {name: make_layout(RATING, asset=name, lane=Lane.SLOW) for name in DEVICES}
    watches = []
    for _ in range(2):
        newest = Newest()
        assets = [make_asset(name) for name in DEVICES]
        watches.append((Watch(rules, assets, "cas1", lambda _lane, every: every, newest.batches), newest))
    (watch, newest), (glancing, newest_too) = watches
    for number, turn in enumerate(story):
        at = 10.0 * number
        came = [
            batch(ratings[name], said[0], at=at)
            if rated
            else batch(wholes[name], *said, *[2.0] * (OUTLETS - len(said)), at=at)
            for name, rated, said in turn
        ]
        glancing.glance(came)
        for one in came:
            newest.take(one)
            newest_too.take(one)
            assert told(watch.take(one, at)) == told(glancing.take(one, at))
        assert watch.looks == glancing.looks
        assert watch.unsaved() == glancing.unsaved()


def test_a_rating_that_changes_in_a_turn_has_what_was_glanced_at_in_it_looked_at_again(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset], make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:  # fmt: skip
    full = make_rule(
        "full", Share(Outside(high=0.8)), Share(Outside(high=0.7)), metrics=(CURRENT,), ratio_to=(RATING,)
    )
    newest = Newest()
    rules, assets = RuleSet({"full": full}), [make_asset("pdu-1")]
    watch = Watch(rules, assets, "cas1", lambda _lane, every: every, newest.batches)
    outlets = make_layout(*((CURRENT, {"outlet": str(n)}) for n in range(OUTLETS)), asset="pdu-1")
    rated = make_layout(RATING, asset="pdu-1", lane=Lane.SLOW)
    raised = []
    for at, rating in ((0.0, 10.0), (10.0, 10.0), (20.0, 5.0)):
        came = [batch(rated, rating, at=at), batch(outlets, *[5.0] * OUTLETS, at=at)]
        watch.glance(came)
        for one in came:
            newest.take(one)
            raised += [change.at for change in watch.take(one, at)]
    assert raised == [20.0] * OUTLETS


@given(said=st.lists(st.lists(values, min_size=OUTLETS, max_size=OUTLETS), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_plans_compared_at_once_find_what_each_finds(
    said: list[list[float | GapReason | None]], make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    layout = make_layout(*((CURRENT, {"outlet": str(n)}) for n in range(OUTLETS)))
    looks = []
    for number, row in enumerate(said):
        plan = Plan.of(layout, ((),) * OUTLETS)
        for slot in range(OUTLETS):
            plan.low[slot], plan.high[slot] = (1.0, 6.0) if slot % 2 else (5.0, 5.0)
            plan.gap_is_quiet[slot] = (slot + number) % 3 == 0
        looks.append((plan, batch(layout, *row).values))
    assert list(map(list, Plan.all_loud(looks))) == [list(plan.loud(row)) for plan, row in looks]


moves = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.integers(0, 2), st.integers(0, 2), st.sampled_from([1.0, 5.0, 9.0])),
        st.tuples(st.just("wake"), st.integers(0, 2), st.just(0), st.just(0.0)),
        st.tuples(st.just("share"), st.integers(0, 2), st.just(0), st.just(0.0)),
    ),
    max_size=30,
)


@given(moves=moves)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_plans_that_hold_quiet_ranges_in_common_change_their_own_alone(
    moves: list[tuple[str, int, int, float]],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
) -> None:
    high = make_rule("high", Outside(high=8), Outside(high=7), metrics=(CURRENT,))
    layouts = [
        make_layout(*((CURRENT, {"outlet": str(n)}) for n in range(3)), RATING, asset=name)
        for name in DEVICES
    ]
    rules = ((high,), (high,), (), ())
    sharing, alone = ([Plan.of(one, rules, {RATING}) for one in layouts] for _ in range(2))
    ranges: dict[bytes, tuple[array[float], array[float]]] = {}
    for what, number, slot, value in moves:
        for plans in (sharing, alone):
            plan = plans[number]
            cells = tuple(
                Cell(rule, plan.layout.points[slot], _name=(rule.name, plan.layout.ids[slot]))
                for rule in rules[slot]
            )
            if what == "look":
                plan.listen(slot, cells, value)
            elif what == "wake":
                plan.wake(Cell(high, plan.layout.points[0], _name=("high", plan.layout.ids[0])))
            elif plans is sharing:
                plan.share(ranges)
        for one, other in zip(sharing, alone, strict=True):
            assert (one.low, one.high) == (other.low, other.high)
        held = [(plan.low, plan.high) for plan in sharing if plan.shares]
        assert len({id(low) for low, _ in held}) == len(
            {low.tobytes() + high.tobytes() for low, high in held}
        )


def test_an_alert_of_one_device_is_its_own_although_a_family_holds_its_quiet_ranges_once(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset], make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:  # fmt: skip
    high = make_rule("high", Outside(high=8), Outside(high=7), metrics=(CURRENT,))
    newest = Newest()
    assets = [make_asset(name) for name in DEVICES]
    watch = Watch(RuleSet({"high": high}), assets, "cas1", lambda _lane, every: every, newest.batches)
    layouts = [make_layout(CURRENT, asset=name) for name in DEVICES]
    told_of = []
    for at, said in (
        (0.0, (1.0, 2.0, 3.0)),
        (10.0, (1.0, 9.0, 3.0)),
        (20.0, (1.0, 2.0, 9.0)),
        (30.0, (1.0,) * 3),
    ):
        for layout, value in zip(layouts, said, strict=True):
            one = batch(layout, value, at=at)
            newest.take(one)
            told_of += [(change.kind, change.alert.asset, at) for change in watch.take(one, at)]
    assert [(str(kind), asset, at) for kind, asset, at in told_of] == [
        ("raised", "pdu-2", 10.0), ("cleared", "pdu-2", 20.0), ("raised", "pdu-3", 20.0), ("cleared", "pdu-3", 30.0),
    ]  # fmt: skip
