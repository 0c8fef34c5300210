"""What a point last said before a moment: from a real history."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcim.daemon.records.readings import BACK, read_at
from dcim.history import Disk, History, Limits, Seams
from dcim.history.closing import Job
from dcim.model import Batch, Gap, GapReason, Health, Lane, Layout, Meaning, Point, state_code

NOON = 1_795_608_000.0
SOURCE, VOLTS = Point("ups-a", "ups_output_source_state"), Point("ups-a", "ups_input_voltage_volts")
WORDS = {state_code("battery"): Meaning("battery", Health.WARNING)}
LAYOUT = Layout("ups-a", Lane.FAST, (SOURCE, VOLTS), (WORDS, None), ("", ""))


class Noon:
    """A clock that stands."""

    def now(self) -> float:
        return NOON

    def monotonic(self) -> float:
        return NOON


async def nothing(_job: Job) -> None:
    """Close no segment."""


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    opened = History.open(tmp_path / "history", Noon(), Limits(), Seams(Disk(), nothing))
    for at, volts in ((NOON, 231.0), (NOON + 10, 228.0), (NOON + 20, None)):
        gaps = {} if volts is not None else {1: Gap(GapReason.DEADLINE)}
        number = float("nan") if volts is None else volts
        opened.append(Batch(LAYOUT, at, array("d", [state_code("battery"), number]), gaps))
    await opened.commit()
    yield opened
    await opened.aclose()


@pytest.mark.parametrize(
    ("at", "value", "gap"),
    [
        (NOON, 231.0, None),
        (NOON + 9.9, 231.0, None),
        (NOON + 10, 228.0, None),
        (NOON + 25, None, GapReason.DEADLINE),
    ],
)
async def test_the_newest_reading_up_to_a_moment_is_told_or_its_gap(
    history: History, at: float, value: float | None, gap: GapReason | None
) -> None:
    reading = read_at(history, VOLTS, at)
    assert reading is not None
    assert (reading.value, reading.gap and reading.gap.reason) == (value, gap)
    assert reading.at <= at


async def test_a_state_is_told_by_its_word_and_health(history: History) -> None:
    reading = read_at(history, SOURCE, NOON + 5)
    assert reading is not None
    assert (reading.state, reading.health) == ("battery", Health.WARNING)


async def test_a_state_is_told_by_its_word_of_then_when_the_point_has_other_words_now(
    history: History,
) -> None:
    states = {state_code("bypass"): Meaning("bypass")}
    layout = Layout("ups-a", Lane.FAST, (SOURCE,), (states,), ("",))
    history.append(Batch(layout, NOON + 30, array("d", [state_code("bypass")])))
    await history.commit()
    told = [read_at(history, SOURCE, at) for at in (NOON + 5, NOON + 30)]
    assert [one and one.state for one in told] == ["battery", "bypass"]


async def test_of_what_is_older_than_an_hour_or_of_another_point_nothing_is_told(history: History) -> None:
    assert read_at(history, VOLTS, NOON - 1) is None
    assert read_at(history, VOLTS, NOON + 20 + BACK + 1) is None
    assert read_at(history, Point("ups-b", "ups_input_voltage_volts"), NOON) is None
