"""``dcim status``: how the site and the daemon are, in one screen."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dcim.cli.talk import DEFAULT, Json, Url, ask

PROBLEMS = 1

_STYLES = {"answering": "green", "unknown": "dim"}


def status(url: Url = DEFAULT, as_json: Json = False) -> None:
    """Show the daemon, its devices and open alerts. Exit 0 fine, 1 something is wrong, 3 no daemon."""
    said = ask(url, "/status")
    fine = said["ok"] and said["ready"] and not said["alerts"] and _all_answer(said)
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _print(said, ask(url, "/devices"))
    raise typer.Exit(0 if fine else PROBLEMS)


def _all_answer(said: dict[str, Any]) -> bool:
    return bool(said["devices_by_reach"].get("answering", 0) == said["devices"])


def _print(said: dict[str, Any], devices: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    name = f"[bold]{escape(said['name'])}[/bold] ({said['site']})"
    console.print(f"{name}, dcim {said['version']}, {said['points']} points")
    console.print(
        f"watching since {said['started_at']}"
        + (f", blind from {said['blind_from']}" if said["blind_from"] else "")
    )
    for part in said["parts"]:
        if not part["ok"]:
            console.print(f"[red]{part['name']}: {escape(part['why'])}[/red]")
    if not said["ready"]:
        console.print("[yellow]starting: not every device has been asked yet[/yellow]")
    table = Table(box=None, pad_edge=False)
    for name in ("device", "kind", "room", "reach", "alerts", "model", "why"):
        table.add_column(name)
    for one in devices:
        reach = Text(one["reach"], style=_STYLES.get(one["reach"], "bold red"))
        alerts = f"{one['alerts']} ({one['worst']})" if one["alerts"] else ""
        model = " ".join(word for word in (one["vendor"], one["model"]) if word)
        table.add_row(
            *map(Text, (one["id"], one["kind"], one["room"])),
            reach,
            Text(alerts),
            Text(model),
            Text(one["why"]),
        )
    console.print(table)
    reaches = ", ".join(f"{number} {reach}" for reach, number in sorted(said["devices_by_reach"].items()))
    console.print(f"{said['devices']} devices: {reaches or 'none'}; {said['alerts']} open alerts")
