"""The points of a family's device, made when asked for, are the tuple of them in every way that is used."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Batch, Lane, Layout, Point, Points, canonical

_TEXT = st.text(max_size=3)
_LABELS = st.dictionaries(_TEXT, _TEXT, max_size=2).map(canonical)
_MEASURED = st.lists(st.tuples(_TEXT, _LABELS), max_size=8, unique=True).map(tuple)


@given(_TEXT, _TEXT, _MEASURED, _MEASURED, st.slices(8))
def test_points_made_when_asked_for_are_those_of_a_tuple(asset, other, measured, others, some) -> None:
    made = Points(asset, measured)
    written = tuple([Point(asset, metric, labels) for metric, labels in measured])
    assert tuple(made) == written
    assert [made[at] for at in range(-len(made), len(made))] == [*written, *written]
    assert made[some] == written[some]
    assert made == written
    assert written == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(written)
    assert [point in made for point in written] == [True] * len(written)
    assert [made.index(point) for point in written] == list(range(len(written)))
    against = tuple([Point(other, metric, labels) for metric, labels in others])
    for there in (against, Points(other, others), Points(asset, others), Points(other, measured)):
        assert (made == there) == (written == tuple(there))
        assert (there == made) == (tuple(there) == written)


@given(_TEXT, _MEASURED)
def test_a_layout_of_points_made_when_asked_for_is_the_layout_of_a_tuple(asset, measured) -> None:
    made = Points(asset, measured)
    size = len(measured)
    one, other = (
        Layout(asset, Lane.FAST, points, (None,) * size, ("1.3",) * size) for points in (made, tuple(made))
    )
    assert len(one) == len(other)
    assert one.ids == other.ids
    assert list(one.metrics) == list(other.metrics) == [metric for metric, _ in measured]
    values = [float(slot) for slot in range(size)]
    readings = [[Batch(each, 1.0, values).reading(slot) for slot in range(size)] for each in (one, other)]
    assert readings[0] == readings[1]


def test_points_end_where_a_tuple_ends() -> None:
    with pytest.raises(IndexError):
        Points("pdu-1", (("pdu_input_power_watts", ()),))[1]


def test_a_point_that_stands_twice_is_refused() -> None:
    twice = Points("pdu-1", (("pdu_input_power_watts", ()),) * 2)
    with pytest.raises(ValueError, match="twice"):
        Layout("pdu-1", Lane.FAST, twice, (None, None), ("1", "2"))


def test_points_are_no_list() -> None:
    assert Points("pdu-1", ()) != []
