"""The energy part of a report: whether it has the form that can be computed, and is about its report."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from dcim.evidence.verifier.counters import ONE_HOUR

LONGEST_DAY = 25 * ONE_HOUR * 1000  # microseconds: one in which clocks are put back
PARTS_OF_ENERGY = frozenset(("energy", "eu", "committed", "blocks", "unproven_us"))
MEASURED_BY = ("counter", "integrated")

PointKey = Tuple[str, str, str]  # device, metric, labels as JSON
HourKey = Tuple[str, int]  # hour and version


class About(NamedTuple):
    """What a document says that it is about: microseconds UTC; None and "" where it does not say."""

    scope: str = ""
    since: Optional[int] = None
    until: Optional[int] = None


class Account(NamedTuple):
    """The energy part of one report."""

    file: str
    digest: str
    claims: List[Any]
    demands: List[Any]  # of tenants, against what they have subscribed
    blocks: Dict[HourKey, str]  # and the root
    unproven: List[int]  # hours that had no block yet (ms UTC)
    about: About


def hour_at(microseconds: Any) -> int:
    """Return when an hour begins, ms UTC, of its microseconds. Raises ``ValueError`` for no hour."""
    if type(microseconds) is not int or microseconds % (ONE_HOUR * 1000):
        raise ValueError("hour")
    return microseconds // 1000


def hour_of(name: str) -> int:
    """Return when an hour begins, ms UTC. Raises ``ValueError``."""
    return int(datetime.strptime(name, "%Y-%m-%dT%H").replace(tzinfo=timezone.utc).timestamp()) * 1000


def account_of(file: str, digest: str, said: Any) -> Optional[Account]:
    """Return the energy part of a report; None when it has none. Raises what a wrong form raises."""
    figures = said.get("figures") if isinstance(said, dict) else None
    if not isinstance(figures, dict) or not isinstance(figures.get("energy"), list):
        return None
    blocks = {(str(one["hour"]), int(one["version"])): str(one["root"]) for one in figures["blocks"]}
    demands = figures.get("committed", [])
    unproven = [hour_at(one) for one in figures["unproven_us"]]
    if set(figures) - PARTS_OF_ENERGY or len(blocks) != len(figures["blocks"]):
        raise ValueError("figures")
    _refuse_form(figures["energy"], demands)
    return Account(file, digest, figures["energy"], demands, blocks, unproven, _about_of(said))


def _about_of(said: Dict[str, Any]) -> About:
    since, until = said.get("period", {}).get("since"), said.get("until")
    if any(one is not None and type(one) is not int for one in (since, until)):
        raise ValueError("period")
    scope = str(said["scope"] or "site") if "scope" in said else ""
    return About(scope, since, until)


def _refuse_form(claims: List[Any], demands: List[Any]) -> None:
    """Refuse what could not be computed, or would count twice. Raises ``ValueError``."""
    names = [one["name"] for one in claims if one["claim"] == "energy"]
    ratios = [one for one in claims if one["claim"] == "ratio"]
    several = [names, [one["name"] for one in ratios], [one["tenant"] for one in demands]]
    if any(len(set(some)) != len(some) for some in several):
        raise ValueError("twice")
    if any(type(one["version"]) is not int or one["version"] != 1 for one in [*claims, *demands]):
        raise ValueError("claim")
    if len(names) + len(ratios) != len(claims):
        raise ValueError("claim")
    if any(one[side] not in names for one in ratios for side in ("upper", "lower")):
        raise ValueError("ratio")
    if any(one["claim"] != "demand" for one in demands):
        raise ValueError("claim")
    _refuse_points([*claims, *demands])


def _refuse_points(several: List[Any]) -> None:
    """Refuse a point that is measured in no known way, or stands twice. Raises ``ValueError``."""
    for one in several:
        points = one.get("points", [])
        if any(point["method"] not in MEASURED_BY for point in points):
            raise ValueError("method")
        if len({key_of(point) for point in points}) != len(points):
            raise ValueError("a point twice")


def key_of(point: Any) -> PointKey:
    """Return what tells a point from any other."""
    labels = json.dumps(point["labels"], sort_keys=True, separators=(",", ":"))
    return str(point["asset"]), str(point["metric"]), labels


def misplaced(one: Account) -> Iterator[Tuple[str, Any, Any]]:
    """Yield where claims are not about the scope of their report, or not about all the days of its period."""
    scope = one.about.scope
    for claim in one.claims:
        if claim["claim"] == "energy":
            if scope and claim["scope"] != scope:
                yield "%s: scope" % claim["name"], claim["scope"], scope
            yield from _misplaced(one.about, str(claim["name"]), claim["edges_us"], 0)
    for claim in one.demands:
        if scope.startswith("tenant:") and claim["tenant"] != scope[len("tenant:") :]:
            yield "demand: tenant", claim["tenant"], scope
        edges = [edge * 1000 for edge in claim["edges_ms"]]
        yield from _misplaced(one.about, str(claim["tenant"]), edges, claim["minutes"] * 60_000_000)


def _misplaced(about: About, name: str, edges: List[int], slack: int) -> Iterator[Tuple[str, Any, Any]]:
    """Hold the ends of a claim (microseconds) against the days, or intervals, that the period touches."""
    _, since, until = about
    if any(not a < b for a, b in zip(edges, edges[1:])) or any(edge % 1000 for edge in edges):
        raise ValueError("edges")
    if since is not None and not since - LONGEST_DAY < edges[0] <= since + slack:
        yield "%s: from" % name, edges[0], since
    if until is not None and not until - slack <= edges[-1] < until + LONGEST_DAY:
        yield "%s: to" % name, edges[-1], until
