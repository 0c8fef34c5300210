"""Real far sides, each killed in the middle, and the process that feeds them killed too: everything is there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest

from dcim.clock import SystemClock
from dcim.history import History
from dcim.model import state_code
from tests.waiting import PATIENCE

pytestmark = pytest.mark.timeout(900)

TOKEN = "my-token"
SHIM = Path(__file__).parents[3] / "shared" / "servers" / "files" / "nginx-influx-v2-shim.conf"
WORDS = ("normal", "battery")


class Feeder:
    """The process of ``feeding.py``."""

    def __init__(self, folder: Path, outputs: list[dict[str, Any]]) -> None:
        self.folder, self.outputs, self.first = folder, outputs, 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        job = {
            "state": str(self.folder / "state"),
            "first": self.first,
            "outputs": self.outputs,
            "token": TOKEN,
        }
        (self.folder / "job.json").write_text(json.dumps(job))
        with (self.folder / "feeding.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("feeding.py"), self.folder / "job.json"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def write(self, count: int) -> None:
        """Wait until it has written so many more."""
        assert self.process is not None
        assert self.process.stdout is not None
        for _ in range(count):
            said = self.process.stdout.readline()
            assert said, (self.folder / "feeding.log").read_text()[-3000:]
            self.first = int(said)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def drain(self) -> dict[str, list[Any]]:
        """Let it end once all outputs have everything; return what each of them has done."""
        assert self.process is not None
        said, _ = self.process.communicate("\n", timeout=PATIENCE)
        assert self.process.returncode == 0, (self.folder / "feeding.log").read_text()[-3000:]
        return json.loads(said.splitlines()[-1])["drained"]  # type: ignore[no-any-return]


@pytest.fixture
def feeder(tmp_path: Path) -> Iterator[Callable[..., Feeder]]:
    made: list[Feeder] = []

    def make(*outputs: dict[str, Any]) -> Feeder:
        made.append(Feeder(tmp_path, list(outputs)))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.kill()


Truth = dict[tuple[str, str, str], dict[int, float]]


def truth(folder: Path) -> Truth:
    """What the history has, as series: asset, name and the label beside the device's; by milliseconds."""
    history = History.open(folder / "state" / "history", SystemClock())
    points = {described.point.id: described for described in history.points()}
    rows = history.query(list(points), 0.0, time.time() + 60.0)
    found: Truth = {}
    for point_id, at, value in rows.select("point", "at", "value").iter_rows():
        point, states = points[point_id].point, points[point_id].states
        name, label = f"dcim_{point.metric}", dict(point.labels).get("phase", "")
        for word in WORDS if states else ("",):
            said = float(state_code(word) == value) if states else value
            found.setdefault((point.asset, name, word or label), {})[at] = said
    return found


def started_influx(processes: Any, folder: Path, http: int, rpc: int) -> Any:
    conf = folder / "influx.conf"
    if not conf.exists():
        parts = [
            f'bind-address = "127.0.0.1:{rpc}"', "reporting-disabled = true",
            "[meta]", f'  dir = "{folder}/influx/meta"',
            "[data]", f'  dir = "{folder}/influx/data"', f'  wal-dir = "{folder}/influx/wal"',
            "[http]", f'  bind-address = "127.0.0.1:{http}"', "[monitor]", "  store-enabled = false",
        ]  # fmt: skip
        conf.write_text("\n".join(parts) + "\n")
    return processes.start("influxd", "influxd", "-config", conf)


