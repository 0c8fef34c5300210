"""Outputs in the running daemon: readings get there, a dead one is told and delays nobody, places are kept."""

import asyncio
import json
import socket
import threading
from array import array
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dcim.clock import SystemClock
from dcim.daemon.sending import outlets
from dcim.daemon.sending.outlets import OutputUnusable, limits
from dcim.history import History, Limits
from dcim.model import Batch
from dcim.series import Newest

STATE = """
format: 1
overrides:
  - { rule: output_failing, on_delay: 0 s }
"""


def files(tmp_path):
    return [
        line for path in sorted((tmp_path / "out").glob("*.ndjson")) for line in path.read_text().splitlines()
    ]


@pytest.fixture
def nobody():
    """The address of a port at which nobody answers."""
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{wire.getsockname()[1]}"


@pytest.mark.long
async def test_a_dead_output_is_told_and_another_and_the_polls_go_on(tmp_path, plan_of, running, nobody):
    """Pains: E1, I1."""
    plan = plan_of(
        "ups-a",
        rules=STATE,
        outputs=[
            {"name": "dead", "type": "influxdb1", "url": nobody},
            {"name": "export", "type": "ndjson", "directory": str(tmp_path / "out")},
        ],
    )
    async with running(plan) as it:

        async def told() -> bool:
            text = (await it.web.get("/metrics")).text
            alerts = [one["rule"] for one in await it.get("/alerts")]
            waits = 'dcim_output_condition{condition="failing",output="dead"} 1.0' in text
            return waits and "output_failing" in alerts and len(files(tmp_path)) > 6

        await it.until(told)
        text = (await it.web.get("/metrics")).text
        assert 'dcim_output_dropped_total{output="dead"} 0.0' in text
        assert 'dcim_output_refused_total{output="dead",reason="invalid"} 0.0' in text
        answer = await it.web.get("/-/ready")
        ready = answer.json()
        assert (answer.status_code, ready["ready"], ready["why"]) == (200, True, [])
        assert any("output dead" in why and "ConnectError" in why for why in ready["degraded"])
    loads = [json.loads(line) for line in files(tmp_path) if "ups_output_load_ratio" in line]
    assert {one["value"] for one in loads} == {0.42}
    assert len({one["at"] for one in loads}) == len(loads)


@pytest.mark.long
async def test_readings_that_are_refused_for_good_raise_the_alert(plan_of, running):
    """Pains: E1, I1."""

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b"out of order sample")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as far:
        threading.Thread(target=far.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{far.server_port}/api/v1/write"
        plan = plan_of("ups-a", outputs=[{"name": "prom", "type": "remote_write", "url": url}])
        async with running(plan) as it:

            async def told() -> bool:
                return "output_loses_readings" in [one["rule"] for one in await it.get("/alerts")]

            await it.until(told)
            text = (await it.web.get("/metrics")).text
            assert 'dcim_output_condition{condition="refusing",output="prom"} 1.0' in text
            assert 'dcim_output_dropped_total{output="prom"} 0.0' in text
        far.shutdown()


@pytest.mark.long
async def test_what_was_not_sent_when_it_stopped_is_sent_after_the_next_start(tmp_path, plan_of, running):
    """Pains: E1."""
    outputs = [{"name": "export", "type": "ndjson", "directory": str(tmp_path / "out")}]
    for _ in range(2):
        async with running(plan_of("ups-a", outputs=outputs)) as it:
            there = len(files(tmp_path))

            async def more(there: int = there) -> bool:
                return len(files(tmp_path)) > there + 4

            await it.until(more)
    async with running(plan_of("ups-a", outputs=outputs)) as it:
        await asyncio.sleep(1.0)
    readings = [json.loads(line) for line in files(tmp_path)]
    keys = [(one["metric"], one["asset"], str(one["labels"]), one["at"]) for one in readings]
    assert len(set(keys)) == len(keys)


@pytest.mark.long
async def test_the_place_of_an_output_that_is_gone_is_forgotten(tmp_path, plan_of, running):
    outputs = [{"name": "export", "type": "ndjson", "directory": str(tmp_path / "out")}]
    async with running(plan_of("ups-a", outputs=outputs)):
        pass
    async with running(plan_of("ups-a")):
        pass
    history = History.open(tmp_path / "state" / "history", SystemClock())
    assert list(history.cursors) == []
    await history.aclose()


async def test_an_output_that_cannot_be_opened_is_named(tmp_path, plan_of, running):
    address = tmp_path / "address"
    address.write_text("http://my-host:8086/write")
    plan = plan_of("ups-a", outputs=[{"name": "influx", "type": "influxdb1", "url": f"file:{address}"}])
    why = rf"output 'influx' \(influxdb1\): file:{address}: expected the address without /write, found it"
    with pytest.raises(OutputUnusable, match=why) as told:
        async with running(plan):
            pass
    assert "my-host" not in str(told.value)


def test_the_log_keeps_what_the_largest_queue_may_hold(plan_of, tmp_path):
    small, large = (
        plan_of("ups-a"),
        plan_of(
            "ups-a", outputs=[{"name": "x", "type": "csv", "directory": str(tmp_path), "max_size": "20 GiB"}]
        ),
    )
    assert limits(small.settings, 9).queue_bytes == Limits().queue_bytes
    assert limits(large.settings, 9).queue_bytes > 20 << 30
    assert limits(large.settings, 9).days == 9


def test_how_outputs_are_and_how_far_they_are_behind_stand_beside_each_other() -> None:
    newest = Newest()
    for metric in (outlets.STATE, outlets.OLDEST):
        layout = outlets._layout(metric, ["a"], worded=metric == outlets.STATE)
        newest.take(Batch(layout, 1.0, array("d", [0.0])))
    assert len(newest) == 2
