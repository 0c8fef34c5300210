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
from dcim.cli.onboarding.options import ProfileDirs
from dcim.collect import CollectorPlugin, ProfileSummary
from dcim.model import ConfigError, Problem
from dcim.yaml import unknown

PROBLEMS: Final = 1
USAGE: Final = 2


def profiles(
    name: Annotated[str | None, typer.Argument(help="One family; all without it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page of the documentation.")] = False,
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
    show = page if markdown else table if name is None else details
    for line in show(chosen):
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
    """Yield one line a family: protocol, name, kind, points, by what it is tested, confidence, title."""
    rows = [
        (
            one.protocol,
            one.name,
            one.kind,
            _counted(one.points, "point"),
            _counted(len(one.images), "image"),
            one.confidence or "-",
            one.title,
        )
        for one in chosen
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def page(chosen: Sequence[ProfileSummary]) -> Iterator[str]:
    """Yield the page of the documentation: by kind, then vendor; made of the library and nothing else."""
    yield "# Device families"
    yield ""
    yield "Written by `make docs` from the profiles; `dcim profiles NAME` tells all points of one."
    yield ""
    yield f"{len(chosen)} families, {sum(one.points for one in chosen)} points written in their profiles."
    yield "A point may stand for a whole table: a PDU has many outlets. An image is what a device answers,"
    yield "as a recording that a test decodes; *untested* counts points that no image shows. *Sources*: the"
    yield "confidence of a Modbus register map; *manual alone* where no real answer has been seen."
    for kind in sorted({one.kind for one in chosen}):
        yield ""
        yield f"## {kind}"
        yield ""
        yield "| vendor | devices | profile | protocol | points | images | untested | sources |"
        yield "|---|---|---|---|---|---|---|---|"
        own = (one for one in chosen if one.kind == kind)
        for one in sorted(own, key=lambda one: (one.vendor.lower(), one.protocol, one.name)):
            cells = (
                one.vendor or "any",
                one.title,
                f"`{one.name}`",
                one.protocol,
                str(one.points),
                str(len(one.images)),
                str(len(one.untested) or ""),
                one.confidence,
            )
            yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def details(chosen: Sequence[ProfileSummary]) -> Iterator[str]:
    """Yield everything about each family."""
    for one in chosen:
        yield f"{one.name} ({one.protocol}, {one.kind}): {one.title}"
        yield f"  vendor: {one.vendor}"
        for metric in one.metrics:
            known = METRICS.get(metric)
            yield f"  {metric}" + (f": {known.help}" if known else "")
        yield f"  {_counted(one.points, 'point')} in the file; confidence: {one.confidence or 'not stated'}"
        yield f"  tested by: {', '.join(one.images) or 'nothing'}"
        for point in one.untested:
            yield f"  untested: {point}"
