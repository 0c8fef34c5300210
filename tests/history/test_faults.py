"""Full disks, broken disks, damaged files, children that fail: nothing acknowledged is lost, the rest is counted."""

import asyncio
import shutil

import pytest

from dcim.history import HistoryError, NotClosed, NotCommitted
from dcim.history.segment import SegmentFile

FOREVER = 1e12


def values(history, point):
    return history.query([point], 0, FOREVER)["value"].to_list()


async def test_while_the_disk_is_full_readings_wait_in_memory_and_are_written_when_there_is_room(
    opened, layout, batch, clock, disk
):
    """Pains: E1."""
    history, ups = opened(), layout(size=1)
    history.append(batch(ups, clock.at, 0.0))
    await history.commit()
    disk.room = 100
    for turn in range(1, 4):
        history.append(batch(ups, clock.at + turn, float(turn)))
        with pytest.raises(NotCommitted, match=f"No space left on device; {turn} readings wait"):
            await history.commit()
        disk.room = 100
    assert values(history, ups.ids[0]) == [0.0, 1.0, 2.0, 3.0]
    assert history.counts().acknowledged == 1
    disk.room = 10**9
    assert await history.commit() == 3
    await history.aclose()
    again = opened()
    assert values(again, ups.ids[0]) == [0.0, 1.0, 2.0, 3.0]
    assert again.counts().torn_bytes == 0


async def test_beyond_the_bound_the_oldest_readings_are_dropped_and_counted(
    opened, layout, batch, clock, disk
):
    history, ups = opened(memory_readings=4), layout(size=1)
    disk.room = 0
    for turn in range(7):
        history.append(batch(ups, clock.at + turn, float(turn)))
        with pytest.raises(NotCommitted):
            await history.commit()
    assert (history.counts().dropped, history.counts().waiting) == (3, 4)
    disk.room = 10**9
    assert await history.commit() == 4
    assert values(history, ups.ids[0]) == [3.0, 4.0, 5.0, 6.0]


async def test_after_a_failed_sync_the_readings_are_written_again_elsewhere(
    opened, layout, batch, clock, disk
):
    history, ups = opened(), layout(size=1)
    history.append(batch(ups, clock.at, 0.0))
    await history.commit()
    disk.broken = True
    history.append(batch(ups, clock.at + 1, 1.0))
    with pytest.raises(NotCommitted, match="Input/output error"):
        await history.commit()
    assert history.counts().acknowledged == 1
    disk.broken = False
    assert await history.commit() == 1
    assert history.counts().segments == 2
    assert values(history, ups.ids[0]) == [0.0, 1.0]


async def test_an_output_never_sees_what_was_not_acknowledged(opened, layout, batch, clock, disk):
    history, ups = opened(), layout(size=1)
    cursor = history.cursor("influx")
    disk.broken = True
    history.append(batch(ups, clock.at, 1.0))
    with pytest.raises(NotCommitted):
        await history.commit()
    assert cursor.read(100) == []
    disk.broken = False
    await history.commit()
    assert [portion.table["value"].to_list() for portion in cursor.read(100)] == [[1.0]]


async def test_a_bug_while_writing_is_seen_and_loses_nothing(opened, layout, batch, clock, disk):
    history, ups = opened(), layout(size=1)
    history.append(batch(ups, clock.at, 1.0))
    disk.bug = True
    with pytest.raises(ZeroDivisionError):
        await history.commit()
    disk.bug = False
    assert await history.commit() == 1


async def test_a_segment_that_cannot_be_cut_back_is_left_and_never_read_twice(
    opened, layout, batch, clock, disk
):
    history, ups = opened(), layout(size=1)
    history.append(batch(ups, clock.at, 0.0))
    await history.commit()
    disk.broken = disk.stuck = True
    history.append(batch(ups, clock.at + 1, 1.0))
    with pytest.raises(NotCommitted):
        await history.commit()
    disk.broken = disk.stuck = False
    await history.commit()
    await history.aclose()
    again = opened()
    assert values(again, ups.ids[0]) == [0.0, 1.0]
    clock.at += 3600
    again.append(batch(ups, clock.at, 2.0))
    await again.commit()
    (made,) = await again.tidy()
    assert made.set.rows == 2
    assert values(again, ups.ids[0]) == [0.0, 1.0, 2.0]


