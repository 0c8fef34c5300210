"""The contract that a collector implements: one per protocol, by the entry point ``dcim.collectors``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from socket import socket
from typing import Any, Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel

from dcim.model import Address, Asset, Batch, Identity, Lane
from dcim.model.fact import Body


@dataclass(slots=True)
class Ask:
    """What to ask a device, and by when the answer must be there (``loop.time()`` seconds).

    ``cheap`` asks one question only: is anybody there? The answer to it is an empty ``Collected``.
    Never changed, as ``Collected`` is not; not frozen, as one of each is made for every poll.
    """

    lanes: frozenset[Lane]
    deadline: float
    cheap: bool = False


@dataclass(slots=True)
class Collected:
    """What came by the deadline. Parts that did not are gaps ``deadline`` inside their batch.

    ``identity`` is there when the static lane was read. ``restarted``: the agent has restarted since
    the last poll, so identity and tables were read again. ``requests`` and ``retries`` count packets.
    ``asked`` is False when this beat was left out on purpose, since the device is not to be asked so
    often: then nothing was asked or heard, and nothing is known that was not known before.
    """

    batches: tuple[Batch, ...] = ()
    identity: Identity | None = None
    restarted: bool = False
    requests: int = 0
    retries: int = 0
    asked: bool = True


Outcome: TypeAlias = "Collected | Exception | None"
"""How a poll that was begun without a task ended; None: ``collect`` is to ask, as the answer was unusual."""


@dataclass(frozen=True, slots=True)
class Match:
    """One profile that fits a device, and why. Higher scores fit better; equal ones are sorted by name."""

    profile: str
    score: int
    reason: str
    identity: Identity = field(default_factory=Identity)


@dataclass(frozen=True, slots=True)
class Explored:
    """What a device answers below the trees of its profiles, or of its maker where it has none.

    ``unused`` are the answers that no point, name or identity is made of: their place and what stood there.
    ``whole`` is False where time or patience ended first; ``profiles`` are those that it is read with.
    ``superseded``: see ``Decoded``. ``left_out``: what reading itself did not get of the tables, and why.
    ``fitting``: families it is not read with, the tree of each that it answers too, and how many answers.
    """

    fitting: tuple[tuple[str, str, int], ...] = field(default=(), kw_only=True)
    left_out: tuple[str, ...] = field(default=(), kw_only=True)
    profiles: tuple[str, ...] = ()
    answers: int = 0
    unused: tuple[tuple[str, str], ...] = ()
    greeting: Mapping[str, str] = field(default_factory=dict)
    vendor: str = ""  # who owns the number that the device calls itself by
    whole: bool = True
    superseded: tuple[Batch, ...] = ()


@runtime_checkable
class Explores(Protocol):
    """What a collector may offer beside: a look at all that a device answers."""

    async def explore(self, asset: Asset, deadline: float, *, walk: bool = True) -> Explored:
        """Walk what the device has, by the deadline (``loop.time()`` seconds). Raises as ``collect``.

        Without ``walk`` ask no more than what it says to anybody: the greeting.
        """
        ...


@dataclass(frozen=True, slots=True)
class Credential:
    """Named secrets of one protocol, resolved. Never printed: its repr shows the name alone."""

    name: str
    protocol: str
    fields: Mapping[str, Any] = field(repr=False)  # the plug-in's own shape, secrets as plain text


class Collector(Protocol):
    """Asks the hardware of one protocol. Raises ``NoAnswer``, ``Refused``, ``BadAnswer`` and nothing else."""

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the device said by the deadline; what did not come is a gap."""
        ...

    async def identify(
        self, address: Address, credentials: Sequence[Credential], asset: Asset
    ) -> Sequence[Match]:
        """Return the profiles that fit the device, best first, each with its reason."""
        ...

    async def aclose(self) -> None:
        """Close every socket and connection; pending questions end as ``NoAnswer``."""
        ...


@runtime_checkable
class BeginsPolls(Protocol):
    """What a collector may offer beside: the usual poll without a task, for thousands of them a second."""

    def begin(self, asset: Asset, ask: Ask, over: Callable[[Outcome], None]) -> bool:
        """Begin the poll of a device that is understood; False: nothing was begun, ask with ``collect``.

        After True ``over`` is called once, later, on the loop, by the deadline: with what came, with a
        ``PollError``, with any other exception (a bug), or with None where ``collect`` is to ask after all.
        """
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that a device sent unasked: a reason to ask it, never a state.

    ``name`` is the profile's word for it, else empty; ``what`` its own name in its protocol (an OID).
    ``ask`` is False where the profile says that asking would show nothing new. ``at`` is UTC seconds.
    """

    asset: str
    at: float
    what: str
    name: str
    how: str  # "v2c trap", "v3 inform"
    sender: str  # the address that it came from
    ask: bool = True


@dataclass(frozen=True, slots=True)
class Stranger:
    """An address that sends and belongs to no device. Times are UTC seconds."""

    sender: str
    number: int
    first: float
    last: float


class Ear(Protocol):
    """A port on which devices are heard."""

    @property
    def address(self) -> Address:
        """Return where it listens."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many messages came, by what became of them."""
        ...

    def strangers(self) -> Sequence[Stranger]:
        """Return unknown senders, bounded, those that were last heard first."""
        ...

    async def aclose(self) -> None:
        """Close the port; nothing is heard any more."""
        ...


@runtime_checkable
class Listens(Protocol):
    """What a collector may offer beside: it hears what devices send unasked."""

    async def listen(
        self,
        wire: socket,
        assets: Sequence[Asset],
        relays: Sequence[str],
        heard: Callable[[Heard], None],
    ) -> Ear:
        """Hear these devices on a bound datagram socket, which is closed with the ear.

        ``relays`` are addresses that pass on what others send. ``heard`` is called on the loop and is quick.
        """
        ...


@runtime_checkable
class Remembers(Protocol):
    """What a collector may offer beside: it has something to remember over a restart of the daemon."""

    def recall(self, kept: Mapping[str, Body], keep: Callable[[str, Body], None]) -> None:
        """Take over what was kept before the restart, by key, and what keeps a body under a key.

        Called once, before the first poll. ``keep`` never blocks; call it on the loop. Bodies are JSON.
        """
        ...


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a recording holds, decoded with no network: the same code path as a poll.

    ``greeting`` is what the device says of itself to anybody, by the protocol's own names (``sysObjectID``):
    all there is to know of one that no profile fits. ``superseded`` are values of points for which the
    device has a better place, which the poll reads instead: right in themselves, and good to compare with.
    """

    profile: str | None
    identity: Identity
    batches: tuple[Batch, ...]
    reason: str = ""  # why this profile
    greeting: Mapping[str, str] = field(default_factory=dict)
    superseded: tuple[Batch, ...] = ()


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
        """Return who answers at an address; ``options`` is the device's own section, already checked."""
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
