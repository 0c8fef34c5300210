"""``dcim probe``: who is at an address, everything it says now, and what of it could not be used."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from dcim.cli.onboarding.access import Access, Asked, attempts
from dcim.cli.onboarding.advice import told
from dcim.cli.onboarding.attempts import Found, Nobody, ask
from dcim.cli.onboarding.decode import mistakes
from dcim.cli.onboarding.files import put
from dcim.cli.onboarding.options import ProfileDirs
from dcim.cli.onboarding.probed import has_value, say_json, say_text
from dcim.collect import MasksRecordings
from dcim.logs import unlogged
from dcim.model import Address
from dcim.plugins import collectors

PROBLEMS: Final = 1
_NAMES: Final = frozenset({"name", "user", "customer", "location"})
_LOOK: Final = 1.8
_LOOK_ALL: Final = 120.0
_BRACKETED: Final = re.compile(r"\[([^]]*)\](?::(.*))?")
_PORT: Final = re.compile(r"[0-9]{1,5}")


_Community = Annotated[
    str | None,
    typer.Option(
        metavar="REF", help="Community of v2c and v1: env:NAME, file:PATH or 'public', as it is without."
    ),
]
_Context = Annotated[
    str | None, typer.Option(metavar="NAME", help="SNMPv3 context, where a card serves several devices.")
]
_Record = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Keep the raw answers; 'dcim decode' reads them.")
]
_Mask = Annotated[
    bool, typer.Option("--mask", help="Keep no names, serial numbers or addresses in --record.")
]
_Force = Annotated[bool, typer.Option("--force", help="--record: write over a file that is there already.")]
_Verbose = Annotated[
    bool,
    typer.Option("-v", "--verbose", help="Also why this profile and not the next, and what is not used."),
]


def probe(  # noqa: PLR0913  each is an option of the command line
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Host, or HOST:PORT; IPv6 with a port in brackets.")
    ],
    protocol: Annotated[
        str | None, typer.Option(help="snmp or modbus; every one in turn when not given.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Read with this profile instead of identifying.")
    ] = None,
    community: _Community = None,
    v1: Annotated[bool, typer.Option("--v1", help="Ask with SNMP v1 only.")] = False,
    user: Annotated[str | None, typer.Option(help="SNMPv3 user.")] = None,
    auth: Annotated[str | None, typer.Option(help="md5, sha1, sha224, sha256, sha384, sha512.")] = None,
    auth_key: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    priv: Annotated[str | None, typer.Option(help="des, aes128, aes192, aes256.")] = None,
    priv_key: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    context: _Context = None,
    unit: Annotated[int | None, typer.Option(help="Modbus unit.")] = None,
    framing: Annotated[str | None, typer.Option(help="Modbus: tcp, rtu_over_tcp.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds for one question.")] = 2.0,
    profiles: ProfileDirs = None,
    record: _Record = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    mask: _Mask = False,
    force: _Force = False,
    verbose: _Verbose = False,
) -> None:
    """Ask a device everything, once: SNMP v3, v2c, v1, then Modbus. Exit 0 when it was read, 1 when not."""
    _can_be_kept(record, mask=mask, force=force)
    where = parse_address(address)
    asked = Asked(where, protocol, profile, timeout, unit, framing)
    if context is not None and user is None:
        raise typer.BadParameter("is for --user: SNMPv3 alone has contexts", param_hint="--context")  # noqa: EM101
    access = Access(community, user, auth, auth_key, priv, priv_key, v1_only=v1, context=context)
    for mistake in mistakes(collectors().values(), profiles) if profiles else ():
        typer.echo(f"dcim: {mistake}", err=True)
    try:
        with unlogged():  # what the daemon would log is part of what is said
            found = asyncio.run(ask(attempts(asked, access, profiles or ()), profiles or (), _looks(record)))
    except Nobody as nobody:
        for line in told(nobody.outcomes, address, user=user):
            typer.echo(line, err=True)
        raise typer.Exit(PROBLEMS) from None
    kept = record is None or _kept(found, record, profiles or (), mask=mask)
    say = say_json if as_json else say_text
    say(found, address, verbose=verbose)
    if not kept or not found.profile or not has_value(found):
        raise typer.Exit(PROBLEMS)


def _can_be_kept(record: Path | None, *, mask: bool, force: bool) -> None:
    """Refuse, before anybody is asked, what is no place for a file, and to lose one that is there."""
    if record is None:
        if mask:
            raise typer.BadParameter("is for --record FILE", param_hint="--mask")  # noqa: EM101
        return
    why = ""
    if not record.parent.is_dir():
        why = f"there is no folder {record.parent}"
    elif record.is_dir():
        why = f"{record} is a folder"
    elif record.is_file() and not force:
        why = f"{record} is there already; give another file, or --force to write over it"
    if why:
        raise typer.BadParameter(why, param_hint="--record")


def _looks(record: Path | None) -> float:
    """Return the seconds for what no point is made of: all of it, if it is to be kept."""
    return _LOOK if record is None else _LOOK_ALL


def parse_address(text: str) -> Address:
    """Return host and port of what a person typed; port 0 stands for the protocol's own."""
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None:
        host, port = bracketed[1], bracketed[2] or ""
    else:
        host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if not _is_host(host) or (port and not (_PORT.fullmatch(port) and 0 < int(port) < 65536)):
        raise typer.BadParameter(f"expected HOST or HOST:PORT, found {text!r}", param_hint="ADDRESS")  # noqa: EM102
    return Address(host, int(port or 0))


def _is_host(text: str) -> bool:
    """Whether this can be a name or an address: no bracket that is not closed, no blank."""
    return bool(text) and not any(char in "[]" or char.isspace() for char in text)


def _kept(found: Found, path: Path, profile_dirs: Sequence[Path], *, mask: bool) -> bool:
    """Keep the raw answers; say why where there is no room for them: what was read is told all the same."""
    try:
        keep(found, path, profile_dirs, mask=mask)
    except OSError as why:
        typer.echo(f"dcim: {path} could not be written: {why.strerror}", err=True)
        return False
    return True


def keep(found: Found, path: Path, profile_dirs: Sequence[Path], *, mask: bool) -> None:
    """Write the raw answers down, without what tells whose device it is if ``mask`` says so."""
    lines = list(found.tape)
    if mask:
        if not isinstance(found.plugin, MasksRecordings):
            msg = f"recordings of {found.plugin.name} cannot be masked"
            raise typer.BadParameter(msg, param_hint="--mask")
        lines = found.plugin.mask(lines, hidden(found), profile_dirs, "" if found.matches else found.profile)
    put(path, "".join(f"{line}\n" for line in lines))


def hidden(found: Found) -> list[str]:
    """Return what a device calls itself and its parts: serial numbers, and the names people gave."""
    identity = found.collected.identity
    names = [
        text
        for batch in found.collected.batches
        for point in batch.layout.points
        for key, text in point.labels
        if key in _NAMES
    ]
    return list(dict.fromkeys(filter(None, [identity.serial if identity else "", *names])))
