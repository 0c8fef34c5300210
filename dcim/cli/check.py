"""``dcim check``: config, rules, profiles and secrets; every problem at once, each with its place."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from pydantic import BaseModel

from dcim import plugins
from dcim.alerts import RuleSet, read_rules
from dcim.collect import CollectorPlugin
from dcim.model import ConfigError, Problem
from dcim.settings import Settings, resolve_secrets, survey

T = TypeVar("T")
PROBLEMS: Final = 1


@dataclass(frozen=True, slots=True)
class Examined:
    """What a config says as far as it can be read, and every problem in it and in what it names."""

    settings: Settings
    rules: RuleSet | None
    problems: tuple[Problem, ...]


def check(
    config: Annotated[Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts.")] = False,
    no_secrets: Annotated[
        bool, typer.Option("--no-secrets", help="Do not resolve secrets: they are not on this machine.")
    ] = False,
) -> None:
    """Check a configuration without starting anything. Exit 0 fine, 1 with problems."""
    try:
        collectors = plugins.collectors()
        channels = {name: plugin.settings_type for name, plugin in plugins.found("dcim.channels").items()}
    except plugins.BrokenPlugin as why:
        typer.echo(f"dcim: {why}", err=True)
        raise typer.Exit(PROBLEMS) from None
    examined = examine(config, collectors, channels, None if no_secrets else os.environ)
    if as_json:
        typer.echo(json.dumps(as_data(examined), ensure_ascii=False))
    else:
        for line in report(examined):
            typer.echo(line)
    raise typer.Exit(PROBLEMS if examined.problems else 0)


def examine(
    path: Path,
    collectors: Mapping[str, CollectorPlugin],
    channels: Mapping[str, type[BaseModel]],
    environ: Mapping[str, str] | None,
) -> Examined:
    """Read everything that the daemon would read; without ``environ`` leave the secrets alone."""
    settings, found = survey(path, collectors, channels)
    problems = dict.fromkeys(found)
    # a device that cannot be read is no reason to call an override of it a mistake
    ids = None if found else [asset.id for asset in settings.assets]
    rules = _gather(
        problems, lambda: read_rules(settings.alerts.rules, ids, shipped=settings.alerts.default_rules)
    )
    for collector in collectors.values():
        _gather(problems, partial(_read_profiles, collector, settings.profile_dirs))
    if environ is not None:
        _gather(problems, lambda: resolve_secrets(settings, environ))
    return Examined(settings, rules, tuple(sorted(problems)))


def _read_profiles(collector: CollectorPlugin, dirs: Sequence[Path]) -> int:
    return sum(1 for _ in collector.profiles(dirs))


def _gather(problems: dict[Problem, None], step: Callable[[], T]) -> T | None:
    """Take a step; keep what is wrong with it and go on."""
    try:
        return step()
    except ConfigError as wrong:
        problems.update(dict.fromkeys(wrong.problems))
        return None


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
    for key in ("kinds", "collectors", "channels"):
        if data[key]:
            yield f"  by {key[:-1]}: " + ", ".join(f"{name} {number}" for name, number in data[key].items())


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
        "rules": len(examined.rules.rules) if examined.rules is not None else None,
    }


def _counted(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
