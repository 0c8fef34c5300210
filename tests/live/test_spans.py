"""The lines of the shipped dashboards over an hour, a week and three months, as a real InfluxDB answers. Pains: A11, I9."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import free_port, until
from .test_outputs import started_influx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "dashboards"))

from drawn.ask import Influx, answers  # noqa: E402
from drawn.fill import Filling, Span  # noqa: E402
from drawn.stretch import bridged_by, stretches  # noqa: E402

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

NOW = 1_790_000_000 // 86400 * 86400
HOUR, DAY = 3600, 86400
SPANS = {HOUR: 60.0, 7 * DAY: 600.0, 90 * DAY: 7200.0}
SILENT = (NOW - 1800, NOW - 1380)
"""Seven minutes within the last hour in which one device says nothing."""


def written(influx: str, asset: str, times: Iterable[int]) -> None:
    """Write a load and a state of a UPS at these times."""
    tags = f"asset={asset},site=s,room=r,feed=A"
    lines = [
        line
        for at in times
        for line in (
            f"dcim_ups_output_load_ratio,{tags} value=0.5 {at}",
            f"dcim_ups_output_source_state,{tags},state=normal value=1 {at}",
            f"dcim_ups_output_source_state,{tags},state=battery value=0 {at}",
        )
    ]
    for first in range(0, len(lines), 20_000):
        some = "\n".join(lines[first : first + 20_000])
        answer = httpx.post(f"{influx}/write?db=dcim&precision=s", content=some, timeout=30)
        assert answer.status_code == 204, answer.text


def parts(panel: dict[str, Any], database: Influx, span: int) -> dict[str, int]:
    """Return how many stretches each series of a panel is drawn in."""
    filling = Filling(Span(NOW - span, NOW, SPANS[span]))
    return {
        one.name: len(stretches(one.samples, SPANS[span], bridged_by(panel)))
        for one in answers(panel, database, filling)
    }


@pytest.mark.long
def test_lines_and_states_hang_together_over_any_span_and_end_at_a_silence(
    processes: Any, needs: Any, tmp_path: Path
) -> None:
    needs("influxd")
    http = free_port()
    started_influx(processes, tmp_path, http, free_port())
    influx = f"http://127.0.0.1:{http}"
    until(lambda: httpx.get(f"{influx}/ping").status_code == 204, "InfluxDB answers")
    httpx.post(f"{influx}/query", data={"q": "CREATE DATABASE dcim"})
    minutes = range(NOW - 8 * DAY, NOW, 60)
    written(influx, "steady", (at + at // 60 % 2 * 45 for at in minutes))
    written(influx, "silent", (at for at in minutes if not SILENT[0] < at < SILENT[1]))
    written(influx, "slow", range(NOW - 90 * DAY, NOW, 600))
    board = json.loads((ROOT / "dashboards" / "influxdb" / "en" / "ups.json").read_text(encoding="utf-8"))
    with httpx.Client(timeout=60) as client:
        database = Influx(client, influx, "dcim")
        for form in ("timeseries", "state-timeline"):
            panel = next(one for one in board["panels"] if one["type"] == form)
            assert parts(panel, database, HOUR) == {"steady": 1, "silent": 2, "slow": 6}, form
            for span in (7 * DAY, 90 * DAY):
                assert parts(panel, database, span) == {"steady": 1, "silent": 1, "slow": 1}, (form, span)
