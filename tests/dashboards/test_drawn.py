"""Lines and states of a drawn page end where Grafana ends them: at a silence, never for a long span. Pains: A11, I9."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from drawn.ask import Series
from drawn.fill import Filling, Span
from drawn.page import drawn
from drawn.stretch import Sample, bridged_by, stretches

ROOT = Path(__file__).parents[2]
NOW = 1_790_000_000 // 86400 * 86400.0
HOUR, DAY = 3600.0, 86400.0
STEPS = {HOUR: 60.0, 7 * DAY: 600.0, 90 * DAY: 7200.0}
"""What Grafana makes ``$__interval`` of a panel of about a thousand pixels, by the span."""


@cache
def lines_of(source: str) -> dict[str, Any]:
    board = json.loads((ROOT / "dashboards" / source / "en" / "ups.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(panel for panel in board["panels"] if panel["type"] == "timeseries")
    return found


def steps_of(readings: Iterable[float], step: float) -> list[Sample]:
    """Return readings as a database answers that has a row for every step: at its begin, once."""
    return [(at, 1.0) for at in sorted({reading // step * step for reading in readings})]


def parts(readings: Iterable[float], step: float, source: str = "influxdb") -> int:
    return len(stretches(steps_of(readings, step), step, bridged_by(lines_of(source))))


def every(beat: float, span: float, late: float = 0.0) -> list[float]:
    """Return the times of readings, every second of which is late."""
    return [NOW - span + turn * beat + late * (turn % 2) for turn in range(int(span / beat))]


@pytest.mark.parametrize("span", STEPS)
@pytest.mark.parametrize(("beat", "late"), [(10.0, 0.0), (60.0, 0.0), (60.0, 45.0), (120.0, 30.0)])
def test_what_is_read_as_usual_is_one_line_over_any_span(span: float, beat: float, late: float) -> None:
    """A step without a reading between two beats breaks nothing."""
    assert parts(every(beat, span, late), STEPS[span]) == 1


@pytest.mark.parametrize("span", STEPS)
def test_a_device_that_is_read_every_ten_minutes_is_drawn_over_any_span(span: float) -> None:
    readings = every(600.0, span)
    assert parts(readings, STEPS[span]) == (len(readings) if span == HOUR else 1)


@pytest.mark.parametrize("silent", [301.0, 600.0, 1200.0])
def test_a_silence_of_more_than_five_minutes_ends_a_line_on_a_short_span(silent: float) -> None:
    begin = NOW - HOUR / 2
    readings = [at for at in every(60.0, HOUR) if not begin <= at < begin + silent]
    assert parts(readings, 60.0) == 2


def test_a_silence_that_leaves_a_long_step_empty_is_a_gap_there_too() -> None:
    readings = [at for at in every(60.0, 7 * DAY) if not NOW - 2 * DAY <= at < NOW - DAY]
    assert parts(readings, 600.0) == 2


def test_prometheus_knows_the_end_of_a_series_so_every_step_without_a_value_is_a_gap() -> None:
    assert bridged_by(lines_of("prometheus")) == 0
    assert parts([0.0, 60.0, 180.0], 60.0, "prometheus") == 2
    assert parts([0.0, 600.0, 1200.0], 600.0, "prometheus") == 1


class Answers:
    """A database that has these samples for whatever it is asked, and keeps at which step it was."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples, self.steps = samples, set[float]()

    def ask(self, target: Mapping[str, Any], filling: Filling, *, now: bool) -> Sequence[Series]:
        if not now and target["refId"] != "marks":
            self.steps.add(filling.span.step)
        return [Series(target["refId"], {}, "one", self.samples)]


@pytest.mark.parametrize(("span", "asked"), [(HOUR, 60.0), (7 * DAY, 5040.0), (90 * DAY, 64800.0)])
def test_the_page_has_each_line_in_the_parts_that_it_is_drawn_in(span: float, asked: float) -> None:
    database = Answers(steps_of(every(asked, span), asked))
    board = {
        "title": "t", "description": "d", "panels": [lines_of("influxdb")],
        "annotations": {"list": [{"query": "q"}]},
    }  # fmt: skip
    page = drawn(board, database, Filling(Span(NOW - span, NOW, max(5.0, span / 120))), "en")
    text = page.split('type="application/json">')[1].split("</script>")[0]
    (panel,) = json.loads(text)["panels"]
    assert database.steps == {asked} == {panel["step"]}
    assert [len(one["stretches"]) for one in panel["series"]] == [1] * len(panel["targets"])
