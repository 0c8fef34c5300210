"""What is muted at a site: by whom, why and until when; asked whenever an alert begins. Pure.

A mute lies on one alert, on a device, or on one rule of a device; also while nothing is wrong there.
Several may lie over one alert, one of each kind counts: the one that lasts longest.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite
from typing import Any, Final

from dcim.alerts.alert import mute_body
from dcim.alerts.state import Mute, MuteKind
from dcim.model import DcimError
from dcim.model.fact import Json
from dcim.record import dataclass, replace

SHELVE_MOST: Final = 8 * 3600.0
"""Seconds for which an alert may be shelved unless the configuration says otherwise: one shift."""

_LONGEST: Final = 400  # characters of a reason


class MuteRefused(DcimError):
    """Somebody asked for a mute that the rules of the house do not allow; the text says which."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What a mute lies on: the alert of ``key``; without one, those of ``asset``, of one ``rule`` or all."""

    asset: str
    rule: str = ""
    key: str = ""

    def covers(self, asset: str, rule: str, key: str) -> bool:
        """Say whether an alert is muted by this."""
        if self.key:
            return self.key == key
        return self.asset == asset and self.rule in ("", rule)


@dataclass(frozen=True, slots=True, order=True)
class Lying:
    """A mute and what it lies on."""

    target: Target
    mute: Mute

    @property
    def key(self) -> str:
        """Return the name under which it is remembered: one a target and kind."""
        return "|".join((self.mute.kind, self.target.key or self.target.asset, self.target.rule))

    def body(self, to_utc: float) -> dict[str, Json]:
        """Return it as JSON; ``to_utc`` is UTC minus monotonic seconds."""
        mute = replace(self.mute, until=self.mute.until + to_utc)
        return {
            "asset": self.target.asset,
            "rule": self.target.rule,
            "key": self.target.key,
            **mute_body(mute),
        }

    @classmethod
    def of(cls, body: Any, to_utc: float) -> Lying:
        """Return what a body was made from."""
        until = inf if body["until"] is None else float(body["until"]) - to_utc
        mute = Mute(MuteKind(body["kind"]), body["by"], body["reason"], until, body["ticket"])
        return cls(Target(body["asset"], body["rule"], body["key"]), mute)


class Mutes:
    """Everything that is muted now. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._by_asset: dict[str, dict[tuple[Target, MuteKind], Mute]] = {}

    def __bool__(self) -> bool:
        """Say whether anything is muted."""
        return bool(self._by_asset)

    def __iter__(self) -> Iterator[Lying]:
        """Yield every mute with what it lies on."""
        for found in self._by_asset.values():
            for (target, _), mute in found.items():
                yield Lying(target, mute)

    def put(self, target: Target, mute: Mute) -> None:
        """Lay a mute on a target, in the place of one of the same kind."""
        self._by_asset.setdefault(target.asset, {})[target, mute.kind] = mute

    def take(self, target: Target, kind: MuteKind) -> Mute | None:
        """Take a mute off a target; return it, None where there was none."""
        found = self._by_asset.get(target.asset, {})
        mute = found.pop((target, kind), None)
        if not found:
            self._by_asset.pop(target.asset, None)
        return mute

    def lies(self, target: Target, kind: MuteKind) -> bool:
        """Say whether such a mute lies on exactly this target."""
        return (target, kind) in self._by_asset.get(target.asset, {})

    def over(self, asset: str, rule: str, key: str) -> tuple[Mute, ...]:
        """Return the mutes of an alert, the weightiest kind first; of one kind the one that lasts longest."""
        longest: dict[MuteKind, Mute] = {}
        for (target, kind), mute in self._by_asset.get(asset, {}).items():
            if target.covers(asset, rule, key) and (kind not in longest or mute.until > longest[kind].until):
                longest[kind] = mute
        return tuple(longest[kind] for kind in MuteKind if kind in longest)

    def expired(self, now: float) -> list[Lying]:
        """Return the mutes whose time is over."""
        return [lying for lying in self if lying.mute.until <= now]

    @property
    def next_end(self) -> float | None:
        """Return when the next mute ends by itself; None: none does."""
        ends = [lying.mute.until for lying in self if lying.mute.until < inf]
        return min(ends, default=None)


def check_mute(mute: Mute, now: float, most: float = SHELVE_MOST) -> None:
    """Check a mute that a person asks for; raise MuteRefused. Too long a time is refused, never shortened."""
    if not mute.by.strip():
        _refuse("say who you are: a mute without a name is none")
    if not mute.reason.strip():
        _refuse("say why: a mute without a reason is none")
    if len(mute.reason) > _LONGEST:
        _refuse(f"the reason is longer than {_LONGEST} characters")
    match mute.kind:
        case MuteKind.SHELVED:
            _check_time(mute.until - now, most)
        case MuteKind.OUT_OF_SERVICE:
            if not mute.ticket.strip():
                _refuse("name the ticket under which it is out of service")
        case MuteKind.SUPPRESSED:
            _refuse("only logic suppresses by design; shelve it, or take it out of service")


def _check_time(lasts: float, most: float) -> None:
    if not isfinite(lasts):
        _refuse("say how long: nothing is shelved without an end")
    if lasts <= 0:
        _refuse("its end is over already")
    if lasts > most:
        _refuse(f"shelved for at most {most / 3600:g} h, asked for {lasts / 3600:g} h")


def _refuse(why: str) -> None:
    raise MuteRefused(why)
