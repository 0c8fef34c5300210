"""Right values from real counterparts: net-snmp, libmodbus, snmpsim; and Prometheus asks for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import free_port, until

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

UPS = {
    "1.3.6.1.2.1.33.1.1.1.0": ("octet_str", "Example"),
    "1.3.6.1.2.1.33.1.1.2.0": ("octet_str", "Tower 10"),
    "1.3.6.1.2.1.33.1.2.1.0": ("integer", 2),
    "1.3.6.1.2.1.33.1.2.3.0": ("integer", 42),
    "1.3.6.1.2.1.33.1.2.4.0": ("integer", 87),
    "1.3.6.1.2.1.33.1.2.5.0": ("integer", 2405),
    "1.3.6.1.2.1.33.1.3.2.0": ("integer", 1),
    "1.3.6.1.2.1.33.1.3.3.1.3.1": ("integer", 231),
    "1.3.6.1.2.1.33.1.4.1.0": ("integer", 3),
    "1.3.6.1.2.1.33.1.4.2.0": ("integer", 499),
    "1.3.6.1.2.1.33.1.4.3.0": ("integer", 1),
    "1.3.6.1.2.1.33.1.4.4.1.2.1": ("integer", 229),
    "1.3.6.1.2.1.33.1.4.4.1.5.1": ("integer", 34),
}

OF_OURS = {"device_alert_state", "device_hardware_state", "device_agent_state", "device_check_state"}
"""What the daemon itself says of a device."""


def snmpd(site: Any, name: str, auth: str, priv: str, port: int) -> None:
    """Start net-snmp's agent with one v3 user, playing a UPS after RFC 1628."""
    folder = site.folder / name
    folder.mkdir()
    lines = [
        f"agentAddress udp:127.0.0.1:{port}",
        f'createUser dcim {auth} "authentication-pass" {priv} "privacy-pass-phrase"',
        "rouser dcim priv",
        "sysobjectid .1.3.6.1.2.1.33",
        *(f'override {oid} {kind} "{value}"' for oid, (kind, value) in UPS.items()),
    ]
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
    program = shutil.which("snmpd") or "/usr/sbin/snmpd"
    site.processes.start(
        name, program, "-f", "-Lo", "-C", "-c", folder / "snmpd.conf",
        env={"SNMP_PERSISTENT_DIR": str(folder / "persistent"), "MIBS": ""},
    )  # fmt: skip


def libmodbus(site: Any) -> int:
    """Build and start the libmodbus server; return its port."""
    source = Path(__file__).parents[1] / "modbus" / "live" / "server.c"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], capture_output=True, text=True)
    binary = site.folder / "mbserver"
    subprocess.run(["gcc", "-O1", "-o", binary, source, *flags.stdout.split()], check=True)
    site.processes.start("modbus", binary, "tcp")
    return int(until(lambda: site.processes.log("modbus").strip(), "the Modbus server says its port"))


METER = """\
profile: demo_meter
format: 1
kind: meter
vendor: libmodbus
title: the server that the tests build
modbus: { gap: 124 }
points:
  - { metric: meter_frequency_hertz, holding: 10, type: float32, unit: Hz, range: [0, 100] }
  - { metric: meter_power_watts, holding: 20, unit: kW, scale: 0.1, range: [0, 1000] }
"""


def prometheus(site: Any) -> str:
    """Start Prometheus scraping the daemon; return its address."""
    port = free_port()
    (site.folder / "prometheus.yml").write_text(
        "global: { scrape_interval: 1s }\n"
        "scrape_configs:\n"
        f"  - {{ job_name: dcim, static_configs: [ {{ targets: ['127.0.0.1:{site.port}'] }} ] }}\n"
    )
    site.processes.start(
        "prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
    )  # fmt: skip
    return f"http://127.0.0.1:{port}"


def ask(prometheus_url: str, query: str) -> float | None:
    answer = httpx.get(f"{prometheus_url}/api/v1/query", params={"query": query}, timeout=5)
    answer.raise_for_status()  # 503 in plain text until its store is open
    result = answer.json()["data"]["result"]
    return float(result[0]["value"][1]) if result else None


