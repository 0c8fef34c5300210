"""Cursors: each output reads everything committed, in order, at least once."""

import pytest


async def write(history, batch, lay, clock, *numbers):
    for number in numbers:
        history.append(batch(lay, clock.at + number, float(number)))
        await history.commit()


def read(cursor, limit=1000):
    portions = cursor.read(limit)
    return [value for portion in portions for value in portion.table["value"].to_list()], portions


async def test_what_was_not_advanced_over_comes_again_after_a_restart(opened, layout, batch, clock):
    """Pains: E1."""
    history, ups = opened(), layout(size=1)
    cursor = history.cursor("influx")
    await write(history, batch, ups, clock, 1, 2, 3)
    numbers, portions = read(cursor, 2)
    assert numbers == [1.0, 2.0]
    cursor.advance(portions[0].after)
    await history.aclose()
    again = opened()
    cursor = again.cursor("influx")
    await write(again, batch, ups, clock, 4)
    assert read(cursor)[0] == [2.0, 3.0, 4.0]
    assert read(cursor)[0] == [2.0, 3.0, 4.0]


async def test_a_new_cursor_begins_at_the_end_or_at_the_start(opened, layout, batch, clock):
    history, ups = opened(), layout(size=1)
    await write(history, batch, ups, clock, 1)
    late, early = history.cursor("late"), history.cursor("early", from_start=True)
    await write(history, batch, ups, clock, 2)
    assert read(late)[0] == [2.0]
    assert read(early)[0] == [1.0, 2.0]


async def test_a_frame_larger_than_the_limit_still_comes(opened, layout, batch, clock):
    history, ups = opened(), layout(size=3)
    cursor = history.cursor("influx")
    history.append(batch(ups, clock.at, 1.0, 2.0, 3.0))
    await history.commit()
    assert read(cursor, 1)[0] == [1.0, 2.0, 3.0]


async def test_a_cursor_never_goes_back(opened, layout, batch, clock):
    history, ups = opened(), layout(size=1)
    cursor = history.cursor("influx")
    await write(history, batch, ups, clock, 1, 2)
    _, portions = read(cursor)
    cursor.advance(portions[1].after)
    cursor.advance(portions[0].after)
    assert read(cursor)[0] == []


async def test_closed_segments_stay_until_every_cursor_has_passed_them(opened, layout, batch, clock):
    history, ups = opened(), layout(size=1)
    cursor = history.cursor("influx")
    await write(history, batch, ups, clock, 1, 2)
    clock.at += 3600
    await write(history, batch, ups, clock, 3)
    assert len(await history.tidy()) == 1
    assert history.counts().segments == 2
    numbers, portions = read(cursor)
    assert numbers == [1.0, 2.0, 3.0]
    cursor.advance(portions[-1].after)
    await history.tidy()
    assert history.counts().segments == 1
    assert cursor.lag() == 0


async def test_a_cursor_of_the_last_run_holds_its_segments_before_anybody_asks_for_it(
    opened, layout, batch, clock
):
    history, ups = opened(), layout(size=1)
    history.cursor("influx")
    await write(history, batch, ups, clock, 1)
    await history.aclose()
    again = opened()
    clock.at += 3600
    await write(again, batch, ups, clock, 2)
    await again.tidy()
    assert read(again.cursor("influx"))[0] == [1.0, 2.0]
    again.drop_cursor("influx")
    again.drop_cursor("influx")
    await again.tidy()
    assert again.counts().segments == 1


async def test_a_queue_longer_than_its_bound_loses_the_oldest_and_counts_them(opened, layout, batch, clock):
    """Pains: E1."""
    history, ups = opened(queue_bytes=1000), layout(size=1)
    cursor = history.cursor("influx")
    for hour in range(4):
        await write(history, batch, ups, clock, *range(10 * hour, 10 * hour + 2))
        clock.at += 3600
    before = cursor.lag()
    await history.tidy()
    counts = history.counts()
    assert counts.queue_dropped == 6
    assert 0 < cursor.lag() < before
    assert read(cursor)[0] == [30.0, 31.0]
    assert history.query([ups.ids[0]], 0, 1e12).height == 8  # dropped from the queue, not from the history


@pytest.mark.parametrize("name", ["", "../x", "Influx", "a b"])
async def test_a_cursor_has_a_name_that_is_a_file_name_everywhere(opened, name):
    history = opened()
    with pytest.raises(ValueError, match="cursor's name"):
        history.cursor(name)


async def test_a_cursor_file_that_was_damaged_begins_anew(opened, layout, batch, clock, tmp_path):
    history, ups = opened(), layout(size=1)
    history.cursor("influx")
    await write(history, batch, ups, clock, 1)
    await history.aclose()
    (tmp_path / "history/cursors/influx.json").write_text("{")
    again = opened()
    assert read(again.cursor("influx"))[0] == []


async def test_a_cursor_says_how_old_the_oldest_waiting_reading_is(opened, layout, batch, clock):
    """Pains: E1."""
    history, ups = opened(), layout(size=1)
    cursor = history.cursor("influx")
    assert cursor.waiting_since() is None
    await write(history, batch, ups, clock, 1, 2)
    assert cursor.waiting_since() == clock.at + 1
    assert 0 < cursor.lag() <= history.counts().segment_bytes
    _, portions = read(cursor)
    cursor.advance(portions[0].after)
    assert cursor.waiting_since() == clock.at + 2
    cursor.advance(portions[1].after)
    assert (cursor.waiting_since(), cursor.lag()) == (None, 0)
