"""A recording from somebody else: whatever is in it, the answer is words, one line each, and an end. Pains: F10."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dcim.cli import build
from dcim.recording.reading import Opened
from dcim.recording.tape import Act, Drawn, Event, Poll, Segment
from dcim.witness import Fault

from .stories import LIBRARY

ODD = "\x1b[2J\x9b31m\u202eevil\u2028owned"
FAULTS = list(Fault)


def forged(
    folder: Path,
    event: Callable[[Event], Event] = lambda one: one,
    head: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda one: one,
) -> Path:
    """Return a copy of a recording of the library with other events and heads; every sum in it is right."""
    shutil.copytree(LIBRARY / "agent-restart", folder)
    for tape in sorted(folder.glob("*.tape")):
        opened = Opened(str(tape), tape.read_bytes())
        segment = Segment({"site": "cas1", **head(opened.head)}, opened.assets)
        for one in map(event, opened.events()):
            _write(segment, one)
        tape.write_bytes(segment.opening() + segment.frame(segment.take()))
    return folder


def _write(segment: Segment, event: Event) -> None:
    match event:
        case Poll():
            segment.poll(event)
        case Drawn():
            segment.portrait(event)
        case Act():
            segment.act(event)


def replayed(folder: Path) -> Result:
    return CliRunner().invoke(build(["replay"]), ["replay", str(folder)])


def test_a_reason_with_control_characters_stays_one_line_that_is_read_as_it_stands(tmp_path: Path) -> None:
    """A terminal would act on it, and a line of its own would look like one of the log."""

    def silent(event: Event) -> Event:
        if isinstance(event, Poll) and event.asset == "ups-2":
            return event._replace(fault=Fault.SILENCE, why=ODD, exchanges=())
        return event

    done = replayed(forged(tmp_path / "recording", silent))
    lines = done.stdout.splitlines()
    assert any("evil" in line and " device_state ups-2 " in line for line in lines)
    assert all(line.isprintable() for line in done.output.split("\n"))


@pytest.mark.parametrize(
    "state",
    [
        {"alerts": 1},
        {"alerts": [{}]},
        {"alerts": [{"key": "x", "at": "y", "body": {}}]},
        {"alerts": [{"key": "x", "at": 1.0, "body": {}}]},
        {"memories": [{}]},
        {"memories": [{"room": "maintenance", "key": "window x", "body": {"x": 1}}]},
        {"devices": []},
        {"devices": {"ups-2": {"reach": ["answering"], "since": 1.0}}},
        {"devices": {"ups-2": {"reach": "answering", "since": "long"}}},
    ],
)
def test_what_cannot_have_been_open_is_damage_of_the_first_file(state: object, tmp_path: Path) -> None:
    done = replayed(forged(tmp_path / "recording", head=lambda _head: {"state": state}))
    assert done.exit_code == 2
    assert "0000.tape: offset 0: what was open when it began makes no sense: " in done.stderr


def test_a_portrait_that_is_too_deep_to_be_read_is_noted(tmp_path: Path) -> None:
    deep = forged(
        tmp_path / "recording",
        lambda one: Drawn(one.asset, one.at, b"[" * 100_000) if isinstance(one, Drawn) else one,
    )
    done = replayed(deep)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "what was known of it cannot be used here" in done.stderr
