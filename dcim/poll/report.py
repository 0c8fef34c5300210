"""The points that the poll loop itself knows of a device: whether it answers, and how long that took."""

from __future__ import annotations

from array import array

from dcim.model import Batch, Gap, GapReason, Health, Lane, Layout, Meaning, Point, state_code
from dcim.poll.polled import Polled
from dcim.poll.presence import Reach

_HEALTH = {
    Reach.ANSWERING: Health.OK,
    Reach.SILENT: Health.CRITICAL,
    Reach.REFUSED: Health.CRITICAL,
    Reach.NONSENSE: Health.CRITICAL,
    Reach.UNKNOWN: Health.UNKNOWN,
}
_CODES = {reach: state_code(reach) for reach in Reach}
_STATES = {_CODES[reach]: Meaning(reach, health) for reach, health in _HEALTH.items()}
_NO_DURATION = {1: Gap(GapReason.NO_ANSWER)}


class ReachReport:
    """Makes the batch of the loop's own points for one device; the layout is made once."""

    def __init__(self, asset_id: str) -> None:
        points = (
            Point(asset_id, "device_reach_state"),
            Point(asset_id, "device_poll_duration_seconds"),
        )
        self._layout = Layout(asset_id, Lane.FAST, points, (_STATES, None), ("poll", "poll"), own=True)

    def batch(self, reach: Reach, duration: float, at: float) -> Batch:
        """Return the batch of one poll. A poll without answer has no duration: it is a gap."""
        code = _CODES[reach]
        if reach is Reach.ANSWERING:
            return Batch(self._layout, at, array("d", (code, duration)))
        return Batch(self._layout, at, array("d", (code, float("nan"))), _NO_DURATION)


class ReachReports:
    """Makes those batches for all devices."""

    def __init__(self) -> None:
        self._reports: dict[str, ReachReport] = {}

    def batch(self, polled: Polled) -> Batch:
        """Return the batch of a poll."""
        report = self._reports.get(polled.asset.id)
        if report is None:
            report = self._reports[polled.asset.id] = ReachReport(polled.asset.id)
        return report.batch(polled.presence.reach, polled.duration, polled.at)
