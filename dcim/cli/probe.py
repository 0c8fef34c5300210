"""``dcim probe``: who is at an address, everything it says now, and what of it could not be used."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from dcim.cli.decode import reading_json, readings
from dcim.cli.options import ProfileDirs, from_here, shaped
from dcim.cli.rows import print_rows
from dcim.collect import Ask, Collected, Collector, CollectorPlugin, Credential, Match
from dcim.model import Address, Asset, Identity, Kind, Lane, NoAnswer, PollError, Reading
from dcim.plugins import collectors
from dcim.secret import SecretRef, Unresolved, resolve

PROBLEMS: Final = 1
_MODBUS_PORTS: Final = frozenset({502, 802})
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe brought."""

    matches: tuple[Match, ...]
    profile: str
    collected: Collected
    seconds: float


def probe(  # noqa: PLR0913  each is an option of the command line
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Host, or HOST:PORT, or [v6]:PORT.")],
    protocol: Annotated[str | None, typer.Option(help="snmp or modbus; by the port when not given.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="Read with this profile instead of identifying.")
    ] = None,
    community: Annotated[
        str,
        typer.Option(
            metavar="REF", help="v2c community as env:NAME or file:PATH; 'public' is taken as it is."
        ),
    ] = "public",
    v1: Annotated[bool, typer.Option("--v1", help="Ask with SNMP v1.")] = False,
    user: Annotated[str | None, typer.Option(help="SNMPv3 user.")] = None,
    auth: Annotated[str | None, typer.Option(help="md5, sha1, sha224, sha256, sha384, sha512.")] = None,
    auth_key: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    priv: Annotated[str | None, typer.Option(help="des, aes128, aes192, aes256.")] = None,
    priv_key: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    unit: Annotated[int | None, typer.Option(help="Modbus unit.")] = None,
    framing: Annotated[str | None, typer.Option(help="Modbus: tcp, rtu_over_tcp.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds for one question.")] = 2.0,
    profiles: ProfileDirs = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the raw answers; 'dcim decode' reads them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Also the profiles that fit less well.")
    ] = False,
) -> None:
    """Ask a device everything, once. Exit 0 when it was read, 1 when it was not."""
    where = parse_address(address)
    plugin = _plugin(protocol or ("modbus" if where.port in _MODBUS_PORTS or unit is not None else "snmp"))
    secrets = {"community": community, "auth_key": auth_key, "priv_key": priv_key}
    wanted = {"user": user, "auth": auth, "priv": priv} if user else {"version": "1" if v1 else "2c"}
    credential = _credential(plugin, wanted, secrets if user is None else {**secrets, "community": None})
    options = shaped(plugin.options_type, {"unit": unit, "framing": framing})
    asset = Asset(
        "probe", address, Kind.SENSOR, plugin.name, where, (profile,) if profile else (), interval=_PATIENCE,
        timeout=timeout, credentials=("probe",), options=options,
    )  # fmt: skip
    tape: list[str] = []
    try:
        found = asyncio.run(_ask(plugin, credential, asset, profiles or [], tape))
    except PollError as why:
        typer.echo(f"{address}: {why.reason.replace('_', ' ')}: {why}", err=True)
        for line in hints(why, plugin.name, user=user):
            typer.echo(line, err=True)
        raise typer.Exit(PROBLEMS) from None
    finally:
        if record is not None and tape:
            record.write_text("\n".join(dict.fromkeys(tape)) + "\n", encoding="utf-8")
    _say(found, address, as_json=as_json, verbose=verbose)
    if not found.profile:
        raise typer.Exit(PROBLEMS)


