"""``dcim ack``: say that you look after an alert or an incident."""

from __future__ import annotations

from typing import Annotated

import typer

from dcim.cli.talking.deed import Lasts, Who, do
from dcim.cli.talking.talk import DEFAULT, Json, Url


def ack(
    alerts: Annotated[
        list[str],
        typer.Argument(metavar="ALERT|INCIDENT...", help="What stands in brackets in 'dcim alerts'."),
    ],
    who: Who,
    note: Annotated[str, typer.Option(help="What you are doing about it.")] = "",
    lasts: Lasts = None,
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Acknowledge alerts, or all of an incident, in your name. With --for it expires, and they wait again.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    order = {"who": who, "note": note, "seconds": lasts}
    do(url, "acknowledge", alerts, order, as_json=as_json)
