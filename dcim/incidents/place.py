"""Where an alert stands in the building, where its cause stands, and how that is known."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import Final

from dcim.alerts import Change
from dcim.graph import Topology
from dcim.incidents.trouble import Trouble, Troubles
from dcim.model import Labels
from dcim.record import acyclic, dataclass


class Because(StrEnum):
    """Why an alert belongs where it does."""

    ITSELF = "itself"  # nothing else explains it
    FOLLOWS = "follows"  # another trouble of the same part brings it about
    POWER = "power"  # power is lost above it
    BETWEEN = "between"  # there is voltage above that part and none below it
    POOR = "poor"  # voltage or frequency is poor above it already
    NETWORK = "network"  # what it is reached through does not answer
    BEHIND = "behind"  # nothing that is reached through that part answers
    COOLING = "cooling"  # what cools it gives no cold
    TWIN = "twin"  # the other feed of the same load is lost
    STANDBY = "standby"  # what it stands by for is lost
    LOAD = "load"  # the same load is foretold to be too much for that part too
    PARTS = "parts"  # a part that the service is made of is lost
    SAME_DEVICE = "same_device"  # the same device, at the same time
    TOGETHER = "together"  # the other feed of the site, at the same time
    REMAINS = "remains"  # its cause has gone, and it takes its time to heal


SAME_TIME: Final = 60.0
"""Seconds within which alerts of one device are one story."""

SPREADS: Final = 900.0
"""Seconds within which heat or moisture comes from one probe of a device to its next."""

_PHASE: Final = "phase"

EXPLAINED: Final = frozenset(Because) - {Because.ITSELF, Because.TOGETHER, Because.REMAINS}
"""The reasons that make an alert a mere consequence: it has no message of its own."""


@dataclass(frozen=True, slots=True)
@acyclic
class Root:
    """The part at which the cause stands, how that is known, and the key of the alert that shows it."""

    node: str
    because: Because
    cause: str = ""


@dataclass(frozen=True, slots=True)
@acyclic
class Place:
    """Where an alert stands: the part of the building, what it tells of, and the feed that it names."""

    node: str
    device: str
    trouble: Trouble
    feed: str = ""
    key: str = ""
    safety: bool = False  # told at once and by itself, whatever its cause (I8)
    since: float = -inf  # monotonic seconds: when its condition held already
    thing: Labels = ()  # which of the many things of its device it tells of: its labels but the phase
    at: float = 0.0  # UTC seconds: when it was raised


def place_of(change: Change, now: float, topology: Topology, troubles: Troubles) -> Place:
    """Return where an alert stands, what it tells of, and since when at the latest (monotonic seconds)."""
    alert, rule = change.alert, change.rule
    point = alert.point
    asset, labels = point.asset, dict(point.labels)
    what = (alert.rule, point.metric, labels.get("alarm", ""))
    trouble = troubles.of(*what)
    if trouble is not Trouble.HAZARD and rule is not None and rule.tells_of_gaps:
        trouble = Trouble.OTHER  # what is not known says neither that a source is lost nor that cold is
    node = topology.nodes.get(asset)
    about = node.measures if node is not None and trouble is not Trouble.SILENT else ""
    if trouble is Trouble.FORETOLD and labels.get("part", "") in topology.nodes:
        about = labels["part"]  # a part that no device is, told by one that knows it
    since = now - (rule.on_delay if rule else 0.0)
    feed, safety = labels.get("source", ""), troubles.is_safety(*what)
    thing = point.labels
    if _PHASE in labels:
        thing = tuple([pair for pair in thing if pair[0] != _PHASE])
    return Place(about or asset, asset, trouble, feed, alert.key, safety, since, thing, alert.raised_at)


def is_another(one: Place, other: Place) -> bool:
    """Whether two alerts alike tell of two things, each at its time: two alarms, breakers, probes, sites.

    Phases of a thing are the same thing; what comes within a minute is one story, and so is heat that comes
    from probe to probe within a quarter of an hour.
    """
    if one.thing == other.thing or [name for name, _ in one.thing] != [name for name, _ in other.thing]:
        return False
    return abs(one.at - other.at) > (SPREADS if one.trouble is Trouble.AIR else SAME_TIME)
