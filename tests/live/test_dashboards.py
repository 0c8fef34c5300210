"""Every query of every dashboard has an answer: from a real Prometheus and a real InfluxDB fed by one daemon.

The demo's plant, on which a feed, its generator and a cooling unit are lost, with what it has not and dashboards show:
a battery monitor, a tank, a device that is never there; and the daemon hears its
own heartbeats through TLS, as if they were those of another site. Pains: E1, E3, F10, I1, I4, I9, A11.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import httpx
import pytest

from dcim.yaml import read

from .conftest import free_port, until
from .test_outputs import SHIM, started_influx
from .test_scrape import write_certificate

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "dashboards"))

from drawn.ask import Influx, Prometheus, Series, is_now  # noqa: E402
from drawn.fill import Filling, Span  # noqa: E402

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.waits, pytest.mark.timeout(900)]

PATIENCE = 600.0
PLANT = ROOT / "dcim" / "simulator" / "plants" / "casablanca.yaml"
STORY = """\
format: 1
scenario: broken
title: Feed A, its generator and a cooling unit are lost and stay so
lasts: 900
events:
  - { at: 1, do: lose, target: genset-1, says: "generator 1 will not start" }
  - { at: 2, do: lose, target: crac-3, says: "cooling unit 3 stops" }
  - { at: 3, do: lose, target: utility-a, says: "utility feed A lost" }
"""
MORE = {
    "cas1-bat-string": ("battery", "cyberpower_bm", "string"),
    "cas1-bat-cabinet": ("battery", "apc_mdc", "easymdc"),
    "cas1-bat-galaxy": ("battery", "apc_smartups", "galaxy"),
    "cas1-tank": ("fuel_tank", "asentria_siteboss", "shelter"),
}
"""What the plant has not: its kind, the profile that it is read by, and the image of it that answers."""


def dashboards(source: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in sorted((ROOT / "dashboards" / source / "fr").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield path.stem, panel, target


def queries() -> dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]]:
    return {source: list(dashboards(source)) for source in ("prometheus", "influxdb")}


def empty(asked: list[Any], database: Any) -> list[Any]:
    """Return those that have no answer now. Raise ValueError for one that the database does not take."""
    end = time.time()
    filling = Filling(Span(end - 600, end, 15.0))
    return [one for one in asked if not says(database.ask(one[2], filling, now=is_now(one[1])))]


def says(found: Sequence[Series]) -> bool:
    """Whether there is a number in an answer: a series of nothing, and 0 / 0, show nothing."""
    return any(isfinite(value) for one in found for _, value in one.samples)


def told(left: dict[str, list[Any]], site: Any) -> str:
    """Say what is empty, and which devices did not answer or not whole: they may be why."""
    lines = [
        f"{source}: {name}: {panel['title']}: {target.get('expr') or target['query']}"
        for source, asked in left.items()
        for name, panel, target in asked
    ]
    for device in site.get("/devices"):
        missed = {name for (name, _), value in site.values(device["id"]).items() if value == "[deadline]"}
        if device["reach"] != "answering" or missed:
            lines.append(
                f"{device['id']} is {device['reach']} {device['why']}; not in time: {sorted(missed)}"
            )
    return "\n".join(lines)


def front(processes: Any, folder: Path, http: int, site: Any) -> tuple[int, int]:
    """nginx: the v2 API before that InfluxDB, and TLS before the daemon; return their ports."""
    port, tls = free_port(), free_port()
    write_certificate(folder)
    text = (
        SHIM.read_text().replace("DIR", str(folder)).replace("28086", str(http)).replace("28087", str(port))
    )
    secured = (
        f"server {{ listen 127.0.0.1:{tls} ssl; ssl_certificate {folder}/cert.pem;"
        f" ssl_certificate_key {folder}/key.pem; location = /api/heartbeat {{ proxy_pass {site.url}; }} }}"
    )
    text = text.rstrip().removesuffix("}") + secured + "\n}\n"
    (folder / "tmp").mkdir()
    (folder / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + text)
    processes.start("nginx", "nginx", "-c", folder / "nginx.conf")
    return port, tls


def plant() -> str:
    """The demo's plant with what it has not; all that is new stands in a room and is polled there."""
    lines = PLANT.read_text(encoding="utf-8").splitlines()
    lines += [
        f"  - {{ id: {name}, name: {name}, kind: sensor, protocol: snmp, speaks: {profile}, image: {image},"
        " of: salle-1, powered: [ups-b], room: salle-1 }"
        for name, (_, profile, image) in MORE.items()
    ]
    return "\n".join(lines) + "\n"


