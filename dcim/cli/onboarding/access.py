"""What was typed to ask a device with, as the ways to ask it: checked in the words of the configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import typer

from dcim.cli.onboarding.attempts import PATIENCE, Attempt
from dcim.cli.onboarding.options import from_here, shaped
from dcim.collect import CollectorPlugin, Credential
from dcim.model import Address, Asset, ConfigError, Kind, Problem
from dcim.plugins import collectors
from dcim.record import dataclass
from dcim.secret import SecretRef, Unresolved, resolve
from dcim.yaml import unknown

_SNMP: Final = "snmp"
_MODBUS: Final = "modbus"
_MODBUS_PORTS: Final = frozenset({502, 802})
_PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where to ask, and how as far as it was said."""

    address: Address
    protocol: str | None = None
    profile: str | None = None
    timeout: float = 2.0
    unit: int | None = None
    framing: str | None = None

    @property
    def protocols(self) -> tuple[str, ...]:
        """Return the protocols to try in turn: what was said, or what the port and the options tell."""
        if self.protocol is not None:
            return (self.protocol,)
        if self.address.port in _MODBUS_PORTS or self.unit is not None or self.framing is not None:
            return (_MODBUS,)
        return tuple(sorted(collectors(), key=lambda name: (name != _SNMP, name)))


@dataclass(frozen=True, slots=True)
class Access:
    """What was typed of SNMP credentials; secrets are references."""

    community: str | None = None
    user: str | None = None
    auth: str | None = None
    auth_key: str | None = None
    priv: str | None = None
    priv_key: str | None = None
    v1_only: bool = False
    context: str | None = None


def attempts(asked: Asked, access: Access, profile_dirs: Sequence[Path] = ()) -> list[Attempt]:
    """Return the ways to ask, in order. Raise BadParameter where an option is wrong."""
    _check(access)
    known = collectors()
    plugins = [_plugin(name, known) for name in asked.protocols]
    if asked.profile is not None:
        plugins = _speaking(plugins, asked.profile, profile_dirs)
    return [one for plugin in plugins for one in _ways(plugin, asked, access)]


def _check(access: Access) -> None:
    """Refuse what belongs to a user where none is named: it would count for nothing, and nobody be told."""
    keys = {
        "--auth": access.auth, "--auth-key": access.auth_key,
        "--priv": access.priv, "--priv-key": access.priv_key,
    }  # fmt: skip
    for option, given in keys.items():
        if given is not None and access.user is None:
            raise typer.BadParameter("is for --user: SNMPv3 alone has keys", param_hint=option)  # noqa: EM101


def _ways(plugin: CollectorPlugin, asked: Asked, access: Access) -> Iterator[Attempt]:
    if plugin.name != _SNMP:
        options = shaped(plugin.options_type, {"unit": asked.unit, "framing": asked.framing})
        how = plugin.name.capitalize() + (f" unit {asked.unit}" if asked.unit is not None else "")
        yield Attempt(how, plugin, _asset(plugin, asked, options))
        return
    options = shaped(plugin.options_type, {})
    for how, wanted, secrets in _versions(access):
        credential = credential_of(plugin, wanted, secrets)
        yield Attempt(f"SNMP {how}", plugin, _asset(plugin, asked, options), credential, says_hello=True)


def _versions(access: Access) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, str | None]]]:
    """Yield the versions of SNMP to try with what belongs to each: v3 first, the safest."""
    if access.user is not None and not access.v1_only:
        keys = {"auth_key": access.auth_key, "priv_key": access.priv_key}
        wanted = {
            "user": access.user, "auth": access.auth, "priv": access.priv, "context": access.context
        }  # fmt: skip
        yield f"v3 as {access.user}", wanted, keys
        if access.community is None:
            return
    community = {"community": access.community or _PUBLIC}
    if not access.v1_only:
        yield "v2c", {"version": "2c"}, community
    yield "v1", {"version": "1"}, community


def _asset(plugin: CollectorPlugin, asked: Asked, options: Any) -> Asset:
    return Asset(
        "probe", "probe", Kind.SENSOR, plugin.name, asked.address, (asked.profile,) if asked.profile else (),
        interval=PATIENCE, timeout=asked.timeout, credentials=("probe",), options=options,
    )  # fmt: skip


def _speaking(
    plugins: Sequence[CollectorPlugin], profile: str, profile_dirs: Sequence[Path]
) -> list[CollectorPlugin]:
    """Return those that have a profile. Raise BadParameter if none has, ConfigError if one is wrong."""
    of: dict[str, list[CollectorPlugin]] = {}
    wrong: list[Problem] = []
    for plugin in plugins:
        try:
            for family in plugin.families(profile_dirs):
                of.setdefault(family.name, []).append(plugin)
        except ConfigError as error:
            wrong += error.problems
    if profile in of:
        return of[profile]
    if wrong:
        raise ConfigError(tuple(dict.fromkeys(wrong)))
    raise typer.BadParameter(unknown("profile", profile, of), param_hint="--profile")


def _plugin(name: str, known: Mapping[str, CollectorPlugin]) -> CollectorPlugin:
    if name not in known:
        msg = f"expected one of {', '.join(known)}, found {name!r}"
        raise typer.BadParameter(msg, param_hint="--protocol")
    return known[name]


def credential_of(
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
