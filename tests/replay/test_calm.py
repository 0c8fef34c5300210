"""A poll that is taken shortly leaves what it would leave had it passed all stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dcim.daemon.core import Core
from dcim.model import Batch
from dcim.recording.folder import Recording
from dcim.replay.player import Beside, play
from dcim.replay.scene import Scene

from .stories import LIBRARY


class Kept(list[tuple[object, ...]]):
    """Stands for a history: every reading in the order in which it came."""

    def append(self, batch: Any) -> None:
        assert isinstance(batch, Batch)
        layout = batch.layout
        told = layout.asset, layout.lane, layout.own, layout.maker, batch.at, batch.values.tobytes()
        super().append((*told, dict(batch.gaps)))


def played(name: str) -> tuple[str, Kept]:
    history = Kept()
    scene = Scene.of(Recording.open(LIBRARY / name))
    came_to = play(scene, Beside(history=history, ahead=1))  # type: ignore[arg-type]
    return "\n".join(map(str, came_to.log.lines)), history


@pytest.mark.parametrize("name", ["feed-loss", "gateway-hang", "agent-restart", "cable-moved"])
def test_what_is_taken_shortly_leaves_what_the_whole_way_leaves(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pains: F10."""
    shortly, whole = Core.calm, Core.polled
    counted = {"shortly": 0, "whole": 0}

    def calm(core: Core, polls: Sequence[Any]) -> int:
        taken = shortly(core, polls)
        counted["shortly"] += taken
        return taken

    def polled(core: Core, one: Any) -> None:
        counted["whole"] += 1
        whole(core, one)

    monkeypatch.setattr(Core, "calm", calm)
    monkeypatch.setattr(Core, "polled", polled)
    log, said = played(name)
    assert min(counted.values()) > 0, counted

    monkeypatch.setattr(Core, "calm", lambda _core, _polls: 0)
    log_of_each, said_of_each = played(name)
    assert log == log_of_each
    assert said == said_of_each
