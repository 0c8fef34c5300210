"""``dcim simulate``: a simulated data centre, hardware only, with scenarios from a file or typed."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from dcim.model import ConfigError
from dcim.record import dataclass
from dcim.simulator.launch import Options, Simulation, SimulationFailed
from dcim.simulator.scenario import QUIET, TAKES, Scenario, Verb, listed, scenario
from dcim.simulator.sitefile import as_text

PROBLEMS: Final = 1
SITE_FILE: Final = "site.yaml"
HELP: Final = """lose NAME, restore NAME     a feed, breaker, switch, UPS, generator or cooling unit
drain UPS 5%                leaves so much in a battery
hang NAME, slow NAME 1.5    an agent or gateway; release NAME ends it
restart NAME                an agent
status, names, help, quit"""


def simulate(
    plant: Annotated[str, typer.Argument(help="One of ours, or a file.")] = "casablanca",
    story: Annotated[
        str,
        typer.Option(
            "--scenario", metavar="NAME", help="What happens: one of ours, or a file; 'list' shows ours."
        ),
    ] = "",
    lasting: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="End after so long.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep config file and credentials here.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65000, help="Count ports from here; 0 takes any free ones.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Run the devices of a data centre, and break them. Exit 1: it could not start, or ended by itself."""
    if story == "list":
        for line in listed():
            typer.echo(line)
        raise typer.Exit
    try:
        chosen = scenario(story) if story else QUIET
        options = Options(port=port)
        with TemporaryDirectory(prefix="dcim-simulate-") as temporary:
            desk = Desk(Printer(as_json=as_json), chosen, lasting)
            asyncio.run(desk.run(plant, state or Path(temporary), options))
    except (ConfigError, SimulationFailed) as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(PROBLEMS) from None
    except OSError as why:
        typer.echo(f"{why.filename}: {why.strerror}" if why.filename else str(why), err=True)
        raise typer.Exit(PROBLEMS) from None


@dataclass(frozen=True, slots=True)
class Printer:
    """Says things to people, or the same as JSON lines."""

    as_json: bool

    def say(self, text: str, **fields: Any) -> None:
        """Print a line; ``fields`` are what scripts want to know."""
        if self.as_json:
            typer.echo(json.dumps(fields or {"text": text}, ensure_ascii=False))
        else:
            typer.echo(text)


class Desk:
    """Runs one simulation and does what is typed, until it is told to stop or time is over."""

    def __init__(self, printer: Printer, story: Scenario, lasting: float | None) -> None:
        self._printer = printer
        self._story = story
        self._lasting = lasting
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._stop = asyncio.Event()

    async def run(self, plant: str, directory: Path, options: Options) -> None:
        """Run it. Raise ``SimulationFailed`` if it cannot start or ends by itself."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        async with Simulation(self._story, directory=directory, options=options, plant=plant) as sim:
            self._introduce(sim, directory)
            await sim.begin()
            _read_lines(loop, self._typed.put_nowait)
            async with asyncio.TaskGroup() as tasks:
                side = [tasks.create_task(self._tell(sim)), tasks.create_task(self._obey(sim))]
                await self._wait()
                for task in side:
                    task.cancel()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._lasting):
                await self._stop.wait()
        except TimeoutError:
            self._printer.say("time is over", over=self._lasting)

    def _introduce(self, sim: Simulation, directory: Path) -> None:
        path = directory / SITE_FILE
        path.write_text(
            as_text({**sim.config(), "state": str((directory / "state").resolve())}), encoding="utf-8"
        )
        self._printer.say(
            f"{len(sim.addresses)} devices answer; to watch them: dcim run -c {path}",
            config=str(path),
            addresses={name: f"{host}:{port}" for name, (host, port) in sim.addresses.items()},
        )
        if self._story is not QUIET:
            self._printer.say(
                f"scenario {self._story.scenario}: {self._story.title}", scenario=self._story.scenario
            )

    async def _tell(self, sim: Simulation) -> None:
        async for happening in sim.happenings():
            self._printer.say(
                f"{happening.at:8.1f} s  {happening.text}", at=happening.at, happened=happening.text
            )
        if not self._stop.is_set():
            msg = "the simulated devices have ended by themselves"
            raise SimulationFailed(msg)

    async def _obey(self, sim: Simulation) -> None:
        while True:
            line = (await self._typed.get()).strip()
            try:
                await self._do(sim, line)
            except SimulationFailed as why:
                self._printer.say(str(why), error=str(why))

    async def _do(self, sim: Simulation, line: str) -> None:
        match line:
            case "":
                return
            case "quit" | "exit":
                self._stop.set()
            case "help":
                self._printer.say(HELP, verbs={verb.value: TAKES.get(verb, "") for verb in Verb})
            case "names":
                parts, agents = [*sim.plan_targets()], [*sim.addresses]
                text = (
                    f"parts (lose, restore): {' '.join(parts)}",
                    f"agents (hang, slow, freeze, restart): {' '.join(agents)}",
                )
                self._printer.say("\n".join(text), names=[*parts, *agents], parts=parts, agents=agents)
            case "status":
                lines = await sim.status()
                self._printer.say("\n".join(lines), status=lines)
            case _:
                await sim.do(line)


def _read_lines(loop: asyncio.AbstractEventLoop, put: Callable[[str], None]) -> None:
    """Hand over what is typed, from a thread: stdin may be a file or a pipe too, and its end is no matter."""

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(put, line)

    threading.Thread(target=read, daemon=True, name="stdin").start()
