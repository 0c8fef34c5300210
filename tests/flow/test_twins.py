"""Losses that are computed many at once are as if each had been followed by itself.

Pains: I1, I2.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.flow import PHASES, UNKNOWN, Element, Feed, Flow, Interval, Network, Rule, Situation
from dcim.flow.changed.base import Base
from dcim.flow.changed.spot import Known
from dcim.flow.changed.world import World
from dcim.flow.losses.twins import Lone, twins_of
from dcim.flow.now.cells import Cells
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import DEAD
from dcim.graph import NodeKind as K

from .site import amps, bus, network, pdu, rack, two_paths

RATED = (16.0, 32.0, 63.0, None)


def room(rolled: random.Random) -> tuple[Network, Situation]:
    """Return strips on two boards and what hangs on any two of them, on one, or on three: measured or not."""
    strips = rolled.randint(2, 6)
    parts = [Element("utility-a", K.UTILITY), Element("utility-b", K.UTILITY)]
    parts += [bus(f"board-{side}", f"utility-{side}", amperes=rolled.choice((400.0, None))) for side in "ab"]
    readings, names = {}, [f"pdu-{side}{number}" for side in "ab" for number in range(strips)]
    for name in names:
        parts += [pdu(name, f"board-{name[4]}", rolled.choice(RATED))]
        if rolled.random() < 0.9:
            told = [rolled.choice((0.0, rolled.uniform(0, 9))) for _ in range(3)]
            readings[name] = amps(*told, tolerance=rolled.choice((0.0, 0.02)))
    for number in range(rolled.randint(1, 2 * strips)):
        cords = rolled.choice((1, 2, 2, 2, 2, 2, 2, 3))
        parts += [_load(rolled, f"rack-{number}", rolled.sample(names, cords))]
    down = frozenset(rolled.sample(names, 1) if rolled.random() < 0.2 else ())
    doubtful = frozenset(rolled.sample(names, 1) if rolled.random() < 0.2 else ())
    return network(*parts), Situation(readings=readings, down=down, doubtful=doubtful)


def _load(rolled: random.Random, name: str, sources: list[str]) -> Element:
    phases = rolled.choice((PHASES, PHASES, ("L1",), ("L2", "L3")))
    crossed = tuple(rolled.sample(PHASES, len(phases)))
    sides = rolled.choice((("", ""), ("a", "b"), ("a", "a")))
    feeds = tuple(
        Feed(source, phases=rolled.choice((phases, crossed)), side=sides[number % 2])
        for number, source in enumerate(sources)
    )
    rule = rolled.choice((Rule.SHARE, Rule.SHARE, Rule.SHARE, Rule.SHARE, Rule.ALL))
    demand = rolled.choice((UNKNOWN, Interval(500, 3000)))
    return Element(name, K.RACK, feeds, rule, phases=phases, demand=demand)


def numbers(known: Known) -> Iterator[float]:
    """Yield all that is said of how a place stands."""
    yield from (*known.total, known.rise)
    for give in known.gives:
        yield from (*give[0], *give[1])
    for source, puts in known.puts:
        yield source
        for number, gives, change, same in puts:
            yield from (number, gives, *change, *same)


def losses(site: Network, now: Situation) -> tuple[dict[int, Lone], Base]:
    """Return what is computed at once, and a base of its own to follow each in."""
    cells = Cells(site)
    at_once = twins_of(cells).all(Base(Estimate(cells, now)))
    return at_once, Base(Estimate(cells, now))


def assert_followed(base: Base, at: int, loss: Lone) -> None:
    """Following the loss by itself finds the same places, and that they stand so."""
    world = World(base)
    assert frozenset(world.sink({at: DEAD})) == loss.changed
    climbed = world.climb(loss.changed, loss.most)
    assert set(climbed.found) == set(loss.known)
    assert set(climbed.edge) == set(loss.climbed.edge)
    assert list(climbed.dead) == list(loss.climbed.dead) == [at]
    for place, known in loss.known.items():
        assert list(numbers(known)) == pytest.approx(list(numbers(world.known[place])), rel=1e-9, abs=1e-9), (
            base.names[at],
            base.names[place],
        )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 32))
@pytest.mark.long
def test_what_is_computed_at_once_is_what_following_each_loss_finds(seed: int) -> None:
    at_once, base = losses(*room(random.Random(seed)))
    for at, loss in at_once.items():
        assert_followed(base, at, loss)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
@pytest.mark.long
def test_a_sweep_after_them_says_what_each_loss_says(seed: int) -> None:
    site, now = room(random.Random(seed))
    flow = Flow(site, now)
    for outcome in flow.sweep().outcomes:
        alone = Flow(site, now, flow.cells).lose(*outcome.lost)
        assert [one.dead for one in outcome.stages] == [one.dead for one in alone.stages]
        assert [(one.element, one.phase, one.level) for one in outcome.settled.over] == [
            (one.element, one.phase, one.level) for one in alone.settled.over
        ]
        assert [one.share.hi for one in outcome.settled.over] == pytest.approx(
            [one.share.hi for one in alone.settled.over], rel=1e-9
        )


@pytest.mark.long
def test_many_of_these_rooms_have_losses_that_are_computed_at_once() -> None:
    found = [losses(*room(random.Random(seed)))[0] for seed in range(60)]
    assert sum(map(bool, found)) > 20
    assert any(len(loss.changed) > 2 for one in found for loss in one.values())
    assert any(len(loss.climbed.edge) > 1 for one in found for loss in one.values())


def test_the_other_strip_takes_what_the_lost_one_gave_and_its_rack_takes_what_it_took() -> None:
    site = two_paths()
    now = Situation(readings={"pdu-a": amps(5, 6, 7), "pdu-b": amps(8, 7, 6)})
    at_once, base = losses(site, now)
    loss = at_once[base.index["pdu-a"]]
    other, load = loss.known[base.index["pdu-b"]], loss.known[base.index["rack"]]
    assert [give[0] for give in other.gives] == [pytest.approx((13 * 230.0, 13 * 230.0))] * 3
    assert [give[1][1] for give in other.gives] == pytest.approx([5 * 230.0, 6 * 230.0, 7 * 230.0])
    assert load.total == pytest.approx((39 * 230.0, 39 * 230.0))
    assert load.rise == 0.0


@pytest.mark.parametrize("sources", [("pdu-a",), ("pdu-a", "pdu-b", "pdu-c")])
def test_a_strip_with_a_rack_on_one_cord_or_three_is_none_of_them(sources: tuple[str, ...]) -> None:
    parts = [Element(name, K.UTILITY) for name in ("utility-a", "utility-b", "utility-c")]
    parts += [pdu(f"pdu-{side}", f"utility-{side}") for side in "abc"]
    parts += [rack("rack", "pdu-a", "pdu-b"), rack("other", *sources)]
    at_once, base = losses(
        network(*parts), Situation(readings={f"pdu-{side}": amps(2, 2, 2) for side in "abc"})
    )
    assert base.index["pdu-a"] not in at_once
