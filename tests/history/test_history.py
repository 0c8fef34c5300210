"""The history as a whole: what is appended is found, before and after commits, closings and restarts."""

import hashlib
from array import array

import polars as pl
import pytest

from dcim.history import BUCKETS, GAP_CODES, ROWS, HistoryLocked
from dcim.history.columns import types
from dcim.model import Batch, GapReason

HOUR, DAY, FOREVER = 3600.0, 86_400.0, 1e12


def found(history, *points, start=0.0, end=FOREVER):
    """Readings as (point, at in s, value or reason)."""
    return [
        (point, at / 1000, next((k for k, code in GAP_CODES.items() if code == gap), value))
        for point, at, value, gap in history.query(points, start, end).rows()
    ]


async def test_a_reading_is_found_before_it_is_committed_and_after(opened, layout, batch, clock):
    history, ups = opened(), layout()
    history.append(batch(ups, clock.at, 230.0, GapReason.ABSENT, 231.5))
    expected = [(ups.ids[0], clock.at, 230.0), (ups.ids[1], clock.at, "absent")]
    assert sorted(found(history, *ups.ids[:2])) == sorted(expected)
    assert history.counts().waiting == 3
    assert await history.commit() == 3
    assert sorted(found(history, *ups.ids[:2])) == sorted(expected)
    assert (history.counts().waiting, history.counts().acknowledged) == (0, 3)


async def test_what_is_acknowledged_is_there_after_a_restart(opened, layout, batch, clock):
    history, ups = opened(), layout()
    history.append(batch(ups, clock.at, 1.0, 2.0, 3.0))
    await history.aclose()
    again = opened()
    assert found(again, ups.ids[2]) == [(ups.ids[2], clock.at, 3.0)]
    assert again.describe(ups.ids[2]).point == ups.points[2]
    assert [each.point for each in again.points()] == list(ups.points)


async def test_a_commit_of_nothing_writes_nothing(opened):
    history = opened()
    assert await history.commit() == 0
    assert history.counts().segments == 0


async def test_a_batch_that_does_not_fit_its_layout_is_refused(opened, layout, clock):
    history = opened()
    with pytest.raises(ValueError, match="ups-a: 2 values for 3 points"):
        history.append(Batch(layout(), clock.at, array("d", [1.0, 2.0])))
    assert await history.commit() == 0


async def test_two_processes_cannot_write_into_one_history(opened):
    opened()
    with pytest.raises(HistoryLocked, match="another process writes here"):
        opened()


async def test_late_readings_are_sorted_in_and_of_doubles_the_last_written_stays(
    opened, layout, batch, clock
):
    """Pains: E2."""
    history, ups = opened(), layout(size=1)
    start = clock.at
    for at, value in ((20.0, 2.0), (10.0, 1.0), (20.0, 2.5)):
        history.append(batch(ups, start + at, value))
        await history.commit()
    expected = [(ups.ids[0], start + 10, 1.0), (ups.ids[0], start + 20, 2.5)]
    assert found(history, ups.ids[0]) == expected
    clock.at += HOUR
    history.append(batch(ups, start + 5, 0.5))
    await history.commit()
    (made,) = await history.tidy()
    assert made.set.rows == 2
    assert found(history, ups.ids[0]) == [(ups.ids[0], start + 5, 0.5), *expected]


async def test_a_range_has_its_start_and_not_its_end(opened, layout, batch, clock):
    history, ups = opened(), layout(size=1)
    for turn in range(4):
        history.append(batch(ups, clock.at + turn, float(turn)))
        if turn == 1:
            await history.commit()
    rows = found(history, ups.ids[0], start=clock.at + 1, end=clock.at + 3)
    assert [value for _, _, value in rows] == [1.0, 2.0]


async def test_buckets_respect_gaps_and_holes(opened, layout, batch, clock):
    history, ups = opened(), layout(size=1)
    gone = GapReason.NO_ANSWER
    for at, value in ((0, 1.0), (20, 4.0), (40, gone), (60, gone), (180, 7.0), (190, 5.0)):
        history.append(batch(ups, clock.at + at, value))
    rows = history.query([ups.ids[0]], 0, FOREVER, 60.0)
    assert dict(rows.schema) == types(BUCKETS)
    shown = [((at / 1000 - clock.at), *rest) for _, at, *rest in rows.rows()]
    assert shown == [
        (0.0, 2.5, 1.0, 4.0, 4.0, 2, 1),
        (60.0, None, None, None, None, 0, 1),  # gaps are gaps, not zeros
        (180.0, 6.0, 5.0, 7.0, 5.0, 2, 0),  # and where nothing was recorded there is no bucket
    ]


