"""``dcim alerts``: the alerts, worst first, with what to do and who does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence, Sized
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape

from dcim.alerts import Language
from dcim.cli.talking.talk import DEFAULT, Json, Url, age, ask, local
from dcim.record import dataclass
from dcim.words import (
    Words,
    joint,
    labels_said,
    limit_said,
    measured,
    parts_named,
    point_said,
    state_said,
    words,
)

PROBLEMS = 1

_SHORT: Final = 8
"""Digits of a key that are shown."""

_FOLDED: Final = 6
"""Alerts of an incident that are shown; the others are counted."""

_PLAIN: Final = frozenset({"unacknowledged", "acknowledged"})
"""Lives that the incident's own line tells of."""

_RETURNED: Final = "returned_unacknowledged"
"""The life of an alert that is over and was not seen."""

_Json: TypeAlias = dict[str, Any]

_STYLES = {"critical": "bold red", "major": "red", "minor": "yellow", "warning": "yellow"}


class Lang(StrEnum):
    """Languages of the texts."""

    EN = "en"
    FR = "fr"


Every = Annotated[bool, typer.Option("--all", help="All alerts of every incident, not the first six.")]


def alerts(
    url: Url = DEFAULT,
    as_json: Json = False,
    lang: Annotated[Lang | None, typer.Option(help="Language; the site's by default.")] = None,
    every: Every = False,
) -> None:
    """List the alerts that stand, those that returned unseen, and those that are muted, by incident.

    Exit 0 when none stands, 1 when there are, 3 no daemon. What stands in brackets names it for 'dcim ack'.
    """
    query = {"lang": str(lang)} if lang else {}
    found = ask(url, "/alerts", **query)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        grouped = any(one.get("incident") for one in found)
        status = ask(url, "/status")
        page = _Page(status["time_zone"], words(Language(lang or status["language"])), every)
        page.show(found, ask(url, "/incidents", **query) if grouped else [])
        _end(found, status, page.said)
    raise typer.Exit(PROBLEMS if any(one["open"] and not one["mutes"] for one in found) else 0)


def _end(found: Sized, status: dict[str, Any], said: Words) -> None:
    """Say what is unknown, or that nothing is wrong."""
    lost = status["devices"] - status["devices_by_reach"].get("answering", 0)
    if lost:
        _say(said("undecided_one") if lost == 1 else said("undecided", lost))
    elif not found:
        _say(said("no_alerts") if status["devices"] else said("no_devices"))


def _say(text: str) -> None:
    Console(highlight=False).print(text, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is printed: incidents first with their alerts in short, then the alerts that have none."""

    zone: str
    said: Words
    every: bool

    def show(self, found: Sequence[_Json], incidents: Iterable[_Json]) -> None:
        """Print it all; an alert whose incident is over by now stands by itself."""
        left = {one["key"]: one for one in found}
        for incident in incidents:
            mine = [one for one in found if one.get("incident") == incident["id"]]
            for one in mine:
                left.pop(one["key"], None)
            if mine:
                self._incident(incident, mine)
        for one in left.values():
            self._alert(one)

    def _incident(self, incident: _Json, mine: Sequence[_Json]) -> None:
        """Print what an engineer reads first, what to do, and the alerts beneath."""
        said = self.said
        by = incident["acknowledged_by"]
        state = f"{said('incident_acknowledged')} {by}" if by else said("incident_unacknowledged")
        since = f"{said('since')} {local(incident['opened_at'], self.zone)} ({age(max(_ages(mine)))})"
        _say(f"{self._severity(incident)} {escape(incident['headline'])} {_key(incident['id'])}")
        _say(f"         {escape(' · '.join((since, state, said('alerts_of_it', len(mine)))))}")
        root = next((one for one in mine if one["key"] == incident["root"]), mine[0])
        self._help(root)
        shown = mine if self.every else mine[:_FOLDED]
        for one in shown:
            life = "" if one["life"] in _PLAIN and not one["mutes"] else f" · {_life(one, self.zone, said)}"
            point = self._point(one, one["title"])
            title = f"{one['title']}{joint(one['labels'], said)}{point}" if point else one["title"]
            text = f"{one['name']}{said('colon')} {title}"
            _say(f"           {self._severity(one)} {escape(text + life)} {_key(one['key'])}")
        if len(mine) > len(shown):
            _say(f"           {said('more_alerts', len(mine) - len(shown))}")

    def _alert(self, one: _Json) -> None:
        """Print one alert whole."""
        said = self.said
        named = point_said(one["metric"], self._labels(one), said)
        point = " ".join(word for word in (named, _reads(one, said)) if word)
        limit = f"{said('limit')}{said('colon')} {limit_said(one['limit'], said)}" if one["limit"] else ""
        since = f"{said('since')} {local(one['raised_at'], self.zone)} ({age(one['age'])})"
        what = f"{one['name']}{said('colon')} {one['title']}"
        _say(f"{self._severity(one)} {escape(what)} {_key(one['key'])}")
        _say(f"         {escape(', '.join(filter(None, (point, limit))))}")
        _say(f"         {escape(', '.join(filter(None, (since, one['room'], one['rack']))))}")
        _say(f"         {escape(_life(one, self.zone, said))}")
        if one["life"] != _RETURNED:  # what it means and what to do no longer hold
            self._help(one)

    def _help(self, one: _Json) -> None:
        """Print what an alert means and what to do."""
        _say(f"         {escape(one['consequence'])}")
        _say(f"         -> {escape(one['action'])}")
        if one["runbook"]:
            _say(f"         -> {escape(one['runbook'])}")

    def _severity(self, one: _Json) -> str:
        style = _STYLES.get(one["severity"], "")
        return f"[{style}]{self.said('severity.' + one['severity']):<8}[/{style}]"

    def _point(self, one: _Json, title: str) -> str:
        """Say which point of the device it is, and what it reads now unless the title says just that."""
        labels, reads = labels_said(self._labels(one), self.said), _reads(one, self.said)
        told = title.casefold().endswith(reads.casefold())
        return " ".join(word for word in (labels, "" if told else reads) if word)

    def _labels(self, one: _Json) -> list[tuple[str, str]]:
        """Return the labels in their order, parts of the building by their names."""
        called = one.get("called", {})
        return parts_named(sorted(one["labels"].items()), one["asset"], lambda part: called.get(part, part))


def _key(key: str) -> str:
    return f"[dim]\\[{key[:_SHORT]}][/dim]"


def _ages(found: Iterable[_Json]) -> Iterator[float]:
    return (one["age"] for one in found)


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


def _reads(one: dict[str, Any], said: Words) -> str:
    """Say what the point reads now; where that is fine again, what the alert waits for."""
    return f"{_now(one, said)} ({said('returning')})".lstrip() if one["returning"] else _now(one, said)


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
