"""``dcim status``: how the site and the daemon are, in one screen."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from dcim.alerts import Language
from dcim.cli.duty.explain import Lang
from dcim.cli.talking.rows import print_rows
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, local
from dcim.words import Words, part_said, why_said, words

PROBLEMS = 1

_HEAD = ("device", "kind", "room", "reach", "alerts", "model", "why")
_STYLES = {"answering": "green", "unknown": "dim"}


def status(
    url: Url = DEFAULT,
    as_json: Json = False,
    lang: Annotated[Lang | None, typer.Option(help="Language; the site's by default.")] = None,
) -> None:
    """Show the daemon, its devices and open alerts.

    Exit 0 fine, 1 something is wrong or nothing is watched, 3 no daemon.
    """
    told = ask(url, "/status")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        said = words(Language(lang or told.get("language", Language.EN)))
        _print(told, ask(url, "/devices"), said)
    raise typer.Exit(0 if fine(told) else PROBLEMS)


def fine(told: dict[str, Any]) -> bool:
    """Whether all is well: there are devices, every one answers, no alert is open, every part works.

    A site without devices is not fine: nothing is watched, which is what a lost configuration looks like.
    """
    answering = told["devices_by_reach"].get("answering", 0)
    return bool(told["ok"] and told["ready"] and not told["alerts"] and 0 < told["devices"] == answering)


def _print(told: dict[str, Any], devices: list[dict[str, Any]], said: Words) -> None:
    console = Console(highlight=False)
    name = f"[bold]{escape(told['name'])}[/bold] ({told['site']})"
    _say(console, f"{name}, dcim {told['version']}, {told['points']} points")
    zone = told["time_zone"]
    since = said("status.since", local(told["started_at"], zone))
    blind = f", {said('status.blind', local(told['blind_from'], zone))}" if told["blind_from"] else ""
    _say(console, since + blind)
    for part in told["parts"]:
        if not part["ok"]:
            why = said("part_wrong", part_said(part["name"], said), why_said(part["why"], said))
            _say(console, f"[red]{escape(why)}[/red]")
    for channel in told.get("channels", ()):
        _say(console, _channel(channel, zone, said))
    if not told["ready"]:
        _say(console, f"[yellow]{said('status.starting')}[/yellow]")
    if not devices:
        _say(console, f"[yellow]{said('status.none')}[/yellow]")
        return
    head = [said(f"status.{column}") for column in _HEAD]
    print_rows(console, head, [_row(one, said) for one in devices])
    reaches = ", ".join(
        _counted(number, reach, said) for reach, number in sorted(told["devices_by_reach"].items())
    )
    _say(console, said("status.sum", told["devices"], reaches, told["alerts"]))


def _counted(number: int, reach: str, said: Words) -> str:
    """Say how many devices answer, or do not: in French the verb agrees with them."""
    return f"{number} {said(f'reach.{reach}' if number == 1 else f'reaches.{reach}')}"


def _channel(one: dict[str, Any], zone: str, said: Words) -> str:
    """Say a channel in one line, and the silences that a far side holds over it."""
    style = "green" if one["state"] == "working" else "red" if one["state"] == "failing" else "yellow"
    last = (
        said("status.delivered", local(one["delivered_at"], zone))
        if one["delivered_at"]
        else said("status.undelivered")
    )
    tested = f", {said('status.tested', local(one['tested_at'], zone))}" if one["tested_at"] else ""
    why = f"{said('colon')} {why_said(one['why'], said)}" if one["why"] else ""
    name = f"{said('part.channel')} {escape(one['name'])}{said('colon')}"
    state = said(f"status.channel.{one['state']}")
    line = f"{name} [{style}]{state}[/{style}], {last}{tested}{escape(why)}"
    for silence in one["silences"]:
        by = said("status.silenced", local(silence["until"], zone), silence["by"])
        held = said("status.held", silence["alerts"], silence["matchers"], silence["why"])
        line += f"\n  [yellow]{escape(by)}[/yellow]{said('colon')} {escape(held)}"
    return line


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)


def _row(one: dict[str, Any], said: Words) -> list[Text]:
    reach = Text(said(f"reach.{one['reach']}"), style=_STYLES.get(one["reach"], "bold red"))
    alerts = f"{one['alerts']} ({said('severity.' + one['worst'])})" if one["alerts"] else ""
    model = " ".join(word for word in (one["vendor"], one["model"]) if word)
    plain = map(Text, (one["id"], said(f"kind.{one['kind']}"), one["room"]))
    return [*plain, reach, *map(Text, (alerts, model, why_said(one["why"], said)))]