def parse_address(text: str) -> Address:
    """Return host and port of what a person typed; port 0 stands for the protocol's own."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise typer.BadParameter(f"expected HOST or HOST:PORT, found {text!r}", param_hint="ADDRESS")  # noqa: EM102
    return Address(host, int(port or 0))


def _plugin(name: str) -> CollectorPlugin:
    known = collectors()
    if name not in known:
        msg = f"expected one of {', '.join(known)}, found {name!r}"
        raise typer.BadParameter(msg, param_hint="--protocol")
    return known[name]


def _credential(
    plugin: CollectorPlugin, wanted: Mapping[str, Any], secrets: Mapping[str, str | None]
) -> Credential | None:
    """Return the credential that the options describe; None for a protocol that has none."""
    if not plugin.credential_type.model_fields:
        return None
    plain = {key: text for key, text in wanted.items() if text is not None}
    refs = {key: from_here(text) for key, text in secrets.items() if text is not None}
    checked = {
        key: "env:PUBLIC" if (key, text) == ("community", "public") else text for key, text in refs.items()
    }
    shape = shaped(plugin.credential_type, {**plain, **checked})
    resolved = {key: text if text == "public" else _secret(text) for key, text in refs.items()}
    return Credential("probe", plugin.name, {**shape.model_dump(exclude=set(refs)), **resolved})


def _secret(text: str) -> str:
    try:
        return resolve(SecretRef.parse(text), os.environ)
    except (Unresolved, ValueError) as wrong:
        raise typer.BadParameter(str(wrong)) from None


def hints(why: PollError, protocol: str, *, user: str | None) -> Iterator[str]:
    """Yield what silence may mean, the likeliest first: it looks the same from here whatever it is."""
    if not isinstance(why, NoAnswer):
        return
    yield "Nothing came back. That may be because"
    if protocol == "modbus":
        yield "  - nobody listens there, or all its connections are taken: most devices allow one to four"
        yield "  - the unit is another one: give --unit; behind a gateway units count from 1"
        yield "  - the line is another one: --framing rtu_over_tcp for a gateway that passes RTU frames"
    elif user is None:
        yield "  - the community is wrong: an agent says nothing to one that it does not know (--community)"
        yield "  - the device speaks SNMPv3 only (--user, --auth, --auth-key, ...) or v1 only (--v1)"
        yield "  - SNMP is switched off in the device, or its list of managers lacks this machine"
    else:
        yield "  - the device speaks no SNMPv3, or SNMP is switched off in it: try --community"
        yield "  - its list of managers lacks this machine"
    yield "  - a firewall on the way drops the questions or the answers"
    yield "  - there is no such device: does it answer ping?"


async def _ask(
    plugin: CollectorPlugin,
    credential: Credential | None,
    asset: Asset,
    profiles: list[Path],
    tape: list[str],
) -> Found:
    credentials = {"probe": credential} if credential else {}
    collector: Collector = plugin.open(credentials, profiles, tape.append)
    began = time.monotonic()
    try:
        matches: tuple[Match, ...] = ()
        if not asset.profiles:
            matches = tuple(await collector.identify(asset.address, list(credentials.values()), asset))
            if not matches:
                return Found((), "", Collected(), time.monotonic() - began)
        loop = asyncio.get_running_loop()
        collected = await collector.collect(asset, Ask(frozenset(Lane), loop.time() + _PATIENCE))
    finally:
        await collector.aclose()
    name = asset.profiles[0] if asset.profiles else matches[0].profile
    return Found(matches, name, collected, time.monotonic() - began)


def _say(found: Found, address: str, *, as_json: bool, verbose: bool) -> None:
    every = list(readings(found.collected.batches))
    identity = found.collected.identity or Identity()
    if as_json:
        who = {name: getattr(identity, name) for name in ("kind", "vendor", "model", "serial", "firmware")}
        said = {
            "address": address,
            "profile": found.profile or None,
            "matches": [{"profile": m.profile, "score": m.score, "reason": m.reason} for m in found.matches],
            "device": who,
            "readings": [reading_json(one) for one in every],
            "requests": found.collected.requests,
            "seconds": round(found.seconds, 3),
        }
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not found.profile:
        console.print(
            f"{address} answers, but no profile fits it. --record keeps what it said, for a new one.",
            markup=False,
        )
        return
    named = " ".join(
        part for part in (identity.vendor, identity.model, identity.serial, identity.firmware) if part
    )
    console.print(f"{address}: {named or 'a device that does not say who it is'}", markup=False)
    for place, match in enumerate(found.matches if verbose else found.matches[:1]):
        console.print(
            f"{'read with' if place == 0 else 'fits less:'} {match.profile}: {match.reason}", markup=False
        )
    _table(console, every)
    gaps = Counter(str(one.gap.reason) for one in every if one.gap)
    why = f" ({', '.join(f'{number} {reason}' for reason, number in gaps.items())})" if gaps else ""
    console.print(
        f"{len(every) - gaps.total()} of {len(every)} points have a value{why}; "
        f"{found.collected.requests} questions, {found.seconds:.1f} s",
        markup=False,
    )


def _table(console: Console, every: list[Reading]) -> None:
    rows = []
    for one in every:
        said = reading_json(replace(one))
        labels = ",".join(f"{key}={value}" for key, value in said["labels"].items())
        point = f"{said['metric']}{{{labels}}}" if labels else said["metric"]
        rows.append((Text(point), _value(said), Text(str(said["source"]), style="dim")))
    print_rows(console, ("point", "value", "source"), rows, right=frozenset({1}))


def _value(said: Mapping[str, Any]) -> Text:
    if said["gap"]:
        raw = f" ({said['raw']})" if said["raw"] else ""
        return Text(f"{said['gap'].replace('_', ' ')}{raw}", style="dim italic")
    if said["state"] is not None:
        style = {"critical": "bold red", "warning": "yellow", "ok": "green"}.get(said["health"] or "", "")
        return Text(said["state"], style=style)
    return Text(f"{said['value']:.10g} {said['unit']}".strip())
