"""``dcim maintenance``: announced work that wakes nobody; what is still wrong at its end does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from dcim.cli.talking.deed import REFUSED, Lasts, Who
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, local, tell
from dcim.cli.talking.when import From, Until, span

maintenance = typer.Typer(help="Announced work: what is open and comes, announce, end.", no_args_is_help=True)

_MOST: Final = 6
_NAMES: Final = "May be given several times."


@maintenance.command("list")
def list_(url: Url = DEFAULT, as_json: Json = False) -> None:
    """Print the windows that are open or come, the soonest first. Exit 3 when no daemon answers."""
    _print(ask(url, "/maintenance"), url, as_json=as_json)


@maintenance.command()
def add(  # noqa: PLR0913  each is an option of the command line
    window: Annotated[
        str, typer.Argument(metavar="ID", help="What the work is called: letters, digits, _ . -")
    ],
    who: Who,
    reason: Annotated[str, typer.Option(help="What is done; people read it.")],
    ticket: Annotated[str, typer.Option(help="The permit or ticket.")] = "",
    start: From = None,
    end: Until = None,
    lasts: Lasts = None,
    device: Annotated[list[str] | None, typer.Option(help=f"A device. {_NAMES}")] = None,
    service: Annotated[list[str] | None, typer.Option(help=f"A service. {_NAMES}")] = None,
    room: Annotated[list[str] | None, typer.Option(help=f"A room. {_NAMES}")] = None,
    tag: Annotated[list[str] | None, typer.Option(help=f"A tag. {_NAMES}")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="The whole site.")] = False,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Announce work over devices, services, rooms or tags. It is recorded, and told when it begins.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    begins, ends = span(_zone(url), start, end, lasts)
    order = {"id": window, "who": who, "reason": reason, "ticket": ticket, "start": begins, "end": ends,
             "devices": device or [], "services": service or [], "rooms": room or [], "tags": tag or [],
             "everything": everything}  # fmt: skip
    _done(*tell(url, "/maintenance", order), url, as_json=as_json)


@maintenance.command()
def end(
    window: Annotated[str, typer.Argument(metavar="ID", help="As 'dcim maintenance list' names it.")],
    who: Who,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """End announced work before its time, or take it back. What is still wrong there is told at once.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    _done(*tell(url, f"/maintenance/{quote(window, safe='')}/end", {"who": who}), url, as_json=as_json)


def _zone(url: str) -> str:
    return str(ask(url, "/status")["time_zone"])


def _done(windows: Any, refused: str, url: str, *, as_json: bool) -> None:
    if refused:
        typer.echo(f"dcim: {refused}", err=True)
        raise typer.Exit(REFUSED)
    _print(windows, url, as_json=as_json)


def _print(windows: list[Mapping[str, Any]], url: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(windows, ensure_ascii=False))
        return
    if not windows:
        typer.echo("no maintenance is open or announced")
        return
    zone = _zone(url)
    for one in windows:
        typer.echo(_line(one, zone))


def _line(one: Mapping[str, Any], zone: str) -> str:
    covers = one["covers"]
    more = f" and {len(covers) - _MOST} more" if len(covers) > _MOST else ""
    over = ", ".join(covers[:_MOST]) + more if covers else "nothing"
    state = "OPEN  " if one["open"] else "comes "
    ticket = f" ({one['ticket']})" if one["ticket"] else ""
    by = f", announced by {one['by']}" if one["by"] else ""
    times = f"{local(one['start'], zone)} to {local(one['end'], zone)}"
    return f"{state} {one['id']}  {times}  {one['reason']}{ticket}{by}\n        over {over}"
