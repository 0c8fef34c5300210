"""``dcim probe`` against snmpsim that plays real devices: identified and printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import free_port, until

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(180)]

RECORDINGS = {
    "apc_smt750x-nmc2": "apc_smartups",
    "apc_ap8959eu3": "apc_rpdu2",
    "raritan-pdu_px2": "raritan_px2",
    "ts-bspdu": "powertek_pdu",
}


def test_real_devices_are_understood_and_told(processes: Any, recordings: Path, tmp_path: Path) -> None:
    """Pains: A6, A7. How long each took is printed, not held: the machines that run this are shared."""
    data = tmp_path / "data"
    data.mkdir()
    for name in RECORDINGS:
        lines = {}
        for line in (recordings / f"{name}.snmprec").read_text(errors="replace").splitlines():
            oid = line.partition("|")[0]
            if oid.replace(".", "").isdigit():
                lines[tuple(map(int, oid.split(".")))] = line
        (data / f"{name}.snmprec").write_text("\n".join(lines[key] for key in sorted(lines)) + "\n")
    port = free_port(2)
    processes.start(
        "snmpsim", Path(sys.executable).with_name("snmpsim-command-responder"), f"--data-dir={data}",
        f"--cache-dir={tmp_path / 'cache'}", f"--agent-udpv4-endpoint=127.0.0.1:{port}", "--logging-method=null",
        *(("--process-user=root", "--process-group=root") if os.getuid() == 0 else ()),
    )  # fmt: skip
    for name, profile in RECORDINGS.items():
        (tmp_path / "community").write_text(name)
        command = [
            sys.executable, "-m", "dcim.cli", "probe", f"127.0.0.1:{port}", "--json",
            "--community", f"file:{tmp_path}/community",
        ]  # fmt: skip

        def probed(command: list[str] = command) -> Any:
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            return json.loads(ran.stdout) if ran.returncode == 0 else None

        said = until(probed, f"{name} is probed")
        print(f"{name}: {said['seconds']} s, {said['answers']['matched']} of {said['answers']['of']}")
        assert said["profile"] == profile
        assert said["answered"] == "SNMP v2c"
        assert len(said["readings"]) > 10
        assert 0 < said["answers"]["matched"] <= said["answers"]["of"]
        assert [check["says"] for check in said["checks"] if check["holds"] is False] == []
