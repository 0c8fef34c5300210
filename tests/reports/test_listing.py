"""A report shows the first outages of all services, however many services there are."""

from __future__ import annotations

from itertools import islice
from operator import itemgetter
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.availability.episodes import RUN, Episodes, Kind
from dcim.reports.kinds.outages import Listing

SHOWN = 300


def episodes(begins: list[int]) -> Episodes:
    """Return outages that begin at these moments and last one microsecond."""
    at, none = np.array(sorted(begins), np.int64), np.zeros(len(begins), np.int64)
    no = np.zeros(len(begins), np.bool_)
    told = np.zeros((2, len(begins)), np.int64)
    lasted = np.zeros((len(RUN), len(begins)), np.int64)
    edges = np.array([at, at, at + 1, at + 1])
    return Episodes(Kind.OUTAGE, edges, lasted, none, no, no, told, np.arange(len(begins)))


@pytest.mark.long
@given(st.randoms(use_true_random=False), st.sampled_from([30, 3000, 3_000_000]))
def test_the_first_of_all_are_shown_those_of_one_moment_in_the_order_of_services(
    rolled: Random, most: int
) -> None:
    stories = [
        [rolled.randrange(most) for _ in range(rolled.randrange(400))] for _ in range(rolled.randrange(12))
    ]
    listing = Listing()
    for number, begins in enumerate(stories):
        listing.add(f"power/r{number}", episodes(begins))
    every = [(at, f"power/r{number}") for number, begins in enumerate(stories) for at in sorted(begins)]
    first = [(name, at) for at, name in islice(sorted(every, key=itemgetter(0)), SHOWN)]
    assert [(name, one.begins_from) for name, one in listing.shown()] == first
    assert listing.number == len(every)
