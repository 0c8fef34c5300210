"""Energy between two times, held against a dense simulated truth that nobody told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcim.energy.amount import Amount, Doubt, Method, total
from dcim.energy.counter import CLOSE, HOUR, Known, Run, between

LIMIT = 100_000  # W
KNOWN = Known(LIMIT, LIMIT)
KWH = 3_600_000


@dataclass
class Plant:
    """A load and its counter, stepped by the minute; who reads it makes runs as the roll-up does."""

    start: int
    value: int
    used: list[int] = field(default_factory=lambda: [0])  # true joules since the start, by minute
    reads: list[tuple[int, int]] = field(default_factory=list)
    exchanges: list[int] = field(default_factory=list)
    modulus: int = 2**62

    def minute(self, watts: int) -> None:
        self.used.append(self.used[-1] + 60 * watts)
        self.value = (self.value + 60 * watts) % self.modulus

    def read(self) -> None:
        self.reads.append((self.start + 60_000 * (len(self.used) - 1), self.value))

    def runs(self) -> list[Run]:
        """Return what the roll-up keeps, by the words of docs/energy.md: no code in common with it."""
        rows: list[list[int]] = []
        for at, value in self.reads:
            if rows:
                row = rows[-1]
                same = row[2] // HOUR == at // HOUR and at - row[2] <= CLOSE
                if same and value >= row[3] and (value - row[3]) * 1000 <= LIMIT * (at - row[2]):
                    row[2:] = [at, value]
                    continue
            rows.append([at, value, at, value])
        return [Run(*row) for row in rows]

    def until(self, at: int) -> Fraction:
        minute = Fraction(min(max(at - self.start, 0), 60_000 * (len(self.used) - 1)), 60_000)
        whole = int(minute)
        after = self.used[min(whole + 1, len(self.used) - 1)]
        return self.used[whole] + (after - self.used[whole]) * (minute - whole)


episode = st.tuples(
    st.sampled_from(("read", "read", "read", "blind", "reset", "exchange", "restart")),
    st.integers(1, 40),  # minutes
    st.integers(0, LIMIT),
)


def played(start: int, first: int, story: list[tuple[str, int, int]]) -> Plant:
    plant = Plant(start, first, modulus=2**32 if first < 2**32 else 2**62)
    plant.read()
    for what, length, watts in story:
        if what in ("reset", "exchange"):
            plant.value = {"reset": 0, "exchange": 777 * KWH}[what]
        for minute in range(length):
            plant.minute(watts)
            if what != "blind":
                plant.read()
                if what == "exchange" and minute == 0:
                    plant.exchanges.append(plant.reads[-1][0])
    return plant


@settings(max_examples=60)
@example(0, 2**32 - 30 * KWH, [("blind", 11, 0), ("reset", 1, 0)], [0, 12])  # a reset near the width
@given(
    st.integers(0, 3_599),
    st.sampled_from((5 * KWH, 2**32 - 30 * KWH, 900_000 * KWH)),
    st.lists(episode, min_size=1, max_size=10),
    st.lists(st.integers(0, 8 * 60), min_size=2, max_size=6, unique=True),
)
def test_the_truth_lies_between_least_and_most_whatever_happened(offset, first, story, minutes):
    """Pains: G7."""
    start = 1_795_600_800_000 + offset * 1000
    plant = played(start, first, story)
    edges = sorted(start // HOUR * HOUR + minute * 60_000 for minute in minutes)
    amounts = between(plant.runs(), edges, Known(LIMIT, LIMIT, tuple(plant.exchanges)))
    for since, until, amount in zip(edges, edges[1:], amounts, strict=False):
        assert amount.least <= amount.best <= amount.most
        assert amount.known + sum(span for _, span in amount.doubts) == amount.period == until - since
        quick = sum(what == "reset" for what, *_ in story) * LIMIT * 60  # resets that cannot be seen
        assert amount.least - 1 <= plant.until(until) - plant.until(since) <= amount.most + quick + 1


def steady(value: int, start: int, end: int, watts: int = 6_000, step: int = 60_000) -> list[tuple[int, int]]:
    return [(at, value + watts * (at - start) // 1000) for at in range(start, end, step)]


def runs_of(*parts: list[tuple[int, int]]) -> list[Run]:
    plant = Plant(0, 0)
    plant.reads = [read for part in parts for read in part]
    return plant.runs()


def test_hours_add_up_to_the_day_and_to_what_the_counter_says():
    reads = steady(10**12, 20_000, 25 * HOUR)
    day = between(runs_of(reads), range(0, 25 * HOUR, HOUR), KNOWN)
    whole = between(runs_of(reads), (0, 24 * HOUR), KNOWN)[0]
    assert total(day).best == whole.best
    assert total(day).known == whole.known == 24 * HOUR - 20_000
    assert whole.doubts == ((Doubt.UNREAD, 20_000),)
    assert whole.best == 6_000 * (24 * 3600 - 20)
    assert {amount.best for amount in day[1:]} == {6_000 * 3600}


def test_what_a_counter_counted_while_nobody_read_it_is_known_in_sum_but_not_by_the_hour():
    """Pains: G2, G7."""
    reads = steady(10**12, 0, 2 * HOUR + 1) + steady(10**12 + 6_000 * 5 * 3600, 5 * HOUR, 9 * HOUR)
    hours = between(runs_of(reads), range(0, 9 * HOUR, HOUR), KNOWN)
    whole = between(runs_of(reads), (0, 8 * HOUR), KNOWN)[0]
    assert whole == Amount(whole.least, 8 * 3600 * 6_000, whole.most, 8 * HOUR, 8 * HOUR, Method.COUNTER)
    assert [hour.known for hour in hours[2:5]] == [0, 0, 0]
    assert [hour.best for hour in hours[2:5]] == [0, 0, 0]
    assert {hour.doubts for hour in hours[2:5]} == {((Doubt.GAP, HOUR),)}
    assert all(hour.least <= 6_000 * 3600 <= hour.most for hour in hours)


@pytest.mark.parametrize(
    ("modulus", "before"),
    [(2**32, 2**32 - 100_000), (2**32 * 3600, 2**32 * 3600 - 5_000_000), (10**6 * KWH, 10**6 * KWH - 1)],
)
def test_a_counter_that_begins_again_at_its_width_loses_nothing(modulus, before):
    """Pains: G7."""
    reads = steady(before, 0, HOUR)
    rolled = [(at, value % modulus) for at, value in reads]
    amount = between(runs_of(rolled), (0, HOUR - 60_000), KNOWN)[0]
    assert amount.best == 6_000 * (3600 - 60)
    assert (amount.best - amount.least, amount.most - amount.best) == (6_000 * 60, (LIMIT - 6_000) * 60)
    assert amount.known == amount.period
    assert amount.doubts == ()


def test_a_reset_is_said_and_what_it_hid_is_not_invented():
    """Pains: G7."""
    reads = steady(10**11, 0, HOUR) + steady(30_000, HOUR, 2 * HOUR)
    amount = between(runs_of(reads), (0, 2 * HOUR - 60_000), KNOWN)[0]
    assert amount.best == amount.least == 6_000 * 2 * (3600 - 60)
    assert amount.most == amount.best + LIMIT * 60
    assert amount.doubts == ((Doubt.RESET, 60_000),)


def test_a_counter_that_reads_zero_once_and_is_back_is_no_delivery_of_its_whole_life():
    """Pains: A8: 15.5 MWh in one cycle. What came between is bounded by what the device can carry."""
    life = 15_500 * KWH
    reads = [*steady(life, 0, HOUR // 2), (HOUR // 2, 0), *steady(life, HOUR // 2 + 60_000, HOUR)]
    amount = between(runs_of(reads), (0, HOUR - 60_000), KNOWN)[0]
    assert amount.most <= 6_000 * 3600 + LIMIT * 3 * 60 < life // 1000
    assert amount.best <= 6_000 * 3600
    assert {doubt for doubt, _ in amount.doubts} == {Doubt.RESET, Doubt.JUMPED}


def test_another_meter_in_its_place_adds_nothing_of_its_own_past():
    """Pains: D9, G7."""
    reads = steady(10**10, 0, HOUR) + steady(5 * 10**10, HOUR + 20 * 60_000, 3 * HOUR)
    without = between(runs_of(reads), (0, 2 * HOUR), KNOWN)[0]
    swapped = between(runs_of(reads), (0, 2 * HOUR), Known(LIMIT, LIMIT, (4 * HOUR,)))[0]
    assert without.doubts == ((Doubt.JUMPED, 21 * 60_000),)
    assert swapped.doubts == ((Doubt.EXCHANGED, 21 * 60_000),)
    assert swapped.best == 6_000 * (2 * 3600 - 21 * 60)


def test_a_cut_inside_the_hour_is_no_jump_and_gives_the_half_hour():
    reads = steady(10**12, 0, HOUR + 60_001)
    half = HOUR // 2
    first, second = [r for r in reads if r[0] < half], [r for r in reads if half <= r[0] < HOUR]
    runs = [Run(*part[0], *part[-1], 2) for part in (first, second)] + [Run(*reads[-1], *reads[-1], 2)]
    amounts = between(runs, (0, half, HOUR), KNOWN)
    assert [amount.best for amount in amounts] == [6_000 * 1800] * 2
    assert [amount.known for amount in amounts] == [half] * 2


def test_nothing_read_is_nothing_known_and_bounded_by_what_the_device_can():
    amount = between([], (0, HOUR), Known(LIMIT, 1_000))[0]
    assert amount == Amount(0, 0, 3_600_000, 0, HOUR, Method.COUNTER, ((Doubt.UNREAD, HOUR),))
    assert total([amount, amount]).most == 7_200_000
    assert total([]) == Amount()
    assert total([amount]).coverage == 0
