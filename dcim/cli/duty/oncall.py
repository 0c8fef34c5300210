"""``dcim oncall``: who is on call, and who stands in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from dcim.cli.talking.deed import REFUSED, Lasts, Who
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, local, tell
from dcim.cli.talking.when import From, Until, moment_at, span

oncall = typer.Typer(help="Who is on call, and who stands in.", no_args_is_help=True)


@oncall.command()
def show(
    at: Annotated[
        str | None, typer.Option("--at", metavar="MOMENT", help="Who was then: '2026-12-01 22:00'.")
    ] = None,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Print who is on call, until when at least, and who stands in; or who was at a moment, by the record.

    Exit 3 when no daemon answers.
    """
    if at is not None:
        moment = moment_at(at, str(ask(url, "/status")["time_zone"]))
        _print_then(ask(url, f"/oncall/at/{quote(moment, safe=':+')}"), as_json=as_json)
        return
    _print(ask(url, "/oncall"), url, as_json=as_json)


@oncall.command()
def swap(  # noqa: PLR0913  each is an option of the command line
    rota: Annotated[str, typer.Argument(metavar="ROTA")],
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="Who stands in, as the configuration says.")
    ],
    who: Who,
    start: From = None,
    end: Until = None,
    lasts: Lasts = None,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Let somebody stand in for whoever is on call. It is recorded; whoever goes on call is told.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    begins, ends = span(str(ask(url, "/status")["time_zone"]), start, end, lasts)
    order = {"who": who, "person": person, "start": begins, "end": ends}
    said, refused = tell(url, f"/oncall/{quote(rota, safe='')}", order)
    if refused:
        typer.echo(f"dcim: {refused}", err=True)
        raise typer.Exit(REFUSED)
    _print(said, url, as_json=as_json)


def _print_then(found: list[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif not found:
        typer.echo("nothing is on record of that time")
    else:
        for one in found:
            typer.echo(f"{one['rota']}: {one['person']}")


def _print(rotas: list[Mapping[str, Any]], url: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rotas, ensure_ascii=False))
        return
    if not rotas:
        typer.echo("the configuration has no rota: notify: { rotas: ... }")
        return
    zone = str(ask(url, "/status")["time_zone"])
    for one in rotas:
        typer.echo(f"{one['rota']}: {one['name']} ({one['person']}) until {local(one['until'], zone)}")
        for each in one["stand_ins"]:
            times = f"{local(each['start'], zone)} to {local(each['end'], zone)}"
            typer.echo(f"    {each['person']} stands in {times}")
