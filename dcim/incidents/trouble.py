"""What an alert tells of, for finding its cause: power gone, a source missing, silence (``troubles.tsv``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from dcim.catalogue import METRICS
from dcim.record import dataclass


class Trouble(StrEnum):
    """The kinds of trouble that can cause, or come from, another."""

    POWER_LOST = "power_lost"
    SOURCE_LOST = "source_lost"
    POWER_POOR = "power_poor"
    BREAKER_OPEN = "breaker_open"
    DRAINED = "drained"
    OVERLOAD = "overload"
    FORETOLD = "foretold"
    STANDBY = "standby"
    SILENT = "silent"
    COOLING_LOST = "cooling_lost"
    AIR = "air"
    HAZARD = "hazard"
    SERVICE = "service"
    UNDECIDED = "undecided"
    OTHER = "other"


CAUSES: Final = frozenset(
    {
        Trouble.POWER_LOST,
        Trouble.SOURCE_LOST,
        Trouble.BREAKER_OPEN,
        Trouble.SILENT,
        Trouble.COOLING_LOST,
        Trouble.HAZARD,
    }
)
"""Troubles that nothing but a cause explains: on a device with another one they are a fault of their own."""

HEALS: Final = frozenset({Trouble.DRAINED, Trouble.AIR, Trouble.STANDBY, Trouble.SERVICE, Trouble.UNDECIDED})
"""Troubles that go on for a while after their cause: a battery charges, a room cools, an engine runs on."""

FOLLOWS: Final[Mapping[Trouble, frozenset[Trouble]]] = {
    Trouble.SOURCE_LOST: frozenset({Trouble.SOURCE_LOST, Trouble.DRAINED, Trouble.POWER_LOST}),
    Trouble.DRAINED: frozenset({Trouble.DRAINED, Trouble.POWER_LOST}),
    Trouble.POWER_LOST: frozenset({Trouble.POWER_LOST, Trouble.POWER_POOR}),
    Trouble.POWER_POOR: frozenset({Trouble.POWER_POOR}),
    Trouble.OVERLOAD: frozenset({Trouble.OVERLOAD, Trouble.BREAKER_OPEN, Trouble.FORETOLD}),
    Trouble.FORETOLD: frozenset({Trouble.FORETOLD}),
    Trouble.BREAKER_OPEN: frozenset({Trouble.BREAKER_OPEN}),
    Trouble.COOLING_LOST: frozenset({Trouble.COOLING_LOST, Trouble.AIR}),
    Trouble.AIR: frozenset({Trouble.AIR}),
    Trouble.STANDBY: frozenset({Trouble.STANDBY}),
}
"""What each trouble brings about in the same part of the building, however much later.

There is no way round in it from one trouble to itself; of two that are the same the earlier explains.
"""

OF_MANY: Final = frozenset({Trouble.BREAKER_OPEN, Trouble.OVERLOAD, Trouble.AIR})
"""Troubles that a part can have at many of its things, one after the other: breakers, banks, probes."""

CALLS: Final = frozenset({Trouble.SOURCE_LOST, Trouble.STANDBY})
"""Troubles that call for something of their own to be done, whatever brought them about.

Batteries run down meanwhile; a generator that should carry does not. Told of where they are critical.
"""

OF_STORES: Final = frozenset({Trouble.SOURCE_LOST, Trouble.DRAINED})
"""Troubles that end the output of what stores power only by emptying it."""

STOPS: Final = frozenset(
    {Trouble.POWER_LOST, Trouble.SOURCE_LOST, Trouble.COOLING_LOST, Trouble.BREAKER_OPEN}
)
"""Troubles of a part by which a service loses it, or the reserve behind it."""

NEEDS_ALL: Final = frozenset({Trouble.POWER_LOST, Trouble.SILENT})
"""Troubles that a loss of power explains only where no feed is left."""

NO_VOLTAGE: Final = frozenset({Trouble.POWER_LOST, Trouble.SOURCE_LOST, Trouble.DRAINED})
"""Troubles that prove that no voltage comes in: neither silence nor a unit that stands, nor poor voltage."""

OUTSIDE: Final[Mapping[str, str]] = {
    "channel_state": "channel",
    "output_state": "output",
    "peer_state": "site",
}
"""What the daemon tells of that is no part of a building: the label that names it, by metric."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """The table: trouble by rule, by alarm or metric for rules that it does not name, and what is safety."""

    rules: Mapping[str, Trouble]
    metrics: Mapping[str, Trouble]
    alarms: Mapping[str, Trouble]
    safety: frozenset[str]
    safe_alarms: frozenset[str] = frozenset()

    def of(self, rule: str, metric: str, alarm: str = "") -> Trouble:
        """Return what an alert of this rule on a point of this metric, and of this alarm, tells of."""
        return self.rules.get(rule) or self.alarms.get(alarm) or self.metrics.get(metric, Trouble.OTHER)

    def is_safety(self, rule: str, metric: str, alarm: str = "") -> bool:
        """Whether such an alert is told at once and by itself, whatever its cause (I8)."""
        if rule in self.rules:
            return rule in self.safety
        return metric in self.safety or alarm in self.safe_alarms


def parse_troubles(text: str) -> Troubles:
    """Read the table. Raise ValueError for what is wrong in it; the text says where."""
    rules: dict[str, Trouble] = {}
    metrics: dict[str, Trouble] = {}
    alarms: dict[str, Trouble] = {}
    safety: set[str] = set()
    safe_alarms: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            name, of_rules, of_metrics, of_alarms, safe = line.split("\t")
            trouble = Trouble(name)
            _add(rules, of_rules.split(), trouble, number)
            of_metrics, of_alarms = of_metrics.removeprefix("-"), of_alarms.removeprefix("-")
            _add(metrics, of_metrics.split(), trouble, number)
            _add(alarms, of_alarms.split(), trouble, number)
            safety.update(_safe(safe, of_rules, of_metrics, number))
            safe_alarms.update(of_alarms.split() if safe == "yes" else ())
    if unknown := [metric for metric in metrics if metric not in METRICS]:
        msg = f"no canonical metric {unknown[0]!r}"
        raise ValueError(msg)
    return Troubles(rules, metrics, alarms, frozenset(safety), frozenset(safe_alarms))


def _add(known: dict[str, Trouble], names: Iterable[str], trouble: Trouble, number: int) -> None:
    for name in names:
        if known.setdefault(name, trouble) is not trouble:
            msg = f"line {number}: {name!r} tells of {known[name]} already"
            raise ValueError(msg)


def _safe(safe: str, rules: str, metrics: str, number: int) -> Iterator[str]:
    if safe == "yes":
        yield from (*rules.split(), *metrics.split())
        return
    for name in safe.split() if safe != "-" else ():
        if name not in rules.split():
            msg = f"line {number}: {name!r} is no rule of this line"
            raise ValueError(msg)
        yield name


TROUBLES: Final = parse_troubles(Path(__file__).with_name("troubles.tsv").read_text(encoding="utf-8"))
