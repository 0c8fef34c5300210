"""A recording that begins with the daemon, over lines that lose answers: it decodes to what was decoded then.

Devices take several polls to be understood, and teach the daemon on the way how little they bear. Pains: I4, F10.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.rehearsal import Play, Rehearsal, plan_of
from dcim.replay.player import play
from dcim.replay.scene import Scene

from .stories import PLANT


def poor(seed: int, lost: float, delay: float) -> Callable[[str], float | None]:
    """Return a line that loses a share of the answers and holds the others up, by ``delay`` s on average."""
    dice = random.Random(seed)
    return lambda _device: None if dice.random() < lost else dice.expovariate(1.0 / delay)


@pytest.mark.parametrize(
    ("seed", "lost", "delay", "lasts"),
    [
        (5, 0.3, 0.8, 35.0),
        *(
            pytest.param(seed, 0.05 * (1 + seed % 7), 0.2 * (1 + seed % 5), 180.0, marks=pytest.mark.campaign)
            for seed in range(20, 40)
        ),
    ],
)
def test_a_recording_from_the_start_over_a_poor_line_decodes_to_the_same_values_poll_by_poll(
    tmp_path: Path, seed: int, lost: float, delay: float, lasts: float
) -> None:
    story = Play(plan_of(PLANT), (), lasts, before=0.0, line=poor(seed, lost, delay))
    made = Rehearsal(story, tmp_path / "recording", tmp_path / "scratch").run()
    played = play(Scene.of(made.recording))

    assert played.polls > 30
    assert played.otherwise == {}, "the checksum of all values of each poll is kept with it"
    assert played.undecided == {}