async def sealed_hour(history, layout, batch, clock):
    ups = layout(size=1)
    for turn in range(3):
        history.append(batch(ups, clock.at + turn, float(turn)))
        await history.commit()
    clock.at += 3600
    history.append(batch(ups, clock.at, 3.0))
    await history.commit()
    return ups.ids[0]


@pytest.mark.long
async def test_a_failed_closing_says_why_and_works_the_next_time(opened, layout, batch, clock, tmp_path):
    history = opened(child=True)
    point = await sealed_hour(history, layout, batch, clock)
    in_the_way = tmp_path / "history/closed/.making-2026-11-25T10_0000000001-0000000001"
    in_the_way.write_bytes(b"a file where a directory is to be made")
    with pytest.raises(NotClosed, match="closing 2026-11-25T10 ended with 1: FileExistsError"):
        await history.tidy()
    assert (history.counts().sets, history.counts().segments) == (0, 2)
    in_the_way.unlink()
    (made,) = await history.tidy()
    assert made.set.rows == 3
    assert values(history, point) == [0.0, 1.0, 2.0, 3.0]


async def test_a_closing_that_cannot_write_is_an_error_that_says_so(opened, layout, batch, clock, tmp_path):
    history = opened()
    await sealed_hour(history, layout, batch, clock)
    closed = tmp_path / "history/closed"
    (closed / ".making-2026-11-25T10_0000000001-0000000001").write_bytes(b"")
    with pytest.raises(NotClosed, match="File exists"):
        await history.tidy()


@pytest.mark.long
async def test_a_closing_that_is_cancelled_leaves_no_child_behind(opened, layout, batch, clock):
    history = opened(child=True)
    await sealed_hour(history, layout, batch, clock)
    tidying = asyncio.create_task(history.tidy())
    await asyncio.sleep(0.05)
    tidying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await tidying
    (made,) = await history.tidy()
    assert made.set.rows == 3


async def test_a_segment_that_somebody_took_away_does_not_stop_the_closing(
    opened, layout, batch, clock, tmp_path
):
    history = opened()
    cursor = history.cursor("influx", from_start=True)
    point = await sealed_hour(history, layout, batch, clock)
    (segment, _) = SegmentFile.all(tmp_path / "history/segments")
    segment.path.unlink()
    with pytest.raises(HistoryError):
        history.query([point], 0, FOREVER)
    assert len(cursor.read(100)) == 1
    assert await history.tidy() == []
    assert values(history, point) == [3.0]


@pytest.mark.parametrize("moment", ["half made", "made, not yet swept", "face missing"])
async def test_a_crash_while_closing_leaves_every_reading_once(
    opened, layout, batch, clock, tmp_path, moment
):
    history = opened()
    point = await sealed_hour(history, layout, batch, clock)
    closed = tmp_path / "history/closed"
    segments = tmp_path / "history/segments"
    shutil.copytree(segments, tmp_path / "before")
    (made,) = await history.tidy()
    await history.aclose()
    if moment == "half made":
        made.set.path.rename(closed / f".making-{made.set.path.name}")
    if moment == "face missing":
        (made.set.path / "set.json").unlink()
    for path in (tmp_path / "before").iterdir():  # the segments had not been removed yet
        shutil.copy(path, segments)
    again = opened()
    assert values(again, point) == [0.0, 1.0, 2.0, 3.0]
    await again.tidy()
    assert values(again, point) == [0.0, 1.0, 2.0, 3.0]
    assert [path.name for path in closed.iterdir()] == [made.set.path.name]


async def test_damage_in_a_closed_file_is_an_error_and_never_a_wrong_answer(opened, layout, batch, clock):
    history = opened()
    point = await sealed_hour(history, layout, batch, clock)
    (made,) = await history.tidy()
    path = made.set.path / made.files[0].name
    path.write_bytes(b"not parquet at all")
    with pytest.raises(HistoryError):
        history.query([point], 0, FOREVER)


async def test_days_beyond_retention_are_removed(opened, layout, batch, clock):
    history, ups = opened(days=2), layout(size=1)
    for day in range(6):
        history.append(batch(ups, clock.at, float(day)))
        await history.commit()
        clock.at += 86_400
    await history.tidy()
    assert values(history, ups.ids[0]) == [3.0, 4.0, 5.0]
    assert history.counts().sets == 2
