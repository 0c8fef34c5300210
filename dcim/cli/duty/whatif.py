"""``dcim whatif``: what would be if something were lost, on the load of now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from dcim.alerts import Language
from dcim.cli.duty.explain import Lang
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, inquire, local
from dcim.graph import FEEDS, told_once
from dcim.words import Words, words

FALLS: Final = 1
_FINDINGS: Final = 20
_BESIDE: Final = 5
"""Contradictions of the drawing that are told, by themselves and beside the answer to a question."""
Answer = Mapping[str, Any]


def whatif(
    lose: Annotated[
        list[str] | None,
        typer.Option(
            "--lose",
            metavar="PART",
            help="A part by id or name; a feed; ID:module. May be given several times.",
        ),
    ] = None,
    maintenance: Annotated[
        bool,
        typer.Option("--maintenance", help="As planned work: also what one more loss would do meanwhile."),
    ] = False,
    url: Url = DEFAULT,
    as_json: Json = False,
    lang: Annotated[Lang | None, typer.Option(help="Language; the site's by default.")] = None,
) -> None:
    """Say what the loss of parts would do: what opens, which services fall, how long batteries last.

    Without --lose: what keeps the least after the worst single loss, and what does not survive every one.
    Exit 0 no service falls, 1 one falls or may, nothing is known yet, or a part is unknown, 2 wrong usage,
    3 no daemon.
    """
    if maintenance and not lose:
        msg = "it is of the parts that --lose names"
        raise typer.BadParameter(msg, param_hint="--maintenance")
    status = ask(url, "/status")
    language = str(lang or status["language"])
    said = words(Language(language))
    if not lose:
        raise typer.Exit(FALLS if _all(url, said, as_json=as_json) else 0)
    answer = inquire(url, "/whatif", {"lose": lose, "maintenance": maintenance, "lang": language}, said)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(_lines(answer, said, str(status["time_zone"]), maintenance=maintenance))
        _print(_findings(answer["findings"], said, _BESIDE))
    fallen = [one for one in answer["services"] if one["after"] != "up"]
    raise typer.Exit(FALLS if fallen else 0)


def _print(lines: Iterable[str]) -> None:
    console = Console(highlight=False)
    for line in lines:
        console.print(line, soft_wrap=True)


def _all(url: str, said: Words, *, as_json: bool) -> bool:
    """Print the last look; return whether a service would fall, or may (as before the first)."""
    found = ask(url, "/losses", lang=str(said.language))
    fallen = [one for one in found["services"] if one["survival"] != "survives"]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif not found["headroom"]:
        typer.echo(said("losses.no_look"))
    else:
        _print(_tightest(found["headroom"][:20], said))
        _print(escape(_survival(one, said)) for one in _once(fallen))
        _print(_findings(found["findings"], said, _FINDINGS))
    return bool(fallen) or not found["headroom"]


def _once(fallen: Sequence[Answer]) -> Iterator[Answer]:
    """Yield services; the feeds of a rack only where they do not fare as the rack does."""
    fate = {one["service"]: (one["survival"], one["by"]) for one in fallen}
    for one in fallen:
        whole = one["service"].removesuffix(FEEDS)
        if whole == one["service"] or fate.get(whole) != fate[one["service"]]:
            yield one


def _survival(one: Answer, said: Words) -> str:
    name = _titled(one["service"], one["name"], said)
    if one["by"]:
        return said(f"losses.{one['survival']}_by", name, one["by_name"])
    return said(f"losses.{one['survival']}_now", name)


def _titled(service: str, name: str, said: Words) -> str:
    """Return a service by what it is and its name, as the page calls it: ``Cooling Room 1`` is no room."""
    kind, known, _ = service.partition("/")
    return f"{said(f'service.{kind}')} {name}" if known and not service.endswith(FEEDS) else name


def _titles(one: Answer, fate: str, said: Words) -> str:
    """Return the services of one fate, as they are called."""
    return ", ".join(
        _titled(service, name, said)
        for service, name in zip(told_once(one[fate]), one[f"{fate}_names"], strict=True)
    )


def _tightest(rows: Sequence[Answer], said: Words) -> Iterator[str]:
    colon = said("colon")
    yield f"[bold]{said('losses.tightest')}[/bold]"
    for one in rows:
        phase = one["phase"] or said("losses.whole")
        yield (
            f"{_mark(one)} {escape(one['name'])} {phase}{colon} {share(one['now'])} -> "
            f"[bold]{share(one['after'])}[/bold] ({escape(one['lost_name']) or '-'})"
        )


def _findings(found: Sequence[Answer], said: Words, most: int) -> Iterator[str]:
    """Yield what is measured and contradicts the drawing, the most power first."""
    if not found:
        return
    yield f"[bold]{said('losses.findings')}[/bold]"
    yield f"[dim]{said('losses.findings_wrong')}[/dim]"
    yield from (f"? {escape(one['text'])}" for one in found[:most])
    if len(found) > most:
        yield f"  {said('losses.findings_more', len(found) - most)}"


def _mark(one: Answer) -> str:
    return "!" if one["trip"] is not None and one["after"][0] > one["trip"] else " "


def _lines(answer: Answer, said: Words, zone: str, *, maintenance: bool) -> Iterator[str]:
    """Yield what would happen, one line each."""
    names = said("losses.and").join(answer["names"])
    yield f"[bold]{said('losses.title')} {escape(names)}[/bold]"
    yield f"[dim]{said('losses.on_the_load_of', local(answer['at'], zone))}[/dim]"
    opened = {trip["part"] for stage in answer["stages"] for trip in stage["trips"]}
    yield from _opening(answer, opened, said)
    yield from _services(answer, said)
    yield from _lasting(answer, said)
    unrated = answer["unrated_names"]
    if unrated:
        yield f"? {escape(said('losses.unrated', ', '.join(unrated)))}"
    if not opened and all(one["after"] == "up" for one in answer["services"]):
        yield f"  {said('losses.nothing_rated_falls' if unrated else 'losses.nothing_falls')}"
    if maintenance:
        yield from _following(answer["following"], said)


def _following(found: Sequence[Answer], said: Words) -> Iterator[str]:
    """Yield what one more loss would do while the work lasts."""
    if not found:
        yield f"  {said('losses.nothing_follows')}"
        return
    yield f"! {said('losses.following')}{said('colon')}"
    for one in found:
        yield f"  - {escape(one['name'])}"
        yield from (f"      {_trip(trip, said)}" for trip in one["trips"])
        if one["down"]:
            yield f"      {escape(said('losses.service_down', _titles(one, 'down', said)))}"
        if one["unknown"]:
            yield f"      {escape(said('losses.service_may_fall', _titles(one, 'unknown', said)))}"


def _opening(answer: Answer, opened: Collection[str], said: Words) -> Iterator[str]:
    """Yield what opens, and what carries too much without opening, each once."""
    told = set(opened)
    for stage in answer["stages"]:
        for trip in stage["trips"]:
            line, later = _trip(trip, said), stage["after"][0]
            yield f"! {said('losses.later', line, lasts(stage['after'], said)) if later else line}"
    for stage in answer["stages"]:
        for over in stage["over"]:
            if over["part"] not in told:
                told.add(over["part"])
                yield "  " + _limit("losses.over" if over["surely"] else "losses.may_over", over, said)


def _trip(trip: Answer, said: Words) -> str:
    return _limit("losses.trips" if trip["surely"] else "losses.may_trip", trip, said)


def _limit(key: str, one: Answer, said: Words) -> str:
    phases = said("losses.or").join(sorted([one["phase"], *one["others"]])) or said("losses.whole")
    return escape(said(key, one["name"], phases, share(one["share"])))


def _services(answer: Answer, said: Words) -> Iterator[str]:
    if answer["services"] and any(stage["emptied"] for stage in answer["stages"]):
        yield f"  {said('losses.in_the_end')}"
    for one in answer["services"]:
        function, redundancy = said(f"state.{one['after']}"), said(f"redundancy.{one['redundancy']}")
        mark = " " if one["after"] == "up" else "!"
        name = _titled(one["service"], one["name"], said)
        yield f"{mark} {escape(said('losses.service', name, function, redundancy))}"


def _lasting(answer: Answer, said: Words) -> Iterator[str]:
    """Yield how long batteries, fuel and rooms last, each once: of a battery what is known at last."""
    told: dict[tuple[str, str], Sequence[float | None]] = {}
    for stage in answer["stages"]:
        for one in stage["endurance"]:
            if one["kind"] == "battery" or (one["kind"], one["name"]) not in told:
                told[one["kind"], one["name"]] = one["seconds"]
    for (kind, name), seconds in told.items():
        yield f"  {escape(said('losses.lasts_' + kind, name, lasts(seconds, said)))}"
    for one in answer["cooling"]:
        left = lasts(one["seconds"], said)
        yield f"  {escape(said('losses.warms', one['name'], left, format(one['limit'], 'g')))}"


def share(between: Sequence[float | None]) -> str:
    """Write a share of the API: ``125 %``, ``62-125 %``, ``> 62 %`` where it has no end."""
    low, high = between
    if high is None:
        return f"> {round(100 * (low or 0))} %"
    least, most = round(100 * (low or 0)), round(100 * high)
    return f"{most} %" if most == least else f"{least}-{most} %"


def lasts(between: Sequence[float | None], said: Words) -> str:
    """Write how long something lasts."""
    low, high = between
    if high is None:
        return said("losses.at_least", _duration(low, said)) if low else said("losses.unknown_time")
    least, most = _duration(low or 0.0, said), _duration(high, said)
    return least if least == most else said("losses.between", least, most)


def _duration(seconds: float, said: Words) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {said(unit)}"
    return f"{seconds:.0f} {said('s')}"
