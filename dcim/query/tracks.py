"""The past of points as our own API gives it: each reading, null for a gap; or what a step says. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from dcim.promql import Selection, Unanswerable, parse_matchers
from dcim.query.source import Track, World

MOST_SAMPLES: Final = 2_000_000
"""Readings in one answer."""
_READINGS: Final = ("at", "value")
_STEPS: Final = ("at", "mean", "min", "max", "last", "count", "gaps")


def tracks(world: World, match: Sequence[str], start: int, end: int, step: int) -> Iterator[bytes]:
    """Give what was read of the points that match in [start, end), UTC ms, as JSON.

    With a step (ms) there is a row for each step that holds anything: its begin, the mean, least, most and
    last of its readings, how many they are, and how many gaps. Of a state only the last word counts.
    Raise BadQuery for what matches nothing, Unanswerable for too many readings.
    """
    found = [one for text in match for one in world.tracks(Selection(parse_matchers(text), start, end - 1))]
    if sum(len(one.at) for one in found) > MOST_SAMPLES and not step:
        msg = f"more than {MOST_SAMPLES} readings: give a step, or export them"
        raise Unanswerable(msg)
    return _written([one for one in found if len(one.at)], step)


def _written(found: Sequence[Track], step: int) -> Iterator[bytes]:
    yield b'{"series":['
    for turn, track in enumerate(found):
        columns, rows = (_STEPS, _steps(track, step)) if step else (_READINGS, _readings(track))
        one = {"labels": dict(track.labels), "columns": columns, "rows": rows}
        yield ("," if turn else "").encode() + json.dumps(one, separators=(",", ":")).encode()
    yield b"]}"


def _said(track: Track, value: float) -> float | str | None:
    """Return a value as people read it; None for a gap, and for a state that nobody knows."""
    if value != value:
        return None
    return value if track.words is None else track.words.get(value)


def _readings(track: Track) -> list[list[Any]]:
    said = zip(track.at.tolist(), track.values.tolist(), strict=True)
    return [[when / 1000, _said(track, value)] for when, value in said]


def _steps(track: Track, step: int) -> list[list[Any]]:
    """Return a row for each step that holds anything; of gaps alone nothing is said."""
    bucket = track.at // step
    begins = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1)).tolist()
    return [
        [int(bucket[low]) * step / 1000, *_step(track, low, high)]
        for low, high in zip(begins, [*begins[1:], len(bucket)], strict=True)
    ]


def _step(track: Track, low: int, high: int) -> list[Any]:
    inside = track.values[low:high]
    read = inside[~np.isnan(inside)]
    counts = [len(read), len(inside) - len(read)]
    if not len(read):
        return [None, None, None, None, *counts]
    last = _said(track, float(read[-1]))
    if track.words is not None:
        return [None, None, None, last, *counts]
    return [float(read.mean()), float(read.min()), float(read.max()), last, *counts]
