"""``dcim shelve``, ``unshelve``, ``out-of-service``, ``in-service``: be told no more, and again."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from dcim.cli.talking.deed import Lasts, Limit, Who, do
from dcim.cli.talking.talk import DEFAULT, Json, Url

Targets: TypeAlias = Annotated[
    list[str],
    typer.Argument(metavar="TARGET...", help="Alerts as 'dcim alerts' names them in brackets, or devices."),
]
Rule: TypeAlias = Annotated[str, typer.Option(metavar="RULE", help="Of a device: only this rule.")]
Reason: TypeAlias = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


def shelve(  # noqa: PLR0913  each is an option of the command line
    targets: Targets,
    who: Who,
    reason: Reason,
    lasts: Limit,
    rule: Rule = "",
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Shelve alerts or a device for a limited time. More than the site allows is refused.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    do(url, "shelve", targets, {"who": who, "note": reason, "seconds": lasts}, rule=rule, as_json=as_json)


def unshelve(
    targets: Targets,
    who: Who,
    reason: Reason = "",
    rule: Rule = "",
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Take alerts or a device off the shelf. What still stands is told at once.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    do(url, "unshelve", targets, {"who": who, "note": reason}, rule=rule, as_json=as_json)


def out_of_service(  # noqa: PLR0913  each is an option of the command line
    targets: Targets,
    who: Who,
    reason: Reason,
    ticket: Annotated[str, typer.Option(help="The permit or ticket under which it is out of service.")],
    lasts: Lasts = None,
    rule: Rule = "",
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Take alerts or a device out of service, under a ticket, until somebody puts it back or for a time.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    order = {"who": who, "note": reason, "seconds": lasts, "ticket": ticket}
    do(url, "out-of-service", targets, order, rule=rule, as_json=as_json)


def in_service(
    targets: Targets,
    who: Who,
    reason: Reason = "",
    rule: Rule = "",
    url: Url = DEFAULT,
    as_json: Json = False,
) -> None:
    """Put alerts or a device back into service. What still stands is told at once.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon.
    """
    do(url, "in-service", targets, {"who": who, "note": reason}, rule=rule, as_json=as_json)
