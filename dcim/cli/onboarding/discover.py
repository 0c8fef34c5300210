"""``dcim discover``: who answers in a network, as devices of a configuration."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dcim import plugins
from dcim.cli.onboarding.access import Access, Asked, attempts
from dcim.cli.onboarding.attempts import Attempt
from dcim.cli.onboarding.entries import HEAD, entries, section, written
from dcim.cli.onboarding.files import put
from dcim.cli.onboarding.known import known_of
from dcim.cli.onboarding.options import ProfileDirs, from_here
from dcim.cli.onboarding.sweep import Sweep
from dcim.collect import Credential
from dcim.model import Address, ConfigError
from dcim.record import dataclass, field, replace
from dcim.settings import Settings, resolve_secrets, survey
from dcim.yaml import Document

PROBLEMS: Final = 1
_VARIABLE: Final = "SNMP_COMMUNITY"
_ANYBODY: Final = f"env:{_VARIABLE}"
"""Where the file looks for a community that was not given as a reference: it holds no secret itself."""

_PLAIN: Final = frozenset({None, "public"})
_MOST: Final = {4: 1 << 16, 6: 1 << 8}
"""Addresses of one sweep, by version of IP: 22 minutes at 50 a second. An IPv6 network is not searched."""

_SAY_EVERY: Final = {True: 0.2, False: 10.0}  # seconds, for a terminal and for a file


def discover(  # noqa: PLR0913  each is an option of the command line
    network: Annotated[
        str, typer.Argument(metavar="CIDR", help="10.0.0.0/24: at most a /16, of IPv6 a /120.")
    ],
    config: Annotated[
        Path | None,
        typer.Option("-c", "--config", metavar="FILE", help="Use its credentials, skip its devices."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here; one that is there gets what is new.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, max=1000, help="Addresses a second.")] = 50.0,
    protocol: Annotated[str | None, typer.Option(help="snmp or modbus; both when not given.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: the protocol's own.")] = 0,
    community: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    user: Annotated[str | None, typer.Option(help="SNMPv3 user.")] = None,
    auth: Annotated[str | None, typer.Option(help="md5, sha1, sha224, sha256, sha384, sha512.")] = None,
    auth_key: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    priv: Annotated[str | None, typer.Option(help="des, aes128, aes192, aes256.")] = None,
    priv_key: Annotated[str | None, typer.Option(metavar="REF", help="env:NAME or file:PATH.")] = None,
    timeout: Annotated[float, typer.Option(min=0.05, max=60, help="Seconds for one question.")] = 1.0,
    profiles: ProfileDirs = None,
) -> None:
    """Ask every address of a network, write who answers as devices. Exit 1: interrupted, or nobody."""
    hosts = addresses(network, port)
    _can_be_written(output)
    settings = _settings(config)
    access = Access(community, user, auth, auth_key, priv, priv_key)
    asked = Asked(Address("0.0.0.0", port), protocol, None, timeout)  # noqa: S104  each way is given its address
    found = ways(asked, access, settings)
    known, before = known_of(settings, output)
    dirs = [*(profiles or ()), *(settings.profile_dirs if settings else ())]
    sweep = Sweep(found, rate, dirs)
    todo = [host for host in hosts if not known.has(host, found)]
    interrupted = _run(sweep, todo)
    answers, behind = list(sweep.answers), 0
    for shared, own in () if interrupted else known.lines(hosts, found):
        lines = Sweep(own, rate, dirs)
        interrupted = interrupted or _run(lines, shared)
        answers += (one for one in lines.answers if known.is_new(one))
        behind += len(shared)
    texts = list(entries(answers, known.ids))
    head = HEAD + section({} if settings and not _typed(access) else _credentials(found, access))
    kept = _write(output, before, texts, head)
    if _ANYBODY in head and access.community in _PLAIN:
        _say_what_to_set()
    skipped = len(hosts) - len(todo)
    _say_what_came(f"{sweep.asked} of {len(hosts)}", skipped, len(answers), behind, interrupted=interrupted)
    if interrupted or not kept or (not answers and not skipped):
        raise typer.Exit(PROBLEMS)


def _say_what_to_set() -> None:
    """Say what the file needs that was written, where it is not set."""
    if os.environ.get(_VARIABLE) != "public":
        typer.echo(
            f"asked with the community 'public'; the file says {_ANYBODY}: "
            f"'export {_VARIABLE}=public' before dcim check, and for the daemon",
            err=True,
        )


def addresses(text: str, port: int) -> list[Address]:
    """Return the addresses of a network. Raise BadParameter for what is none, or too large."""
    try:
        network: IPv4Network | IPv6Network = ip_network(text, strict=False)
    except ValueError:
        msg = f"expected a network such as 10.0.0.0/24, found {text!r}"
        raise typer.BadParameter(msg, param_hint="CIDR") from None
    most = _MOST[network.version]
    if network.num_addresses > most:
        widest = network.max_prefixlen - most.bit_length() + 1
        many = f"{network} has {network.num_addresses} addresses, more than the {most} of a /{widest}"
        msg = f"{many}; take a part of it"
        raise typer.BadParameter(msg, param_hint="CIDR")
    return [Address(str(host), port) for host in network.hosts()]


def ways(asked: Asked, access: Access, settings: Settings | None) -> list[Attempt]:
    """Return the ways to ask: with what was typed, else with every credential of the configuration."""
    plain = attempts(asked, access)
    if settings is None or _typed(access):
        return [_named(way) for way in plain]
    try:
        secrets = resolve_secrets(settings, os.environ)
    except ConfigError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--config") from None
    own = sorted(secrets.credentials.values(), key=_safest)
    first = next((way for way in plain if way.credential is not None), None)
    given = [_with(first, one) for one in own if first is not None and one.protocol == first.plugin.name]
    return [*given, *(way for way in plain if way.credential is None)]


def _typed(access: Access) -> bool:
    return access.community is not None or access.user is not None


def _safest(credential: Credential) -> tuple[int, str]:
    order = {"3": 0, "2c": 1, "1": 2}
    return order.get(str(credential.fields.get("version", "3")), 3), credential.name


def _with(way: Attempt, credential: Credential) -> Attempt:
    version = credential.fields.get("version", "3")
    asset = replace(way.asset, credentials=(credential.name,))
    return replace(way, how=f"SNMP v{version} as {credential.name}", credential=credential, asset=asset)


def _named(way: Attempt) -> Attempt:
    """Give what was typed a name of its own, as a device of a configuration needs one."""
    if way.credential is None:
        return way
    name = f"snmp-v{way.credential.fields.get('version', '3')}"
    return replace(
        way, credential=replace(way.credential, name=name), asset=replace(way.asset, credentials=(name,))
    )


def _credentials(found: Sequence[Attempt], access: Access) -> dict[str, dict[str, Any]]:
    """Return the section that describes what was typed; secrets are references, never what they lead to."""
    community = _ANYBODY if access.community in _PLAIN else from_here(access.community or "")
    section: dict[str, dict[str, Any]] = {}
    for way in found:
        if way.credential is None:
            continue
        version = str(way.credential.fields.get("version", "3"))
        fields: dict[str, Any] = {"protocol": "snmp", "version": version}
        if version == "3":
            keys = {"auth_key": access.auth_key, "priv_key": access.priv_key}
            named = {"user": access.user, "auth": access.auth, "priv": access.priv}
            fields |= {key: text for key, text in named.items() if text}
            fields |= {key: from_here(text) for key, text in keys.items() if text}
        else:
            fields["community"] = community
        section[way.credential.name] = fields
    return section


def _settings(config: Path | None) -> Settings | None:
    """Return what a configuration says; mistakes in its devices are for ``dcim check``."""
    if config is None:
        return None
    if not config.is_file():
        raise typer.BadParameter(f"no such file: {config}", param_hint="--config")  # noqa: EM102
    channels = plugins.channel_types()
    settings, _ = survey(config, plugins.collectors(), channels)
    return settings


def _run(sweep: Sweep, todo: Sequence[Address]) -> bool:
    """Sweep, and tell how far it is. Return whether a person ended it."""
    progress = Progress(len(todo))
    try:
        asyncio.run(sweep.run(todo, lambda: progress.tell(sweep)))
    except KeyboardInterrupt:
        return True
    finally:
        progress.end()
    return False


@dataclass(slots=True)
class Progress:
    """Says on stderr how far a sweep is: a line that changes on a terminal, seldom a line elsewhere."""

    total: int
    live: bool = field(default_factory=lambda: sys.stderr.isatty())
    told: float = field(default_factory=time.monotonic)

    def tell(self, sweep: Sweep) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if now - self.told < _SAY_EVERY[self.live]:
            return
        self.told = now
        text = f"{sweep.asked} of {self.total} addresses asked, {len(sweep.answers)} answer"
        typer.echo(f"\r{text}" if self.live else text, err=True, nl=not self.live)

    def end(self) -> None:
        """Leave the line."""
        if self.live:
            typer.echo("", err=True)


def _can_be_written(output: Path | None) -> None:
    """Refuse, before anybody is asked, what is no place for a file."""
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        why = f"{output} is a folder" if output.is_dir() else f"there is no folder {output.parent}"
        raise typer.BadParameter(why, param_hint="--output")


def _write(output: Path | None, before: tuple[str, Document | None], texts: list[str], head: str) -> bool:
    """Write who was found, and return whether the file has it: a sweep is not lost with the place for it."""
    text, document = before
    try:
        made = written(text, document, texts, head)
    except ValueError as why:
        raise typer.BadParameter(f"{output}: {why}; give another file", param_hint="--output") from None  # noqa: EM102
    if output is None:
        typer.echo(made, nl=False)
    elif made != text:
        try:
            put(output, made)
        except OSError as why:
            typer.echo(
                f"dcim: {output} could not be written: {why.strerror}; this is what was found:", err=True
            )
            typer.echo(made, nl=False)
            return False
    return True


def _say_what_came(asked: str, skipped: int, answers: int, behind: int, *, interrupted: bool) -> None:
    typer.echo(
        f"{asked} addresses asked, {skipped} known already, {answers} answer"
        + (f"; {behind} of those known were asked who else is behind" if behind else "")
        + (": interrupted" if interrupted else ""),
        err=True,
    )
