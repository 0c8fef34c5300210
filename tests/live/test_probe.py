"""``dcim probe`` against snmpsim that plays real devices: identified and printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import snmpsim, until

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

RECORDINGS = {
    "apc_smt750x-nmc2": "apc_smartups",
    "apc_ap8959eu3": "apc_rpdu2",
    "raritan-pdu_px2": "raritan_px2",
    "ts-bspdu": "powertek_pdu",
}


@pytest.mark.long
def test_real_devices_are_understood_and_told(processes: Any, recordings: Path, tmp_path: Path) -> None:
    """Pains: A6, A7, I8. How long each took is printed, not held: the machines that run this are shared."""
    port = snmpsim(processes, {name: recordings / f"{name}.snmprec" for name in RECORDINGS})
    for name, profile in RECORDINGS.items():
        (tmp_path / "community").write_text(name)
        command = [
            sys.executable, "-m", "dcim.cli", "probe", f"127.0.0.1:{port}", "--json",
            "--community", f"file:{tmp_path}/community",
        ]  # fmt: skip

        def probed(command: list[str] = command) -> Any:
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            said = json.loads(ran.stdout) if ran.returncode == 0 else {}
            return said if said.get("answered") == "SNMP v2c" else None  # the first time snmpsim indexes

        said = until(probed, f"{name} is probed")
        print(f"{name}: {said['seconds']} s, {said['answers']['matched']} of {said['answers']['of']}")
        assert said["profile"] == profile
        assert len(said["readings"]) > 10
        assert 0 < said["answers"]["matched"] <= said["answers"]["of"]
        assert [check["says"] for check in said["checks"] if check["holds"] is False] == []
