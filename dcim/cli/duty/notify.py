"""``dcim notify test CHANNEL``: send a test message through one channel now, with no daemon between."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dcim.alerts import Language
from dcim.clock import SystemClock
from dcim.daemon.plan import Plan
from dcim.model import legible
from dcim.notify import Channel, Context, Delivered, Site, Verdict, trial_letters

PROBLEMS: Final = 1

notify = typer.Typer(no_args_is_help=True, help="The channels that messages go through.")


@notify.callback()
def channels() -> None:
    """Keep ``test`` a command of its own."""


@notify.command("test")
def test(
    channel: Annotated[str, typer.Argument(help="Its name in the configuration.")],
    config: Annotated[Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration.")],
) -> None:
    """Send a test message through a channel, and print what the far side said.

    Exit 0 delivered, 1 not. What the far side would keep open is resolved at once. Nothing of it is in the
    ledger: the daemon's own daily test is. A modem belongs to the daemon while that runs.
    """
    plan = Plan.read(config, os.environ)
    part = next((one for one in plan.settings.channels if one.name == channel), None)
    if part is None:
        names = ", ".join(one.name for one in plan.settings.channels) or "none at all"
        msg = f"no channel {channel!r}; the configuration has {names}"
        raise typer.BadParameter(msg, param_hint="CHANNEL")
    own = plan.settings.site
    site = Site(own.id, own.name, own.time_zone, Language(own.language))
    context = Context(site, plan.secrets.values.__getitem__)
    said = asyncio.run(_try(plan.channels[part.type], part.fields, context, channel))
    for one in said:
        typer.echo(_line(one))
    raise typer.Exit(0 if all(isinstance(one, Delivered) for one in said) else PROBLEMS)


async def _try(plugin: Any, fields: Any, context: Context, name: str) -> list[Verdict]:
    """Open the channel and send the test; stop at what was not delivered."""
    opened: Channel = plugin.open(fields, context)
    said: list[Verdict] = []
    try:
        for letter in trial_letters(context.site, name, opened, SystemClock().now()):
            said.append(await opened.send(letter))
            if not isinstance(said[-1], Delivered):
                break
    finally:
        await opened.aclose()
    return said


def _line(verdict: Verdict) -> str:
    if isinstance(verdict, Delivered):
        return legible(f"delivered{': ' + verdict.note if verdict.note else ''}")
    return legible(f"not delivered: {verdict.why}")
