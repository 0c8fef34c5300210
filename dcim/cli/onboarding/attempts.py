"""The ways in which ``dcim probe`` asks an address, the likeliest first, and what each of them brought.

    SNMP v3 (where a user is given) ─▶ v2c ─▶ v1 ─▶ Modbus        the first that is answered is read

A way costs one question where nobody listens; what nobody typed credentials for is not tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from dcim.collect import (
    Ask,
    Collected,
    Collector,
    CollectorPlugin,
    Credential,
    Explored,
    Explores,
    Match,
    TellsTroubles,
    Trouble,
)
from dcim.model import Asset, Lane, NoAnswer, PollError, Sign
from dcim.record import dataclass, field

_MOMENT: Final = 0.3
PATIENCE: Final = 30.0
"""Seconds that reading a device may take."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to ask: ``how`` in words, and all that it takes."""

    how: str
    plugin: CollectorPlugin
    asset: Asset
    credential: Credential | None = None
    says_hello: bool = False  # the protocol has a question so cheap that silence is known after one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a way that was not answered."""

    how: str
    failure: PollError


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe brought. ``tape`` are the raw answers, as lines of a recording."""

    how: str
    plugin: CollectorPlugin
    matches: tuple[Match, ...]
    profile: str
    collected: Collected = field(default_factory=Collected)
    explored: Explored | None = None
    tape: tuple[str, ...] = ()
    failed: tuple[Outcome, ...] = ()
    seconds: float = 0.0
    troubles: tuple[Trouble, ...] = ()


class Nobody(Exception):
    """No way was answered: ``outcomes`` say what became of each."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        super().__init__("; ".join(f"{one.how}: {one.failure}" for one in outcomes))


async def ask(attempts: Iterable[Attempt], profile_dirs: Sequence[Path], look: float) -> Found:
    """Read the device by the first way that it answers. Raise ``Nobody`` where it answers none.

    ``look`` is how many seconds all of it may take for what nothing was made of to be looked at as well;
    a moment is left for that where reading alone took longer.
    """
    began = asyncio.get_running_loop().time()
    failed: list[Outcome] = []
    for attempt in attempts:
        tape: list[str] = []
        until = asyncio.get_running_loop().time() + look
        collector = _open(attempt, profile_dirs, tape.append)
        try:
            await hello(collector, attempt)
            matches, found = await _understand(collector, attempt, until)
        except PollError as why:
            failed.append(Outcome(attempt.how, why))
            continue
        finally:
            await collector.aclose()
        name = attempt.asset.profiles[0] if attempt.asset.profiles else _best(matches)
        return Found(
            attempt.how, attempt.plugin, matches, name, found[0], found[1],
            tuple(dict.fromkeys(tape)), tuple(failed), asyncio.get_running_loop().time() - began,
            collector.troubles(attempt.asset) if isinstance(collector, TellsTroubles) else (),
        )  # fmt: skip
    raise Nobody(failed)


def _best(matches: Sequence[Match]) -> str:
    return matches[0].profile if matches else ""


def _open(attempt: Attempt, profile_dirs: Sequence[Path], tap: Callable[[str], None] | None) -> Collector:
    credential = attempt.credential
    return attempt.plugin.open({credential.name: credential} if credential else {}, profile_dirs, tap)


async def _understand(
    collector: Collector, attempt: Attempt, until: float
) -> tuple[tuple[Match, ...], tuple[Collected, Explored | None]]:
    """Return which profiles fit a device that was greeted, and what it says. Raise PollError where none came.

    Who has answered a greeting is not silent: what is missing then came too late.
    """
    loop = asyncio.get_running_loop()
    began, missing = loop.time(), "say who it is"
    try:
        matches = await fitting(collector, attempt)
        began, missing = loop.time(), "give a value"
        return matches, await _read(collector, attempt, matches, until)
    except NoAnswer as why:
        if not attempt.says_hello or why.sign is not None:
            raise
        msg = f"it answers, but too slowly to {missing} in {loop.time() - began:.0f} s"
        raise NoAnswer(msg, sign=Sign.SLOW) from why


async def hello(collector: Collector, attempt: Attempt) -> None:
    """Ask what costs least, where the protocol has that. Raise PollError for silence."""
    if attempt.says_hello:
        until = asyncio.get_running_loop().time() + 2 * attempt.asset.timeout
        await collector.collect(attempt.asset, Ask(frozenset(), until, cheap=True))


async def fitting(collector: Collector, attempt: Attempt) -> tuple[Match, ...]:
    """Return the profiles that fit, best first; none where one is named. Raise PollError for silence."""
    asset = attempt.asset
    if asset.profiles:
        return ()
    credentials = [attempt.credential] if attempt.credential else []
    return tuple(await collector.identify(asset.address, credentials, asset))


async def _read(
    collector: Collector, attempt: Attempt, matches: Sequence[Match], until: float
) -> tuple[Collected, Explored | None]:
    """Read a device that a profile fits, and look at the rest of what it answers."""
    loop = asyncio.get_running_loop()
    collected = Collected()
    if matches or attempt.asset.profiles:
        collected = await collector.collect(attempt.asset, Ask(frozenset(Lane), loop.time() + PATIENCE))
    explored = None
    if isinstance(collector, Explores):
        with suppress(PollError):  # the device was read: what is beside is a matter of interest
            explored = await collector.explore(attempt.asset, max(until, loop.time() + _MOMENT))
    return collected, explored
