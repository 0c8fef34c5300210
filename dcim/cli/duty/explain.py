"""``dcim explain``: why it paged, why it did not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import typer
from rich.console import Console
from rich.markup import escape

from dcim.alerts import Language
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, look_up
from dcim.cli.talking.when import moment_at
from dcim.words import Words, words

NOTHING_KNOWN: Final = 1
_WIDE: Final = 17

Answer: TypeAlias = Mapping[str, Any]


class Lang(StrEnum):
    """Languages of the texts."""

    EN = "en"
    FR = "fr"


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ALERT|DEVICE|INCIDENT|SERVICE",
            help="A device or service by id or name; an alert or incident by six digits of its key.",
        ),
    ],
    at: Annotated[
        str | None, typer.Option("--at", metavar="MOMENT", help="What was known then: '2026-12-01 22:00'.")
    ] = None,
    url: Url = DEFAULT,
    as_json: Json = False,
    lang: Annotated[Lang | None, typer.Option(help="Language; the site's by default.")] = None,
) -> None:
    """Say why something paged or did not: condition, delay, mutes, cause, route, delivery, one line each.

    Exit 0 said, 1 nothing is known of that name, 2 wrong usage, 3 no daemon.
    """
    status = ask(url, "/status")
    language = str(lang or status["language"])
    query = {"lang": language, **({"at": moment_at(at, str(status["time_zone"]))} if at else {})}
    answer, refused = look_up(url, f"/explain/{quote(name, safe='')}", **query)
    said = words(Language(language))
    if refused is not None:
        typer.echo(f"dcim: {refused['why']}", err=True)
        if refused["nearest"]:
            typer.echo(f"dcim: {said('explain.nearest', ', '.join(refused['nearest']))}", err=True)
        raise typer.Exit(NOTHING_KNOWN)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(answer, said)


def _print(answer: Answer, said: Words) -> None:
    say = partial(Console(highlight=False).print, soft_wrap=True)
    for line in _said(answer, said):
        say(line)
    quiet = [part for part in answer["parts"] if part["kind"] == "rule"]
    for part in answer["parts"]:
        if part["kind"] != "rule":
            say("")
            for line in _said(part, said):
                say(line)
    if quiet:
        say(f"\n[bold]{said('explain.rules')}[/bold]")
    for part in quiet:
        say(f"  {escape(part['name'])}{said('colon')} [bold]{escape(part['said'])}[/bold]")
        for line in part["lines"]:
            say(f"      [dim]{escape(line['text'])}[/dim]")


def _said(answer: Answer, said: Words) -> Iterable[str]:
    """Yield an answer: its name, the sentence, and a line a topic; what keeps people unaware has a mark."""
    yield f"[bold]{escape(answer['name'])}[/bold]"
    yield f"[bold]{escape(answer['said'])}[/bold]"
    for line in answer["lines"]:
        mark = "!" if line["holds"] else " "
        yield f"{mark} {said('explain.topic.' + line['topic']):<{_WIDE}} {escape(line['text'])}"
