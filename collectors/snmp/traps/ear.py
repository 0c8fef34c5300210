"""The port for traps: our own socket, a gate, a short queue, and one thread that reads, beside the loop.

socket ─▶ Gate ─▶ queue (bounded) ─▶ thread: pysnmp ─▶ Heard ─▶ whoever asks devices
             └ flood: 3 us a datagram      └ answers (informs, discovery) go back by the same socket
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import structlog

from collectors.snmp.config.credential import access
from collectors.snmp.config.options import options_of
from collectors.snmp.dialect.profile import SnmpProfile
from collectors.snmp.engine.access import User
from collectors.snmp.traps.gate import Gate, Verdict, word_of
from dcim.clock import Clock
from dcim.collect import Credential, Heard, Stranger
from dcim.model import Address, Asset
from dcim.record import dataclass

if TYPE_CHECKING:
    from collectors.snmp.traps.reader import Said, Unsaid, UserReader

log = structlog.get_logger("collectors.snmp")

QUEUE: Final = 512
"""Datagrams that wait to be read; those that come then are thrown away."""

BURST: Final = 128
"""Datagrams taken from the socket before the loop turns: half a millisecond of a flood."""

_TOGETHER: Final = 16
_LARGEST: Final = 8192
_RECEIVE_BUFFER: Final = 4 << 20
_RXQ_OVFL: Final = 40  # SO_RXQ_OVFL of Linux: the kernel tells with a datagram how many it threw away
_MOVED: Final = 300.0  # seconds between two looks where the names of devices lead
_MAPPED: Final = "::ffff:"

_Raw = tuple[bytes, tuple[str, int], str]
"""A datagram, where an answer to it goes, and its sender's address as the gate knows it."""


@dataclass(frozen=True, slots=True)
class Household:
    """Who may send, and with which secrets.

    ``users`` are v3 users by asset; ``profiles`` tells with which profiles an asset is read now. ``engine``
    and ``boots`` are ours, for informs (RFC 3414 2.2): the same over restarts, and one more each time.
    """

    assets: Sequence[Asset]
    relays: Sequence[str]
    users: Callable[[Asset], Sequence[User]]
    profiles: Callable[[str], Sequence[SnmpProfile]]
    engine: bytes
    boots: int