def in_influx(url: str, database: str) -> Truth:
    """What an InfluxDB 1 has, in the same shape. A series and time can be there once only."""
    found: Truth = {}
    query = {"db": database, "epoch": "ns", "q": "SELECT value FROM /.*/ GROUP BY *"}
    for result in httpx.get(f"{url}/query", params=query, timeout=30).json()["results"]:
        for series in result.get("series", ()):
            tags = series["tags"]
            assert tags["room"] == "r 1,="
            key = tags["asset"], series["name"], tags.get("state") or tags.get("phase", "")
            track = found.setdefault(key, {})
            for at, value in series["values"]:
                assert at % 1_000_000 == 0
                track[at // 1_000_000] = value
    return found


def in_prometheus(url: str, since: float, database: str = "") -> Truth:
    """What a Prometheus or a VictoriaMetrics has: raw samples of every series that came under a database."""
    found: Truth = {}
    span = f"{round(time.time() - since) + 30}s"
    query = {"query": f'{{__name__=~"dcim_.*",db="{database}"}}[{span}]', "time": time.time() + 5}
    for series in httpx.get(f"{url}/api/v1/query", params=query, timeout=30).json()["data"]["result"]:
        labels = series["metric"]
        key = labels["asset"], labels["__name__"], labels.get("state") or labels.get("phase", "")
        times = [round(at * 1000) for at, _ in series["values"]]
        assert times == sorted(set(times)), "a timestamp stands twice, or out of order"
        assert key not in found
        found[key] = {round(at * 1000): float(value) for at, value in series["values"]}
    return found


@pytest.mark.long
def test_influxdb_killed_in_the_middle_has_every_reading_once(
    tmp_path, processes, needs, port, until_it, feeder
):
    """The v2 API before a real InfluxDB, by nginx; the v1 API of the same one. Pains: E1."""
    needs("influxd", "nginx")
    if not SHIM.is_file():
        pytest.skip("no shim of the v2 API beside this checkout")
    http, rpc, front = port(), port(), port()
    url = f"http://127.0.0.1:{http}"
    influx = started_influx(processes, tmp_path, http, rpc)
    text = (
        SHIM.read_text()
        .replace("DIR", str(tmp_path))
        .replace("28086", str(http))
        .replace("28087", str(front))
    )
    (tmp_path / "tmp").mkdir()
    (tmp_path / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + text)
    processes.start("nginx", "nginx", "-c", tmp_path / "nginx.conf")
    until_it(lambda: httpx.get(f"{url}/ping").status_code == 204)
    feeding = feeder(
        {
            "name": "v2",
            "type": "influxdb",
            "url": f"http://127.0.0.1:{front}",
            "token": "env:T",
            "bucket": "two",
            "gzip": True,
        },
        {"name": "v1", "type": "influxdb1", "url": url, "database": "one"},
    )
    feeding.start()
    feeding.write(5)  # into buckets that are not there yet: nothing of it is lost
    for name in ("one", "two"):
        httpx.post(f"{url}/query", data={"q": f"CREATE DATABASE {name}"})
    feeding.write(40)
    processes.end(influx, signal.SIGKILL)
    feeding.write(20)
    feeding.kill()
    feeding.start()
    feeding.write(20)
    started_influx(processes, tmp_path, http, rpc)
    feeding.write(40)
    done = feeding.drain()
    wanted = truth(tmp_path)
    assert in_influx(url, "two") == wanted
    assert in_influx(url, "one") == wanted
    assert all(not refused for _, refused, _ in done.values())


@pytest.mark.parametrize("which", ["prometheus", "victoria-metrics"])
@pytest.mark.long
def test_a_receiver_of_remote_write_that_goes_away_has_every_reading_once(
    which, tmp_path, processes, needs, port, until_it, feeder
):
    """Prometheus is killed; VictoriaMetrics ends, since it says taken up to seconds before it is on disk.

    VictoriaMetrics is sent the same as line protocol too, under the name of a database. Pains: E1.
    """
    needs(which)
    at, begun = port(), time.time()
    url = f"http://127.0.0.1:{at}"
    (tmp_path / "prometheus.yml").write_text("global: {}\n")
    command = {
        "prometheus": [
            f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/prom",
            f"--web.listen-address=127.0.0.1:{at}", "--web.enable-remote-write-receiver",
        ],
        "victoria-metrics": [
            f"-storageDataPath={tmp_path}/vm", f"-httpListenAddr=127.0.0.1:{at}", "-retentionPeriod=1d",
            "-search.latencyOffset=0s", "-search.maxStalenessInterval=1s", "-influxSkipSingleField",
            "-http.maxGracefulShutdownDuration=60s",
            "-dedup.minScrapeInterval=1ms",  # what it took and did not answer for is sent again (docs/outputs.md)
        ],
    }[which]  # fmt: skip
    server = processes.start(which, which, *command)
    until_it(lambda: httpx.get(f"{url}/-/ready").status_code == 200)
    lines = {"name": "lines", "type": "influxdb1", "url": url, "database": "lines"}
    feeding = feeder(
        {"name": "rw", "type": "remote_write", "url": f"{url}/api/v1/write", "samples": 300},
        *([lines] if which == "victoria-metrics" else ()),
    )
    feeding.start()
    feeding.write(40)
    processes.end(server, signal.SIGKILL if which == "prometheus" else signal.SIGTERM)
    feeding.write(20)
    feeding.kill()
    feeding.start()
    feeding.write(20)
    processes.start(which, which, *command)
    feeding.write(40)
    done = feeding.drain()
    until_it(lambda: httpx.get(f"{url}/-/ready").status_code == 200)
    wanted = truth(tmp_path)
    for database in ("", "lines") if which == "victoria-metrics" else ("",):
        end = time.monotonic() + PATIENCE  # VictoriaMetrics shows what it took a moment later
        while (found := in_prometheus(url, begun, database)) != wanted and time.monotonic() < end:
            time.sleep(0.5)
        lacking = {key: sorted(set(track) - set(found.get(key, ()))) for key, track in wanted.items()}
        assert not any(lacking.values()), {key: times for key, times in lacking.items() if times}
        assert found == wanted
    assert set(done["rw"][1]) <= {
        "out_of_order",
        "duplicate",
    }  # what had been stored when something was killed


def mosquitto(processes: Any, folder: Path, at: int) -> Any:
    conf = folder / "mosquitto.conf"
    users = folder / "users"
    if not conf.exists():
        users.write_text("dcim:my-token\n")
        users.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", users], check=True)
        lines = [f"listener {at} 127.0.0.1", "allow_anonymous false", f"password_file {users}", "user root"]
        lines += [
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",
            "max_queued_messages 0",
        ]
        conf.write_text("\n".join(lines) + "\n")
    return processes.start("mosquitto", "mosquitto", "-c", conf)


class Listener:
    """Hears everything that a broker passes on, with a session that outlives the broker's absence."""

    def __init__(self, at: int) -> None:
        self.heard: list[tuple[str, bytes]] = []
        version = mqtt.CallbackAPIVersion.VERSION2
        self.client = mqtt.Client(version, client_id="listener", clean_session=False)
        self.client.username_pw_set("dcim", TOKEN)
        self.client.on_message = lambda _client, _data, message: self.heard.append(
            (message.topic, message.payload)
        )
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.reconnect_delay_set(0.05, 0.2)
        self.client.connect("127.0.0.1", at)
        self.client.loop_start()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.mark.long
def test_a_broker_that_goes_away_has_passed_on_every_reading(
    tmp_path, processes, needs, port, until_it, feeder
):
    """Plain JSON and Sparkplug B through a real mosquitto, which ends and comes back. Pains: E1."""
    needs("mosquitto", "mosquitto_passwd")
    at = port()
    broker = mosquitto(processes, tmp_path, at)
    until_it(lambda: socket.create_connection(("127.0.0.1", at), 1).close() is None)
    listener = Listener(at)
    until_it(listener.client.is_connected)
    access = {"host": "127.0.0.1", "port": at, "user": "dcim", "password": "env:T"}
    feeding = feeder(
        {"name": "json", "type": "mqtt", **access},
        {"name": "spb", "type": "sparkplug", "group": "dc", **access},
    )
    feeding.start()
    feeding.write(30)
    processes.end(broker, signal.SIGTERM)
    feeding.write(10)
    feeding.kill()
    feeding.start()
    feeding.write(10)
    mosquitto(processes, tmp_path, at)
    feeding.write(30)
    feeding.drain()
    wanted = truth(tmp_path)
    until_it(lambda: of_json(listener.heard).keys() == wanted.keys())
    until_it(lambda: of_json(listener.heard) == wanted)
    listener.close()
    sessions = of_sparkplug(listener.heard)
    assert len(sessions) >= 2
    assert all(kinds[0] == "NBIRTH" and set(kinds[1:]) <= {"DBIRTH", "DDATA"} for kinds in sessions)


def of_json(heard: list[tuple[str, bytes]]) -> Truth:
    """What plain messages say, states as series: a message that came again says the same."""
    found: Truth = {}
    for topic, raw in list(heard):
        if not topic.startswith("dcim/cas1/"):
            continue
        said = json.loads(raw)
        at = round(datetime.fromisoformat(said["at"].replace("Z", "+00:00")).timestamp() * 1000)
        for one in said["readings"]:
            label = one.get("labels", {}).get("phase", "")
            for word in WORDS if "state" in one else ("",):
                value = float(one["state"] == word) if word else one["value"]
                track = found.setdefault((said["asset"], one["metric"], word or label), {})
                assert track.setdefault(at, value) == value
    return found


def of_sparkplug(heard: list[tuple[str, bytes]]) -> list[list[str]]:
    """The kinds of messages of each session; fails when one is lost: the numbers go up by one."""
    sessions: list[list[str]] = []
    last = -1
    for topic, raw in heard:
        kind = topic.split("/")[2]
        if not topic.startswith("spBv1.0/dc/") or kind in ("NDEATH", "NCMD"):
            continue
        seq = raw[-1] if raw[-2] == 0x18 else raw[-2] & 0x7F | raw[-1] << 7  # the last field, one byte or two
        if kind == "NBIRTH":
            sessions.append([])
        else:
            assert seq == (last + 1) % 256, f"{topic} has {seq} after {last}"
        last = seq
        sessions[-1].append(kind)
    return sessions
