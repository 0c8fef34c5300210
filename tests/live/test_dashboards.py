"""Every query of every dashboard has an answer: from a real Prometheus and a real InfluxDB fed by one daemon.

A simulated site on which a cooling unit is lost, so that there are alerts and incidents to show.
What that site has no hardware for is listed by name. Pains: E1, E3, F10, I1, I4, I9, A11.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dcim.yaml import read

from .conftest import free_port, until
from .test_outputs import SHIM, started_influx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "dashboards"))

from drawn.ask import Influx, Prometheus, is_now  # noqa: E402
from drawn.fill import Filling, Span  # noqa: E402

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(420)]

PATIENCE = 240.0
STORY = """\
format: 1
scenario: broken
title: A generator and a cooling unit are lost and stay so
lasts: 900
events:
  - { at: 1, do: lose, target: genset-1, says: "generator 1 will not start" }
  - { at: 2, do: lose, target: crac-3, says: "cooling unit 3 stops" }
"""
ABSENT = {
    "battery_charge_ratio": "no battery monitor in the plant",
    "battery_runtime_seconds": "no battery monitor in the plant",
    "battery_temperature_celsius": "no battery monitor in the plant",
    "battery_voltage_volts": "no battery monitor in the plant",
    "ups_test_result_state": "no UPS of the plant was tested",
    "ups_battery_packs_bad": "only one of the cards says it, and not always",
    "fuel_tank_level_ratio": "no tank apart from the generator's",
    "service_survivor_load_ratio": "the PDUs of feed B say their phases at the inlet",
    "peer_state": "no other site",
    "certificate_left_seconds": "no server with TLS",
    "clock_offset_seconds": "said only where the kernel calls the clock synchronised",
    "monitor_gaps": "said once there was a gap",
    "monitor_poll_failures_total": "said once a poll failed",
    "crac_alarm": "said while a unit raises one",
    "genset_alarm": "said while the controller raises one",
    "load_after_loss_ratio": "tried by a child process that has the time when the machine has",
    "headroom_after_loss_amperes": "as above",
    "worst_loss_state": "as above",
    "service_single_loss_state": "as above",
}
"""What the plant need not say, and why: a query of one of these alone may be empty."""


def dashboards(source: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in sorted((ROOT / "dashboards" / source / "fr").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield path.stem, panel, target


def excused(target: dict[str, Any]) -> bool:
    return any(f"dcim_{name}" in (target.get("expr") or target["query"]) for name in ABSENT)


def empty(source: str, database: Any) -> list[str]:
    """The queries that have no answer now. Raise ValueError for one that the database does not take."""
    end = time.time()
    filling = Filling(Span(end - 600, end, 15.0))
    return [
        f"{name}: {panel['title']}: {filling(target.get('expr') or target['query'])}"
        for name, panel, target in dashboards(source)
        if not database.ask(target, filling, now=is_now(panel)) and not excused(target)
    ]


def front(processes: Any, folder: Path, http: int) -> int:
    """The v2 API before that InfluxDB, by nginx; return its port."""
    port = free_port()
    text = (
        SHIM.read_text().replace("DIR", str(folder)).replace("28086", str(http)).replace("28087", str(port))
    )
    (folder / "tmp").mkdir()
    (folder / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + text)
    processes.start("nginx", "nginx", "-c", folder / "nginx.conf")
    return port


def simulated(processes: Any, folder: Path) -> dict[str, Any]:
    """The plant with its story; return the configuration that watches it."""
    (folder / "story.yaml").write_text(STORY)
    state = folder / "plant"
    processes.start(
        "plant",
        sys.executable,
        "-m",
        "dcim.cli",
        "simulate",
        "--state",
        state,
        "--scenario",
        folder / "story.yaml",
    )
    until(lambda: "devices answer" in processes.log("plant"), "the plant answers")
    config: dict[str, Any] = read(state / "site.yaml").data
    return config


def watch(site: Any, config: dict[str, Any], port: int) -> None:
    contract = {"services": ["cooling/salle-2"], "target": "99.9 %"}
    output = {
        "name": "influx", "type": "influxdb", "url": f"http://127.0.0.1:{port}", "token": "env:T",
        "org": "dc", "bucket": "dcim",
    }  # fmt: skip
    log = {"name": "log", "type": "log", "file": str(site.folder / "alerts.jsonl")}
    config.pop("state", None)
    config.pop("web", None)
    site.write(
        **{**config, "contracts": {"salle-2": contract}, "outputs": [output], "notify": {"channels": [log]}}
    )
    site.process = site.processes.start(
        "dcim",
        sys.executable,
        "-m",
        "dcim.cli",
        "run",
        "-c",
        site.folder / "dcim.yaml",
        env={"T": "my-token"},
    )
    until(site.answers, "the daemon serves")


def scraping(processes: Any, folder: Path, site: Any) -> str:
    port = free_port()
    job = {"job_name": "dcim", "static_configs": [{"targets": [f"127.0.0.1:{site.port}"]}]}
    (folder / "prometheus.yml").write_text(
        json.dumps({"global": {"scrape_interval": "5s"}, "scrape_configs": [job]})
    )
    processes.start(
        "prometheus", "prometheus", f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}",
    )  # fmt: skip
    return f"http://127.0.0.1:{port}"


def test_every_query_of_every_dashboard_has_an_answer_in_prometheus_and_in_influxdb(
    site: Any, processes: Any, needs: Any, tmp_path: Path
) -> None:
    needs("prometheus", "influxd", "nginx")
    if not SHIM.is_file():
        pytest.skip("no shim of the v2 API beside this checkout")
    http = free_port()
    started_influx(processes, tmp_path, http, free_port())
    influx = f"http://127.0.0.1:{http}"
    until(lambda: httpx.get(f"{influx}/ping").status_code == 204, "InfluxDB answers")
    httpx.post(f"{influx}/query", data={"q": "CREATE DATABASE dcim"})
    watch(site, simulated(processes, tmp_path), front(processes, tmp_path, http))
    prometheus = scraping(processes, tmp_path, site)
    with httpx.Client(timeout=30) as client:
        databases = {
            "prometheus": Prometheus(client, prometheus),
            "influxdb": Influx(client, influx, "dcim"),
        }
        end = time.monotonic() + PATIENCE
        left = {source: ["not asked yet"] for source in databases}
        while any(left.values()) and time.monotonic() < end:
            time.sleep(5)
            left = {source: empty(source, one) for source, one in databases.items()}
        assert not any(left.values()), "\n".join(line for lines in left.values() for line in lines)