class SnmpEar:
    """Implements ``dcim.collect.Ear`` on a bound socket of the running loop."""

    def __init__(
        self, wire: socket.socket, household: Household, heard: Callable[[Heard], None], clock: Clock
    ) -> None:
        self.address = Address(*wire.getsockname()[:2])
        self._wire = wire
        self._household = household
        self._assets = {asset.id: asset for asset in household.assets}
        self._heard = heard
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._gate = Gate({}, frozenset(map(_plain, household.relays)))
        self._counts: Counter[str] = Counter()
        self._queue: deque[_Raw] = deque()
        self._some = asyncio.Event()
        self._readers: dict[User, UserReader] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many datagrams came, by what became of them."""
        said = self._counts + self._gate.counts
        return {str(word): number for word, number in said.items() if word is not Verdict.ADMITTED}

    def strangers(self) -> Sequence[Stranger]:
        """Return unknown senders, those that were last heard first."""
        return self._gate.strangers()

    @classmethod
    async def opened(
        cls, wire: socket.socket, household: Household, heard: Callable[[Heard], None], clock: Clock
    ) -> SnmpEar:
        """Return an ear that hears already."""
        ear = cls(wire, household, heard, clock)
        ear._gate.move(await ear._senders())
        ear._open()
        return ear

    def _open(self) -> None:
        self._wire.setblocking(False)
        for option, value in ((socket.SO_RCVBUF, _RECEIVE_BUFFER), (_RXQ_OVFL, 1)):
            self._wire.setsockopt(socket.SOL_SOCKET, option, value)
        self._loop.add_reader(self._wire, self._readable)
        self._tasks = [asyncio.create_task(one, name="traps") for one in (self._work(), self._follow())]
        for task in self._tasks:
            task.add_done_callback(_ended)

    async def aclose(self) -> None:
        """Close the port."""
        self._loop.remove_reader(self._wire)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._wire.close()

    # on the loop

    def _readable(self) -> None:
        """Take what lies in the socket, not more than a burst, and keep what the gate lets through."""
        now, at = self._loop.time(), self._clock.now()
        for _ in range(BURST):
            try:
                data, beside, _, peer = self._wire.recvmsg(_LARGEST + 1, 64)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier answer
                continue
            for level, kind, value in beside:
                if level == socket.SOL_SOCKET and kind == _RXQ_OVFL:
                    self._counts["kernel"] = int.from_bytes(value, "little")
            sender = _plain(peer[0])
            if self._gate.admit(sender, now, at) is Verdict.ADMITTED:
                self._keep((data, peer, sender))

    def _keep(self, raw: _Raw) -> None:
        if len(self._queue) >= QUEUE:
            self._counts[Verdict.CROWDED] += 1
        elif len(raw[0]) > _LARGEST:
            self._counts["unusable"] += 1
        else:
            self._queue.append(raw)
            self._some.set()

    async def _work(self) -> None:
        """Read what was kept, some at a time, in a thread; tell what it says."""
        while True:
            await self._some.wait()
            some = [self._queue.popleft() for _ in range(min(_TOGETHER, len(self._queue)))]
            if not self._queue:
                self._some.clear()
            wanted = [(raw, self._users(raw[2])) for raw in some]
            for raw, said in zip(some, await asyncio.to_thread(self._read, wanted), strict=True):
                self._told(raw, said)

    def _users(self, sender: str) -> list[User]:
        """Return the v3 users with which the devices at an address may sign, each once."""
        there = (self._assets[asset] for asset in self._gate.assets(sender, ""))
        return list(dict.fromkeys(user for asset in there for user in self._household.users(asset)))

    def _told(self, raw: _Raw, said: Said | Unsaid) -> None:
        _, peer, sender = raw
        for answer in said.answers:
            try:
                self._wire.sendto(answer, peer)
            except OSError:  # the sender asks again
                break
        trap = getattr(said, "trap", "")
        if not trap:
            discovers = bool(said.answers)  # of an inform: who are you? It is no message yet
            refused = getattr(said, "refused", False)
            self._counts["discovery" if discovers else "refused" if refused else "unusable"] += 1
            return
        self._tell(sender, said)  # type: ignore[arg-type]  # what has a trap is a Said

    def _tell(self, sender: str, said: Said) -> None:
        assets = self._gate.assets(sender, said.origin)
        self._counts["heard" if assets else "unmatched"] += 1
        for asset in assets:
            word = word_of(said.trap, self._household.profiles(asset))
            at = self._clock.now()
            self._heard(Heard(asset, at, said.trap, word.name, said.how, sender, word.ask))

    async def _follow(self) -> None:
        """Look again and again where the names of devices lead."""
        while True:
            await asyncio.sleep(_MOVED)
            self._gate.move(await self._senders())

    async def _senders(self) -> dict[str, tuple[str, ...]]:
        """Return the assets by the addresses that they send from."""
        found: dict[str, list[str]] = {}
        for asset in self._household.assets:
            more = options_of(asset).trap_sources
            for host in (asset.address.host, *more):
                for address in await self._addresses(host):
                    found.setdefault(address, []).append(asset.id)
        return {address: tuple(dict.fromkeys(assets)) for address, assets in found.items()}

    async def _addresses(self, host: str) -> Iterable[str]:
        try:
            return [_plain(str(ip_address(host)))]
        except ValueError:
            pass
        try:
            found = await self._loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except OSError:
            return ()
        return {_plain(str(place[0])) for *_, place in found}

    # in the thread, one call at a time

    def _read(self, wanted: Sequence[tuple[_Raw, Sequence[User]]]) -> list[Said | Unsaid]:
        from collectors.snmp.traps import reader as pysnmp

        return [
            self._signed(raw, users) if pysnmp.version_of(raw[0]) == 3 else pysnmp.read_community(raw[0])
            for raw, users in wanted
        ]

    def _signed(self, raw: _Raw, users: Sequence[User]) -> Said | Unsaid:
        """Read a message of v3 with the users of its sender; the first that makes sense of it counts."""
        from collectors.snmp.traps.reader import Said, Unsaid, UserReader

        found: Said | Unsaid = Unsaid(refused=True)
        for user in users:
            reader = self._readers.get(user)
            if reader is None:
                reader = self._readers[user] = UserReader(self._household.engine, self._household.boots, user)
            found = reader.read(raw[0], (raw[1][0], raw[1][1]))
            if isinstance(found, Said) or found.answers:
                break
        return found


def users_of(credentials: Mapping[str, Credential], asset: Asset) -> list[User]:
    """Return the v3 users of a device; credentials that cannot be used are told when it is asked."""
    users: list[User] = []
    for name in asset.credentials:
        with suppress(KeyError, ValueError):
            how = access(credentials[name])
            users += [how] if isinstance(how, User) else []
    return users


def _plain(address: str) -> str:
    """Return an address as it is compared: IPv4 as itself where a socket of IPv6 tells it, without a zone."""
    return address.removeprefix(_MAPPED).partition("%")[0].lower()


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (bug := task.exception()) is not None:
        log.error("traps are not heard any more: this is a bug", exc_info=bug)
