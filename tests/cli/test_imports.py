"""What a command imports before it does its work; what it may need later comes later (docs/benchmarks.md, Start)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "alembic", "apscheduler", "fastapi", "httpx", "influxdb_client", "jinja2", "polars", "prometheus_client",
    "numpy", "pysnmp", "rich", "starlette", "uvicorn",
)  # fmt: skip
"""Modules that take long. SQLAlchemy is not here: the first record needs it."""

START = """
import asyncio, json, os, sys
from dataclasses import replace
from pathlib import Path
from dcim.cli import imported
imported(["run"])
run = sys.modules["dcim.cli.run"]
run.configure()
config, state = map(Path, sys.argv[1:])
plan = run.Plan.read(config, os.environ)
plan = replace(plan, settings=replace(plan.settings, state=state))

async def start():
    stop = asyncio.Event()
    stop.set()
    async with run.Daemon(plan, run.SystemClock(), run.Address("127.0.0.1", 0), Told()) as daemon:
        await daemon.run(stop)

class Told:
    watchdog = None
    def ready(self, status):
        print(json.dumps(sorted(sys.modules)))
    def alive(self, status): ...
    def stopping(self): ...

asyncio.run(start())
"""

CONFIG = """
format: 1
site: { id: cas1, name: Casablanca 1, time_zone: UTC, language: fr }
credentials:
  public: { protocol: snmp, version: 2c, community: "env:COMMUNITY" }
devices:
  - { id: ups-a, kind: ups, collector: snmp, address: "127.0.0.1:9", credential: public, interval: 10s }
  - { id: mtr-a, kind: meter, collector: modbus, address: "127.0.0.1:9", interval: 10s }
"""


def modules(program: str, *arguments: object) -> set[str]:
    """Return what a program of its own has imported, by its own list in the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COMMUNITY": "public"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy(found: set[str]) -> list[str]:
    return [name for name in HEAVY if name in found]


@pytest.mark.long
def test_the_first_question_is_sent_before_what_only_pages_and_history_need_is_imported(
    tmp_path: Path,
) -> None:
    config = tmp_path / "dcim.yaml"
    config.write_text(CONFIG)
    found = modules(START, config, tmp_path / "state")
    assert {"dcim.poll", "collectors.snmp.collector", "collectors.modbus.collector"} <= found
    assert heavy(found) == []


@pytest.mark.long
def test_a_site_starts_without_what_it_does_not_use(tmp_path: Path) -> None:
    config = tmp_path / "dcim.yaml"
    config.write_text(
        "\n".join(line for line in CONFIG.splitlines() if "snmp" not in line and "cred" not in line)
    )
    found = modules(START, config, tmp_path / "state")
    assert "collectors.modbus.collector" in found
    assert not found & {"collectors.snmp", "dcim.notify.mail", "smtplib", "numpy"}


@pytest.mark.parametrize(
    ("command", "needed"),
    [("decode", "collectors.snmp"), ("profiles", "collectors.modbus"), ("check", "dcim.examine")],
)
def test_a_command_that_asks_nobody_imports_no_engine_no_store_and_no_page(command: str, needed: str) -> None:
    found = modules(
        f"import json, sys\nfrom dcim.cli import imported\nimported([{command!r}])\n"
        "from dcim import plugins\ndict(plugins.collectors())\nprint(json.dumps(sorted(sys.modules)))"
    )
    assert needed in found
    # what a terminal is written with is theirs
    assert [name for name in heavy(found) if name != "rich"] == []
    assert "sqlalchemy" not in found
    assert "collectors.snmp.transport_udp" not in found


def test_help_imports_no_more_than_the_commands_themselves() -> None:
    found = modules(
        "import json, sys\nfrom dcim.cli import COMMANDS, imported\nimported(list(COMMANDS))\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    needed = {"httpx", "rich"}  # of those that talk to a running daemon, and of those that write on terminals
    assert not set(heavy(found)) - needed