def simulated(processes: Any, folder: Path) -> dict[str, Any]:
    """The plant with its story; return the configuration that watches it."""
    (folder / "story.yaml").write_text(STORY)
    (folder / "plant.yaml").write_text(plant(), encoding="utf-8")
    state = folder / "plant"
    processes.start(
        "plant", sys.executable, "-m", "dcim.cli", "simulate", folder / "plant.yaml",
        "--state", state, "--scenario", folder / "story.yaml",
    )  # fmt: skip
    until(lambda: "devices answer" in processes.log("plant"), "the plant answers")
    config: dict[str, Any] = read(state / "site.yaml").data
    return config


def watched(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Its devices, asked seldom enough that a busy machine answers, and one that is never there."""
    devices = [
        {**device, "interval": "15s", "timeout": "5s", "kind": MORE.get(device["id"], (device["kind"],))[0]}
        for device in config["devices"]
    ]
    like = next(device for device in devices if device["kind"] == "sensor")
    mute = {"id": "cas1-mute", "name": "mute", "address": f"127.0.0.1:{free_port()}", "timeout": "1s"}
    return [*devices, {**like, **mute}]


def watch(site: Any, config: dict[str, Any], port: int, tls: int) -> None:
    contract = {"services": ["cooling/salle-2"], "target": "99.9 %"}
    output = {
        "name": "influx", "type": "influxdb", "url": f"http://127.0.0.1:{port}", "token": "env:T",
        "org": "dc", "bucket": "dcim",
    }  # fmt: skip
    log = {"name": "log", "type": "log", "file": str(site.folder / "alerts.jsonl")}
    beats = {
        "name": "beats", "type": "heartbeat", "url": "env:BEATS", "every": "10s", "hmac_key": "env:T",
        "ca_file": str(site.folder / "cert.pem"),
    }  # fmt: skip
    peer = {"site": config["site"]["id"], "key": "env:T", "silent_after": "5m"}
    config.pop("state", None)
    config.pop("web", None)
    site.write(
        **{
            **config,
            "devices": watched(config),
            "contracts": {"salle-2": contract},
            "outputs": [output],
            "peers": [peer],
            "notify": {"channels": [log, beats]},
        }
    )
    url = f"https://127.0.0.1:{tls}/api/heartbeat"
    site.process = site.processes.start(
        "dcim", sys.executable, "-m", "dcim.cli", "run", "-c", site.folder / "dcim.yaml",
        env={"T": "my-token", "BEATS": url},
    )  # fmt: skip
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
    watch(site, simulated(processes, tmp_path), *front(processes, tmp_path, http, site))
    prometheus = scraping(processes, tmp_path, site)
    with httpx.Client(timeout=30) as client:
        databases = {
            "prometheus": Prometheus(client, prometheus),
            "influxdb": Influx(client, influx, "dcim"),
        }
        end = time.monotonic() + PATIENCE
        left = queries()
        assert all(len(asked) > 100 for asked in left.values())
        while any(left.values()) and time.monotonic() < end:
            time.sleep(3)
            left = {source: empty(asked, databases[source]) for source, asked in left.items()}
        assert not any(left.values()), told(left, site)
