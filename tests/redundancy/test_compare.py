"""A loss that comes is held against what had been said of it: on the virtual clock, with the shipped scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.redundancy.compare import AFTER, Comparison
from dcim.simulator.files import plan
from dcim.simulator.scenario import scenario

from .told import Told

EVERY = 5.0


def play(told: Told, until: float, lag: float = 0.0) -> tuple[list[Comparison], list[float]]:
    """Look every five seconds as the story goes; return comparisons, and when the strip would surely be overloaded."""
    story = scenario("overload-after-loss")
    events = list(story.events)
    compared, warned = [], []
    at = 0.0
    while at < until:
        at += EVERY
        while events and events[0].at <= at:
            event = events.pop(0)
            told.plant.advance(event.at)
            (told.plant.lose if event.do == "lose" else told.plant.restore)(event.target)
        told.plant.advance(at)
        dark = {
            told.element(name)
            for name, node in told.plant.nodes.items()
            if not node.live and name != "genset-1"
        }
        found = told.look(frozenset(name for name in dark if at >= 150.0 + lag or name.endswith("crac-1")))
        strip = next(one for one in found.headroom if (one.part, one.phase) == ("rab1-pdu-r2-b", "L2"))
        if strip.after.lo > 1.0 and strip.now.hi < 0.8:
            warned.append(at)
        if found.comparison is not None:
            compared.append(found.comparison)
    return compared, warned


@pytest.mark.long
def test_the_warning_comes_while_everything_runs_and_what_was_said_happens(tmp_path: Path) -> None:
    """Pains: I2, I10, F10."""
    told = Told(plan("rabat"), tmp_path, tick=1.0)
    compared, warned = play(told, 225.0)
    assert warned[0] <= 10.0
    assert min(warned) < 150.0
    (one,) = compared
    assert one.lost == ("rab1-ups-a",)
    assert one.said_at < 150.0 <= one.at - AFTER + EVERY
    assert one.holds, [row for row in one.rows if not row.holds]
    assert [(fate.part, fate.said, fate.dark) for fate in one.fates] == [("rab1-pdu-r2-b", "surely", True)]
    told_of = {row.part for row in one.rows}
    assert {"rab1-pdu-r1-b", "rab1-fpdu-b", "rab1-ups-b", "rab1-tgbt-b"} <= told_of
    body = one.body()
    assert (body["lost"], body["holds"]) == (["rab1-ups-a"], True)


@pytest.mark.long
def test_the_root_is_found_although_its_consequences_are_told_first(tmp_path: Path) -> None:
    """Devices are polled one after the other. Pains: F10."""
    told = Told(plan("rabat"), tmp_path, tick=1.0)
    compared, _ = play(told, 230.0, lag=10.0)
    assert [one.lost for one in compared] == [("rab1-ups-a",)]
