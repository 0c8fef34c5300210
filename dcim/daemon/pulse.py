"""How the site and the daemon are: the counts of its own metrics, but as readings like any other."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from dcim.alerts import Severity
from dcim.contracts import Contract
from dcim.daemon.rooms import Rooms
from dcim.daemon.watching.lateness import Lateness, share_within
from dcim.graph import Standing
from dcim.overview import Line, SitePower, Spent, contract_outcome
from dcim.overview.power import Read
from dcim.overview.sheets import labelled
from dcim.poll import Reach

OUTCOMES: Final = ("delivered", "retried", "refused", "dropped")
_SHARES: Final = (0.5, 0.99)
_PAGES: Final = Path("/proc/self/statm")
_VERDICTS: Final = ("kept", "broken", "undecided")


class Pulse:
    """Gathers the lines of the site and the daemon. ``gaps`` and ``stale`` are counted elsewhere."""

    def __init__(self, rooms: Rooms, lateness: Lateness) -> None:
        self.gaps: Mapping[str, int] = {}
        self.stale = 0
        self._rooms = rooms
        self._lateness = lateness
        self._late_before = lateness.up_to()
        self._contracts = {
            one.id: (one, Spent(_VERDICTS)) for one in rooms.plan.settings.contracts if one.target is not None
        }

    def lines(self, power: SitePower, read: Read) -> list[Line]:
        """Return every line, in an order that stays while there are the same channels and reasons."""
        return [
            *self._site(),
            *power.lines(read),
            *self._promised(),
            *self._monitor(),
            *self._waiting(),
            *self._messages(),
        ]

    def spend(self, seconds: float, standing: Callable[[str], Standing | None]) -> None:
        """Count time that went by for the contracts, as their services stand."""
        for contract, spent in self._contracts.values():
            found = [standing(service) for service in contract.services]
            known = [one for one in found if one is not None]
            if len(known) == len(found):
                spent.add(contract_outcome(contract, known), seconds)

    def _site(self) -> Iterator[Line]:
        rooms = self._rooms
        severities = Counter(str(alert.severity) for alert in rooms.watch.listed if alert.standing)
        yield from labelled("site_alerts", "severity", severities, map(str, Severity))
        yield Line("site_incidents", float(len(rooms.core.causes.incidents.open)))
        reaches = Counter(str(rooms.poller.presence(asset.id).reach) for asset in rooms.plan.settings.assets)
        yield from labelled("site_devices", "reach", reaches, map(str, Reach))

    def _promised(self) -> Iterator[Line]:
        for name, (contract, spent) in sorted(self._contracts.items()):
            yield Line("contract_target_ratio", _target(contract), (("contract", name),))
            for outcome, seconds in spent.seconds.items():
                labels = (("contract", name), ("outcome", outcome))
                yield Line("contract_time_seconds_total", seconds, labels)

    def _monitor(self) -> Iterator[Line]:
        rooms = self._rooms
        yield Line("monitor_said_timestamp_seconds", rooms.clock.now())
        yield Line("monitor_points", float(len(rooms.newest)))
        for reason, number in sorted(self.gaps.items()):
            yield Line("monitor_gaps", float(number), (("reason", reason),))
        yield Line("monitor_stale_points", float(self.stale))
        now, before = self._lateness.up_to(), self._late_before
        self._late_before = now
        for share in _SHARES:
            labels = (("share", f"{share:g}"),)
            yield Line("monitor_poll_lateness_seconds", share_within(share, before, now), labels)
        counts = rooms.poller.counts
        yield Line("monitor_polls_total", float(counts.polls))
        for why, many in sorted(counts.failures.items(), key=lambda one: str(one[0])):
            yield Line("monitor_poll_failures_total", float(many), (("reason", str(why)),))
        yield Line("monitor_memory_bytes", _memory())

    def _waiting(self) -> Iterator[Line]:
        rooms = self._rooms
        waiting = {"ledger": rooms.books.waiting}
        dropped = {"ledger": rooms.books.dropped}
        if rooms.history is not None:
            kept = rooms.history.counts()
            waiting["history"], dropped["history"] = kept.waiting, kept.dropped
            dropped["outputs"] = kept.queue_dropped
            yield Line("monitor_history_bytes", float(kept.segment_bytes + kept.closed_bytes))
        for queue, number in sorted(waiting.items()):
            yield Line("monitor_waiting", float(number), (("queue", queue),))
        for queue, number in sorted(dropped.items()):
            yield Line("monitor_dropped_total", float(number), (("queue", queue),))

    def _messages(self) -> Iterator[Line]:
        for channel, counts in sorted(self._rooms.postman.counts.items()):
            for outcome in OUTCOMES:
                labels = (("channel", channel), ("outcome", outcome))
                yield Line("monitor_messages_total", float(getattr(counts, outcome)), labels)


def _target(contract: Contract) -> float:
    return float(contract.target or 0)


def _memory() -> float:
    """Return the resident memory in bytes."""
    try:
        pages = int(_PAGES.read_text(encoding="ascii").split()[1])
    except OSError:  # no /proc: the most it ever was, in kilobytes
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    return float(pages * resource.getpagesize())
