"""The agents' process: real SNMP and Modbus on loopback, told what to do over its pipes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import stat
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from dcim.collect import Ask
from dcim.model import ConfigError, Lane
from dcim.plugins import collectors
from dcim.settings import load, resolve_secrets
from dcim.simulator.files import names
from dcim.simulator.launch import Options, Simulation, SimulationFailed
from dcim.simulator.scenario import Event, Scenario, Verb
from dcim.simulator.sitefile import as_text
from tests.waiting import PATIENCE, until_it

KEPT = ("cas1-ups-a", "cas1-mtr-a", "cas1-mtr-b", "cas1-crac-1", "cas1-pdu-s1r3-a", "cas1-pdu-s1r3-b")
STORY = Scenario(
    format=1,
    scenario="short",
    title="Feed A fails",
    events=(Event(at=0.0, do=Verb.LOSE, target="utility-a", says="feed A lost"),),
)
Live = Callable[[bool, str], None]


@pytest.fixture
async def sim(small: str, tmp_path: Path) -> AsyncIterator[Simulation]:
    async with Simulation(STORY, directory=tmp_path / "sim", plant=small) as running:
        yield running


async def run(*command: str) -> str:
    """Run a program and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": "/nonexistent"},
    )
    output, _ = await process.communicate()
    return output.decode()


def secret(sim: Simulation, tmp_path: Path, name: str) -> str:
    return (tmp_path / "sim" / name).read_text().strip()


def number(text: str, oid: str) -> int:
    """Return the number that net-snmp's tools print for an OID."""
    match = re.search(rf"{re.escape(oid)} = \w+: \(?(-?\d+)", text)
    assert match is not None, text
    return int(match[1])


UPS = ".1.3.6.1.4.1.318.1.1.1"
UPTIME = ".1.3.6.1.2.1.1.3.0"


async def check_mbpoll(sim: Simulation) -> None:
    """The hand-made Stulz by coils and words, a meter behind the gateway as float; nothing can be written."""
    host, port = sim.addresses["cas1-crac-1"]
    poll = ["mbpoll", "-0", "-1", "-q", "-o", "10"]  # seconds, the most that it takes
    words = await run(*poll, "-p", str(port), "-a1", "-r1170", "-c2", "-t4", host)
    truth = await sim.truth()
    celsius = re.search(r"\[1170\]:\s+(\d+)", words)
    assert celsius is not None, words
    assert int(celsius[1]) == pytest.approx(truth["celsius"]["salle-1"] * 10, abs=1)
    coils = await run(*poll, "-p", str(port), "-a1", "-r1013", "-c1", "-t0", host)
    assert re.search(r"\[1013\]:\s+1", coils)
    assert "Illegal data address" in await run(*poll, "-p", str(port), "-a1", "-r30000", "-t4", host)
    assert "Illegal function" in await run(*poll, "-p", str(port), "-a1", "-r1175", "-t4", host, "250")

    assert sim.addresses["cas1-mtr-a"] == sim.addresses["cas1-mtr-b"]
    gateway = ["-p", str(sim.addresses["cas1-mtr-a"][1])]
    kilowatts = await run(*poll, *gateway, "-a1", "-r3059", "-t4:float", "-B", host)
    match = re.search(r"\[3059\]:\s+([\d.]+)", kilowatts)
    assert match is not None, kilowatts
    assert float(match[1]) * 1000 == pytest.approx(truth["watts"]["tr-a"], rel=0.01)
    assert "failed to respond" in await run(*poll, *gateway, "-a77", "-r3059", "-t4", host)
    await sim.do("hang cas1-mtr-b")
    assert "timed out" in await run(*poll, "-o", "0.5", *gateway, "-a2", "-r3059", "-t4", host)
    await sim.do("release cas1-mtr-b")
    assert "[3059]" in await run(*poll, *gateway, "-a2", "-r3059", "-t4", host)


