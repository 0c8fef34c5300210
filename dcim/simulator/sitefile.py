"""The config file of a daemon that watches a simulated plant, and the credentials it refers to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dcim.simulator.drawing import Drawing
from dcim.simulator.plant import Blueprint, DeviceShape

USER: Final = "dcim"
COMMUNITY: Final = "sim-v2c"
V3: Final = "sim-v3"
"""Names of the two credentials."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What lets a daemon in: a community, and the two pass phrases of a v3 user (SHA-256, AES-128)."""

    community: str = field(repr=False)
    auth_key: str = field(repr=False)
    priv_key: str = field(repr=False)

    def told(self) -> dict[str, str]:
        """Return what the agents' process must know."""
        return {
            "community": self.community,
            "user": USER,
            "auth_key": self.auth_key,
            "priv_key": self.priv_key,
        }

    def write(self, directory: Path) -> None:
        """Write each to a file of its own that only its owner may read."""
        for name, secret in self._files().items():
            handle = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secret + "\n")

    def references(self, directory: Path) -> dict[str, dict[str, Any]]:
        """Return the section ``credentials`` of the config file."""
        where = {name: f"file:{(directory / name).resolve()}" for name in self._files()}
        return {
            COMMUNITY: {"protocol": "snmp", "version": "2c", "community": where["snmp-community"]},
            V3: {
                "protocol": "snmp",
                "version": "3",
                "user": USER,
                "auth": "sha256",
                "auth_key": where["snmp-auth"],
                "priv": "aes128",
                "priv_key": where["snmp-priv"],
            },
        }

    def _files(self) -> dict[str, str]:
        return {"snmp-community": self.community, "snmp-auth": self.auth_key, "snmp-priv": self.priv_key}


def site_file(
    plan: Blueprint, addresses: Mapping[str, tuple[str, int]], credentials: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the sections of a config file that the plant decides."""
    drawing = Drawing(plan)
    return {
        "format": 1,
        "site": plan.site.model_dump(mode="json"),
        "rooms": dict(plan.places),
        "credentials": {name: dict(fields) for name, fields in credentials.items()},
        "devices": [_device(device, drawing, *addresses[device.id]) for device in plan.devices],
        "topology": drawing.parts(),
    }


def _device(device: DeviceShape, drawing: Drawing, host: str, port: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": device.id, "name": device.name, "kind": device.kind}
    entry |= {key: value for key in ("room", "rack", "tenant", "feed") if (value := getattr(device, key))}
    entry |= drawing.place(device)
    entry |= {"address": f"{host}:{port}", "collector": device.protocol, "profile": device.speaks}
    entry |= {"interval": f"{device.interval:g}s"}
    if device.protocol == "snmp":
        return entry | {"credential": V3 if device.version == "3" else COMMUNITY}
    return entry | {"modbus": {"unit": device.unit}}


def as_text(sections: Mapping[str, Any]) -> str:
    """Return sections as YAML that people can read: one line a device, JSON where YAML allows it."""
    lines: list[str] = []
    for name, section in sections.items():
        if isinstance(section, list):
            lines += [f"{name}:", *(f"  - {json.dumps(one, ensure_ascii=False)}" for one in section), ""]
        elif isinstance(section, Mapping) and all(isinstance(part, Mapping) for part in section.values()):
            lines += [f"{name}:"]
            lines += [f"  {key}: {json.dumps(part, ensure_ascii=False)}" for key, part in section.items()]
            lines += [""]
        else:
            lines += [f"{name}: {json.dumps(section, ensure_ascii=False)}"]
    return "\n".join(lines).rstrip("\n") + "\n"
