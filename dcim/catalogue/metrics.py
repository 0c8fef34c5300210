"""The canonical metrics, read from ``metrics.tsv``: one reviewed line each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from dcim.catalogue.units import BASE_UNITS
from dcim.record import dataclass

UP_TIME: Final = "device_uptime_seconds"
"""What any agent says, of itself alone."""


class Shape(StrEnum):
    """What kind of value a metric carries."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"  # a word; one 0/1 series per word outside, exactly one of them 1
    ALARM = "alarm"  # a condition named by the label ``alarm``; 0 or 1, any number of them 1


@dataclass(frozen=True, slots=True)
class Metric:
    """One canonical metric. ``words`` closes the states of a ``STATE``; empty: the profile names them."""

    name: str
    shape: Shape
    unit: str  # base unit; empty for counts, states and alarms
    labels: tuple[str, ...]
    words: tuple[str, ...]
    help: str

    @property
    def exported(self) -> str:
        """Return the name outside the house."""
        return f"dcim_{self.name}"


def _unit_of(name: str) -> str:
    """Return the base unit that a metric's name ends in; the longest one wins."""
    stem = name.removesuffix("_total")
    fits = [unit for unit in BASE_UNITS if stem.endswith(f"_{unit}")]
    return max(fits, key=len, default="")


def parse_metrics(text: str) -> dict[str, Metric]:
    """Read catalogue lines: name, shape, labels, words, help, parted by tabs. Raise ValueError if wrong."""
    metrics: dict[str, Metric] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        metric = _parse_line(number, line)
        if metric.name in metrics:
            msg = f"line {number}: {metric.name} stands twice"
            raise ValueError(msg)
        metrics[metric.name] = metric
    return metrics


def _parse_line(number: int, line: str) -> Metric:
    parts = line.split("\t")
    if len(parts) != 5:
        msg = f"line {number}: expected 5 fields parted by tabs, found {len(parts)}"
        raise ValueError(msg)
    name, shape_text, labels, words, text = parts
    shape = Shape(shape_text)
    metric = Metric(name, shape, _unit_of(name), tuple(labels.split()), tuple(words.split()), text)
    if wrong := _fault(metric):
        msg = f"line {number}: {name}: {wrong}"
        raise ValueError(msg)
    return metric


def _fault(metric: Metric) -> str:
    """Say what is wrong with a metric's name, or nothing."""
    if (metric.shape is Shape.COUNTER) != metric.name.endswith("_total"):
        return "counters, and only counters, end in _total"
    if (metric.shape is Shape.STATE) != metric.name.endswith("_state"):
        return "states, and only states, end in _state"
    if (metric.shape is Shape.ALARM) != metric.name.endswith("_alarm"):
        return "alarms, and only alarms, end in _alarm"
    if metric.words and metric.shape is not Shape.STATE:
        return "only a state has words"
    return ""


METRICS: Final[dict[str, Metric]] = parse_metrics(
    (Path(__file__).parent / "metrics.tsv").read_text(encoding="utf-8")
)
