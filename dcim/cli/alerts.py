"""``dcim alerts``: the alerts, worst first, with what to do and who does."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from dcim.alerts import Language
from dcim.cli.talk import DEFAULT, Json, Url, age, ask, local
from dcim.words import Words, labels_said, limit_said, measured, state_said, words

PROBLEMS = 1

_SHORT: Final = 8
"""Digits of a key that are shown."""

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
    """List the alerts that stand, those that returned unseen, and those that are muted.

    Exit 0 when none stands, 1 when there are, 3 no daemon. What stands in brackets names it for 'dcim ack'.
    """
    found = ask(url, "/alerts", **({"lang": str(lang)} if lang else {}))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(found, ask(url, "/status"), lang)
    raise typer.Exit(PROBLEMS if any(one["open"] and not one["mutes"] for one in found) else 0)


def _print(found: list[dict[str, Any]], status: dict[str, Any], lang: Lang | None) -> None:
    say = partial(Console(highlight=False).print, soft_wrap=True)
    said = words(Language(lang or status["language"]))
    for one in found:
        style = _STYLES.get(one["severity"], "")
        place = ", ".join(word for word in (one["room"], one["rack"]) if word)
        labels = labels_said(sorted(one["labels"].items()), said)
        point = " ".join(word for word in (said(f"metric.{one['metric']}"), labels, _now(one, said)) if word)
        severity = f"[{style}]{said('severity.' + one['severity']):<8}[/{style}]"
        key = f"[dim]\\[{one['key'][:_SHORT]}][/dim]"
        say(f"{severity} {escape(one['name'])}: {escape(one['title'])} {key}")
        since = f"{said('since')} {local(one['raised_at'], status['time_zone'])} ({age(one['age'])})"
        limit = (
            f", {said('limit')}{said('colon')} {escape(limit_said(one['limit'], said))}"
            if one["limit"]
            else ""
        )
        say(f"         {escape(point)}{limit}")
        say(f"         {since}, {escape(place)}")
        say(f"         {escape(_life(one, status['time_zone'], said))}")
        say(f"         {escape(one['consequence'])}")
        say(f"         -> {escape(one['action'])}")
        if one["runbook"]:
            say(f"         -> {escape(one['runbook'])}")
    lost = status["devices"] - status["devices_by_reach"].get("answering", 0)
    if lost:
        say(said("undecided_one") if lost == 1 else said("undecided", lost))
    elif not found:
        say(said("no_alerts") if status["devices"] else said("no_devices"))


def _life(one: dict[str, Any], zone: str, said: Words) -> str:
    """Say where an alert is in its life: who looks after it, whether it chatters, what mutes it."""
    parts = [said(f"life.{one['life']}")]
    if one["acknowledged_by"]:
        until = one["acknowledged_until"]
        ends = f"{said('until')} {local(until, zone)}" if until else ""
        note = f"({one['note']})" if one["note"] else ""
        parts = [" ".join(filter(None, (said("acknowledged"), one["acknowledged_by"], ends, note)))]
    if one["chattering"]:
        parts.append(said("chattering"))
    for mute in one["mutes"]:
        ends = f", {said('until')} {local(mute['until'], zone)}" if mute["until"] else ""
        by = ", ".join(filter(None, (mute["by"], mute["ticket"])))
        parts.append(f"{said('mute.' + mute['kind'])} ({by}){ends}{said('colon')} {mute['reason']}")
    return " · ".join(parts)


def _now(one: dict[str, Any], said: Words) -> str:
    """Say what the point reads now, or that nothing reads it any more; an alarm is said by its name alone."""
    if not one["observed"]:
        return said("unobserved")
    reading = one["reading"]
    if reading is None or ("alarm" in one["labels"] and reading["gap"] != "unknown_code"):
        return ""
    if reading["gap"]:
        return said(f"gap.{reading['gap']}")
    if reading["state"] is not None:
        return state_said(reading["state"], said)
    return measured(one["metric"], reading["value"], reading["unit"], said)
