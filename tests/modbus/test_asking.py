"""What a unit refuses costs itself only, and is remembered. Pure but for the question, on virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus.asking.asking import FORGET_AFTER, Learned, Round
from collectors.modbus.families.plan import Holes, Limits
from collectors.modbus.recordings.recording import Recording
from collectors.modbus.transport.contract import Denied, Read, Space
from dcim.model import BadAnswer, GapReason, NoAnswer

H = Space.HOLDING


class Unit:
    """Answers from registers; ``narrow`` refuses wider reads."""

    def __init__(self, present, narrow=125, code=2):
        self.held = Recording({H: {at: at % 65536 for at in present}})
        self.narrow = narrow
        self.code = code
        self.asked: list[Read] = []
        self.got: dict[int, int] = {}

    async def ask(self, read: Read) -> bytes:
        self.asked.append(read)
        found = self.held.answer(read)
        if found is None or read.count > self.narrow:
            raise Denied(self.code, str(read))
        return found

    def put(self, read: Read, payload: bytes) -> None:
        for at in range(read.count):
            self.got[read.start + at] = int.from_bytes(payload[2 * at : 2 * at + 2], "big")


def poll(virtual, unit, learned, wanted, now=0.0):
    unit.asked.clear()
    unit.got.clear()
    turn = Round(unit.ask, unit.put, learned, now)
    virtual(turn.run(learned.agenda(tuple(wanted))))
    return turn


def fresh() -> Learned:
    return Learned(Holes(), Limits())


def test_a_hole_costs_itself_only_and_is_asked_once_an_hour(virtual):
    """Pains: B6, C3."""
    wanted = [Read(H, at) for at in range(20)]
    unit, learned = Unit(set(range(20)) - {13}), fresh()
    first = poll(virtual, unit, learned, wanted)
    assert set(first.failures) == {Read(H, 13)}
    assert first.failures[Read(H, 13)].reason is GapReason.REFUSED
    assert sorted(unit.got) == sorted(set(range(20)) - {13})
    assert len(unit.asked) <= 12
    second = poll(virtual, unit, learned, wanted)
    assert unit.asked == [Read(H, 0, 13), Read(H, 14, 6)]
    assert set(second.failures) == {Read(H, 13)}
    learned.review(FORGET_AFTER - 1)
    assert learned.refused
    learned.review(FORGET_AFTER + 1)
    unit.held = Recording({H: {at: at for at in range(20)}})
    assert not poll(virtual, unit, learned, wanted, FORGET_AFTER + 1).failures
    assert unit.asked == [Read(H, 0, 20)]


def test_a_hole_between_wanted_values_is_learned_and_costs_no_value(virtual):
    """Pains: C3."""
    wanted = [Read(H, 0, 2), Read(H, 4, 2)]
    unit, learned = Unit({0, 1, 4, 5}), fresh()
    assert not poll(virtual, unit, learned, wanted).failures
    assert not poll(virtual, unit, learned, wanted).failures
    assert unit.asked == [Read(H, 0, 2), Read(H, 4, 2)]


def test_a_device_that_answers_less_at_once_than_its_manual_says_is_learned(virtual):
    """Pains: B2, C3."""
    wanted = [Read(H, at) for at in range(100)]
    unit, learned = Unit(range(100), narrow=30), fresh()
    assert not poll(virtual, unit, learned, wanted).failures
    assert not poll(virtual, unit, learned, wanted).failures
    assert all(read.count <= 30 for read in unit.asked)
    assert len(unit.asked) <= 8


@settings(max_examples=60, deadline=None)
@given(
    st.frozensets(st.integers(0, 80), min_size=1, max_size=60),
    st.lists(
        st.tuples(st.integers(0, 80), st.integers(1, 4)), min_size=1, max_size=25, unique_by=lambda w: w[0]
    ),
    st.integers(4, 125),
)
def test_every_wanted_value_comes_or_is_said_not_to_and_never_a_made_up_one(present, wishes, narrow):
    """Pains: A10, B6."""
    import asyncio

    wanted = [Read(H, start, count) for start, count in wishes]
    unit, learned = Unit(present, narrow), fresh()
    for _ in range(2):
        unit.got.clear()
        turn = Round(unit.ask, unit.put, learned, 0.0)
        try:
            asyncio.run(turn.run(learned.agenda(tuple(wanted))))
        except Denied:
            assert not unit.got
            continue
        for read in wanted:
            came = all(at in unit.got for at in range(read.start, read.stop))
            assert came or read in turn.failures
            if unit.held.answer(read) is None:
                assert read in turn.failures


def test_a_space_that_the_device_does_not_have_is_not_asked_again(virtual):
    """Exception 1 is for all of it: nothing to search for."""
    wanted = [Read(H, at) for at in range(10)]
    unit, learned = Unit((), code=1), fresh()
    with pytest.raises(Denied):
        poll(virtual, unit, learned, wanted)
    assert len(unit.asked) == 1
    with pytest.raises(Denied):
        poll(virtual, unit, learned, wanted)
    assert len(unit.asked) == 1  # the smallest question: is it still so?


def test_a_failure_of_the_device_is_a_gap_now_and_nothing_is_learned(virtual):
    wanted = [Read(H, 0), Read(H, 50)]
    learned = fresh()

    class Failing(Unit):
        async def ask(self, read):
            if read.start == 50:
                self.asked.append(read)
                raise Denied(4, str(read))
            return await super().ask(read)

    turn = poll(virtual, Failing(range(100)), learned, wanted)
    assert turn.failures[Read(H, 50)].reason is GapReason.REFUSED
    assert not learned.refused


def test_silence_from_the_start_is_raised_after_one_question(virtual):
    """Pains: D3."""

    class Silent(Unit):
        async def ask(self, read):
            self.asked.append(read)
            raise NoAnswer("nobody")

    unit = Silent(range(300))
    with pytest.raises(NoAnswer):
        poll(virtual, unit, fresh(), [Read(H, at) for at in (0, 100, 200)])
    assert len(unit.asked) == 1


def test_silence_in_the_middle_keeps_what_came_and_gives_up_after_two(virtual):
    """Pains: B6, D3."""

    class Dying(Unit):
        async def ask(self, read):
            if len(self.asked) >= 1:
                self.asked.append(read)
                raise NoAnswer("gone")
            return await super().ask(read)

    unit = Dying(range(500))
    wanted = [Read(H, at) for at in (0, 100, 200, 300, 400)]
    turn = poll(virtual, unit, fresh(), wanted)
    assert unit.got == {0: 0}
    assert len(unit.asked) == 3
    assert {gap.reason for gap in turn.failures.values()} == {GapReason.DEADLINE}
    assert set(turn.failures) == set(wanted[1:])


def test_nonsense_for_some_reads_is_malformed_there_only(virtual):
    """Pains: B6."""

    class Odd(Unit):
        async def ask(self, read):
            if read.start != 200:
                raise BadAnswer("mad")
            return await super().ask(read)

    turn = poll(virtual, Odd(range(500)), fresh(), [Read(H, at) for at in (0, 100, 200, 300)])
    assert {read.start for read in turn.failures} == {0, 100, 300}
    assert {gap.reason for gap in turn.failures.values()} == {GapReason.MALFORMED}


def test_bits_are_narrowed_apart_from_words():
    learned = fresh()
    learned.narrow(Space.COIL, 100, 0.0)
    learned.narrow(H, 50, 0.0)
    learned.narrow(H, 60, 0.0)
    assert (learned.limits.bits, learned.limits.registers) == (100, 50)


def test_a_unit_that_falls_silent_while_a_hole_is_searched_is_given_up(virtual):
    """Pains: D3."""

    class Dying(Unit):
        async def ask(self, read):
            self.asked.append(read)
            if len(self.asked) == 1:
                raise Denied(2, str(read))
            raise NoAnswer("gone")

    unit = Dying(range(100))
    with pytest.raises(NoAnswer):
        poll(virtual, unit, fresh(), [Read(H, at) for at in range(8)])
    assert len(unit.asked) == 2


def test_overlapping_values_that_answer_apart_teach_nothing(virtual):
    wanted = [Read(H, 0, 4), Read(H, 2, 4)]
    unit, learned = Unit(range(10), narrow=4), fresh()
    assert not poll(virtual, unit, learned, wanted).failures
    assert learned.limits == Limits()
    assert sorted(unit.got) == [0, 1, 2, 3, 4, 5]
