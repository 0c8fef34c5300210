"""Scrapes prometheus-snmp-exporter for many devices and counts the exporter's processor time, not its own."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from bench.load import addresses
from bench.measure import cpu_of

_AT_ONCE = 16
VARBINDS = {"pdu_get60": 60, "pdu_get20": 60, "pdu_bulk": 240, "v3_get60": 60}


def measure(pid: int, port: int, module: str, agent_port: int, devices: int, rounds: int) -> float:
    """Return CPU-ms of the exporter per 1,000 varbinds, HTTP and text included; one round is not counted."""
    _round(port, module, agent_port, devices)
    began = cpu_of(pid)
    for _ in range(rounds):
        _round(port, module, agent_port, devices)
    return (cpu_of(pid) - began) / (rounds * devices * VARBINDS[module]) * 1e6


def _round(port: int, module: str, agent_port: int, devices: int) -> None:
    hosts, door = iter(addresses(devices)), Lock()

    def next_hosts() -> Iterator[str]:
        while True:
            with door:
                host = next(hosts, None)
            if host is None:
                return
            yield host

    def worker() -> None:
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for host in next_hosts():
            wire.request("GET", f"/snmp?target={host}:{agent_port}&module={module}")
            answer = wire.getresponse()
            body = answer.read()
            came = body.count(b"\nsim")
            if answer.status != 200 or came < VARBINDS[module]:
                msg = f"the exporter answered {answer.status} with {came} samples: {body[:200]!r}"
                raise RuntimeError(msg)
        wire.close()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(worker) for _ in range(_AT_ONCE)]:
            done.result()
