"""Makes the recorded incidents of the library: ``make replay-library``, from the root of the repository."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import structlog

from bench.rehearsal import Play, Rehearsal, events, plan_of

from .stories import LIBRARY, MORE, PLANT, RACKS, STORIES, Story


def play_of(story: Story) -> Play:
    """Return what is rehearsed for a story."""
    plan = plan_of(PLANT)
    buses = tuple(
        bus.model_copy(update={"amperes": 9.0}) if bus.id in story.weak else bus for bus in plan.buses
    )
    return Play(
        plan.model_copy(update={"buses": buses}),
        events(*story.lines),
        story.lasts,
        story.name,
        story.title,
        story.expect,
        MORE,
        story.acts,
        reached=dict.fromkeys(RACKS, "net-1"),
    )


def make(names: list[str]) -> None:
    """Write the recordings of these stories, or of all."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for story in STORIES:
        if names and story.name not in names:
            continue
        folder = LIBRARY / story.name
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory() as scratch:
            made = Rehearsal(play_of(story), folder, Path(scratch)).run()
        told = [[one.channel, one.kind, one.rule, one.asset, one.number] for one in made.log.told]
        (folder / "told.json").write_text(json.dumps(told, indent=0) + "\n", encoding="utf-8")
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{story.name}: {size} bytes, {len(made.log.told)} messages")
        for line in made.log.lines:
            if " message " in line or " incident " in line:
                print("   ", line)


if __name__ == "__main__":
    make(sys.argv[1:])
