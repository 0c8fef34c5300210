"""The daemon's metrics about itself, through prometheus-client: counts of the rooms, read at each scrape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from dcim.daemon.rooms import Rooms
from dcim.daemon.sending.outgoing import outgoing
from dcim.daemon.watching.lateness import BOUNDS, Lateness
from dcim.query.pool import Counts


class Own(Collector):
    """Makes the families of the daemon's own metrics from the counts of its rooms."""

    def __init__(self, rooms: Rooms, lateness: Lateness) -> None:
        self.registry = CollectorRegistry()
        self._rooms = rooms
        self._lateness = lateness
        self.queries: Counts | None = None
        """What became of the queries over the history; none where nobody can ask."""
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def collect(self) -> Iterable[Metric]:
        """Give every family once."""
        yield from self._polls()
        yield from self._keeping()
        yield from outgoing(self._rooms.outlets.tallies())
        yield from self._telling()
        yield from self._answering()

    def _polls(self) -> Iterable[Metric]:
        counts = self._rooms.poller.counts
        bounds = [*map(floatToGoString, BOUNDS), "+Inf"]
        yield HistogramMetricFamily(
            "dcim_poll_lateness_seconds",
            "How late polls began after their beat.",
            buckets=list(zip(bounds, self._lateness.up_to(), strict=True)),
            sum_value=self._lateness.total,
        )
        yield CounterMetricFamily("dcim_polls", "Polls begun.", counts.polls)
        yield CounterMetricFamily(
            "dcim_poll_overruns", "Beats skipped: the last poll was under way.", counts.overruns
        )
        yield CounterMetricFamily(
            "dcim_poll_deferred", "Cheap questions put off to the next beat.", counts.deferred
        )
        failures = CounterMetricFamily(
            "dcim_poll_failures", "Polls that gave nothing, by reason.", labels=["reason"]
        )
        for reason, number in counts.failures.items():
            failures.add_metric([str(reason)], number)
        yield failures
        yield from self._heard()
        yield GaugeMetricFamily(
            "dcim_points", "Points that devices and the daemon have said.", len(self._rooms.newest)
        )

    def _heard(self) -> Iterable[Metric]:
        ears = self._rooms.core.ears
        traps = CounterMetricFamily(
            "dcim_traps", "Traps and informs that came, by what became of them.", labels=["outcome"]
        )
        for outcome, number in ears.counts.items():
            traps.add_metric([outcome], number)
        yield traps
        devices = CounterMetricFamily("dcim_device_traps", "Traps and informs of a device.", labels=["asset"])
        for asset, number in ears.heard_of.items():
            devices.add_metric([asset], number)
        yield devices
        yield CounterMetricFamily("dcim_traps_asked", "Devices asked because of what they sent.", ears.asked)

    def _keeping(self) -> Iterable[Metric]:
        status = self._rooms.store.status
        yield CounterMetricFamily("dcim_ledger_facts", "Facts written since the start.", status.facts)
        yield CounterMetricFamily("dcim_store_failures", "Transactions the disk refused.", status.failures)
        yield CounterMetricFamily("dcim_store_refused", "Works wrong in themselves.", status.refused)
        yield GaugeMetricFamily("dcim_store_waiting", "Records not on disk yet.", self._rooms.books.waiting)
        yield CounterMetricFamily("dcim_store_dropped", "Records lost.", self._rooms.books.dropped)
        if self._rooms.history is not None:
            kept = self._rooms.history.counts()
            yield CounterMetricFamily(
                "dcim_history_readings", "Readings acknowledged on disk.", kept.acknowledged
            )
            yield CounterMetricFamily(
                "dcim_history_dropped", "Readings that never reached the disk.", kept.dropped
            )
            yield CounterMetricFamily(
                "dcim_history_queue_dropped", "Readings an output was too late for.", kept.queue_dropped
            )
            yield GaugeMetricFamily("dcim_history_waiting", "Readings not on disk yet.", kept.waiting)
            yield GaugeMetricFamily(
                "dcim_history_bytes", "Size of the history on disk.", kept.segment_bytes + kept.closed_bytes
            )

    def _telling(self) -> Iterable[Metric]:
        alerts = GaugeMetricFamily("dcim_alerts_open", "Open alerts, by severity.", labels=["severity"])
        for severity, number in Counter(
            str(alert.severity) for alert in self._rooms.watch.listed if alert.standing
        ).items():
            alerts.add_metric([severity], number)
        yield alerts
        messages = CounterMetricFamily(
            "dcim_messages", "Messages, by channel and what became of them.", labels=["channel", "outcome"]
        )
        for channel, counts in self._rooms.postman.counts.items():
            for outcome in ("delivered", "retried", "refused", "dropped"):
                messages.add_metric([channel, outcome], getattr(counts, outcome))
        yield messages
        failing = GaugeMetricFamily(
            "dcim_channel_failing", "1 while a channel takes nothing, 0 while it does.", labels=["channel"]
        )
        for channel, counts in self._rooms.postman.counts.items():
            failing.add_metric([channel], float(counts.failing_since is not None))
        yield failing

    def _answering(self) -> Iterable[Metric]:
        if self.queries is None:
            return
        queries = CounterMetricFamily(
            "dcim_queries", "Queries over the history, by what became of them.", labels=["outcome"]
        )
        for outcome, number in self.queries.outcomes.items():
            queries.add_metric([outcome], number)
        yield queries
        yield CounterMetricFamily(
            "dcim_query_seconds", "How long queries were worked on.", self.queries.seconds
        )
        yield GaugeMetricFamily(
            "dcim_queries_waiting", "Queries that wait for their turn.", self.queries.waiting
        )
