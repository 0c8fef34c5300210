"""What of ``dcim ledger`` leaves the machine or signs: ``export``, ``verifier``, ``key show``, ``rotate``."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterable
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Annotated, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from dcim.cli.talking.directory import StateDir
from dcim.evidence.custody import KINDS, ask
from dcim.evidence.drawing import drawings
from dcim.evidence.export import Exported, Extras, NotExported, ending, export
from dcim.evidence.exported import note
from dcim.evidence.issued import claims, left_out
from dcim.evidence.keyfile import KeyUnusable, Pen, load
from dcim.evidence.metered import sections
from dcim.evidence.onefile import verifier
from dcim.evidence.verifier.keys import given_keys
from dcim.ledger import Entry
from dcim.model import DcimError
from dcim.store import Reads, StoreError, reading
from dcim.wall import on_wall

FOUND_PROBLEMS: Final = 1
_LOOK: Final = 0.2  # seconds
_LARGEST_KEY: Final = 10_000  # bytes

key_app = typer.Typer(name="key", help="The key that signs heads of the ledger.", no_args_is_help=True)

_Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder that is not there yet, or empty.")]
_From = Annotated[
    str | None,
    typer.Option("--from", metavar="DAY", help="Reports of periods that end after this day began."),
]
_To = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help="The day before which facts and reports end.")
]
_Zone = Annotated[str, typer.Option("--zone", metavar="ZONE", help="Whose days they are.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")]
_Reason = Annotated[str, typer.Option("--reason", help="Why: it is recorded.")]
_Wait = Annotated[float, typer.Option("--wait", metavar="SECONDS", help="How long to wait for the daemon.")]


def add_to(ledger: typer.Typer) -> None:
    """Add the commands to ``dcim ledger``."""
    ledger.command("export")(export_command)
    ledger.command("verifier")(verifier_command)
    ledger.add_typer(key_app)


def public_keys(given: Iterable[str]) -> list[str]:
    """Return public keys as hex. Raise ``BadParameter`` for what is none."""
    found: list[str] = []
    for text in given:
        try:
            found += given_keys(text, lambda name: Path(name).read_bytes()[:_LARGEST_KEY])
        except (ValueError, OSError) as error:
            msg = f"{text}: no Ed25519 public key ({error})"
            raise typer.BadParameter(msg, param_hint="--key") from error
    return found


def export_command(
    state: StateDir,
    out: _Out,
    since: _From = None,
    until: _To = None,
    zone: _Zone = "UTC",
    as_json: _Json = False,
) -> None:
    """Write a bundle for an auditor: facts, signed heads, keys, claims, and the program that checks them.

    Facts begin with the first of all, so that kept heads can be found; the daemon may run. Exit 0, or 1.
    """
    start, end = _day(since, zone, -inf, "--from"), _day(until, zone, inf, "--to")
    if start >= end:
        msg = f"the period ends ({until}) before it begins ({since})"
        raise typer.BadParameter(msg, param_hint="--to")
    try:
        with reading(state) as reads:
            head = ending(reads, end)
            issued = list(claims(state, reads, start, end, head.sequence))
            without = left_out(reads, (name for name, _ in issued), head.sequence)
            drawn = drawings(state, reads, issued, head.sequence)
            extras = Extras(issued, sections(state, reads, issued), without, drawn)
            done = export(out, reads, _signer(state, as_json), extras, head)
    except (StoreError, NotExported) as error:
        _give_up(error, as_json)
    _say(done, out, as_json)
    _note(state, done)


def verifier_command() -> None:
    """Print the program that checks bundles, to compare it with the copy in one: plain Python, one file."""
    typer.echo(verifier(), nl=False)


@key_app.command("show")
def show_command(state: StateDir, as_json: _Json = False) -> None:
    """Print the public keys of the ledger, the newest last: keep them elsewhere. Exit 1 without any."""
    try:
        with reading(state) as reads:
            keys = [_key(entry) for entry in _key_facts(reads)]
    except StoreError as error:
        _give_up(error, as_json)
    if as_json:
        typer.echo(json.dumps(keys))
    else:
        for one in keys:
            typer.echo(f"{one['public']} key {one['key']} from fact {one['sequence']}")
    if not keys:
        typer.echo("no key yet: the daemon makes one when it starts", err=True)
        raise typer.Exit(FOUND_PROBLEMS)


@key_app.command("rotate")
def rotate_command(state: StateDir, reason: _Reason = "", wait: _Wait = 30.0) -> None:
    """Have the daemon sign with another key, which the key before vouches for. Exit 0 once it does."""
    try:
        with reading(state) as reads:
            before = reads.newest_fact(KINDS)
            ask(state, reason)
            after = _awaited(reads, before, wait)
    except (StoreError, KeyUnusable) as error:
        _give_up(error, as_json=False)
    if after is None:
        typer.echo("asked; the daemon did not answer: it changes the key when it runs", err=True)
        raise typer.Exit(FOUND_PROBLEMS)
    said = _key(after)
    typer.echo(f"{said['public']} key {said['key']} from fact {said['sequence']}")


def _awaited(reads: Reads, before: Entry | None, wait: float) -> Entry | None:
    """Return the fact of a key newer than ``before``, which is waited for."""
    until = time.monotonic() + wait
    while True:
        newest = reads.newest_fact(KINDS)
        if newest is not None and (before is None or newest.sequence > before.sequence):
            return newest
        if time.monotonic() >= until:
            return None
        time.sleep(_LOOK)


def _key_facts(reads: Reads) -> list[Entry]:
    return list(reads.facts(0, KINDS, 100_000))


def _key(entry: Entry) -> dict[str, str | int]:
    return {"public": str(entry.read().get("public")), "key": entry.subject, "sequence": entry.sequence}


def _signer(state: Path, as_json: bool) -> Pen | None:
    """Return the key of the directory; without one that can be read, a bundle goes without a signature."""
    try:
        return load(state)
    except KeyUnusable as error:
        if not as_json:
            typer.echo(f"the bundle is not signed: {error}", err=True)
        return None


def _note(state: Path, done: Exported) -> None:
    """Leave word that the ledger was exported; who may only read it is told that this is not on record."""
    try:
        note(state, done.head.sequence, done.head.hash, done.facts, done.claims, done.signed_by)
    except OSError as error:
        typer.echo(f"that this was exported will not be recorded: {error.strerror or error}", err=True)


def _day(text: str | None, zone: str, otherwise: float, option: str) -> float:
    """Return when a day or a moment begins, in UTC seconds."""
    if text is None:
        return otherwise
    try:
        at = datetime.fromisoformat(text if text.isascii() else "")  # digits that all read alike
        return on_wall(at, ZoneInfo(zone)).timestamp()
    except (ValueError, ZoneInfoNotFoundError) as error:
        msg = f"{text!r} is no day: expected 2026-11-25 or '2026-11-25 08:30' ({error})"
        raise typer.BadParameter(msg, param_hint=option) from error


def _say(done: Exported, out: Path, as_json: bool) -> None:
    if as_json:
        body = {"facts": done.facts, "heads": done.heads, "claims": done.claims, "signed_by": done.signed_by}
        typer.echo(json.dumps({**body, "head": done.head._asdict(), "replay": done.replay}))
        return
    if done.replay is not None:
        typer.echo(f"a replay of the recording {done.replay['recording']!r}: the bundle says so too")
    typer.echo(f"{out}: {done.facts} facts, {done.heads} signed heads, {done.claims} claims")
    if done.left_out:
        typer.echo(f"left out, of other periods or with files that are gone: {done.left_out} claims")
    typer.echo(f"head {done.head}")
    typer.echo(f"signed by key {done.signed_by}" if done.signed_by else "not signed")
    check = shlex.join(["python3", str(out / "verify.py"), str(out)])
    typer.echo(f"check it: {check} --key KEY --head 'HEAD', both kept elsewhere")


def _give_up(error: DcimError, as_json: bool) -> NoReturn:
    typer.echo(json.dumps({"error": str(error)}) if as_json else str(error), err=not as_json)
    raise typer.Exit(FOUND_PROBLEMS) from error
