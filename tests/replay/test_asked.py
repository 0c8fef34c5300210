"""What the daemon asked out of turn, it asked at a moment of its own: a replay looks after the time then. Pains: F10."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bench.rehearsal import Rehearsal
from dcim.recording.folder import Recording
from dcim.recording.recorder import Recorder
from dcim.recording.tape import Act
from dcim.replay.player import TICK, Beside, play
from dcim.replay.scene import Scene

from .making import play_of
from .stories import STORIES

CASCADE = next(one for one in STORIES if one.name == "crac-cascade")


class OffBeat(Rehearsal):
    """A rehearsal whose ticks lie ``by`` seconds behind those that a replay makes."""

    by = 0.0

    async def _live(self, core: Any, began: float, until: float, recorder: Recorder | None = None) -> None:
        await asyncio.sleep(self.by if recorder is not None else 0.0)
        await super()._live(core, began, until, recorder)


@pytest.mark.parametrize("by", [0.2, 0.4])
def test_a_page_goes_out_within_a_tick_of_when_it_did(tmp_path: Path, by: float) -> None:
    """What was asked when an incident opened had answered before the next tick of a replay: it waited for more."""
    rehearsal = OffBeat(play_of(CASCADE), tmp_path / "made", tmp_path / "scratch")
    rehearsal.by = by
    live = rehearsal.run().log.told
    recording = Recording.open(tmp_path / "made")
    replayed = play(Scene.of(recording)).log.told

    assert any(isinstance(one, Act) for one in recording.events()), "devices were asked out of their turn"
    assert [(one.kind, one.rule, one.asset) for one in replayed] == [
        (one.kind, one.rule, one.asset) for one in live
    ]
    assert live
    assert max(abs(one.at - other.at) for one, other in zip(live, replayed, strict=True)) <= TICK
    assert play(Scene.of(recording), Beside(ahead=2)).log.text() == play(Scene.of(recording)).log.text()
