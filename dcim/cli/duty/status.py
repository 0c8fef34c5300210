"""``dcim status``: how the site and the daemon are, in one screen."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from dcim.cli.talking.rows import print_rows
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, local

PROBLEMS = 1

_HEAD = ("device", "kind", "room", "reach", "alerts", "model", "why")
_STYLES = {"answering": "green", "unknown": "dim"}


def status(url: Url = DEFAULT, as_json: Json = False) -> None:
    """Show the daemon, its devices and open alerts.

    Exit 0 fine, 1 something is wrong or nothing is watched, 3 no daemon.
    """
    said = ask(url, "/status")
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _print(said, ask(url, "/devices"))
    raise typer.Exit(0 if fine(said) else PROBLEMS)


def fine(said: dict[str, Any]) -> bool:
    """Whether all is well: there are devices, every one answers, no alert is open, every part works.

    A site without devices is not fine: nothing is watched, which is what a lost configuration looks like.
    """
    answering = said["devices_by_reach"].get("answering", 0)
    return bool(said["ok"] and said["ready"] and not said["alerts"] and 0 < said["devices"] == answering)


def _print(said: dict[str, Any], devices: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    name = f"[bold]{escape(said['name'])}[/bold] ({said['site']})"
    _say(console, f"{name}, dcim {said['version']}, {said['points']} points")
    zone = said["time_zone"]
    blind = f", blind from {local(said['blind_from'], zone)}" if said["blind_from"] else ""
    _say(console, f"watching since {local(said['started_at'], zone)}{blind}")
    for part in said["parts"]:
        if not part["ok"]:
            _say(console, f"[red]{part['name']}: {escape(part['why'])}[/red]")
    for channel in said.get("channels", ()):
        _say(console, _channel(channel, zone))
    if not said["ready"]:
        _say(console, "[yellow]starting: not every device has been asked yet[/yellow]")
    if not devices:
        _say(console, "[yellow]no device is configured: nothing is watched[/yellow]")
        return
    print_rows(console, _HEAD, list(map(_row, devices)))
    reaches = ", ".join(f"{number} {reach}" for reach, number in sorted(said["devices_by_reach"].items()))
    _say(console, f"{said['devices']} devices: {reaches}; {said['alerts']} open alerts")


def _channel(one: dict[str, Any], zone: str) -> str:
    """Say a channel in one line, and the silences that a far side holds over it."""
    style = "green" if one["state"] == "working" else "red" if one["state"] == "failing" else "yellow"
    last = (
        f"last delivery {local(one['delivered_at'], zone)}"
        if one["delivered_at"]
        else "nothing delivered yet"
    )
    tested = f", tested {local(one['tested_at'], zone)}" if one["tested_at"] else ""
    why = f": {one['why']}" if one["why"] else ""
    line = f"channel {escape(one['name'])}: [{style}]{one['state']}[/{style}], {last}{tested}{escape(why)}"
    for silence in one["silences"]:
        until, held = local(silence["until"], zone), f"{silence['alerts']} alerts ({silence['matchers']})"
        line += f"\n  [yellow]silenced there until {until} by {escape(silence['by'])}[/yellow]: "
        line += escape(f"{held}, {silence['why']}")
    return line


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)


def _row(one: dict[str, Any]) -> list[Text]:
    reach = Text(one["reach"], style=_STYLES.get(one["reach"], "bold red"))
    alerts = f"{one['alerts']} ({one['worst']})" if one["alerts"] else ""
    model = " ".join(word for word in (one["vendor"], one["model"]) if word)
    plain = map(Text, (one["id"], one["kind"], one["room"]))
    return [*plain, reach, *map(Text, (alerts, model, one["why"]))]
