"""What a scrape says after whatever happened is what one says that was arranged from nothing. Pains: A11."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from dcim.model import Address, Asset, Batch, Identity, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.outputs.prometheus import Exposition
from dcim.outputs.shape import digest, shape_key
from dcim.series import Newest

NAMES = ("a", "b", "c")
METRICS = ("ups_input_voltage_volts", "ups_output_source_state", "ups_battery_charge_ratio")
WORDS = {state_code(word): Meaning(word) for word in ("normal", "battery")}
NOW = 1000.0

layouts = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from([Lane.FAST, Lane.SLOW]),
    st.booleans(),
    st.lists(
        st.tuples(st.sampled_from(METRICS), st.sampled_from(["", "1", "2"])),
        min_size=1,
        max_size=5,
        unique=True,
    ),
)
steps = st.one_of(
    st.tuples(st.just("layout"), layouts),
    st.tuples(st.just("layout"), layouts),
    st.tuples(st.just("again"), st.integers(0, 9)),
    st.tuples(st.just("rack"), st.tuples(st.sampled_from(NAMES), st.sampled_from("xy"))),
    st.tuples(st.just("interval"), st.tuples(st.sampled_from(NAMES), st.sampled_from([10.0, 60.0]))),
    st.tuples(st.just("frozen"), st.tuples(st.sampled_from(NAMES), st.booleans())),
    st.tuples(st.just("scrape"), st.just(None)),
)


def layout(asset: str, lane: Lane, own: bool, points: list[tuple[str, str]]) -> Layout:
    made = tuple(Point(asset, metric, (("phase", phase),) if phase else ()) for metric, phase in points)
    states = tuple(dict(WORDS) if point.metric == METRICS[1] else None for point in made)
    return Layout(asset, lane, made, states, ("x",) * len(made), own=own)


@pytest.mark.long
@how(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=25))
def test_a_scrape_after_any_changes_is_one_arranged_from_nothing(done: list[tuple[str, Any]]) -> None:
    newest, kept = Newest(), list[Layout]()
    assets = {name: Asset(name, name, Kind.UPS, "x", Address("::1"), interval=10.0) for name in NAMES}
    exposition, shown = Exposition(newest), dict[str, Asset]()
    for turn, (what, which) in enumerate([*done, ("scrape", None)]):
        if what == "layout":
            kept.append(layout(*which))
        elif what in ("rack", "interval"):
            name, value = which
            assets[name] = shown[name] = replace(assets[name], **{what: value})
            exposition.describe(shown[name], Identity())
        elif what == "frozen":
            newest.freeze(*which)
        if what in ("layout", "again") and kept:
            taken = kept[-1] if what == "layout" else kept[which % len(kept)]
            word, number = state_code("battery"), float(turn)
            values = array("d", [number if states is None else word for states in taken.states])
            newest.take(Batch(taken, NOW - turn % 3 * 20.0, values))
        if what == "scrape":
            anew = Exposition(newest)
            for asset in shown.values():
                anew.describe(asset)
            assert exposition.text(NOW) == anew.text(NOW)
            assert exposition.text(NOW, openmetrics=True) == anew.text(NOW, openmetrics=True)


@given(layouts, layouts, st.sampled_from(NAMES))
def test_layouts_have_one_shape_if_they_have_the_same_points_and_words(
    one: tuple[Any, ...], other: tuple[Any, ...], name: str
) -> None:
    """Texts that are equal but not one object, as two devices give them, make no difference."""
    first, second = shape_key(layout(*one)), shape_key(layout(*other))
    assert (digest(first) == digest(second)) == (first == second)
    copied = [(metric[:3] + metric[3:], "".join(list(phase))) for metric, phase in one[3]]
    assert digest(shape_key(layout(name, one[1], one[2], copied))) == digest(first)


def test_words_that_are_members_of_an_enumeration_are_words_like_others() -> None:
    """The daemon's own states are made of them; so may be whatever a collector calls things."""
    plain = Layout("a", Lane.FAST, (Point("a", "m", (("lane", "fast"),)),), ({1.0: Meaning("fast")},), ("x",))
    made_of = Layout(
        "a", Lane.FAST, (Point("a", "m", (("lane", "fast"),)),), ({1.0: Meaning(Lane.FAST)},), ("x",)
    )
    odd = Layout("a", Lane.FAST, (Point("a", Lane.FAST, (("lane", Lane.FAST),)),), (None,), ("x",))
    assert digest(shape_key(plain)) == digest(shape_key(made_of))
    assert digest(shape_key(odd)) == digest(shape_key(odd)) != digest(shape_key(plain))
