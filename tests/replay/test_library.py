"""Recorded incidents: each pages as often as is true, within its bound, with its root; the same bytes everywhere.

Pains: I1, I2, I3, I4, I5, I6, F10, E2.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcim.model import Batch
from dcim.recording.folder import Recording
from dcim.recording.reading import Opened
from dcim.replay.expect import failures
from dcim.replay.player import Beside, Played, play
from dcim.replay.scene import Scene

from .stories import LIBRARY, STORIES

NAMES = sorted(story.name for story in STORIES)
SHORT = {"feed-loss", "network-split", "re-index"}
"""What ``make test`` plays of them: a loss, silence, and a device that changed; ``make long`` plays the others."""

BEFORE = LIBRARY.parent / "before" / "format-1"
"""The loss of feed B as it was recorded before format 2, and with the profile of the UPSs of then."""

MOST = 600_000
"""Bytes of the whole library."""


def replayed(name: str) -> Played:
    return play(Scene.of(Recording.open(LIBRARY / name)))


def _told(played: Played) -> list[list[str | int]]:
    return [[one.channel, one.kind, one.rule, one.asset, one.number] for one in played.log.told]


def test_the_library_has_every_story_of_the_issue_and_is_small() -> None:
    assert {path.name for path in LIBRARY.iterdir()} == set(NAMES)
    assert len(NAMES) >= 12
    assert sum(path.stat().st_size for path in LIBRARY.rglob("*") if path.is_file()) < MOST


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name not in SHORT)) for name in NAMES]
)
def test_an_incident_of_the_library_pages_as_it_must(name: str) -> None:
    story = next(one for one in STORIES if one.name == name)
    recording = Recording.open(LIBRARY / name)
    played = play(Scene.of(recording))

    assert recording.manifest.expect == story.expect
    assert failures(story.expect, played.log, recording.manifest.start) == []
    assert not played.otherwise, "the bytes decode to what they decoded to when they were recorded"
    assert not played.undecided
    assert played.notes == []
    before = json.loads((LIBRARY / name / "told.json").read_text(encoding="utf-8"))
    assert _told(played) == before, "the replay tells what was told while it was recorded"


@pytest.mark.long
def test_a_recording_of_the_first_format_is_replayed_and_tells_what_it_told() -> None:
    recording = Recording.open(BEFORE)
    formats = {Opened(str(path), path.read_bytes()).head["format"] for path in BEFORE.glob("*.tape")}
    played = play(Scene.of(recording))

    assert formats == {1}
    assert played.polls == 234
    assert not played.undecided
    assert played.otherwise.keys() <= {"ups-1", "ups-2"}, "of the others the profiles are those of then"
    assert _told(played) == json.loads((BEFORE / "told.json").read_text(encoding="utf-8"))


@pytest.mark.long
def test_two_replays_in_other_processes_give_the_same_bytes(tmp_path: Path) -> None:
    """Neither hash seed nor time zone nor the folder nor the language of the machine is in the log."""
    folder = LIBRARY / "overload-after-loss"
    logs = []
    for seed, zone, language in (("1", "Africa/Casablanca", "C"), ("77", "Pacific/Auckland", "fr_FR.UTF-8")):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LANG": language, "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "dcim.cli", "replay", str(folder)],
            capture_output=True, env=environ, cwd=tmp_path, check=True,
        )  # fmt: skip
        logs.append(done.stdout)
    assert logs[0] == logs[1]
    assert logs[0] == replayed("overload-after-loss").log.text().encode()
    assert b" message noc raised " in logs[0]


class Seen:
    """A history that only notes which points were said of which part, and when last."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], float] = {}

    def append(self, batch: Batch) -> None:
        for point in batch.layout.points:
            self.said[point.metric, dict(point.labels).get("part", "")] = batch.at


@pytest.mark.long
def test_what_a_loss_would_overload_is_computed_again() -> None:
    """Its warnings stood before the recording began, and say nothing while what they foretold comes."""
    recording, seen = Recording.open(LIBRARY / "overload-after-loss"), Seen()
    play(Scene.of(recording), Beside(history=seen))  # type: ignore[arg-type]
    assert seen.said["load_after_loss_least_ratio", "r2-b"] > recording.manifest.start
