"""Looks for devices at many addresses, so many a second, and says who answered.

Slices of 256 addresses share one collector a protocol: what is learned of silent addresses is let go with it.
An address that answers SNMP is not asked over Modbus as well: it is one device.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

from dcim.cli.onboarding.attempts import PATIENCE, Attempt, fitting, hello
from dcim.collect import Ask, Collector, Credential, Explored, Explores, ListsBeside, Match
from dcim.model import Address, Identity, Lane, PollError
from dcim.record import dataclass, field, replace

PORTS: Final = {"snmp": 161, "modbus": 502}
"""Where agents listen (RFC 3417, 3.2; Modbus messaging on TCP/IP 1.0b, 4.3.2)."""

_SLICE: Final = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers at an address, and how it was asked. No ``profiles``: no family known here.

    ``late``: it is there, and did not say in time who it is. ``options`` are those of its own section with
    which it was found.
    """

    address: Address
    way: Attempt
    profiles: tuple[str, ...] = ()
    identity: Identity = field(default_factory=Identity)
    greeting: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    options: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(slots=True)
class Sweep:
    """One sweep. ``answers`` grows as it goes on, so that an interrupted one has lost nothing."""

    ways: Sequence[Attempt]
    rate: float  # addresses a second
    profile_dirs: Sequence[Path] = ()
    asked: int = 0
    answers: list[Answer] = field(default_factory=list)

    async def run(self, addresses: Sequence[Address], told: Callable[[], None]) -> None:
        """Ask every address once; ``told`` is called whenever a number has changed."""
        loop = asyncio.get_running_loop()
        began, number = loop.time(), 0
        async with asyncio.TaskGroup() as slices:
            for part in _slices(addresses):
                stack = AsyncExitStack()
                collectors = self._open(stack)
                looks = []
                for address in part:
                    await asyncio.sleep(began + number / self.rate - loop.time())
                    number += 1
                    looks.append(slices.create_task(self._look(collectors, address, told)))
                slices.create_task(_close(stack, looks))

    def _open(self, stack: AsyncExitStack) -> list[Collector]:
        """Open a collector a way."""
        opened: dict[str, Collector] = {}
        for way in self.ways:
            if way.plugin.name not in opened:
                credentials: dict[str, Credential] = {
                    one.credential.name: one.credential for one in self.ways if one.credential is not None
                }
                own = {name: one for name, one in credentials.items() if one.protocol == way.plugin.name}
                opened[way.plugin.name] = way.plugin.open(own, self.profile_dirs)
                stack.push_async_callback(opened[way.plugin.name].aclose)
        return [opened[way.plugin.name] for way in self.ways]

    async def _look(
        self, collectors: Sequence[Collector], address: Address, told: Callable[[], None]
    ) -> None:
        for collector, way in zip(collectors, self.ways, strict=True):
            with suppress(PollError):
                answer = await _answer(collector, _at(way, address))
                self.answers.append(answer)
                self.answers += [one async for one in _beside(collector, answer.way)]
                break
        self.asked += 1
        told()


def _slices(addresses: Sequence[Address]) -> list[Sequence[Address]]:
    return [addresses[start : start + _SLICE] for start in range(0, len(addresses), _SLICE)]


async def _close(stack: AsyncExitStack, looks: Sequence[asyncio.Task[None]]) -> None:
    """Close what a slice shares once nobody needs it."""
    try:
        await asyncio.gather(*looks)
    finally:
        await stack.aclose()


def _at(way: Attempt, address: Address) -> Attempt:
    """Return a way to ask one address; each has a device of its own in the collector."""
    asset = replace(way.asset, id=f"{address} {way.how}", address=address)
    return replace(way, asset=asset)


async def _beside(collector: Collector, way: Attempt) -> AsyncIterator[Answer]:
    """Yield who else answers at the address of a device: a gateway has many behind it."""
    others = await collector.beside(way.asset) if isinstance(collector, ListsBeside) else ()
    for options in others:
        said = way.asset.options.model_dump(exclude_unset=True) if way.asset.options is not None else {}
        which = " ".join(f"{key} {value}" for key, value in options.items())
        own = way.plugin.options_type.model_validate(said | dict(options))
        asset = replace(way.asset, id=f"{way.asset.id} {which}", options=own)
        with suppress(PollError):
            yield await _answer(collector, replace(way, how=f"{way.how} {which}", asset=asset))


async def _answer(collector: Collector, way: Attempt) -> Answer:
    """Return who answers. Raise PollError where nobody does."""
    loop, asset = asyncio.get_running_loop(), way.asset
    await hello(collector, way)
    try:
        matches = await fitting(collector, way)
    except PollError:
        if not way.says_hello:
            raise
        return Answer(_port(asset.address, way), way, late=True)
    identity = _best(matches)
    explored = Explored()
    with suppress(PollError):  # it has answered: what it does not say now stays empty
        if matches:
            ask = Ask(frozenset({Lane.STATIC}), loop.time() + PATIENCE)
            identity = (await collector.collect(asset, ask)).identity or identity
        if isinstance(collector, Explores):
            explored = await collector.explore(asset, loop.time() + 2 * asset.timeout, walk=False)
    profiles = explored.profiles or tuple(match.profile for match in matches[:1])
    options = matches[0].options if matches else {}
    return Answer(_port(asset.address, way), way, profiles, identity, explored.greeting, options=options)


def _port(address: Address, way: Attempt) -> Address:
    return replace(address, port=address.port or PORTS.get(way.plugin.name, 0))


def _best(matches: Sequence[Match]) -> Identity:
    return matches[0].identity if matches else Identity()
