"""``dcim rules``: what is watched for, and whether the rules do what somebody thinks they do.

dcim rules list [-c FILE] [--json]
dcim rules test FILE... [-c FILE | --rules FILE...] [--json]
dcim rules test --history DIR --day 2026-11-20 -c FILE [--device ID...] [--json]
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from zoneinfo import ZoneInfo

import typer

from dcim import plugins
from dcim.alerts import Bound, Change, Rule, RuleSet, bounds, read_rules
from dcim.clock import SystemClock
from dcim.history import History, HistoryError
from dcim.logs import unlogged
from dcim.model import Asset
from dcim.poll import Pace
from dcim.ruletest import Failure, Place, Replayed, Result, counted, judge, read_stories, replay
from dcim.settings import Settings, load

FAILED: Final = 1

rules = typer.Typer(name="rules", help="What is watched for, and tests of it.", no_args_is_help=True)

_Config = Annotated[
    Path | None, typer.Option("-c", "--config", metavar="FILE", help="The site's configuration.")
]
_Rules = Annotated[
    list[Path] | None, typer.Option("--rules", metavar="FILE", help="A rule file beside the shipped ones.")
]
_Json = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


@rules.command("list")
def list_command(config: _Config = None, rule_files: _Rules = None, as_json: _Json = False) -> None:
    """Print every rule: severity, kinds of devices, condition, and how late it can be on this site."""
    place, settings = _place(config, rule_files)
    bound = {one.rule: one for one in bounds(place.rules, place.assets, Pace().share)} if settings else {}
    ordered = sorted(place.rules.rules.values(), key=lambda rule: rule.name)
    if as_json:
        typer.echo(
            json.dumps([_rule_data(rule, bound.get(rule.name)) for rule in ordered], ensure_ascii=False)
        )
        return
    for rule in ordered:
        typer.echo(_rule_line(rule, bound.get(rule.name)))


@rules.command("test")
def try_command(  # noqa: PLR0913  each is an option that people type
    files: Annotated[list[Path] | None, typer.Argument(help="Files of stories.")] = None,
    config: _Config = None,
    rule_files: _Rules = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="DIR", help="The folder 'history' of a state directory."),
    ] = None,
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day in the site's time zone.")
    ] = None,
    device: Annotated[list[str] | None, typer.Option("--device", help="Only this device of the day.")] = None,
    as_json: _Json = False,
) -> None:
    """Run rules against stories, or against a recorded day. Exit 0 as expected, 1 not, 2 wrong usage."""
    if (history is None) == (not files) or (history is None) != (day is None):
        msg = "give files of stories, or --history and --day"
        raise typer.BadParameter(msg)
    place, settings = _place(config, rule_files)
    if history is None or day is None:
        _stories(files or [], place, as_json=as_json)
    elif settings is None:
        msg = "a recorded day needs -c: it says which device is of which kind"
        raise typer.BadParameter(msg)
    else:
        _day(history, day.replace(tzinfo=ZoneInfo(settings.site.time_zone)), place, device, as_json=as_json)


def _place(config: Path | None, rule_files: list[Path] | None) -> tuple[Place, Settings | None]:
    """Return the rules and devices that are meant: of a site, or the shipped rules and those in files."""
    if config is None:
        return Place(read_rules(rule_files or [])), None
    if rule_files:
        msg = "the configuration names the rules of the site: either -c or --rules"
        raise typer.BadParameter(msg)
    channels = plugins.channel_types()
    settings = load(config, plugins.collectors(), channels)
    ids = [asset.id for asset in settings.assets]
    found = read_rules(
        settings.alerts.rules,
        ids,
        shipped=settings.alerts.default_rules,
        runbooks=settings.alerts.runbooks,
        limits=settings.redundancy.limits,
    )
    return Place(found, settings.assets, settings.wiring), settings


# stories


def _stories(files: Sequence[Path], place: Place, *, as_json: bool) -> NoReturn:
    site = {asset.id: asset for asset in place.assets}
    stories = read_stories(files, place.rules, site)
    with unlogged():
        results = [judge(story, place) for story in stories]
    if as_json:
        typer.echo(json.dumps(_results_data(results), ensure_ascii=False))
    else:
        for line in _results_text(results):
            typer.echo(line)
    raise typer.Exit(FAILED if any(result.failures for result in results) else 0)


def _results_text(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for failure in result.failures:
            yield from _failure_text(failure)
    said = counted(results)
    if said["failed"]:
        yield f"{said['failed']} of {said['stories']} stories failed, {said['failures']} time(s)"
    else:
        yield f"{said['stories']} stories hold, {said['expectations']} expectation(s)"


def _failure_text(failure: Failure) -> Iterator[str]:
    place = failure.place
    yield f"{place.path}:{place.line}:{place.column}: {failure.story}, at {failure.at:g} s"
    yield f"  expected  {failure.expected}"
    yield f"  found     {failure.found}"
    for number, line in enumerate(failure.evidence):
        yield f"  {'' if number else 'evidence':8}  {line}"


def _results_data(results: Sequence[Result]) -> dict[str, Any]:
    return {
        "ok": not any(result.failures for result in results),
        **counted(results),
        "results": [
            {
                "story": result.story,
                "file": result.place.path,
                "line": result.place.line,
                "ok": not result.failures,
                "failures": [_failure_data(failure) for failure in result.failures],
            }
            for result in results
        ],
    }


def _failure_data(failure: Failure) -> dict[str, Any]:
    return {
        "file": failure.place.path,
        "line": failure.place.line,
        "column": failure.place.column,
        "at_seconds": failure.at,
        "expected": failure.expected,
        "found": failure.found,
        "evidence": list(failure.evidence),
    }


# a recorded day


def _day(folder: Path, day: datetime, place: Place, only: list[str] | None, *, as_json: bool) -> None:
    known = {asset.id: asset for asset in place.assets}
    for name in only or ():
        if name not in known:
            msg = f"no device {name!r} in the configuration"
            raise typer.BadParameter(msg, param_hint="--device")
    assets = [known[name] for name in only] if only else list(place.assets)
    start, end = day.timestamp(), (day + timedelta(days=1)).timestamp()
    found = asyncio.run(_replayed(folder, place.rules, assets, start, end))
    if as_json:
        typer.echo(json.dumps(_replayed_data(found), ensure_ascii=False))
        return
    for change in found.changes:
        typer.echo(_change_line(change, day))
    typer.echo(
        f"{len(found.changes)} change(s) would have been told: {found.readings} readings of "
        f"{found.points} points on {found.devices} devices"
    )


async def _replayed(
    folder: Path, rules: RuleSet, assets: Sequence[Asset], start: float, end: float
) -> Replayed:
    """Open what the daemon recorded, as it would itself; not beside it."""
    if not (folder / "points.jsonl").is_file():
        msg = f"{folder}: no history; it is the folder 'history' of a state directory"
        raise HistoryError(msg)
    history = History.open(folder, SystemClock())
    try:
        return replay(history, rules, assets, start, end)
    finally:
        await history.aclose()


def _change_line(change: Change, day: datetime) -> str:
    at = datetime.fromtimestamp(change.at, UTC).astimezone(day.tzinfo)
    said = ""
    if change.reading is not None:
        one = change.reading
        value = one.state if one.state is not None else one.value
        said = f": {one.gap.reason}" if one.gap is not None else f": {value}"
    alert = change.alert
    return f"{at:%H:%M:%S}  {change.kind:14}  {alert.severity:8}  {alert.rule}  {alert.point}{said}"


def _replayed_data(found: Replayed) -> dict[str, Any]:
    return {
        "readings": found.readings,
        "devices": found.devices,
        "points": found.points,
        "changes": [
            {
                "at": datetime.fromtimestamp(change.at, UTC).isoformat(),
                "change": str(change.kind),
                "rule": change.alert.rule,
                "severity": str(change.alert.severity),
                "device": change.alert.asset,
                "metric": change.alert.point.metric,
                "labels": dict(change.alert.point.labels),
                "value": change.reading.value if change.reading else None,
                "state": change.reading.state if change.reading else None,
                "gap": str(change.reading.gap.reason) if change.reading and change.reading.gap else None,
            }
            for change in found.changes
        ],
    }


# the list


def _rule_line(rule: Rule, bound: Bound | None) -> str:
    kinds = ", ".join(sorted(rule.kinds)) or "every kind"
    late = f"  within {bound.seconds:g} s" if bound is not None else ""
    return f"{rule.severity:8}  {rule.name}  [{kinds}]  {', '.join(rule.metrics)}: {rule.limit}{late}"


def _rule_data(rule: Rule, bound: Bound | None) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "severity": str(rule.severity),
        "kinds": sorted(map(str, rule.kinds)),
        "metrics": list(rule.metrics),
        "raised_when": rule.limit,
        "on_delay_seconds": rule.on.seconds,
        "off_delay_seconds": rule.off.seconds,
        "detect_within_seconds": None if bound is None else bound.seconds,
        "source": rule.source,
    }
