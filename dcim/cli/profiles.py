"""``dcim profiles``: the device families we understand, their points, and what each is tested by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from dcim import plugins
from dcim.catalogue import METRICS
from dcim.cli.options import ProfileDirs
from dcim.collect import CollectorPlugin, ProfileSummary
from dcim.model import ConfigError, Problem
from dcim.yaml import unknown

PROBLEMS: Final = 1
USAGE: Final = 2


def profiles(
    name: Annotated[str | None, typer.Argument(help="One family; all without it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts.")] = False,
    dirs: ProfileDirs = None,
) -> None:
    """List device families, or one with its points. Exit 1: a profile is wrong, 2: no such family."""
    try:
        known = summaries(plugins.collectors(), dirs or ())
    except (ConfigError, plugins.BrokenPlugin) as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(PROBLEMS) from None
    chosen = [one for one in known if name in (None, one.name)]
    if not chosen and name is not None:
        typer.echo(unknown("profile", name, [one.name for one in known]), err=True)
        raise typer.Exit(USAGE)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in chosen], ensure_ascii=False))
        return
    for line in table(chosen) if name is None else details(chosen):
        typer.echo(line)


def summaries(collectors: Mapping[str, CollectorPlugin], dirs: Sequence[Path]) -> list[ProfileSummary]:
    """Return every family of every collector, by protocol and name. Raise ConfigError for wrong profiles."""
    problems: list[Problem] = []
    found: list[ProfileSummary] = []
    for collector in collectors.values():
        try:
            found += collector.profiles(dirs)
        except ConfigError as wrong:
            problems += wrong.problems
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return sorted(found, key=lambda one: (one.protocol, one.name))


def table(chosen: Sequence[ProfileSummary]) -> Iterator[str]:
    """Yield one line a family: protocol, name, kind, number of metrics and images, title."""
    rows = [
        (
            one.protocol,
            one.name,
            one.kind,
            f"{len(one.metrics)} metrics",
            f"{len(one.images)} images",
            one.title,
        )
        for one in chosen
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def details(chosen: Sequence[ProfileSummary]) -> Iterator[str]:
    """Yield everything about each family."""
    for one in chosen:
        yield f"{one.name} ({one.protocol}, {one.kind}): {one.title}"
        yield f"  vendor: {one.vendor}"
        for metric in one.metrics:
            known = METRICS.get(metric)
            yield f"  {metric}" + (f": {known.help}" if known else "")
        yield f"  tested by: {', '.join(one.images) or 'nothing'}"
        for point in one.untested:
            yield f"  untested: {point}"
