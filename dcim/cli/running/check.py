"""``dcim check``: config, rules, profiles and secrets; every problem at once, each with its place."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dcim import plugins
from dcim.examine import Examined, examine
from dcim.redundancy.advice import Advice, advice

PROBLEMS: Final = 1
_FEW: Final = 10
"""Advice that people get to read at once."""


def check(
    config: Annotated[Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts.")] = False,
    no_secrets: Annotated[
        bool, typer.Option("--no-secrets", help="Do not resolve secrets: they are not on this machine.")
    ] = False,
) -> None:
    """Check a configuration without starting anything. Exit 0 fine, 1 with problems."""
    collectors = plugins.collectors()
    channels = plugins.channel_types()
    environ = None if no_secrets else os.environ
    examined = examine(config, collectors, channels, environ, outputs=plugins.output_types())
    if as_json:
        typer.echo(json.dumps(as_data(examined), ensure_ascii=False))
    else:
        for line in report(examined):
            typer.echo(line)
    raise typer.Exit(PROBLEMS if examined.problems else 0)


def report(examined: Examined) -> Iterator[str]:
    """Yield what people read: the problems, or what the configuration holds."""
    if examined.problems:
        yield from map(str, examined.problems)
        files = len({problem.path for problem in examined.problems})
        yield f"{len(examined.problems)} problem(s) in {files} file(s)"
        return
    data = as_data(examined)
    yield f"{examined.settings.path}: no problem found"
    yield f"site {data['site']}: {data['devices']} device(s), {data['rules']} rule(s)"
    for key in ("kinds", "collectors", "channels", "outputs", "services"):
        if data[key]:
            yield f"  by {key[:-1]}: " + ", ".join(f"{name} {number}" for name, number in data[key].items())
    yield from _advised(_advice(examined))
    if examined.bounds:
        yield "from a fault to the alert, at most, while the device answers; sending comes on top:"
    for bound in sorted(examined.bounds, key=lambda one: (one.seconds, one.rule)):
        yield f"  {bound.seconds:7.1f} s  {bound.rule}"


def _advised(found: Sequence[Advice]) -> Iterator[str]:
    for one in found[:_FEW]:
        yield f"advice: {one.text}"
    if len(found) > _FEW:
        yield f"advice: {len(found) - _FEW} more with --json"


def as_data(examined: Examined) -> dict[str, Any]:
    """Return what scripts read."""
    settings = examined.settings
    return {
        "ok": not examined.problems,
        "config": str(settings.path),
        "problems": [asdict(problem) for problem in examined.problems],
        "site": settings.site.id,
        "devices": len(settings.assets),
        "kinds": _counted(str(asset.kind) for asset in settings.assets),
        "collectors": _counted(asset.collector for asset in settings.assets),
        "channels": _counted(channel.type for channel in settings.channels),
        "outputs": _counted(output.type for output in settings.outputs),
        "services": _counted(str(service.kind) for service in settings.wiring.services),
        "detect_within_seconds": {bound.rule: bound.seconds for bound in examined.bounds},
        "rules": len(examined.rules.rules) if examined.rules is not None else None,
        "advice": [asdict(one) | {"text": one.text} for one in _advice(examined)],
    }


def _advice(examined: Examined) -> tuple[Advice, ...]:
    """Return what would make the answers about losses sharper; nothing where something is wrong."""
    said = examined.settings.redundancy
    if examined.problems or not said.on:
        return ()
    return advice(examined.settings.wiring, said.terms, frozenset(said.prefers))


def _counted(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
