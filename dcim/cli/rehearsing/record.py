"""``dcim record``: raw answers of the running daemon's devices, kept for ``dcim replay``.

dcim record --for 2min --out DIR                       the next two minutes
dcim record --during 10:00..10:15 --out DIR            of which a part, or all, may be over
dcim record --list                                     what is kept, also around incidents, by itself
dcim record --fetch incident-3f2a91c0e1b2 --out DIR
"""

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from dcim.cli.talking.deed import REFUSED, Who
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, download, local, tell
from dcim.cli.talking.when import moment_at
from dcim.yaml.length import seconds

_LOOK: Final = 1.0
_PATH: Final = "/recordings"
_BETWEEN: Final = ".."


def record(  # noqa: PLR0913  each is an option of the command line
    who: Who,
    during: Annotated[
        str, typer.Option("--during", metavar="START..END", help="From when to when; 14:05..14:20 is today.")
    ] = "",
    lasts: Annotated[
        str, typer.Option("--for", metavar="TIME", help="From now on, so long: 90s, 10min.")
    ] = "",
    device: Annotated[
        list[str] | None, typer.Option(help="Only this device; several times for more.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the recording.")] = None,
    name: Annotated[str, typer.Option(help="What the daemon calls it; made of the time by default.")] = "",
    why: Annotated[str, typer.Option(help="Why; people read it.")] = "",
    fetched: Annotated[str, typer.Option("--fetch", metavar="NAME", help="Take along what is kept.")] = "",
    listing: Annotated[bool, typer.Option("--list", help="Print what is kept.")] = False,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Keep raw answers, or take along what is kept. Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon."""
    if sum((bool(during), bool(lasts), bool(fetched), listing)) != 1:
        msg = "say --during START..END, --for TIME, --fetch NAME or --list"
        raise typer.BadParameter(msg)
    if listing:
        _print(ask(url, _PATH), url, as_json=as_json)
        return
    if out is None:
        msg = "say in which folder, new or empty"
        raise typer.BadParameter(msg, param_hint="--out")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        msg = f"{out} is not empty, or no folder: expected one that is new or empty"
        raise typer.BadParameter(msg, param_hint="--out")
    span = None if fetched else _span(url, during, lasts)
    kept = _asked(url, who, span, {"name": name, "why": why}, device or []) if span else fetched
    notes = _wait(url, kept, out, span[0] if span else None)
    _take_along(url, kept, out)
    if as_json:
        typer.echo(json.dumps({"name": kept, "folder": str(out)}, ensure_ascii=False))
    else:
        typer.echo(f"{kept}: in {out}; 'dcim replay {out}' replays it")
        for note in notes:
            typer.echo(f"{kept}: {note}", err=True)


def _span(url: str, during: str, lasts: str) -> tuple[datetime, datetime]:
    """Return from when to when, in the site's time zone."""
    zone = str(ask(url, "/status")["time_zone"])
    now = datetime.now(ZoneInfo(zone))
    if lasts:
        try:
            return now, now + timedelta(seconds=seconds(lasts))
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--for") from None
    start, between, end = during.partition(_BETWEEN)
    if not between:
        msg = f"{during!r}: expected START..END"
        raise typer.BadParameter(msg, param_hint="--during")
    begins = _at(start or f"{now:%Y-%m-%d %H:%M}", zone, now)
    return begins, _at(end or f"{now:%Y-%m-%d %H:%M}", zone, now)


def _at(text: str, zone: str, now: datetime) -> datetime:
    """Read a moment; a time of day alone is today's."""
    whole = f"{now:%Y-%m-%d} {text}" if ":" in text and "-" not in text else text
    return datetime.fromisoformat(moment_at(whole.strip(), zone))


def _asked(
    url: str, who: str, span: tuple[datetime, datetime], said: Mapping[str, str], devices: list[str]
) -> str:
    """Have the daemon keep it; return its name."""
    start, end = span
    name = said["name"] or f"recording-{start:%Y%m%d-%H%M%S}"
    order = {"who": who, "name": name, "why": said["why"], "devices": devices}
    order |= {"start": start.isoformat(), "end": end.isoformat()}
    _, refused = tell(url, _PATH, order)
    if refused:
        typer.echo(f"dcim: {refused}", err=True)
        raise typer.Exit(REFUSED)
    return name


def _wait(url: str, name: str, out: Path, wanted: datetime | None) -> list[str]:
    """Wait until a recording is complete; return what of the time that was ``wanted`` it has not."""
    while True:
        try:
            kept = ask(url, _PATH)
        except typer.Exit:
            again = f"'dcim record --fetch {name} --out {out}'"
            typer.echo(f"dcim: all of {name} that was written is kept; once it runs again: {again}", err=True)
            raise
        one = next((one for one in kept if one["name"] == name), None)
        if one is None:
            typer.echo(f"dcim: no recording {name!r}; 'dcim record --list' names them", err=True)
            raise typer.Exit(REFUSED)
        if one["complete"]:
            return [*filter(None, _lacking(one, str(ask(url, "/status")["time_zone"]), wanted))]
        time.sleep(_LOOK)


def _lacking(one: Mapping[str, Any], zone: str, wanted: datetime | None) -> Iterator[str]:
    """Yield where a recording begins later or ends earlier than it was to."""
    if wanted and datetime.fromisoformat(one["start"]) > wanted + timedelta(seconds=1):
        yield f"it begins at {local(one['start'], zone)}: what came before is not remembered"
    yield _cut_off(one, zone)


def _take_along(url: str, name: str, out: Path) -> None:
    """Write a recording into a folder; where that cannot be, end with the way to have it elsewhere."""
    data = download(url, f"{_PATH}/{name}.tar")
    try:
        _unpack(data, out)
    except (OSError, tarfile.TarError) as why:
        again = f"it is kept: 'dcim record --fetch {name} --out ANOTHER'"
        typer.echo(f"dcim: {out}: not all of {name} could be written ({why}); {again}", err=True)
        raise typer.Exit(REFUSED) from None


def _unpack(data: bytes, out: Path) -> None:
    """Write the files of a recording into a folder, without the folder that stands before their names."""
    out.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        for member in tar.getmembers():
            member.name = member.name.partition("/")[2]
            tar.extract(member, out, filter="data")


def _print(kept: list[Mapping[str, Any]], url: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(kept, ensure_ascii=False))
        return
    if not kept:
        typer.echo("nothing is kept")
        return
    zone = str(ask(url, "/status")["time_zone"])
    for one in kept:
        times = f"{local(one['start'], zone)} to {local(one['end'], zone)}"
        said = (one["why"], "" if one["complete"] else "still being made", _cut_off(one, zone))
        typer.echo("  ".join((one["name"], times, f"{one['bytes'] / 1e6:.1f} MB", *filter(None, said))))


def _cut_off(one: Mapping[str, Any], zone: str) -> str:
    """Return that a recording ends before it was to; empty where it is whole."""
    if not one.get("cut_off"):
        return ""
    return f"cut off: the daemon or its disk ended it, it was to go on until {local(one['cut_off'], zone)}"
