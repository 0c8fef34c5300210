"""The plug-in of a protocol, found by the entry point ``dcim.collectors``, and what it knows of families."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import BaseModel

from dcim.collect.asking import Collector, Credential
from dcim.collect.finding import Decoded
from dcim.model import Address
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """What the configuration needs to know of a device family.

    ``least_interval`` is in seconds: its devices are not to be asked more often.
    """

    name: str
    least_interval: float = 0.0


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """One family for ``dcim profiles``."""

    name: str
    protocol: str
    kind: str
    vendor: str
    title: str
    metrics: tuple[str, ...]
    images: tuple[str, ...]
    untested: tuple[str, ...]  # "point: why"
    least_interval: float = 0.0  # seconds; devices of this family are not to be asked more often
    points: int = 0  # those written in its file and in what it extends
    confidence: str = ""  # of its sources: high, medium, low, manual alone; empty where nothing is said


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who answers at an address: one unit on a line (a connection, or a wire) that units may share.

    Texts are normal forms: two devices with the same ``line`` and ``unit`` are one. ``how`` describes the
    line, which has one description only. An empty ``unit`` is the only one on its line.
    """

    line: str
    unit: str = ""
    how: str = ""

    def __str__(self) -> str:
        """Read as ``10.0.0.9:502 unit 1``."""
        return f"{self.line} unit {self.unit}" if self.unit else self.line


def host_form(host: str) -> str:
    """Return the one way to write a host that stands for all others of it: lower case, IPv6 as RFC 5952."""
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower().rstrip(".")


class CollectorPlugin(Protocol):
    """What the entry point names. Owns the settings of its protocol; the core keeps them opaque."""

    name: str
    options_type: type[BaseModel]  # a device's own section (``snmp:``, ``modbus:``)
    # the fields of one credential beside ``protocol``; secrets are references
    credential_type: type[BaseModel]

    def open(
        self,
        credentials: Mapping[str, Credential],
        profile_dirs: Sequence[Path] = (),
        tap: Callable[[str], None] | None = None,
    ) -> Collector:
        """Return a collector bound to the running event loop. User profiles in ``profile_dirs`` win.

        ``tap`` is told every answer, raw, as lines of a recording that ``decode`` reads.
        """
        ...

    def decode(self, path: Path, profile_dirs: Sequence[Path] = ()) -> Decoded | None:
        """Decode a recording, or return None when the file is not of this protocol."""
        ...

    def families(self, profile_dirs: Sequence[Path] = ()) -> Iterable[Family]:
        """Yield the families that a device may name; at the end raise ConfigError for those that are wrong.

        Quick, for every start: profiles in ``profile_dirs`` are checked whole, of the plug-in's own, which
        are tested, no more is read than it takes.
        """
        ...

    def profiles(self, profile_dirs: Sequence[Path] = ()) -> Iterable[ProfileSummary]:
        """Yield the families that can be used; at the end raise ConfigError for those that are wrong.

        Quick as ``families`` is: what a file of the plug-in's own says is read, not compiled.
        """
        ...


@runtime_checkable
class TellsEndpoints(Protocol):
    """What a plug-in may offer beside, so that one device that is written twice is told as a mistake."""

    def endpoint(self, address: Address, options: BaseModel) -> Endpoint:
        """Return who answers at an address; ``options`` is the device's own section, already checked.

        Raise ValueError, with words for people, for an address at which no device of these options can be.
        """
        ...


@runtime_checkable
class MasksRecordings(Protocol):
    """What a plug-in may offer beside: a recording that says nothing of whose device it was."""

    def mask(
        self,
        lines: Sequence[str],
        hidden: Sequence[str],
        profile_dirs: Sequence[Path] = (),
        profile: str = "",
    ) -> list[str]:
        """Return the lines with names, serial numbers and addresses replaced by placeholders of their shape.

        ``hidden`` are texts that must not remain wherever they stand. What ``profile`` needs stays as it is,
        or the profiles that the recording is recognised by; those in ``profile_dirs`` win.
        """
        ...
