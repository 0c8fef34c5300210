"""How late each alert can be, before anything runs: stated for every rule, held against its promise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeAlias

from dcim.alerts.rule import Rule, detection_bound
from dcim.alerts.ruleset import RuleSet
from dcim.model import Asset, Problem
from dcim.record import dataclass

Every: TypeAlias = Callable[[Asset, Rule], float]
"""Gives how often the points of a rule are asked on a device, in seconds."""

_NAMED = 3
"""Devices that a problem names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The longest time in seconds from a fault to the alert of a rule, and the devices where it is so long.

    ``every``: how often the point is asked there, in seconds; some are asked more seldom than their device.
    ``too_late``: the devices where it is more than the rule allows.
    """

    rule: str
    seconds: float
    devices: tuple[str, ...]
    too_late: tuple[str, ...] = ()
    allowed: float | None = None
    source: str = ""
    every: float = 0.0

    def problem(self) -> Problem:
        """Return the mistake of a rule that is too late, in the file where it stands."""
        path, _, line = self.source.rpartition(":")
        named = ", ".join(self.too_late[:_NAMED])
        more = f" and {len(self.too_late) - _NAMED} more" if len(self.too_late) > _NAMED else ""
        what = (
            f"{self.rule} must detect within {self.allowed:g} s and can take {self.seconds:g} s "
            f"on {named}{more}, where its point is asked every {self.every:g} s: "
            "ask these devices more often, or shorten its on-delay"
        )
        return Problem(path, int(line), 1, "must_detect_within", what)


def bounds(
    rules: RuleSet, assets: Iterable[Asset], share: float, every: Every = lambda asset, _rule: asset.interval
) -> list[Bound]:
    """Return the bound of every rule that some device has, by name.

    ``share`` is the part of an interval that a poll may take at most. ``every`` gives how often the points of
    a rule are asked on a device, those of its slowest lane.
    """
    found: dict[str, list[tuple[float, Asset, Rule]]] = {}
    paced = cache(Rule.paced)  # a site has few paces, and some ten rules a device: one rule for all of a pace
    bound = cache(detection_bound)
    for asset in assets:
        poll = asset.interval * share
        mine = {rule for by_metric in rules.for_asset(asset).values() for rule in by_metric}
        for rule in mine:
            pace = paced(rule, every(asset, rule))
            found.setdefault(rule.name, []).append((round(bound(pace, poll), 3), asset, pace))
    return [_bound(name, found[name]) for name in sorted(found)]


def _bound(name: str, found: list[tuple[float, Asset, Rule]]) -> Bound:
    longest = max(bound for bound, _, _ in found)
    late = [
        (bound, asset.id, rule)
        for bound, asset, rule in found
        if rule.must_detect_within is not None and bound > rule.must_detect_within
    ]
    slowest = max(late or [(bound, asset.id, rule) for bound, asset, rule in found], key=lambda one: one[0])
    rule = slowest[2]
    return Bound(
        name,
        max((bound for bound, _, _ in late), default=longest),
        tuple(asset.id for bound, asset, _ in found if bound == longest),
        tuple(asset for _, asset, _ in late),
        rule.must_detect_within,
        rule.source,
        rule.every,
    )
