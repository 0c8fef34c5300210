"""``dcim replay``: a recording through the whole pipeline on a virtual clock; what other rules would change.

dcim replay DIR                          the alert log, the same bytes on every machine
dcim replay DIR --rules NEW.yaml         which messages those rules would add, drop or move
dcim replay DIR --expect FILE            a gate: this incident pages once, in time, with this root
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dcim.logs import unlogged
from dcim.model import DcimError, legible
from dcim.recording.folder import Recording
from dcim.replay.compare import Difference, difference
from dcim.replay.expect import BadExpectation, Failed, check, failures, written
from dcim.replay.keep import keeping, unfit
from dcim.replay.log import Log, counted
from dcim.replay.player import Beside, Played, play
from dcim.replay.scene import Scene

DIFFERS: Final = 1
WRONG: Final = 2
_LONGEST: Final = 1.0  # seconds of one sleep while a replay is followed


def replay(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A recording.", exists=True, file_okay=False, readable=True)
    ],
    rule_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules", metavar="FILE", help="Rules instead of those recorded.", dir_okay=False, exists=True
        ),
    ] = None,
    expect: Annotated[
        Path | None,
        typer.Option(
            "--expect", metavar="FILE", help="What it must come to, a line each.", dir_okay=False, exists=True
        ),
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=0.001, help="Print as it passes, so many times as fast.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="DIR", help="Keep the ledger of the replay here, for reports."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts.")] = False,
) -> None:
    """Replay a recording. Exit 0; 1 where other rules change a message or an expectation fails; 2 damaged."""
    if speed is not None and (as_json or rule_files):
        msg = "it prints as it passes: not with --json, nor with --rules, which print when all is known"
        raise typer.BadParameter(msg, param_hint="--speed")
    try:
        recording = Recording.open(folder)
        if state is not None and (wrong := unfit(state, recording)):
            msg = f"{state} {wrong}"
            raise typer.BadParameter(msg, param_hint="--state")
        lines = _expected(expect, recording)
        scene, other = Scene.of(recording), Scene.of(recording, rule_files) if rule_files else None
        before = _played(scene, speed, None if other else state)
        after = _played(other, None, state) if other else None
        start = recording.manifest.start
        failed = failures(lines, (after or before).log, start)
    except (DcimError, OSError, BadExpectation) as why:
        typer.echo(f"dcim: {why}", err=True)
        raise typer.Exit(WRONG) from None
    changed = None if after is None else difference(before.log.told, after.log.told)
    if as_json:
        data = _data(recording, before, after, changed, lines, failed)
        typer.echo(json.dumps(data, sort_keys=True, ensure_ascii=False))
    else:
        _print(before, after, changed, failed, followed=speed is not None)
    raise typer.Exit(DIFFERS if changed or failed else 0)


def _expected(file: Path | None, recording: Recording) -> tuple[str, ...]:
    """Return what a replay must come to. Raise BadExpectation, OSError: before anything is played."""
    if file is None:
        return check(recording.manifest.expect)
    try:
        return written(file.read_text(encoding="utf-8"))
    except ValueError as why:
        msg = f"{file}: {why}"
        raise BadExpectation(msg) from None


def _played(scene: Scene, speed: float | None, state: Path | None) -> Played:
    follower = _follower(speed) if speed else None
    with unlogged():
        if state is None:
            played = play(scene, Beside(follow=follower))
        else:
            with keeping(scene, state, follower) as beside:
                played = play(scene, beside)
    if follower is not None:
        follower.print(played.log)
    return played


class _follower:
    """Prints the lines of a log as their time comes, ``speed`` times as fast as it passed."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began: tuple[float, float] | None = None
        self._printed = 0

    def __call__(self, at: float, log: Log) -> None:
        """Sleep until it is time, and print."""
        began = self._began = self._began or (time.monotonic(), at)
        due = began[0] + (at - began[1]) / self._speed
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, _LONGEST))
        self.print(log)

    def print(self, log: Log) -> None:
        """Print what came since the last time."""
        for line in log.lines[self._printed :]:
            typer.echo(line)
        self._printed = len(log.lines)


def _print(
    played: Played,
    after: Played | None,
    changed: Difference | None,
    failed: Sequence[Failed],
    *,
    followed: bool,
) -> None:
    if changed is not None:
        for line in changed.lines():
            typer.echo(line)
        typer.echo(changed.summary(), err=True)
    elif not followed:
        typer.echo(played.log.text(), nl=False)
    for note in _notes(played, after):
        typer.echo(f"note: {note}", err=True)
    for one in failed:
        typer.echo(str(one), err=True)
    typer.echo(_sum(played) + (f"; with these rules: {_messages(after)}" if after else ""), err=True)


def _sum(played: Played) -> str:
    return f"{played.polls} polls of {played.seconds:.0f} s replayed; messages: {_messages(played)}"


def _messages(played: Played) -> str:
    told = ", ".join(f"{number} to {name}" for name, number in counted(played.log.told).items())
    return told or "none"


def _notes(played: Played, after: Played | None) -> list[str]:
    """Return what is to be noted of a replay, and of one with other rules alone."""
    more = [note for note in after.notes if note not in played.notes] if after else []
    notes = [*played.notes, *(f"with these rules: {note}" for note in more)]
    for count, what in (
        (played.otherwise, "decode to other values than then"),
        (played.undecided, "were not decoded"),
    ):
        if count:
            devices = ", ".join(sorted(count)[:6])
            notes.append(f"{sum(count.values())} polls {what}: {devices}")
    return [legible(note) for note in notes]


def _data(
    recording: Recording,
    played: Played,
    after: Played | None,
    changed: Difference | None,
    lines: Sequence[str],
    failed: Sequence[Failed],
) -> dict[str, Any]:
    manifest = recording.manifest
    data: dict[str, Any] = {
        "name": manifest.name,
        "site": manifest.site,
        "start": manifest.start,
        "end": manifest.end,
        "polls": played.polls,
        "log": played.log.lines,
        "messages": [one.data() for one in played.log.told],
        "notes": _notes(played, after),
        "otherwise": dict(sorted(played.otherwise.items())),
        "expected": list(lines),
        "failed": [{"line": one.line, "found": one.found} for one in failed],
    }
    if changed is not None:
        data["changed"] = changed.data()
    return data
