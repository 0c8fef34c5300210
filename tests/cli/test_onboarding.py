"""Probe and discover against agents that answer real SNMP and Modbus on loopback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.onboarding.decode import decode_file
from dcim.plugins import collectors
from dcim.simulator.launch import Simulation
from dcim.simulator.sitefile import as_text


async def dcim(*words: object) -> tuple[int, str, str]:
    """Run a command beside the loop that waits for the agents."""
    application = build(["probe", "discover", "check"])
    done = await asyncio.to_thread(CliRunner().invoke, application, list(map(str, words)))
    return done.exit_code, done.stdout, done.stderr


_OF_DEVICES = frozenset({"devices", "topology", "services"})
"""Sections that say something of devices of the simulated site."""


def config(folder: Path, sim: Simulation, *include: str) -> Path:
    """Write the configuration of a site without devices of its own."""
    path = folder / "dcim.yaml"
    whole = {name: part for name, part in sim.config().items() if name not in _OF_DEVICES} | {
        "state": "state"
    }
    whole |= {"include": list(include)} if include else {}
    path.write_text(as_text(whole))
    return path


async def probes(sim: Simulation, folder: Path) -> None:
    secrets = folder / "sim"
    pdu, ups, crac = (
        "{}:{}".format(*sim.addresses[name]) for name in ("cas1-pdu-s1r3-a", "cas1-ups-a", "cas1-crac-1")
    )
    community = ("--community", f"file:{secrets}/snmp-community", "--timeout", "0.5")
    keys = ("--auth", "sha256", "--auth-key", f"file:{secrets}/snmp-auth", "--priv", "aes128")
    user = ("--user", "dcim", *keys, "--priv-key", f"file:{secrets}/snmp-priv")
    kept = folder / "pdu.snmprec"
    code, out, err = await dcim("probe", pdu, *community, "--json", "--record", kept, "--mask")
    assert code == 0, err
    said = json.loads(out)
    assert (said["answered"], said["profile"], said["failed"]) == ("SNMP v2c", "apc_rpdu2", [])
    assert said["answers"]["of"] > said["answers"]["matched"] > 20
    assert len(said["answers"]["unused"]) == said["answers"]["of"] - said["answers"]["matched"]
    assert all(check["holds"] is not False for check in said["checks"]), said["checks"]
    serial = said["device"]["serial"]
    assert serial
    assert serial not in kept.read_text()
    code, out, err = await dcim("probe", pdu, *community, "--json", "--record", "/dev/full", "--force")
    assert (code, json.loads(out)["profile"]) == (1, "apc_rpdu2"), (
        "what was read is told, and that it is not kept"
    )
    assert "/dev/full could not be written: No space left on device" in err
    decoded, problem = decode_file(list(collectors().values()), kept)
    assert not problem
    assert decoded is not None
    assert (decoded.profile, len(decoded.identity.serial)) == ("apc_rpdu2", len(serial))
    polled = [one for one in said["readings"] if not one.get("superseded")]
    assert sum(len(batch.layout) for batch in decoded.batches) == len(polled)
    again = len(said["readings"]) - len(polled)
    assert sum(len(batch.layout) for batch in decoded.superseded) == again > 0

    code, out, err = await dcim("probe", ups, *user, *community, "-v")
    assert code == 0, err
    assert "(SNMP v3 as dcim)" in out
    assert "read with apc_smartups: sysObjectID" in out
    assert "\nmatched " in out
    assert "not used: 1.3.6.1.4.1.318." in out

    code, out, err = await dcim("probe", crac, *community)
    assert code == 0, out + err
    assert "SNMP v2c: no answer" in out
    assert "SNMP v1: no answer" in out
    assert "(Modbus)" in out
    assert "read with stulz_c7000: " in out


async def discovers(sim: Simulation, folder: Path) -> None:
    port = sim.addresses["cas1-pdu-s1r3-a"][1]
    found = folder / "found.yaml"
    site = config(folder, sim)
    sweep = ("discover", "127.0.0.1/32", "--port", port, "-c", site, "--output", found, "--timeout", "0.5")
    code, out, err = await dcim(*sweep)
    assert (code, out) == (0, ""), err
    assert "1 of 1 addresses asked, 0 known already, 1 answer" in err
    text = found.read_text()
    assert "  # APC AP7900B" in text
    for line in ("kind: pdu", "collector: snmp", "credential: sim-v2c", "profile: apc_rpdu2"):
        assert f"    {line}\n" in text
    assert f"    address: 127.0.0.1:{port}\n" in text
    code, out, err = await dcim("check", "-c", config(folder, sim, "found.yaml"))
    assert code == 0, out + err
    assert "1 device(s)" in out
    code, out, err = await dcim(*sweep)
    assert code == 0, err
    assert "0 of 1 addresses asked, 1 known already" in err
    assert found.read_text() == text


@pytest.mark.timeout(900)
@pytest.mark.long
async def test_a_device_is_understood_and_found_by_its_address_alone(small: str, tmp_path: Path) -> None:
    async with Simulation(directory=tmp_path / "sim", plant=small) as sim:
        await sim.begin()
        await probes(sim, tmp_path)
        await discovers(sim, tmp_path)
        assert (tmp_path / "found.yaml").stat().st_size > 0
