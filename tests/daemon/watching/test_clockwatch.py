"""The daemon's own clock is watched like a device. Pains: K4."""

from __future__ import annotations

from math import nan

from dcim.daemon.watching.clockwatch import ClockWatch, Kernel, kernel
from dcim.model import Batch


class HandClock:
    wall, ticks = 1_790_000_000.0, 50.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def go(self, seconds: float, step: float = 0.0) -> None:
        self.ticks += seconds
        self.wall += seconds + step


def watching(clock: HandClock, known: Kernel) -> tuple[ClockWatch, list[Batch]]:
    watch, said = ClockWatch(clock, lambda: known), []
    watch.said = said.append
    return watch, said


def told(batch: Batch) -> dict[str, object]:
    found: dict[str, object] = {}
    for slot, point in enumerate(batch.layout.points):
        reading = batch.reading(slot)
        name = " ".join((point.metric, *(text for _, text in point.labels)))
        found[name] = reading.state if reading.state is not None else reading.value
    return found


def test_a_jump_is_said_at_once_for_an_hour_and_drift_is_none() -> None:
    clock = HandClock()
    watch, said = watching(clock, Kernel(None))
    watch.look()
    for _ in range(10):
        clock.go(2.0, 0.01)
        watch.look()
    assert [told(one)["clock_step_seconds"] for one in said] == [0.0]
    assert not watch.jump.is_set()
    clock.go(2.0, -90.0)
    watch.look()
    assert told(said[-1])["clock_step_seconds"] == 90.0
    assert watch.jump.is_set(), "whoever records it is told at once"
    clock.go(2.0, 5.0)
    watch.look()
    assert told(said[-1])["clock_step_seconds"] == 90.0
    clock.go(3590.0)
    watch.look()
    assert told(said[-1])["clock_step_seconds"] == 90.0
    clock.go(60.0)
    watch.look()
    assert told(said[-1])["clock_step_seconds"] == 0.0


def test_the_offset_of_a_clock_that_nobody_keeps_is_unknown() -> None:
    for known, word, offset in (
        (Kernel(True, -0.25), "synchronised", -0.25),
        (Kernel(False, 0.0), "unsynchronised", None),
        (Kernel(None, nan), "unknown", None),
    ):
        watch, said = watching(HandClock(), known)
        watch.look()
        assert told(said[-1])["clock_state"] == word
        assert told(said[-1])["clock_offset_seconds kernel"] == offset


def test_other_sites_say_how_far_we_are_from_them() -> None:
    clock = HandClock()
    watch, said = watching(clock, Kernel(True, 0.0))
    watch.others = lambda: {"rab1": 12.0}
    watch.look()
    assert told(said[-1])["clock_offset_seconds rab1"] == 12.0
    watch.others = dict
    clock.go(60.0)
    watch.look()
    assert "clock_offset_seconds rab1" not in told(said[-1])


def test_the_kernel_is_asked_and_nothing_is_set() -> None:
    known = kernel()
    assert known.synchronised in (True, False, None)
    assert known.offset != known.offset or abs(known.offset) < 10.0


def test_how_the_clock_is_goes_on_record_when_it_turns_and_once_a_day() -> None:
    """Pains: G2."""
    clock, known = HandClock(), [Kernel(True, 0.001)]
    watch, noted = ClockWatch(clock, lambda: known[0]), []
    watch.noted = noted.append
    for offset in (0.001, 0.02, 0.2, 0.21):
        known[0] = Kernel(True, offset)
        watch.look()
        clock.go(3600.0)
    known[0] = Kernel(False)
    watch.look()
    clock.go(86_400.0)
    watch.look()
    assert noted == [
        {"state": "synchronised", "offset": 0.001},
        {"state": "synchronised", "offset": 0.2},
        {"state": "unsynchronised", "offset": None},
        {"state": "unsynchronised", "offset": None},
    ]
