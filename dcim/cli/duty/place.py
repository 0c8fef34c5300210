"""``dcim place``: where there is room for something new with redundancy kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import Annotated, Any, Final

import typer

from dcim.alerts import Language
from dcim.cli.duty.explain import Lang
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, inquire
from dcim.words import Words, words

NOWHERE: Final = 1


def place(  # noqa: PLR0913  each is an option of the command line
    power: Annotated[str, typer.Option(metavar="POWER", help="What it takes: 3kW.")],
    cords: Annotated[int, typer.Option(min=1, max=8, help="Feeds that it is plugged into.")] = 2,
    phase: Annotated[
        str, typer.Option(metavar="L1|L2|L3|3", help="Its phase; 3: three-phase. The best by default.")
    ] = "",
    room: Annotated[str, typer.Option(metavar="ROOM", help="In this room only.")] = "",
    url: Url = DEFAULT,
    as_json: Json = False,
    lang: Annotated[Lang | None, typer.Option(help="Language; the site's by default.")] = None,
) -> None:
    """Name the racks where it fits: within the limits now, and after any single loss.

    Exit 0 there is one, 1 there is none, 2 wrong usage, 3 no daemon.
    """
    status = ask(url, "/status")
    said = words(Language(str(lang or status["language"])))
    query = {"power": power, "cords": cords, "phase": phase, "room": room, "lang": str(said.language)}
    spots = inquire(url, "/place", query, said)
    if as_json:
        typer.echo(json.dumps(spots, ensure_ascii=False))
    else:
        for line in _lines(spots, room, said):
            typer.echo(line)
    raise typer.Exit(0 if any(spot["fits"] for spot in spots) else NOWHERE)


def _lines(spots: Sequence[Mapping[str, Any]], room: str, said: Words) -> Iterator[str]:
    for spot in spots:
        word = {True: "losses.fits", False: "losses.fits_not", None: "losses.fits_unknown"}[spot["fits"]]
        phase = said("losses.three_phase") if spot["phase"] == "3" else spot["phase"]
        where = f"{spot['name']} {phase}".rstrip()
        mark = {True: "+", False: "-", None: "?"}[spot["fits"]]
        yield f"{mark} {where:<24} {said(word)}{said('colon')} {_why(spot, said)}"
    if not any(spot["fits"] for spot in spots):
        yield _nowhere(spots, room, said)


def _nowhere(spots: Sequence[Mapping[str, Any]], room: str, said: Words) -> str:
    """Say that there is no place, and of where that is said."""
    open_ = any(spot["fits"] is None for spot in spots)
    if not room:
        return said("losses.no_place_known" if open_ else "losses.no_place")
    if not spots:
        return said("losses.no_rack_in", room)
    return said("losses.no_place_in_known" if open_ else "losses.no_place_in", room)


def _why(spot: Mapping[str, Any], said: Words) -> str:
    part = f"{spot['part_name']} {spot['part_phase']}".rstrip()
    match spot["why"]:
        case "":
            return said("losses.room", part, f"{ceil(_percent(spot))} %")
        case "limit":
            return said("losses.why.limit", part, f"{floor(_percent(spot))} %")
        case "measured" | "rated" if part:  # it has a rating, and what it carries is open
            return said("losses.why.measured", part)
        case other:
            return said(f"losses.why.{other}")


def _percent(spot: Mapping[str, Any]) -> float:
    """Return the share in per cent without the noise of the last bits."""
    return round(100.0 * float(spot["share"]), 3)
