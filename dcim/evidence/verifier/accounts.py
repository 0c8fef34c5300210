"""The energy part of a report: whether it has the form that can be computed, and is about its report."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from dcim.evidence.verifier.bands import names_of
from dcim.evidence.verifier.counters import ONE_HOUR
from dcim.evidence.verifier.declared import DEFINED

LONGEST_DAY = 25 * ONE_HOUR * 1000  # microseconds: one in which clocks are put back
PARTS_OF_ENERGY = frozenset(("energy", "eu", "committed", "blocks", "unproven_us"))
MEASURED_BY = ("counter", "integrated")
WHOLES = ("E_DC", "E_IT")
SUMS_OF_SITE = (*WHOLES, "E_BG", "E_COOL", "Q_COOL")
SOURCE = {"asset", "metric", "labels", "method", "limit", "cap", "exchanges"}
AMOUNT = {"least", "best", "most", "known_us", "period_us", "doubts"}
SUM = {"claim", "version", "name", "scope", "edges_us", "points", "sums", "without"}
BOUNDARY = {"nodes", "outside", "twice"}
PARTS = {"points", "rows"}
ROW_OF_PART = {"of", "points", "without", "sum"}
BANDS = {"tariff", "clock", "rows"}
ROW_OF_BAND = {"band", "sum"}
DEMAND = {
    *("claim", "version", "tenant", "watts", "minutes", "clause", "edges_ms", "points", "without"),
    *("unproven_ms", "intervals", "not_measured_whole", "peak", "over", "joules"),
}
"""What the parts of version 2 are made of; ratios and fields are compared whole."""

PointKey = Tuple[str, str, str]  # device, metric, labels as JSON
HourKey = Tuple[str, int]  # hour and version


class About(NamedTuple):
    """What a document says that it is about: microseconds UTC; None and "" where it does not say."""

    scope: str = ""
    since: Optional[int] = None
    until: Optional[int] = None
    described: str = ""  # the SHA-256 of the description of the site


class Account(NamedTuple):
    """The energy part of one report."""

    file: str
    digest: str
    claims: List[Any]
    demands: List[Any]  # of tenants, against what they have subscribed
    blocks: Dict[HourKey, str]  # and the root
    unproven: List[int]  # hours that had no block yet (ms UTC)
    about: About
    version: int = 1
    declared: Any = None  # of a site, from version 2 on
    fields: Any = None  # of the form of (EU) 2024/1364, the same
    parts: Any = None  # tenants, racks and feeds of a site, the same
    bands: Any = None  # of the tariff, where there is one


def hour_at(microseconds: Any) -> int:
    """Return when an hour begins, ms UTC, of its microseconds. Raises ``ValueError`` for no hour."""
    if type(microseconds) is not int or microseconds % (ONE_HOUR * 1000):
        raise ValueError("hour")
    return microseconds // 1000


@lru_cache(maxsize=1 << 17)  # of ten years: each hour is asked for once a point and figure
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
    _refuse_form(figures["energy"], demands)
    version = figures["energy"][0]["version"]
    beside = set(figures) - PARTS_OF_ENERGY - ({"declared", "parts", "bands"} if version == 2 else set())
    if beside or len(blocks) != len(figures["blocks"]):
        raise ValueError("figures")
    found = Account(file, digest, figures["energy"], demands, blocks, unproven, _about_of(said), version)
    if version == 1:
        return found
    _refuse_parts(found, figures)
    return found._replace(
        declared=figures.get("declared"),
        fields=figures.get("eu"),
        parts=figures.get("parts"),
        bands=figures.get("bands"),
    )


def _refuse_parts(one: Account, figures: Dict[str, Any]) -> None:
    """Refuse version 2 where it lacks a figure of its scope, or has one beside. Raises ``ValueError``."""
    sums = [claim for claim in one.claims if claim["claim"] == "energy"]
    names = tuple(claim["name"] for claim in sums)
    ratios = [claim["name"] for claim in one.claims if claim["claim"] == "ratio"]
    of_site = {"declared", "eu", "parts"} & set(figures)
    if one.about.scope == "site":
        right = len(of_site) == 3 and names in (SUMS_OF_SITE, (*SUMS_OF_SITE, "EIT"))
        right = right and ratios[-len(DEFINED) :] == list(DEFINED) and len(ratios) <= len(DEFINED) + 1
    else:
        right = bool(one.about.scope) and not of_site and not ratios and names == ("energy",)
    if not right or any(claim["edges_us"] != sums[0]["edges_us"] for claim in sums):
        raise ValueError("figures")
    _refuse_words(one, sums, figures["blocks"])
    _refuse_rows(figures.get("parts"), figures.get("bands"))


def _refuse_rows(parts: Any, bands: Any) -> None:
    """Refuse a row that stands twice, and a word beside what rows are made of. Raises ``ValueError``."""
    found: List[Tuple[Any, Any]] = []
    if parts is not None:
        _refuse_points([parts])
        found += [(parts, PARTS), *((row, ROW_OF_PART) for row in parts["rows"])]
        found += [(point, SOURCE | {"amounts"}) for point in parts["points"]]
        found += [(amount, AMOUNT) for point in parts["points"] for amount in point["amounts"]]
        found += [(row["sum"], AMOUNT) for row in parts["rows"]]
        if len({row["of"] for row in parts["rows"]}) != len(parts["rows"]):
            raise ValueError("twice")
    if bands is not None:
        found += [(bands, BANDS), *((row, ROW_OF_BAND) for row in bands["rows"])]
        found += [(row["sum"], AMOUNT) for row in bands["rows"]]
        if [row["band"] for row in bands["rows"]] != names_of(bands["tariff"]):
            raise ValueError("bands")
    if any(set(part) != known for part, known in found):
        raise ValueError("keys")


def _refuse_words(one: Account, sums: List[Any], blocks: List[Any]) -> None:
    """Refuse a word beside what a part of version 2 is made of. Raises ``ValueError``."""
    found = [(block, {"hour", "version", "root"}) for block in blocks]
    for claim in sums:
        whole = claim["name"] in WHOLES
        found.append((claim, SUM | {"boundary"} if whole else SUM))
        found += [(claim["boundary"], BOUNDARY)] if whole else []
        found += [(point, SOURCE | {"amounts"}) for point in claim["points"]]
        found += [(amount, AMOUNT) for point in claim["points"] for amount in point["amounts"]]
        found += [(amount, AMOUNT) for amount in claim["sums"]]
    for claim in one.demands:
        found += [(claim, DEMAND), *((point, SOURCE) for point in claim["points"])]
    if any(set(part) != known for part, known in found):
        raise ValueError("keys")


def _about_of(said: Dict[str, Any]) -> About:
    since, until = said.get("period", {}).get("since"), said.get("until")
    if any(one is not None and type(one) is not int for one in (since, until)):
        raise ValueError("period")
    scope = str(said["scope"] or "site") if "scope" in said else ""
    return About(scope, since, until, str(said.get("topology") or ""))


def _refuse_form(claims: List[Any], demands: List[Any]) -> None:
    """Refuse what could not be computed, or would count twice. Raises ``ValueError``."""
    names = [one["name"] for one in claims if one["claim"] == "energy"]
    ratios = [one for one in claims if one["claim"] == "ratio"]
    several = [names, [one["name"] for one in ratios], [one["tenant"] for one in demands]]
    if any(len(set(some)) != len(some) for some in several):
        raise ValueError("twice")
    versions = [one["version"] for one in [*claims, *demands]]
    if any(type(one) is not int for one in versions) or set(versions) not in ({1}, {2}):
        raise ValueError("claim")
    if len(names) + len(ratios) != len(claims):
        raise ValueError("claim")
    if versions[0] == 1 and any(one[side] not in names for one in ratios for side in ("upper", "lower")):
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


def points_of(one: Account) -> List[Any]:
    """Return every point that an account names, once for each claim that names it."""
    several = [*one.claims, *one.demands, one.parts or {}]
    return [point for claim in several for point in claim.get("points", ())]


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
    _, since, until, _ = about
    if any(not a < b for a, b in zip(edges, edges[1:])) or any(edge % 1000 for edge in edges):
        raise ValueError("edges")
    if since is not None and not since - LONGEST_DAY < edges[0] <= since + slack:
        yield "%s: from" % name, edges[0], since
    if until is not None and not until - slack <= edges[-1] < until + LONGEST_DAY:
        yield "%s: to" % name, edges[-1], until
