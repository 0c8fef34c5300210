"""``dcim reclassify``: a time was not what it seemed; both figures are reported from then on."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from dcim.availability import CATEGORIES
from dcim.cli.talking.deed import REFUSED, Who
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, local, tell
from dcim.cli.talking.when import moment_at


def _category(word: str) -> str:
    if word not in CATEGORIES:
        msg = f"{word!r} is no category; expected one of {', '.join(CATEGORIES)}"
        raise typer.BadParameter(msg)
    return word


def reclassify(  # noqa: PLR0913  each is an option of the command line
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="As 'dcim status' and reports name it.")],
    who: Who,
    start: Annotated[str, typer.Option("--from", metavar="MOMENT", help="'2026-12-01 22:00'")],
    end: Annotated[str, typer.Option("--until", metavar="MOMENT", help="'2026-12-02 04:00'")],
    was: Annotated[str, typer.Option("--was", callback=_category, help="The category that it is in.")],
    now: Annotated[str, typer.Option("--now", callback=_category, help="The category that it belongs in.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; auditors read it.")],
    cause: Annotated[str, typer.Option(help="Of force majeure, as the contract lists it.")] = "",
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Say that a time of a service was not what it seemed. It is appended; nothing recorded is changed.

    Only what is in the category --was moves. To take it back, reclassify in the other direction.
    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    zone = str(ask(url, "/status")["time_zone"])
    order = {"service": service, "who": who, "start": moment_at(start, zone), "end": moment_at(end, zone),
             "was": was, "now": now, "reason": reason, "cause": cause}  # fmt: skip
    said, refused = tell(url, "/reclassified", order)
    if refused:
        typer.echo(f"dcim: {refused}", err=True)
        raise typer.Exit(REFUSED)
    typer.echo(json.dumps(said, ensure_ascii=False) if as_json else _line(said, zone))


def _line(one: dict[str, Any], zone: str) -> str:
    """Say what was recorded, and no more: that any of that time was in the category is not known here."""
    times = f"{local(one['start'], zone)} to {local(one['end'], zone)}"
    return (
        f"{one['service']}  {times}: {one['was']} is {one['now']}, says {one['who']} (fact {one['sequence']})"
        f"\nOnly what was {one['was']} in that time moves; where nothing was, reports stay as they are."
    )
