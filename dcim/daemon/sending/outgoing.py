"""The metrics of the outputs, from their tallies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from dcim.outputs.tally import State, Tally

_COUNTERS: Final = {
    "readings": "Readings that left an output's queue because its far side has them.",
    "lines": "Series and timestamps that the far side of an output has taken.",
    "dropped": "Readings left out because they waited too long for an output, or too many did.",
    "retries": "Times that the far side of an output took nothing.",
    "spent": "Processor time of an output's thread.",
}
_NAMES: Final = {"spent": "dcim_output_cpu_seconds"}


def outgoing(tallies: Mapping[str, Tally]) -> Iterator[Metric]:
    """Give the families of all outputs; none where there is no output. How old what waits is is a reading."""
    if not tallies:
        return
    for key, text in _COUNTERS.items():
        counter = CounterMetricFamily(_NAMES.get(key, f"dcim_output_{key}"), text, labels=["output"])
        for name, tally in tallies.items():
            counter.add_metric([name], getattr(tally, key))
        yield counter
    refused = CounterMetricFamily(
        "dcim_output_refused",
        "Lines that the far side of an output will never take, by reason: they are set aside.",
        labels=["output", "reason"],
    )
    for name, tally in tallies.items():
        for reason, number in {"invalid": 0, **tally.refused}.items():
            refused.add_metric([name, reason], number)
    yield refused
    yield from _gauges(tallies)


def _gauges(tallies: Mapping[str, Tally]) -> Iterator[Metric]:
    lag = GaugeMetricFamily("dcim_output_queue_bytes", "Size of what waits for an output.", labels=["output"])
    last = GaugeMetricFamily(
        "dcim_output_last_success_timestamp_seconds", "When an output last delivered.", labels=["output"]
    )
    states = GaugeMetricFamily(
        "dcim_output_condition", "1 for how an output is.", labels=["output", "condition"]
    )
    for name, tally in tallies.items():
        lag.add_metric([name], tally.lag)
        if tally.delivered_at is not None:
            last.add_metric([name], tally.delivered_at)
        for state in State:
            states.add_metric([name, str(state)], float(tally.state is state))
    yield from (lag, last, states)
