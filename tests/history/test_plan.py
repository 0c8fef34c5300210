"""What is closed, merged and let go next."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.history.closed import ClosedSet, living, part_of
from dcim.history.closing import bits_for
from dcim.history.plan import Sealed, expired, next_step
from dcim.history.segment import SegmentFile

NOW = "2026-11-25T13"


def made(label: str, first: int, last: int) -> ClosedSet:
    return ClosedSet(label, first, last, 0, 1, 1, 1, 0, Path(f"{label}_{first}-{last}"))


def sealed(number: int, hour: str, size: int = 10) -> Sealed:
    return Sealed(SegmentFile.named(Path(), number, hour), size)


def test_nothing_is_due_when_there_is_nothing():
    assert next_step([], [], NOW, 100) is None


def test_an_hour_that_is_over_is_closed_whole():
    step = next_step([sealed(1, "2026-11-25T12"), sealed(2, "2026-11-25T12"), sealed(3, NOW)], [], NOW, 100)
    assert (step.label, step.first, step.last) == ("2026-11-25T12", 1, 2)


def test_the_running_hour_is_closed_in_part_when_there_is_enough():
    segments = [sealed(1, NOW, 60), sealed(2, NOW, 60)]
    assert next_step(segments, [], NOW, 121) is None
    assert next_step(segments, [], NOW, 120).last == 2


def test_segments_are_closed_in_order_even_when_the_clock_jumped():
    segments = [sealed(1, NOW), sealed(2, "2026-11-25T09")]
    assert next_step(segments, [], NOW, 100) is None
    assert next_step(segments, [], "2026-11-25T14", 100).first == 1


def test_what_is_closed_already_is_not_closed_again():
    assert next_step([sealed(1, "2026-11-25T12")], [made("2026-11-25T12", 1, 1)], NOW, 1) is None


def test_parts_of_an_hour_are_merged_when_it_is_over():
    sets = [made("2026-11-25T12", 1, 2), made("2026-11-25T12", 3, 3), made(NOW, 4, 4), made(NOW, 5, 5)]
    step = next_step([], sets, NOW, 100)
    assert (step.label, step.sets) == ("2026-11-25T12", tuple(sets[:2]))


def test_hours_are_merged_into_their_day_when_it_is_over():
    sets = [made("2026-11-24T22", 1, 1), made("2026-11-24T23", 2, 2), made("2026-11-25T00", 3, 3)]
    step = next_step([], sets, NOW, 100)
    assert (step.label, step.first, step.last) == ("2026-11-24", 1, 2)
    assert next_step([], [made("2026-11-24", 1, 2), sets[2]], NOW, 100) is None


def test_a_set_inside_the_run_of_another_is_superseded():
    hours = [made("2026-11-24T22", 1, 1), made("2026-11-24T23", 2, 2)]
    day, later = made("2026-11-24", 1, 2), made("2026-11-25T00", 3, 3)
    assert living([*hours, day, later]) == [day, later]
    alone = [made("2026-11-24T22", 1, 1), made("2026-11-24", 1, 1)]
    assert living(alone) == alone[1:]


def test_readings_are_kept_for_their_days():
    sets = [made(f"2026-11-{day:02d}", day, day) for day in range(20, 25)]
    gone = expired(sets, 3, "2026-11-25", "2026-11-22")
    assert [each.day for each in gone] == ["2026-11-20", "2026-11-21"]


def test_a_clock_that_jumps_a_year_ahead_does_not_empty_the_history():
    sets = [made(f"2026-11-{day:02d}", day, day) for day in range(20, 25)]
    assert expired(sets, 5, "2027-11-25", "2027-11-20") == []


hours = st.sampled_from(["2026-11-23T22", "2026-11-24T22", "2026-11-24T23", "2026-11-25T00", NOW])


@given(st.lists(st.tuples(hours, st.integers(0, 100)), max_size=12), hours, st.integers(1, 200))
def test_steps_end_and_lose_no_segment(segments, now, enough):
    files = [sealed(number, hour, size) for number, (hour, size) in enumerate(segments, 1)]
    sets: list[ClosedSet] = []
    for _ in range(100):
        step = next_step(files, sets, now, enough)
        if step is None:
            break
        merged = [each for each in sets if each not in step.sets]
        assert not (step.sets and step.segments)
        sets = sorted([*merged, made(step.label, step.first, step.last)], key=lambda each: each.first)
        assert living(sets) == sets
    assert step is None
    covered = [number for each in sets for number in range(each.first, each.last + 1)]
    assert covered == list(range(1, len(covered) + 1))
    left = files[len(covered) :]
    assert not left or left[0].file.hour == now


@pytest.mark.parametrize(
    ("rows", "bits"), [(0, 0), (1, 0), (1000, 0), (1001, 1), (2000, 1), (2001, 2), (4001, 3)]
)
def test_files_are_as_many_as_needed(rows, bits):
    assert bits_for(rows, 1000) == bits
    assert rows <= 1000 * 2**bits


@given(st.integers(0, 2**64 - 1), st.integers(0, 12))
def test_a_points_file_is_chosen_by_its_first_bits(point, bits):
    part = part_of(point, bits)
    assert 0 <= part < 2**bits
    assert part << (64 - bits) <= point < (part + 1) << (64 - bits)
