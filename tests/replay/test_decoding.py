"""A recorded poll is decoded when it is played, and once: as the usual poll that most are."""

from __future__ import annotations

from collections import Counter

import pytest

from dcim.collect import Ask, BeginsPolls, Collected, Outcome
from dcim.recording.folder import Recording
from dcim.recording.tape import Drawn, Poll
from dcim.replay.decoder import Decoder
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock, VirtualLoop
from dcim.witness import Fault, Replays, Script

from .stories import LIBRARY

NAMES = sorted(path.name for path in LIBRARY.iterdir())


def _said(outcome: Outcome) -> list[tuple[object, ...]]:
    assert isinstance(outcome, Collected)
    return [
        (one.layout.points, one.at, one.values.tobytes(), dict(one.gaps), one.layout.lane)
        for one in outcome.batches
    ]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name != "re-index")) for name in NAMES]
)
def test_a_usual_poll_is_told_at_once_and_says_what_the_whole_way_says(name: str) -> None:
    """What would be told only when a loop turns is never told: nothing is played while one does."""
    scene = Scene.of(Recording.open(LIBRARY / name))
    assets = {asset.id: asset for asset in scene.assets}
    credentials = scene.settings.credentials.items()
    known = {name: one.fields.model_dump() for name, one in credentials if one.type == "snmp"}
    clock, script = VirtualClock(), Script()
    counted: Counter[str] = Counter()

    async def go() -> None:
        plugin = scene.collectors["snmp"]
        assert isinstance(plugin, Replays)
        usual = plugin.played(script, clock, known)
        assert isinstance(usual, BeginsPolls)
        whole = Decoder(scene.assets, scene.settings, scene.collectors, clock)
        for event in scene.recording.events():
            asset = assets.get(getattr(event, "asset", ""))
            if asset is None or asset.collector != "snmp":
                continue
            if isinstance(event, Drawn):
                usual.portray(asset, event.portrait)
                whole.portray(asset, event.portrait)
            if not isinstance(event, Poll) or event.fault is not Fault.NONE or event.cheap or not event.lanes:
                continue
            clock.reach(event.ended, event.at)
            script.play(event.exchanges, restarted=event.restarted)
            told: list[Outcome] = []
            begun = usual.begin(asset, Ask(event.lanes, event.ended + 60.0), told.append)
            counted["begun" if begun else "other"] += 1
            assert len(told) == begun
            if begun and told[0] is not None:
                counted["usual"] += 1
                collected = whole.said(asset, event._replace(identity=True)).collected
                assert _said(told[0]) == _said(collected)

    loop = VirtualLoop(clock)
    try:
        loop.run_until_complete(go())
    finally:
        loop.close()
    assert counted["usual"] > counted["begun"] / 2 > 20, counted
