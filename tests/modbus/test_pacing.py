"""How patient a bus is with a unit, and whose turn it is."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus.asking.pacing import ANSWERING, LONGEST_REST, Breaker, Redial, Turns

times = st.floats(0, 1e6)
holds = st.floats(0, 10)


def test_one_missed_answer_changes_nothing():
    after = ANSWERING.missed(100.0, 2.0, 0)
    assert after.allows(100.0)
    assert not after.silent


def test_the_second_one_puts_a_unit_aside_for_ten_times_what_it_cost():
    """Pains: C6."""
    after = ANSWERING.missed(100.0, 2.0, 0).missed(102.0, 2.0, 0)
    assert after.silent
    assert not after.allows(121.9)
    assert after.allows(122.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9), times, holds, st.integers(0, 300))
def test_all_silent_units_together_hold_the_bus_for_a_tenth_of_the_time(misses, now, held, silent):
    """Pains: C6."""
    after = Breaker(misses).missed(now, held, silent)
    rest = after.rests_until - now
    assert rest <= LONGEST_REST + 1e-6
    assert rest >= LONGEST_REST - 1e-6 or held * (silent + 1) <= rest / 10 + 1e-6


@settings(max_examples=60, deadline=None)
@given(times, st.integers(0, 40))
def test_a_connection_is_tried_again_within_five_seconds(now, failures):
    redial = Redial()
    for _ in range(failures + 1):
        redial = redial.failed(now)
    assert redial.not_before - now + 1e-6 >= 0.25
    assert redial.not_before - now <= 5.0 + 1e-6


def test_units_take_turns_however_many_questions_one_of_them_has(virtual):
    """Pains: C6, D1."""
    order: list[int] = []

    async def ask(turns: Turns, unit: int) -> None:
        await turns.take(unit)
        order.append(unit)
        await asyncio.sleep(1)
        turns.give()

    async def story() -> None:
        turns = Turns()
        await asyncio.gather(*[ask(turns, unit) for unit in (1, 1, 1, 1, 2, 3, 2)])

    virtual(story())
    assert order == [1, 1, 2, 3, 1, 2, 1]


def test_a_question_given_up_in_the_queue_passes_its_turn_on(virtual):
    async def story() -> list[int]:
        turns, done = Turns(), []

        async def ask(unit: int) -> None:
            await turns.take(unit)
            done.append(unit)
            turns.give()

        await turns.take(0)
        waiting = [asyncio.create_task(ask(unit)) for unit in (1, 2, 3)]
        await asyncio.sleep(1)
        waiting[0].cancel()
        turns.give()
        waiting[1].cancel()  # its turn had just come
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(ask(4), 5)
        return done

    assert virtual(story()) == [3, 4]
