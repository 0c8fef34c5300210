"""Lines that are taken as a whole or not at all: the good ones arrive, in order, the bad ones are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.outputs.contract import Durable, Halted, Later
from dcim.outputs.sift import Bad, Sieve, Taken, TooLarge


class Far:
    """Takes no more than ``most`` lines at once, and nothing of a request with a bad line in it."""

    def __init__(self, bad, most, *, partial=False, named=False, counts=False):
        self.bad, self.most = bad, most
        self.partial, self.named, self.counts = partial, named, counts
        self.got, self.posts = [], 0

    def post(self, first, end):
        self.posts += 1
        if end - first > self.most:
            return TooLarge("413")
        wrong = [row for row in range(first, end) if row in self.bad]
        if self.partial or not wrong:
            self.got += [row for row in range(first, end) if row not in self.bad]
        if not wrong:
            return Taken()
        if self.named:
            return Bad("400", {row - first: f"line {row}" for row in wrong})
        return Bad("400", all_of_it=self.counts and len(wrong) == end - first)


@given(
    st.integers(0, 200),
    st.sets(st.integers(0, 199), max_size=12),
    st.integers(1, 300),
    st.sampled_from(["whole", "partial", "named", "counts"]),
)
def test_every_good_line_arrives_and_every_bad_one_is_refused(count, bad, most, how):
    far = Far(bad, most, partial=how != "whole", named=how == "named", counts=how == "counts")
    verdict = Sieve(250).deliver(count, far.post, str)
    wrong = {row for row in bad if row < count}
    assert isinstance(verdict, Durable)
    assert sorted(int(line) for one in verdict.refused for line in one.lines) == sorted(wrong)
    assert verdict.lines == count - len(wrong)
    assert list(dict.fromkeys(far.got)) == [row for row in range(count) if row not in wrong]


def test_what_was_found_to_be_too_large_is_not_tried_again():
    far, sieve = Far(set(), 30), Sieve(1000)
    sieve.deliver(1000, far.post, str)
    far.posts = 0
    sieve.deliver(1000, far.post, str)
    assert far.posts == -(-1000 // sieve.most)
    assert 15 <= sieve.most <= 30


def test_one_line_that_is_too_large_is_refused():
    verdict = Sieve(10).deliver(1, lambda _first, _end: TooLarge("413"), str)
    assert verdict == Durable(0, verdict.refused)
    assert verdict.refused[0].lines == ("0",)


def test_a_far_side_that_takes_nothing_good_is_not_asked_for_ever():
    far = Far(set(range(5000)), 10_000)
    verdict = Sieve(10_000, budget=100).deliver(5000, far.post, str)
    assert isinstance(verdict, Durable)
    assert sum(len(one.lines) for one in verdict.refused) == 5000
    assert far.posts < 250


@pytest.mark.parametrize("reply", [Later("down", 5.0), Halted("401")])
def test_down_or_locked_in_the_middle_is_said_at_once(reply):
    replies = iter([TooLarge("413"), Taken(), reply])
    assert Sieve(10).deliver(10, lambda _first, _end: next(replies), str) is reply
