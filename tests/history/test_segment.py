"""Segments: what is whole is found, what is torn is cut, what is damaged is stepped over."""

import pytest

from dcim.history.durable import Disk, HistoryError
from dcim.history.frame import encode
from dcim.history.segment import SegmentFile, SegmentWriter, cut_tail, hour_of, read_frame, scan


@pytest.fixture
def written(tmp_path, layout, batch):
    """A segment of three frames, and where each begins."""
    file = SegmentFile.named(tmp_path, 1, "2026-11-25T10")
    writer = SegmentWriter(file, Disk())
    for turn in range(3):
        writer.append(encode([batch(layout(), 10.0 * turn, 1.0, 2.0, float(turn))]))
    writer.sync()
    writer.close()
    return file.path, [entry.offset for entry in writer.entries]


def values(path):
    return [read_frame(path, entry)["value"].to_list()[-1] for entry in scan(path)]


def test_frames_are_found_in_the_order_they_were_written(written):
    path, _ = written
    assert values(path) == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("left", [0, 1, 35, 36, 60, 100])
def test_a_torn_tail_is_cut_off_and_the_rest_stays(written, left):
    path, starts = written
    data = path.read_bytes()
    path.write_bytes(data[: starts[2] + left])
    entries, torn = cut_tail(path)
    assert torn == left
    assert [entry.offset for entry in entries] == starts[:2]
    assert path.stat().st_size == starts[2]


def test_a_segment_torn_in_its_first_frame_is_emptied(written):
    path, _ = written
    path.write_bytes(path.read_bytes()[:50])
    assert cut_tail(path) == ([], 50)
    assert path.stat().st_size == 0
    assert list(scan(path)) == []


@pytest.mark.parametrize("where", [0, 6, 20, 40, 90])
def test_a_damaged_frame_in_the_middle_costs_no_other(written, where):
    path, starts = written
    data = bytearray(path.read_bytes())
    data[starts[1] + where] ^= 0xFF
    path.write_bytes(data)
    assert values(path) == [0.0, 2.0]


def test_a_frame_that_went_bad_after_it_was_found_is_refused(written):
    path, starts = written
    entries = list(scan(path))
    data = bytearray(path.read_bytes())
    data[starts[1] + 90] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(HistoryError, match=f"frame at byte {starts[1]} is damaged"):
        read_frame(path, entries[1])


def test_segments_are_listed_by_number_and_strangers_are_left_alone(tmp_path):
    for name in ("0000000010_2026-11-25T10.seg", "0000000009_2026-11-25T11.seg", "notes.txt", "x_y.seg"):
        (tmp_path / name).write_bytes(b"")
    assert [(file.number, file.hour) for file in SegmentFile.all(tmp_path)] == [
        (9, "2026-11-25T11"),
        (10, "2026-11-25T10"),
    ]


def test_hours_are_named_in_utc():
    assert hour_of(1_795_600_800.0) == "2026-11-25T10"