@pytest.mark.long
def test_net_snmp_and_libmodbus_are_read_right_and_prometheus_finds_them(
    site: Any, needs: Any, live: Any
) -> None:
    """Pains: A3, A7, J3."""
    live(Path("/usr/sbin/snmpd").exists() or shutil.which("snmpd") is not None, "snmpd is not installed")
    needs("prometheus", "gcc", "pkg-config")
    ports = free_port(2), free_port(2)
    snmpd(site, "sha256", "SHA-256", "AES-128", ports[0])
    snmpd(site, "sha512", "SHA-512", "AES-256", ports[1])
    modbus = libmodbus(site)
    profiles = site.folder / "profiles" / "demo_meter"
    profiles.mkdir(parents=True)
    (profiles / "profile.yaml").write_text(METER)
    for name, secret in (("auth", "authentication-pass"), ("priv", "privacy-pass-phrase")):
        (site.folder / name).write_text(secret)
    keys = {"auth_key": f"file:{site.folder}/auth", "priv_key": f"file:{site.folder}/priv", "user": "dcim"}
    site.write(
        profiles=["profiles"],
        credentials={
            "one": {"protocol": "snmp", "version": 3, "auth": "sha256", "priv": "aes128", **keys},
            "two": {"protocol": "snmp", "version": 3, "auth": "sha512", "priv": "aes256", **keys},
        },
        devices=[
            {"id": "ups-1", "kind": "ups", "collector": "snmp", "address": f"127.0.0.1:{ports[0]}", "credential": "one", "interval": "3s"},
            {"id": "ups-2", "kind": "ups", "collector": "snmp", "address": f"127.0.0.1:{ports[1]}", "credential": "two", "interval": "3s"},
            {"id": "mtr-1", "kind": "meter", "collector": "modbus", "address": f"127.0.0.1:{modbus}", "profile": "demo_meter", "interval": "3s", "modbus": {"unit": 7}},
        ],
    )  # fmt: skip
    site.start()
    until(lambda: site.get("/status")["devices_by_reach"] == {"answering": 3}, "all three answer")
    for device in ("ups-1", "ups-2"):
        values = site.values(device)
        assert values["ups_battery_charge_ratio", ""] == 0.87
        assert values["ups_battery_runtime_seconds", ""] == 42 * 60
        assert values["ups_battery_voltage_volts", ""] == 240.5
        assert values["ups_output_source_state", ""] == "normal"
        assert values["ups_output_frequency_hertz", ""] == 49.9
        assert site.get(f"/devices/{device}")["model"] == "Tower 10"
    assert site.values("mtr-1")["meter_frequency_hertz", ""] == 12.5
    assert site.values("mtr-1")["meter_power_watts", ""] == 6000.0
    url = prometheus(site)
    until(
        lambda: ask(url, 'dcim_ups_battery_charge_ratio{asset="ups-2"}') == 0.87, "Prometheus has the charge"
    )
    until(lambda: ask(url, 'dcim_meter_power_watts{asset="mtr-1"}') == 6000.0, "Prometheus has the power")
    assert ask(url, "sum(dcim_device_reach_state{state='answering'})") == 3


@pytest.mark.parametrize(
    ("recording", "metric", "labels", "expected"),
    [
        ("apc_smt750x-nmc2", "ups_battery_charge_ratio", "", 1.0),
        ("apc_ap8959eu3", "pdu_phase_current_amperes", "phase=L1", None),
        ("raritan-pdu_px2", "pdu_outlet_current_amperes", "outlet=1", None),
    ],
)
@pytest.mark.long
def test_a_recording_served_by_snmpsim_is_read_as_it_is_decoded(
    site: Any,
    recordings: Path,
    tmp_path: Path,
    recording: str,
    metric: str,
    labels: str,
    expected: float | None,
) -> None:
    """One decode path: what a poll makes of a device is what ``dcim decode`` makes of its recording. Pains: A6, A7."""
    from dcim.cli.onboarding.decode import decode_file
    from dcim.plugins import collectors

    data = tmp_path / "data"
    data.mkdir()
    lines = {}
    for line in (recordings / f"{recording}.snmprec").read_text(errors="replace").splitlines():
        name = line.partition("|")[0]
        if name.replace(".", "").isdigit():
            lines[tuple(map(int, name.split(".")))] = line
    (data / "public.snmprec").write_text("\n".join(lines[key] for key in sorted(lines)) + "\n")
    port = free_port(2)
    program = Path(sys.executable).with_name("snmpsim-command-responder")
    site.processes.start(
        "snmpsim", program, f"--data-dir={data}", f"--cache-dir={tmp_path / 'cache'}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        *(("--process-user=root", "--process-group=root") if os.getuid() == 0 else ()),
    )  # fmt: skip
    decoded, problem = decode_file(list(collectors().values()), data / "public.snmprec")
    assert not problem
    assert decoded is not None
    alone = {
        (str(reading.point.metric), tuple(reading.point.labels)): reading.state or reading.value
        for batch in decoded.batches
        for reading in map(batch.reading, range(len(batch.layout)))
        if reading.gap is None
    }
    (site.folder / "community").write_text("public")
    site.write(
        credentials={"v2": {"protocol": "snmp", "version": "2c", "community": f"file:{site.folder}/community"}},
        devices=[
            {"id": "dev", "kind": "ups", "collector": "snmp", "address": f"127.0.0.1:{port}", "credential": "v2", "interval": "20s", "timeout": "3s"}
        ],
    )  # fmt: skip
    site.start()
    until(lambda: site.get("/devices/dev")["reach"] == "answering", "the device answers")
    site_values = {
        (value["metric"], tuple(value["labels"].items())): value["state"] or value["value"]
        for value in site.get("/devices/dev")["values"]
        if value["gap"] is None and value["source"] != "poll" and value["metric"] not in OF_OURS
    }
    assert site_values == alone
    found = next(
        value for (name, tags), value in alone.items()
        if name == metric and ",".join(f"{key}={text}" for key, text in tags) == labels
    )  # fmt: skip
    assert expected is None or found == expected
