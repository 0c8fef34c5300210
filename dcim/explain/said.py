"""Moments, readings, points and mutes in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from dcim.alerts import Mute
from dcim.catalogue import METRICS, Shape
from dcim.graph import Basis, Evidence
from dcim.model import Point, Reading
from dcim.record import dataclass
from dcim.windows import MUTED_BY
from dcim.words import Words, alarm_said, measured, parts_named, point_said, state_said


@dataclass(frozen=True, slots=True)
class Teller:
    """The reader: a language, and the wall of the site. ``name`` tells what people call a part of it."""

    said: Words
    zone: ZoneInfo
    name: Callable[[str], str] = str

    def __call__(self, key: str, *values: object) -> str:
        """Return a line of ``explain.tsv``."""
        return self.said(f"explain.{key}", *values)

    def moment(self, at: float | None) -> str:
        """Say a moment on the wall of the site."""
        return moment_said(at, self.zone) if at is not None else self("not_known")

    def point(self, point: Point) -> str:
        """Say a metric and the labels of its point; a part by its name."""
        return point_said(point.metric, parts_named(point.labels, point.asset, self.name), self.said)

    def mute(self, mute: Mute) -> str:
        """Say a mute."""
        return mute_said(mute, self.said, self.zone)


def moment_said(at: float, zone: ZoneInfo) -> str:
    """Say a moment (UTC seconds) on the wall of a zone."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def reading_said(reading: Reading, words: Words) -> str:
    """Say what was read, or why there is nothing; a code that no profile knows is shown."""
    if reading.gap is not None:
        raw = f" ({reading.gap.raw})" if reading.gap.raw and reading.gap.reason == "unknown_code" else ""
        return words(f"gap.{reading.gap.reason}") + raw
    metric = METRICS.get(reading.point.metric)
    is_alarm = metric is not None and metric.shape is Shape.ALARM
    if reading.state is not None:
        return (alarm_said if is_alarm else state_said)(reading.state, words)
    if reading.value is None:
        return "—"
    if is_alarm:
        return words("state.alarm") if reading.value else words("state.normal")
    return measured(reading.point.metric, reading.value, metric.unit if metric else "", words)


def mute_said(mute: Mute, words: Words, zone: ZoneInfo) -> str:
    """Say a mute: what it is, by whom, why, and until when (its end is UTC seconds)."""
    until = "" if mute.until == inf else f", {words('until')} {moment_said(mute.until, zone)}"
    ticket = f", {mute.ticket}" if mute.ticket and mute.by != MUTED_BY + mute.ticket else ""
    return f"{words('mute.' + mute.kind)} ({mute.by}{ticket}){until}{words('colon')} {mute.reason}"


def evidence_said(evidence: Evidence, name: Callable[[str], str], words: Words) -> str:
    """Say what the state of a part is concluded from; ``name`` is what people call a part."""
    names = ", ".join(map(name, evidence.witnesses))
    match evidence.basis:
        case Basis.MEASURED if evidence.doubt:
            return words("basis.doubt", name(evidence.doubt))
        case Basis.MEASURED:
            alone = all(name(one) == name(evidence.node) for one in evidence.witnesses)
            return words("basis.measured") if alone else words("basis.metered", names)
        case Basis.PARTLY:
            up, down = (", ".join(sorted(one)) or "—" for one in (evidence.up, evidence.down))
            return words("basis.partly", up, down)
        case Basis.NOTHING:
            return words("basis.nothing")
        case _:
            return words(f"basis.{evidence.basis}", names)
