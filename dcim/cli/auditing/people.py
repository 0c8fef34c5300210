"""``dcim people``: whose pseudonyms stand in the record, and how a name is erased.

dcim people list [--url URL | --state DIR] [--json]
dcim people erase NAME|PSEUDONYM [--url URL | --state DIR]     --state: of a daemon that does not run
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcim.cli.talking.deed import REFUSED, Who, user
from dcim.cli.talking.directory import InsteadOfDaemon
from dcim.cli.talking.talk import DEFAULT, Json, Url, ask, tell
from dcim.people import Person

if TYPE_CHECKING:
    from dcim.store import Store, Work

people = typer.Typer(help="Names behind the pseudonyms of the record.", no_args_is_help=True)


@people.command("list")
def list_command(url: Url = DEFAULT, state: InsteadOfDaemon = None, as_json: Json = False) -> None:
    """Print everybody who stands in the record: the pseudonym, the name, or that it was erased.

    Exit 0, 1 when the directory cannot be read, 3 no daemon.
    """
    found = ask(url, "/people") if state is None else _kept(state)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        typer.echo(f"{one['pseudonym']}  {_called(one)}")
    if not found:
        typer.echo("nobody")


@people.command()
def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The name, or the pseudonym.")],
    who: Who,
    url: Url = DEFAULT,
    state: InsteadOfDaemon = None,
    as_json: Json = False,
) -> None:
    """Erase the name of somebody for ever. Facts keep the pseudonym, so the chain stays as it is.

    Exit 0 done, 1 refused, 2 wrong usage, 3 no daemon. With --state the daemon must not run.
    """
    if state is None:
        said, refused = tell(url, "/people/erase", {"person": person, "who": who})
        if refused:
            typer.echo(f"dcim: {refused}", err=True)
            raise typer.Exit(REFUSED)
    else:
        said = _erased(state, person, who)
    typer.echo(json.dumps(said, ensure_ascii=False) if as_json else f"{said['pseudonym']}  {_called(said)}")


def _called(one: Mapping[str, Any]) -> str:
    return f"erased {one['erased']}" if one["name"] is None else str(one["name"])


def _kept(state: Path) -> list[dict[str, Any]]:
    from dcim.store import reading

    with reading(state) as reads:
        return _shown(reads.people())


def _erased(state: Path, person: str, who: str) -> dict[str, Any]:
    """Erase in the directory of a daemon that does not run: a short run of its own, on record like any."""
    from dcim import __version__
    from dcim.clock import SystemClock
    from dcim.people import People, erasure
    from dcim.store import Store, Work, reading

    with reading(state) as reads:
        head, known = reads.head(), People(reads.people())
    clock = SystemClock()
    at = clock.now()
    by = known.known_as(who, at)
    gone = known.erase(person, at)  # before anything is written: nobody of that name costs no run
    proof, login = "login" if who == user() else "claimed", known.known_as(user(), at)
    work = Work(facts=(erasure(gone, by, proof, login),), people=known.unsaved())
    store = Store.open(state, head.site if head else "", clock, about={"version": __version__})
    asyncio.run(_run(store, work))
    return _shown((gone,))[0]


async def _run(store: Store, work: Work) -> None:
    try:
        await store.commit(work)
    finally:
        await store.stop("a name was erased")


def _shown(found: Iterable[Person]) -> list[dict[str, Any]]:
    from dcim.web.shapes.shapes import moment

    return [
        {
            "pseudonym": one.pseudonym,
            "name": one.name,
            "added": moment(one.added_at).isoformat(),
            "erased": None if one.erased_at is None else moment(one.erased_at).isoformat(),
        }
        for one in found
    ]
