"""Stand-ins for what the loader is given: two collectors and two channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from dcim.collect import Collector, Credential, Decoded, Endpoint, Family, ProfileSummary
from dcim.model import Address, ConfigError, Problem
from dcim.secret import SecretRef
from dcim.settings import Settings, survey
from dcim.yaml import Section


class SnmpOptions(Section):
    engine: Literal["own", "pysnmp"] = "own"


class SnmpCredential(Section):
    version: Literal["2c", "3"] = "3"
    community: SecretRef | None = None
    user: str = ""
    auth: Literal["md5", "sha256"] | None = None
    auth_key: SecretRef | None = None


class ModbusOptions(Section):
    unit: int = Field(ge=0, le=247)
    framing: Literal["tcp", "rtu"] = "tcp"


class Token(Section):
    token: SecretRef


class GateCredential(Token):
    inner: Token | None = None
    more: tuple[SecretRef, ...] = ()
    by: dict[str, SecretRef] = Field(default_factory=dict)


class Log(Section):
    name: str
    type: Literal["log"]
    level: str = "info"


class Hook(Section):
    url: SecretRef
    headers: dict[str, SecretRef] = Field(default_factory=dict)
    more: tuple[SecretRef, ...] = ()
    inner: Token | None = None


NOT_ASKED = "reading a configuration asks a plug-in for the names of its families and nothing else"


@dataclass
class Plugin:
    name: str
    options_type: type[BaseModel]
    credential_type: type[BaseModel]
    names: tuple[str, ...]
    broken: str = ""
    asked: int = 0
    least: float = 0.0

    def families(self, profile_dirs: Sequence[Path] = ()) -> Iterable[Family]:
        self.asked += 1
        if self.broken:
            raise ConfigError((Problem("profile.yaml", 3, 1, "points", self.broken),))
        own = [path.name for folder in profile_dirs for path in sorted(folder.iterdir())]
        return [Family(name, self.least) for name in (*self.names, *own)]

    def profiles(self, profile_dirs: Sequence[Path] = ()) -> Iterable[ProfileSummary]:
        raise AssertionError(NOT_ASKED)

    def open(self, credentials: Mapping[str, Credential], profile_dirs: Sequence[Path] = ()) -> Collector:
        raise AssertionError(NOT_ASKED)

    def decode(self, path: Path, profile_dirs: Sequence[Path] = ()) -> Decoded | None:
        raise AssertionError(NOT_ASKED)


class Telling(Plugin):
    """A plug-in that says who answers at an address."""

    def endpoint(self, address: Address, options: BaseModel) -> Endpoint:
        assert isinstance(options, ModbusOptions)
        return Endpoint(str(address), str(options.unit or ""), options.framing)


@pytest.fixture
def plugins() -> dict[str, Plugin]:
    return {
        "snmp": Plugin("snmp", SnmpOptions, SnmpCredential, ("apc_smartups", "apc_rpdu2")),
        "modbus": Telling("modbus", ModbusOptions, GateCredential, ("stulz_c7000",)),
    }


@pytest.fixture
def channels() -> dict[str, type[BaseModel]]:
    return {"log": Log, "webhook": Hook}


Read = Callable[..., tuple[Settings, list[str]]]


@pytest.fixture
def config(tmp_path: Path, plugins: dict[str, Plugin], channels: dict[str, type[BaseModel]]) -> Read:
    """Return what reads a config made of texts, by file name; problems come without the folder."""

    def read(text: str, /, **files: str) -> tuple[Settings, list[str]]:
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        (tmp_path / "dcim.yaml").write_text(text, encoding="utf-8")
        settings, problems = survey(tmp_path / "dcim.yaml", plugins, channels)
        return settings, [str(problem).replace(f"{tmp_path}/", "") for problem in problems]

    return read
