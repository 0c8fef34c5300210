"""``dcim alerts``: the open alerts, worst first, with what to do."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dcim.cli.talk import DEFAULT, Json, Url, age, ask

PROBLEMS = 1

_STYLES = {"critical": "bold red", "major": "red", "minor": "yellow", "warning": "yellow"}


class Lang(StrEnum):
    """Languages of the texts."""

    EN = "en"
    FR = "fr"


def alerts(
    url: Url = DEFAULT,
    as_json: Json = False,
    lang: Annotated[Lang | None, typer.Option(help="Language; the site's by default.")] = None,
) -> None:
    """List the open alerts. Exit 0 when there is none, 1 when there are, 3 no daemon."""
    found = ask(url, "/alerts", **({"lang": str(lang)} if lang else {}))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(found, ask(url, "/status"))
    raise typer.Exit(PROBLEMS if found else 0)


def _print(found: list[dict[str, Any]], status: dict[str, Any]) -> None:
    console = Console(highlight=False)
    for one in found:
        style = _STYLES.get(one["severity"], "")
        place = ", ".join(word for word in (one["room"], one["rack"]) if word)
        console.print(
            f"[{style}]{one['severity']:<8}[/{style}] {escape(one['name'])}: {escape(one['title'])}",
            markup=True,
        )
        since = f"since {one['raised_at']} ({age(one['age'])})"
        console.print(f"         {since}, limit: {escape(one['limit'] or '-')}, {escape(place)}")
        console.print(f"         {escape(one['consequence'])}")
        console.print(f"         -> {escape(one['action'])}")
    lost = status["devices"] - status["devices_by_reach"].get("answering", 0)
    if not found:
        console.print("no open alert")
    if lost:
        console.print(
            f"{lost} of {status['devices']} devices do not answer: what they watch is unknown, not fine"
        )
