"""What is shipped beside the code: the dashboard and Prometheus' file are true and carried in the wheel."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dcim.catalogue import METRICS
from dcim.resources import resource

ROOT = Path(__file__).parents[2]
OWN = {
    "dcim_alerts_open",
    "dcim_history_waiting",
    "dcim_store_waiting",
    "dcim_poll_lateness_seconds_bucket",
}


def test_the_dashboard_is_what_its_generator_makes() -> None:
    made = runpy.run_path(str(ROOT / "dashboards" / "build.py"))["dashboard"]()
    assert json.loads(resource("dashboards", "overview.json").read_text(encoding="utf-8")) == made


def test_every_panel_asks_for_metrics_that_exist_says_what_it_is_and_overlaps_none() -> None:
    board = json.loads(resource("dashboards", "overview.json").read_text(encoding="utf-8"))
    known = {metric.exported for metric in METRICS.values()} | OWN
    places = set()
    for panel in board["panels"]:
        for target in panel["targets"]:
            assert set(re.findall(r"\bdcim_\w+", target["expr"])) <= known
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        places.add((panel["gridPos"]["x"], panel["gridPos"]["y"]))
    assert len(places) == len(board["panels"])
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.live
def test_prometheus_takes_the_file_we_ship(live: Callable[[bool, str], None]) -> None:
    live(shutil.which("promtool") is not None, "promtool is not installed")
    path = resource("config", "prometheus.yml")
    done = subprocess.run(["promtool", "check", "config", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