async def check_net_snmp(sim: Simulation, tmp_path: Path) -> None:
    """Values of the hand-made UPS are those of the plant; strangers get nothing; nothing can be set."""
    host, port = sim.addresses["cas1-ups-a"]
    keys = [secret(sim, tmp_path, name) for name in ("snmp-auth", "snmp-priv")]
    v3 = ["-v3", "-lauthPriv", "-udcim", "-aSHA-256", "-A", keys[0], "-xAES", "-X", keys[1]]
    v3 += ["-On", "-r5", "-t5", f"{host}:{port}"]
    answer = await run("snmpget", *v3, f"{UPS}.4.1.1.0", f"{UPS}.4.2.8.0", f"{UPS}.3.3.1.0", UPTIME)
    truth = await sim.truth()
    assert number(answer, f"{UPS}.4.1.1.0") == 2  # on line
    assert number(answer, f"{UPS}.4.2.8.0") == pytest.approx(truth["watts"]["ups-a"], abs=30)
    assert number(answer, f"{UPS}.3.3.1.0") == pytest.approx(truth["volts"]["tgbt-a"] * 10, abs=2)
    assert number(answer, UPTIME) > 8_640_000  # up for days

    await sim.do("freeze cas1-ups-a")
    frozen = await run("snmpget", *v3, UPTIME, f"{UPS}.3.3.1.0")
    await asyncio.sleep(0.6)
    assert await run("snmpget", *v3, UPTIME, f"{UPS}.3.3.1.0") == frozen
    await sim.do("release cas1-ups-a")

    await sim.begin()

    async def on_battery() -> bool:
        return number(await run("snmpget", *v3, f"{UPS}.4.1.1.0"), f"{UPS}.4.1.1.0") == 3

    await until_it(on_battery, "the UPS is on its battery")

    boots = await run("snmpget", *v3, "-Ddumph_usm,usm", UPTIME)
    assert "Timeout" not in boots
    began = time.monotonic()
    await sim.do("restart cas1-ups-a")

    async def a_new_life() -> bool:
        said = await run("snmpget", *v3, UPTIME)
        return "Timeout" not in said and number(said, UPTIME) <= (time.monotonic() - began) * 100

    await until_it(a_new_life, "it counts its time anew")

    wrong = [*v3[:-1]]
    wrong[wrong.index("-A") + 1] = "not-the-pass-phrase"
    assert "Authentication failure" in await run("snmpget", *wrong, v3[-1], UPTIME)

    host, port = sim.addresses["cas1-pdu-s1r3-a"]
    v2c = ["-v2c", "-c", secret(sim, tmp_path, "snmp-community"), "-On", "-r5", "-t5", f"{host}:{port}"]
    by_next = await run("snmpwalk", *v2c, ".1.3.6.1.4.1.318")
    by_bulk = await run("snmpbulkwalk", *v2c, ".1.3.6.1.4.1.318")
    assert len(by_next.splitlines()) > 30
    assert by_next.split("\n", 1)[0] == by_bulk.split("\n", 1)[0]
    assert "No Such" in await run("snmpget", *v2c, ".1.3.6.1.2.1.99.1.0")
    assert "Timeout" in await run(
        "snmpset", *v2c[:-3], "-r0", "-t1", v2c[-1], ".1.3.6.1.2.1.1.5.0", "s", "mine"
    )
    assert "Timeout" in await run("snmpget", "-v2c", "-cguess", "-r0", "-t1", f"{host}:{port}", UPTIME)


@pytest.mark.long
@pytest.mark.live
async def test_net_snmp_and_mbpoll_read_the_plant(sim: Simulation, tmp_path: Path, live: Live) -> None:
    """Other people's clients see what the plant knows, through v3, v2c, Modbus and a gateway."""
    live(shutil.which("snmpget") is not None, "snmpget is not installed")
    live(shutil.which("mbpoll") is not None, "mbpoll is not installed")
    await check_mbpoll(sim)
    await check_net_snmp(sim, tmp_path)


