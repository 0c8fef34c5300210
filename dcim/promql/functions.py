"""Functions of what series say at each step: numbers, labels, what is missing, quantiles of buckets. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from dcim.model import Labels
from dcim.promql.errors import Unanswerable
from dcim.promql.source import Numbers, Truth
from dcim.promql.tree import NAME, Match, Matcher
from dcim.promql.vector import Vector, changed, get, merged, nameless, without

_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def numeric(function: str, vector: Vector, bounds: Sequence[Numbers]) -> Vector:
    """Return a function of each value; ``bounds`` are its further arguments, a number a step."""
    with np.errstate(all="ignore"):
        values = _numeric(function, vector.values, bounds)
    there = vector.there
    if function == "clamp":
        there = there & (bounds[0] <= bounds[1])
    return nameless(Vector(vector.labels, values, there)).seen()


def _numeric(function: str, values: Numbers, bounds: Sequence[Numbers]) -> Numbers:
    match function:
        case "abs":
            return np.abs(values)
        case "ceil":
            return np.ceil(values)
        case "floor":
            return np.floor(values)
        case "clamp_min":
            return np.maximum(values, bounds[0])
        case "clamp_max":
            return np.minimum(values, bounds[0])
        case "clamp":
            return np.maximum(bounds[0], np.minimum(bounds[1], values))
        case _:  # round, to whole multiples; halves go up
            inverse = 1.0 / (bounds[0] if bounds else np.float64(1.0))
            return np.asarray(np.floor(values * inverse + 0.5) / inverse)


def replaced(vector: Vector, target: str, by: str, source: str, pattern: str) -> Vector:
    """Return ``label_replace``. Raise Unanswerable for a bad pattern or name, and for doubles."""
    if not _LABEL.fullmatch(target):
        msg = f"invalid destination label name in label_replace(): {target}"
        raise Unanswerable(msg)
    values = pl.Series([get(labels, source) for labels in vector.labels], dtype=pl.String)
    whole = f"^(?:{pattern})$"
    try:
        hits = values.str.contains(whole)
        made = values.str.replace(whole, by)
    except pl.exceptions.ComputeError:
        msg = f"invalid regular expression in label_replace(): {pattern}"
        raise Unanswerable(msg) from None
    labels = [
        changed(old, target, new) if hit else old
        for old, hit, new in zip(vector.labels, hits.to_list(), made.to_list(), strict=True)
    ]
    return merged(Vector(labels, vector.values, vector.there))


def absent(vector: Vector, matchers: Sequence[Matcher]) -> Vector:
    """Return 1 where there is no series, with the labels that the matchers say it would have."""
    missing: Truth = ~np.any(vector.there, axis=0, keepdims=True)
    return Vector([_would_have(matchers)], np.ones(missing.shape), missing).seen()


def _would_have(matchers: Sequence[Matcher]) -> Labels:
    made: dict[str, str] = {}
    seen: set[str] = set()
    for one in matchers:
        if one.label == NAME:
            continue
        made.pop(one.label, None)
        if one.how is Match.EQUAL and one.label not in seen:
            made[one.label] = one.value
        if one.how is Match.EQUAL:
            seen.add(one.label)
    return tuple(sorted((name, value) for name, value in made.items() if value))


def of_buckets(quantile: Numbers, vector: Vector) -> Vector:
    """Return ``histogram_quantile``: the value below which that share of what was counted in buckets lies."""
    groups: dict[Labels, list[tuple[float, int]]] = {}
    for row, labels in enumerate(vector.labels):
        bound = _bound(get(labels, "le"))
        if bound is not None:
            groups.setdefault(without(labels, frozenset({NAME, "le"})), []).append((bound, row))
    values = np.full((len(groups), vector.values.shape[1]), np.nan)
    there = np.zeros(values.shape, dtype=bool)
    for at, buckets in enumerate(groups.values()):
        buckets.sort()
        rows = [row for _, row in buckets]
        bounds = np.array([bound for bound, _ in buckets])
        there[at] = vector.there[rows].any(axis=0)
        for step in np.flatnonzero(there[at]).tolist():
            seen = vector.there[rows, step]
            values[at, step] = _quantile(float(quantile[step]), bounds[seen], vector.values[rows, step][seen])
    return Vector(list(groups), values, there).seen()


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _quantile(share: float, bounds: Numbers, counts: Numbers) -> float:
    """Return a quantile of cumulative buckets, within a bucket along a straight line."""
    if np.isnan(share):
        return float("nan")
    if share < 0 or share > 1:
        return float("-inf") if share < 0 else float("inf")
    bounds, counts = _distinct(bounds, counts)
    if not np.isposinf(bounds[-1]) or len(bounds) < 2 or counts[-1] == 0 or np.isnan(counts[-1]):
        return float("nan")
    counts = np.fmax.accumulate(counts)
    rank = share * counts[-1]
    place = int(np.searchsorted(counts[:-1], rank, "left"))
    if place == len(bounds) - 1:
        return float(bounds[-2])
    if place == 0 and bounds[0] <= 0:
        return float(bounds[0])
    begin, before = (0.0, 0.0) if place == 0 else (float(bounds[place - 1]), float(counts[place - 1]))
    within = float(counts[place]) - before
    return begin + (float(bounds[place]) - begin) * (rank - before) / within if within else float("nan")


def _distinct(bounds: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Return each bound once, with all that buckets of it have counted."""
    distinct, place = np.unique(bounds, return_inverse=True)
    return distinct, np.bincount(place, weights=counts).astype(np.float64)
