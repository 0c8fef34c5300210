"""A reading as a page shows it: name, value or reason for none, tone. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from dcim.catalogue import METRICS, Shape
from dcim.explain import reading_said
from dcim.model import GapReason, Health, Point, Reading
from dcim.record import dataclass
from dcim.series import Quality
from dcim.words import Words, labels_said, parts_named


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading as a page shows it. ``tone``: ok, warning, critical, unknown, or empty for a plain number."""

    point: str
    name: str
    labels: str
    text: str
    tone: str
    at: float
    stale: bool
    source: str
    doubtful: bool = False  # other values of the device contradict it

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


def shown(
    reading: Reading,
    quality: Quality,
    words: Words,
    name: Callable[[str], str],
    *,
    doubtful: bool = False,
) -> Shown:
    """Write one reading. A gap shows its reason, a stale value says that it is stale, and so does doubt.

    ``name`` tells what people call a part of the building.
    """
    point = reading.point
    return Shown(
        point=f"{point.id:016x}",
        name=words(f"metric.{point.metric}"),
        labels=labels_of(point, words, name),
        text=reading_said(reading, words),
        tone=_tone(reading, quality),
        at=reading.at,
        stale=quality is Quality.STALE,
        source=reading.source,
        doubtful=doubtful,
    )


def labels_of(point: Point, words: Words, name: Callable[[str], str]) -> str:
    """Say the labels of a point, parts of the building by their names."""
    return labels_said(parts_named(point.labels, point.asset, name), words)


def _tone(reading: Reading, quality: Quality) -> str:
    if reading.gap is not None and reading.gap.reason is GapReason.UNKNOWN_CODE:
        return Health.WARNING  # the device says something that nobody has a word for: look at it
    if quality is Quality.STALE or reading.gap is not None:
        return Health.UNKNOWN
    if reading.health is not None:
        return reading.health
    if reading.value and METRICS[reading.point.metric].shape is Shape.ALARM:
        return Health.WARNING
    return ""
