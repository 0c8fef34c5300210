"""``dcim decode``: what recordings of devices say, with no network; the same decoder as the daemon's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from dcim.catalogue import METRICS
from dcim.cli.onboarding.options import ProfileDirs
from dcim.collect import CollectorPlugin, Decoded
from dcim.model import Batch, ConfigError, DcimError, Problem, Reading
from dcim.plugins import collectors


def decode(
    files: Annotated[list[Path], typer.Argument(help="Recordings: .snmprec, .regs.")],
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object a file.")] = False,
    profiles: ProfileDirs = None,
) -> None:
    """Say what recordings hold: profile, identity and every reading.

    Exit 1 if a file cannot be read, or a profile of yours is wrong; the rest is decoded all the same.
    What cannot be read of a file, or stands in it twice, is told on stderr with its line.
    """
    plugins = list(collectors().values())
    wrong = mistakes(plugins, profiles) if profiles else ()
    for mistake in wrong:
        typer.echo(f"dcim: {mistake}", err=True)
    failed = bool(wrong)
    for path in files:
        decoded, problem = decode_file(plugins, path, profiles or ())
        failed = failed or bool(problem)
        for line in unread_lines(path, decoded):
            typer.echo(line, err=True)
        if json_output:
            typer.echo(json.dumps(as_json(path, decoded, problem), ensure_ascii=False, allow_nan=False))
        else:
            for line in as_text(path, decoded, problem):
                typer.echo(line)
    if failed:
        raise typer.Exit(1)


def mistakes(plugins: Iterable[CollectorPlugin], profile_dirs: Sequence[Path]) -> tuple[Problem, ...]:
    """Return what is wrong with the profiles in these folders: no recording is decoded by a wrong one."""
    found: dict[Problem, None] = {}
    for plugin in plugins:
        try:
            for _ in plugin.families(profile_dirs):
                pass
        except ConfigError as wrong:
            found.update(dict.fromkeys(wrong.problems))
    return tuple(sorted(found))


def decode_file(
    plugins: Sequence[CollectorPlugin], path: Path, profile_dirs: Sequence[Path] = ()
) -> tuple[Decoded | None, str]:
    """Return what a recording says, or why nothing can be said. Never raises, whatever is in the file."""
    try:
        for plugin in plugins:
            decoded = plugin.decode(path, profile_dirs)
            if decoded is not None:
                return decoded, ""
    except OSError as error:
        return None, error.strerror or str(error)
    except DcimError as error:
        return None, str(error)
    except Exception as bug:  # noqa: BLE001  one recording never costs the others their answer
        return None, f"bug: {bug!r}"
    return None, "no collector knows this kind of file"


def readings(batches: Sequence[Batch]) -> Iterator[Reading]:
    """Yield every reading of these batches."""
    for batch in batches:
        for slot in range(len(batch.layout)):
            yield batch.reading(slot)


def as_json(path: Path, decoded: Decoded | None, problem: str = "") -> dict[str, Any]:
    """Return the object that ``--json`` prints for a file (design, section 8)."""
    who = decoded.identity if decoded is not None else None
    device: dict[str, Any] = {
        name: str(getattr(who, name)) if who is not None else ""
        for name in ("kind", "vendor", "model", "serial", "firmware")
    }
    device["greeting"] = dict(decoded.greeting) if decoded is not None else {}
    found: dict[str, Any] = {
        "file": str(path),
        "profile": decoded.profile if decoded is not None else None,
        "reason": decoded.reason if decoded is not None else "",
        "device": device,
        "readings": readings_json(decoded.batches, decoded.superseded) if decoded is not None else [],
    }
    if problem:
        found["error"] = problem
    if decoded is not None and decoded.unread.count:
        first = [{"line": number, "why": why} for number, why in decoded.unread.first]
        found["unread"] = {"count": decoded.unread.count, "lines": first}
    return found


def unread_lines(path: Path, decoded: Decoded | None) -> Iterator[str]:
    """Yield which lines of a recording do not count, or not wholly: the first of them, and how many more."""
    if decoded is None:
        return
    for number, why in decoded.unread.first:
        yield f"{path}:{number}: {why}"
    if more := decoded.unread.count - len(decoded.unread.first):
        yield f"{path}: and {more} more"


def readings_json(batches: Sequence[Batch], superseded: Sequence[Batch]) -> list[dict[str, Any]]:
    """Return readings as ``--json`` prints them, at the end those for which there is a better place."""
    others = [reading_json(one) | {"superseded": True} for one in readings(superseded)]
    return [*(reading_json(one) for one in readings(batches)), *others]


def reading_json(reading: Reading) -> dict[str, Any]:
    """Return one reading as ``--json`` prints it."""
    metric = METRICS.get(reading.point.metric)
    value = reading.value
    return {
        "metric": reading.point.metric,
        "labels": dict(reading.point.labels),
        "value": value if value is not None and math.isfinite(value) else None,
        "unit": metric.unit if metric is not None else "",
        "state": reading.state,
        "health": str(reading.health) if reading.health is not None else None,
        "raw": reading.gap.raw if reading.gap is not None else None,
        "source": reading.source,
        "gap": str(reading.gap.reason) if reading.gap is not None else None,
    }


def as_text(path: Path, decoded: Decoded | None, problem: str = "") -> Iterator[str]:
    """Yield the lines that people read."""
    if decoded is None:
        yield f"{path}: {problem}"
        return
    reason = f" ({decoded.reason})" if decoded.reason else ""
    if decoded.profile is None:
        yield f"{path}: no profile fits{reason}; {_stranger(decoded)}"
        return
    who = decoded.identity
    named = " ".join(part for part in (who.vendor, who.model, who.serial, who.firmware) if part)
    yield f"{path}: {decoded.profile}{reason} {named}"
    for reading in readings(decoded.batches):
        yield f"  {_line(reading)}"
    for reading in readings(decoded.superseded):
        yield f"  {_line(reading)}  superseded"


def _stranger(decoded: Decoded) -> str:
    """Say who a device is that no profile knows, in the words that it greets with."""
    said = ", ".join(f"{name} {text}" for name, text in decoded.greeting.items())
    maker = f"; its number belongs to {decoded.identity.vendor}" if decoded.identity.vendor else ""
    return f"the device says {said}{maker}" if said else "the device does not say who it is"


def _line(reading: Reading) -> str:
    labels = ",".join(f"{name}={value}" for name, value in reading.point.labels)
    what = f"{reading.point.metric}{{{labels}}}" if labels else reading.point.metric
    if reading.gap is not None:
        raw = f" ({reading.gap.raw})" if reading.gap.raw else ""
        return f"{what}  -  {reading.gap.reason}{raw}  [{reading.source}]"
    health = f" {reading.health}" if reading.health is not None else ""
    shown = reading.state if reading.state is not None else f"{reading.value:.10g}"
    return f"{what}  {shown}{health}  [{reading.source}]"
