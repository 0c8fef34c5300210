"""What is shipped beside the code is true and found: Prometheus' file and the dashboards."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dcim.alerts import shipped_rules
from dcim.promrules import Wish, rule_file
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


@pytest.mark.live
def test_prometheus_and_alertmanager_take_the_files_of_the_example_with_our_rules(
    live: Callable[[bool, str], None], tmp_path: Path
) -> None:
    there = shutil.which("promtool") is not None and shutil.which("amtool") is not None
    live(there, "promtool or amtool is not installed")
    rules = tmp_path / "rules.yml"
    rules.write_text(rule_file(shipped_rules().rules.values(), Wish()))
    text = resource("config", "observability", "prometheus.yml").read_text()
    assert "/etc/dcim/observability/rules.yml" in text
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("/etc/dcim/observability/rules.yml", str(rules)))
    routing = resource("config", "observability", "alertmanager.yml")
    for command in (["promtool", "check", "config", config], ["amtool", "check-config", routing]):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