async def test_a_daemon_reads_the_truth_and_what_happens_is_told(sim: Simulation, tmp_path: Path) -> None:
    """Every device answers its profile: no refusal, and power, voltage and temperature as the plant has them."""
    file = tmp_path / "site.yaml"
    file.write_text(as_text({**sim.config(), "state": str(tmp_path)}), encoding="utf-8")
    plugins = collectors()
    settings = load(file, plugins, {})
    assert {asset.id for asset in settings.assets} == set(KEPT)
    assert (settings.site.time_zone, settings.site.language) == ("Africa/Casablanca", "fr")
    credentials = resolve_secrets(settings, os.environ).credentials
    values: dict[tuple[str, str], float] = {}
    for protocol, plugin in plugins.items():
        collector = plugin.open({name: one for name, one in credentials.items() if one.protocol == protocol})
        for asset in settings.assets:
            if asset.collector == protocol:
                until = asyncio.get_running_loop().time() + PATIENCE
                collected = await collector.collect(asset, Ask(frozenset(Lane), until))
                assert collected.identity is not None
                for batch in collected.batches:
                    for slot, point in enumerate(batch.layout.points):
                        values[asset.id, str(point).removeprefix(f"{asset.id} ")] = batch.values[slot]
        await collector.aclose()
    truth = await sim.truth()
    watts, volts = truth["watts"], truth["volts"]
    assert values["cas1-ups-a", "ups_output_power_watts"] == pytest.approx(watts["ups-a"], rel=0.01)
    assert values["cas1-mtr-a", "meter_power_watts"] == pytest.approx(watts["tr-a"], rel=0.01)
    assert values["cas1-mtr-b", "meter_power_watts"] == pytest.approx(watts["tr-b"], rel=0.01)
    assert values["cas1-mtr-b", 'meter_voltage_volts{phase="L1"}'] == pytest.approx(volts["tr-b"], abs=0.5)
    assert values["cas1-pdu-s1r3-a", "pdu_power_watts"] == pytest.approx(watts["pdu-s1r3-a"], abs=10)
    inlet = values["cas1-pdu-s1r3-b", 'pdu_inlet_power_watts{inlet="I1"}']
    assert inlet == pytest.approx(watts["pdu-s1r3-b"], abs=10)
    supply = values["cas1-crac-1", "crac_supply_air_temperature_celsius"]
    assert supply < values["cas1-crac-1", "crac_return_air_temperature_celsius"]
    await check_told(sim, tmp_path)
    await check_end(sim)


async def check_told(sim: Simulation, tmp_path: Path) -> None:
    assert (await sim.status())[0] == "all is well"
    await sim.begin()
    happening = await anext(sim.happenings())
    assert (happening.at, happening.text) == (0.0, "feed A lost")

    async def is_dead() -> bool:
        return "utility-a: dead" in await sim.status()

    async def discharges() -> bool:
        return (await sim.truth())["charge"]["ups-a"] < 1.0

    await until_it(is_dead, "feed A is dead")
    await until_it(discharges, "its battery gives")
    assert ["utility-a", "dead"] in [change[1:] for change in (await sim.truth())["changes"]]
    with pytest.raises(SimulationFailed, match="nothing called 'ups-z'"):
        await sim.do("lose ups-z")
    for name in ("snmp-auth", "snmp-priv", "snmp-community"):
        assert stat.S_IMODE((tmp_path / "sim" / name).stat().st_mode) == 0o600
    assert "utility-a" in sim.plan_targets()


async def check_end(sim: Simulation) -> None:
    """The input of the agents ends when the process that started them does, however it ends: so do they."""
    process = sim._process
    assert process is not None
    assert process.stdin is not None
    waiting = asyncio.create_task(sim.status())
    await asyncio.sleep(0)
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    await asyncio.wait([waiting])
    with pytest.raises(SimulationFailed, match="have ended"):
        await sim.status()


@pytest.mark.long
async def test_why_agents_do_not_start_or_end_is_told(sim: Simulation, small: str, tmp_path: Path) -> None:
    """A port in use, a device that nobody can play, a process that somebody killed."""
    _, port = sim.addresses["cas1-ups-a"]
    second = Simulation(directory=tmp_path / "other", plant=small, options=Options(port=port))
    with pytest.raises(SimulationFailed, match=r"in use|cannot listen"):
        await second.__aenter__()
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        Path(small).read_text(encoding="utf-8").replace("speaks: schneider_pm5000", "speaks: no_such")
    )
    with pytest.raises(SimulationFailed, match="no profile 'no_such'"):
        await Simulation(directory=tmp_path / "bad", plant=str(bad)).__aenter__()
    with pytest.raises(ConfigError, match="no such name among our plants"):
        Simulation(directory=tmp_path / "none", plant="casablnca")
    assert names("plants") == ("casablanca", "rabat")
    assert sim._process is not None
    sim._process.send_signal(signal.SIGKILL)
    assert [happening async for happening in sim.happenings()] == []
    with pytest.raises(SimulationFailed, match="have ended"):
        await sim.do("lose utility-a")
