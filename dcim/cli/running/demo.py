"""``dcim demo``: a simulated data centre, the daemon on it, the page: nothing to configure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import uvloop

from dcim.cli.running.run import parse_listen, started
from dcim.clock import SystemClock
from dcim.daemon import Daemon, Plan
from dcim.logs import configure
from dcim.record import dataclass
from dcim.simulator.files import load
from dcim.simulator.launch import Simulation
from dcim.simulator.scenario import QUIET, Scenario, listed
from dcim.store.lock import StateLock

_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line."""

    story: Scenario
    seconds: float | None
    listen: str
    webhook: str
    smtp: str


def demo(
    name: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help="What befalls the site; 'list' shows them.")
    ] = "",
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=1, help="End by itself after so long.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the state here; a temporary folder by default.")
    ] = None,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Page, API and /metrics.")
    ] = "127.0.0.1:8480",
    webhook: Annotated[str, typer.Option(metavar="URL", help="Send alerts here as well.")] = "",
    smtp: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Mail alerts through this server as well.")
    ] = "",
) -> None:
    """Simulate a data centre that answers real SNMP and Modbus, and watch it."""
    if name == "list":
        for line in listed():
            typer.echo(line)
        raise typer.Exit
    parse_listen(listen)
    if smtp:
        parse_listen(smtp, "--smtp")
    if webhook and not webhook.startswith(("http://", "https://")):
        msg = f"expected http://... or https://..., found {webhook!r}"
        raise typer.BadParameter(msg, param_hint="--webhook")
    configure()
    with started(), _folder(state) as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        story = load("scenarios", name, Scenario) if name else QUIET
        runner.run(_show(Wishes(story, seconds, listen, webhook, smtp), folder))


@contextlib.contextmanager
def _folder(state: Path | None) -> Any:
    """Give the state's folder: the one asked for, which stays, or a fresh one, which goes."""
    if state is not None:
        lock = StateLock(state)  # before anything in it is written anew: another demo may be at home there
        try:
            yield state.resolve()
        finally:
            lock.release()
        return
    fresh = Path(tempfile.mkdtemp(prefix="dcim-demo-"))
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


async def _show(wishes: Wishes, folder: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    typer.echo("starting the simulated devices ...")
    async with Simulation(wishes.story, directory=folder / "simulator") as sim:
        path = folder / "dcim.yaml"
        path.write_text(_config(sim, wishes, folder), encoding="utf-8")
        plan = Plan.read(path, os.environ)
        async with Daemon(plan, SystemClock(), parse_listen(wishes.listen)) as daemon, _telling(sim):
            running = asyncio.create_task(daemon.run(stop))
            ready = asyncio.create_task(daemon.until_ready())
            try:
                await asyncio.wait([running, ready], timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
                if not running.done():
                    _say_where(daemon, folder, len(plan.settings.assets))
                    await sim.begin()
                    await asyncio.wait([running], timeout=wishes.seconds)
            finally:
                ready.cancel()
                stop.set()
                await running


def _say_where(daemon: Daemon, folder: Path, devices: int) -> None:
    url = f"http://{daemon.address}"
    typer.echo(f"ready: {devices} simulated devices are watched (state in {folder})")
    typer.echo(f"  page     {url}/")
    typer.echo(f"  API      {url}/api/v1/status")
    typer.echo(f"  metrics  {url}/metrics")
    typer.echo("end with Ctrl-C")


@asynccontextmanager
async def _telling(sim: Simulation) -> AsyncIterator[None]:
    """Print what happens in the plant while the context lasts."""

    async def tell() -> None:
        async for happening in sim.happenings():
            typer.echo(f"[{happening.at:6.1f} s] {happening.text}")
        typer.echo("the simulated devices have ended: what the page shows from now on is silence")

    task = asyncio.create_task(tell(), name="happenings")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _config(sim: Simulation, wishes: Wishes, folder: Path) -> str:
    """Return the daemon's configuration: JSON, which is YAML."""
    channels: list[dict[str, Any]] = [{"name": "log", "type": "log", "file": str(folder / "alerts.jsonl")}]
    if wishes.webhook:
        channels.append({"name": "webhook", "type": "webhook", "url": wishes.webhook})
    if wishes.smtp:
        address = parse_listen(wishes.smtp)
        channels.append(
            {
                "name": "mail",
                "type": "smtp",
                "host": address.host,
                "port": address.port,
                "security": "none",
                "from": "dcim@casablanca.example",
                "to": ["noc@casablanca.example"],
            }
        )
    config = {**sim.config(), "state": str(folder / "state"), "notify": {"channels": channels}}
    return json.dumps(config, indent=2, ensure_ascii=False)
