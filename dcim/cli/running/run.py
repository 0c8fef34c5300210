"""``dcim run``: the daemon, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer
import uvloop

from dcim.clock import SystemClock
from dcim.daemon import Daemon, Plan
from dcim.logs import configure
from dcim.model import Address, ConfigError
from dcim.record import replace

PROBLEMS = 1


def run(
    config: Annotated[Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration.")],
    listen: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Serve page, API and /metrics here instead.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep database, ledger and history here instead.")
    ] = None,
) -> None:
    """Watch the site that a configuration describes, until SIGTERM or Ctrl-C."""
    address = parse_listen(listen) if listen else None
    configure()
    with started():
        plan = Plan.read(config, os.environ)
        if state is not None:
            plan = replace(plan, settings=replace(plan.settings, state=state))
        settle()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(watch(plan, address))


KNOWN: Final = (60.0, 600.0)
"""Seconds after the start by when what every device is and says is known: it stays for good as well.

A look for garbage through all of a large site would stop the loop for most of a second.
"""


def settle() -> None:
    """Have garbage looked for seldom, and not in what stays for good: a large site is millions of objects.

    A look goes through 20,000 new objects, every fourth one through what the three before it left: 80,000 at
    most, whatever a storm brings. Through all that came since the start only after some 16 million more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 2, 200)


@contextmanager
def started() -> Iterator[None]:
    """Say of mistakes in files that nothing was started, and of what the machine refuses what it was."""
    try:
        yield
    except ConfigError as wrong:
        for problem in wrong.problems:
            typer.echo(str(problem), err=True)
        typer.echo(f"{len(wrong.problems)} problem(s); nothing was started", err=True)
        raise typer.Exit(PROBLEMS) from None
    except OSError as why:
        said = f"{why.filename}: {why.strerror}" if why.filename else str(why)
        typer.echo(f"dcim: {said}", err=True)
        raise typer.Exit(PROBLEMS) from None


def _say_restart() -> None:
    structlog.get_logger().warning("SIGHUP: the configuration is read at the start; restart to read it again")


async def watch(plan: Plan, address: Address | None) -> None:
    """Run the daemon until a signal asks it to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    for seconds in KNOWN:
        loop.call_later(seconds, gc.freeze)
    loop.add_signal_handler(signal.SIGHUP, _say_restart)
    async with Daemon(plan, SystemClock(), address) as daemon:
        await daemon.run(stop)


def parse_listen(text: str, option: str = "--listen") -> Address:
    """Return an address from ``host:port`` or ``[v6]:port``; a bad one is wrong usage of that option."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise typer.BadParameter(f"expected HOST:PORT, found {text!r}", param_hint=option)  # noqa: EM102
    return Address(host.strip("[]"), int(port))