async def test_a_point_nobody_has_seen_has_no_readings(opened, layout, batch, clock):
    history = opened()
    assert found(history, 12345) == []
    assert dict(history.query([12345], 0, FOREVER).schema) == types(ROWS)
    assert dict(history.query([12345], 0, FOREVER, 60.0).schema) == types(BUCKETS)
    history.append(batch(layout(), clock.at, 1.0, 2.0, 3.0))
    await history.commit()
    assert found(history, 12345) == []


async def test_a_question_about_no_point_has_no_answer(opened, layout, batch, clock):
    history = opened()
    history.append(batch(layout(), clock.at, 1.0, 2.0, 3.0))
    await history.commit()
    assert found(history) == []


async def write_hours(history, clock, layouts, hours, step=300.0):
    """Append and commit a reading of every point each ``step``; return all as ``found`` gives them."""
    written = []
    until = clock.at + hours * HOUR
    while clock.at < until:
        for number, lay in enumerate(layouts):
            values = [round(clock.at % 1000 + number + slot / 10, 1) for slot in range(len(lay))]
            history.append(Batch(lay, clock.at, array("d", values)))
            written += [(point, clock.at, value) for point, value in zip(lay.ids, values, strict=True)]
        await history.commit()
        clock.at += step
    return sorted(written)


async def test_hours_and_days_are_closed_and_every_reading_stays(opened, layout, clock):
    """Files hold at most 1,000 readings here, so there are several."""
    history = opened()
    layouts = [layout("ups-a", 20), layout("ups-b", 20)]
    points = [*layouts[0].ids, *layouts[1].ids]
    written = await write_hours(history, clock, layouts, 2.1)
    made = await history.tidy()
    assert [each.set.label for each in made] == ["2026-11-25T10", "2026-11-25T11"]
    assert found(history, *points) == written
    clock.at += DAY
    written = sorted(written + await write_hours(history, clock, layouts, 0.2))
    made = await history.tidy()
    assert [each.set.label for each in made] == ["2026-11-25T12", "2026-11-25"]
    day = made[-1]
    assert len(day.files) == 2
    for file in day.files:
        path = day.set.path / file.name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
        table = pl.read_parquet(path)
        assert table.height == file.rows <= 1000
        assert table.equals(table.sort("point", "at"))
    assert found(history, *points) == written
    await history.aclose()
    again = opened()
    assert found(again, *points) == written
    assert again.counts().sets == 1


async def test_a_day_of_restarts_is_read_back_whole(opened, layout, batch, clock):
    """Every start begins a segment; those that were open at a crash are found by their frames."""
    ups = layout(size=1)
    for turn in range(5):
        history = opened()
        assert found(history, ups.ids[0]) == [(ups.ids[0], clock.at + n, float(n)) for n in range(turn)]
        history.append(batch(ups, clock.at + turn, float(turn)))
        await history.aclose()


async def test_a_commit_larger_than_a_frame_is_written_as_several(opened, layout, clock):
    history, layouts = opened(frame_readings=50), [layout(f"pdu-{n}", 20) for n in range(6)]
    cursor = history.cursor("influx")
    for lay in layouts:
        history.append(Batch(lay, clock.at, array("d", [1.0] * 20)))
    assert await history.commit() == 120
    assert [portion.table.height for portion in cursor.read(1000)] == [40, 40, 40]


async def test_points_of_a_device_that_is_understood_anew_are_described_anew(opened, layout, batch, clock):
    history = opened()
    history.append(batch(layout(size=1), clock.at, 1.0))
    await history.commit()
    history.append(batch(layout(size=2), clock.at + 1, 1.0, 2.0))
    await history.commit()
    assert history.describe(layout(size=2).ids[1]).point == layout(size=2).points[1]


async def test_segments_are_sealed_when_they_are_full(opened, layout, clock):
    history, lay = opened(segment_bytes=1000), layout(size=20)
    for turn in range(6):
        history.append(Batch(lay, clock.at + turn, array("d", [1.0] * 20)))
        await history.commit()
    assert history.counts().segments > 1
    assert len(found(history, lay.ids[0])) == 6
