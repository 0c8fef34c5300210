"""What a command imports before it does its work; what it may need later comes later (docs/benchmarks.md, Start)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from collectors import snmp
from dcim.cli import COMMANDS, build, listed

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
run = sys.modules["dcim.cli.running.run"]
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

WRITES = """
import json, sys
from array import array
from dcim.history.frame import encode
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.outputs.prometheus import Exposition
from dcim.series import Newest
point = Point("pdu-a", "pdu_power_watts")
batch = Batch(Layout("pdu-a", Lane.FAST, (point,), (None,), ("1.3.6.1",)), 1000.0, array("d", [230.5]))
newest = Newest()
newest.take(batch)
shown = Exposition(newest)
shown.describe(Asset("pdu-a", "PDU A", Kind.PDU, "snmp", Address("h")))
assert b"230.5" in shown.text(1000.0)
assert encode([batch])
print(json.dumps(sorted(sys.modules)))
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
    assert {
        "dcim.poll",
        "collectors.snmp.collecting.collector",
        "collectors.modbus.collecting.collector",
    } <= found
    assert heavy(found) == []
    # no device names its family, so no profile is read before one has answered
    assert not found & {"collectors.modbus.families.shapes", "collectors.snmp.dialect.shapes"}


@pytest.mark.long
def test_a_site_starts_without_what_it_does_not_use(tmp_path: Path) -> None:
    config = tmp_path / "dcim.yaml"
    config.write_text(
        "\n".join(line for line in CONFIG.splitlines() if "snmp" not in line and "cred" not in line)
    )
    found = modules(START, config, tmp_path / "state")
    assert "collectors.modbus.collecting.collector" in found
    assert not found & {"collectors.snmp", "dcim.notify.wording.mail", "smtplib", "numpy"}


def test_what_every_daemon_writes_all_the_time_needs_no_library_of_tables() -> None:
    found = modules(WRITES)
    assert "numpy" in found
    assert "polars" not in found


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
    assert "collectors.snmp.transport.udp.transport" not in found


def test_help_imports_no_command() -> None:
    found = modules(
        "import json, sys\nfrom dcim.cli import main\nsys.argv[1:] = ['--help']\ntry:\n    main()\n"
        "finally:\n    print(json.dumps(sorted(sys.modules)))"
    )
    assert [name for name in heavy(found) if name != "rich"] == []
    assert not any(name.startswith("dcim.cli.") for name in found)


def test_the_list_of_commands_says_of_each_what_it_says_itself() -> None:
    said = typer.main.get_command(build(list(COMMANDS)))
    short = typer.main.get_command(listed())
    assert isinstance(said, TyperGroup)
    assert isinstance(short, TyperGroup)
    assert list(short.commands) == list(COMMANDS)
    first = {name: " ".join((one.help or "").split("\n\n")[0].split()) for name, one in said.commands.items()}
    assert {name: one.help for name, one in short.commands.items()} == first


def test_a_report_of_the_daemon_needs_no_configuration_no_store_and_no_polars() -> None:
    found = modules(
        "import json, sys\nfrom dcim.cli import imported\nimported(['report'])\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    assert heavy(found) == []
    assert not found & {"dcim.settings", "dcim.store", "dcim.flow", "sqlalchemy", "yaml"}


@pytest.mark.long
def test_the_process_that_makes_a_report_reads_no_configuration() -> None:
    found = modules(
        "import json, sys\nimport dcim.reports.child\nprint(json.dumps(sorted(sys.modules)))",
    )
    assert heavy(found) == []
    assert not found & {"dcim.settings", "dcim.flow", "pydantic", "yaml", "typer"}


NO_MIB = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
sys.modules.update(pysnmp=None, pysmi=None)  # whoever imports them fails
from dcim.cli import main
sys.argv[1:1] = ["decode", "--json"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
mibs = [name for name in opened if "mib" in name.lower().rpartition("/")[2]]
assert not mibs, mibs
"""


@pytest.mark.long
def test_a_device_is_understood_where_nobody_has_a_mib_and_nothing_could_compile_one() -> None:
    """Pains: B10: profiles have numbers; what is wrong in a vendor's MIB stops nobody."""
    recording = Path(snmp.__file__).parent / "profiles" / "apc_ats" / "redundant.snmprec"
    done = subprocess.run(
        [sys.executable, "-c", NO_MIB, str(recording)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "ats_source_state" in done.stdout
