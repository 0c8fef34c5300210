"""Frames: bytes that prove themselves."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.history import GAP_CODES, GAP_REASONS, GAP_UNSAID, SCHEMA
from dcim.history.columns import types
from dcim.history.frame import asset_code, assets_of, decode, encode, is_whole, parse_header, table
from dcim.model import Batch, Gap, GapReason, Lane, Layout, Point

floats = st.floats(allow_nan=False, width=64)
cells = st.one_of(floats, st.sampled_from(GapReason))


@st.composite
def batches(draw):
    made = []
    for _ in range(draw(st.integers(1, 4))):
        asset, values = draw(st.sampled_from(["a", "b", "ups-é"])), draw(st.lists(cells, max_size=5))
        points = tuple(Point(asset, "pdu_power_watts", (("n", str(n)),)) for n in range(len(values)))
        layout = Layout(asset, Lane.FAST, points, (None,) * len(points), ("",) * len(points))
        numbers = array("d", [math.nan if isinstance(value, GapReason) else value for value in values])
        gaps = {slot: Gap(value) for slot, value in enumerate(values) if isinstance(value, GapReason)}
        made.append(Batch(layout, draw(st.integers(0, 2**41)) / 1000, numbers, gaps))
    return made


def cells_of(batch: Batch) -> list[tuple[int, int, float | None, int]]:
    return [
        (
            round(batch.at * 1000),
            batch.layout.ids[slot],
            None if slot in batch.gaps else value,
            GAP_CODES[batch.gaps[slot].reason] if slot in batch.gaps else 0,
        )
        for slot, value in enumerate(batch.values)
    ]


@given(batches())
def test_what_is_read_back_is_what_was_written(given_batches):
    frame = encode(given_batches)
    header = parse_header(frame)
    assert is_whole(header, frame)
    rows = decode(header, frame)
    assert dict(rows.schema) == types(SCHEMA)
    back = [(at, point, None if math.isnan(value) else value, gap) for at, point, value, gap in rows.rows()]
    assert back == [cell for batch in given_batches for cell in cells_of(batch)]
    assert header.rows == len(back)
    times = [round(batch.at * 1000) for batch in given_batches]
    assert (header.first_at, header.last_at) == (min(times), max(times))
    codes = {asset_code(batch.layout.asset) for batch in given_batches}
    assert assets_of(header, frame).tolist() == sorted(codes)


@given(batches(), st.data())
def test_a_torn_frame_is_not_whole(given_batches, data):
    frame = encode(given_batches)
    torn = frame[: data.draw(st.integers(0, len(frame) - 1))]
    header = parse_header(torn)
    assert header is None or not is_whole(header, torn)


@given(batches(), st.data())
def test_a_frame_with_one_changed_bit_is_not_whole(given_batches, data):
    frame = bytearray(encode(given_batches))
    where = data.draw(st.integers(0, len(frame) - 1))
    frame[where] ^= 1 << data.draw(st.integers(0, 7))
    header = parse_header(bytes(frame))
    assert header is None or not is_whole(header, bytes(frame))


@given(st.binary(max_size=80))
def test_any_bytes_may_be_asked_whether_they_are_a_frame(data):
    header = parse_header(data)
    assert header is None or not is_whole(header, data)


def test_nan_for_which_nobody_gave_a_reason_is_still_a_gap(layout):
    lay = layout(size=1)
    assert table([Batch(lay, 1.0, array("d", [math.nan]))])["gap"].to_list() == [GAP_UNSAID]


@pytest.mark.parametrize("reason", GapReason)
def test_every_reason_has_a_number_of_its_own(reason):
    assert GAP_REASONS[GAP_CODES[reason]] is reason
    assert 0 < GAP_CODES[reason] < GAP_UNSAID
