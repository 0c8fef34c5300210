"""What is shipped beside the code is true and found: Prometheus' file and the dashboards."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest

from dcim.resources import resource


def test_the_dashboards_travel_with_the_program() -> None:
    assert resource("dashboards", "prometheus", "en", "noc.json").is_file()
    assert resource("dashboards", "influxdb", "fr", "noc.json").is_file()


@pytest.mark.live
def test_prometheus_takes_the_file_we_ship(live: Callable[[bool, str], None]) -> None:
    live(shutil.which("promtool") is not None, "promtool is not installed")
    path = resource("config", "prometheus.yml")
    done = subprocess.run(["promtool", "check", "config", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
