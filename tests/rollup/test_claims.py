"""What a report claims of energy, computed again from a bundle by the words of docs/energy.md and nothing else."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from dcim.rollup.account import site
from dcim.rollup.bundle import lines, wanted
from dcim.rollup.tree import root_of

from .building import DAY, TERMS, energies_of

HOUR = 3_600_000
KINDS = [2**bits * 3600 * 10**k // 10 for bits in (31, 32) for k in range(5)]
MODULI = sorted({*KINDS, 2**32, 2**32 * 1000, *(10**k * 3_600_000 for k in range(5, 10))})


def opened(
    bundle: list[str], roots: set[tuple[str, int, str]]
) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Check every line and return the points' lines of the sections, with hour and cuts."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for line in bundle:
        said = json.loads(line)
        path = [bytes.fromhex(each) for each in said["proof"]]
        assert root_of(said["section"].encode(), said["index"], said["of"], path).hex() == said["root"]
        assert (said["hour"], said["version"], said["root"]) in roots
        head, *points = map(json.loads, said["section"].splitlines())
        for point in points:
            key = head["asset"], point["metric"], json.dumps(point["labels"])
            found.setdefault(key, []).append({**point, "hour": head["hour"], "cuts": head["cuts"]})
    return found


def recounted(rows: list[dict[str, Any]], point: dict[str, Any], start: int, end: int) -> dict[str, Any]:
    """Return the amount of a counter in [start, end) as the table in the document says."""
    limit, cap = point["limit"], point["cap"]
    runs = sorted((*run, row["cuts"]) for row in rows for run in row["runs"])
    pieces = [("run", *run[:4]) for run in runs if run[2] > run[0]]
    for (*_, t1, v1, c1), (t2, v2, *_, c2) in pairwise(runs):
        dt, rise, cuts = t2 - t1, v2 - v1, max(c1, c2)
        carried = [
            m for m in MODULI if v1 < m and rise + m >= 0 and (rise + m) * 1000 <= limit * dt + 36 * 10**9
        ]
        same = t1 * cuts // HOUR == t2 * cuts // HOUR
        if rise < 0:
            kind = "rolled" if carried else "reset"
        elif (dt <= 300_000 and same) or rise * 1000 > limit * dt + 36 * 10**9:
            kind = "jumped"
        else:
            kind = "good" if dt <= 300_000 else "gap"
        if any(t1 < at <= t2 or (kind != "good" and t1 < at < t2 + 12 * HOUR) for at in point["exchanges"]):
            kind = "exchanged"
        pieces.append((kind, t1, v1, t2, v2 + carried[0] if kind == "rolled" else v2))
    least = best = most = known = seen = 0
    for kind, t1, v1, t2, v2 in pieces:
        since, until = max(start, t1), min(end, t2)
        overlap, dt, rise = until - since, t2 - t1, v2 - v1
        if overlap <= 0:
            continue
        seen += overlap
        top = -(-cap * overlap // 1000)
        if kind in ("reset", "jumped", "exchanged"):
            most += top
            continue
        young = kind == "gap" and v2 * 1000 <= limit * dt
        most += max(rise, top) if young or kind == "rolled" else rise
        if overlap == dt:
            least, best, known = least + (0 if kind == "rolled" else rise), best + rise, known + dt
        elif dt <= 300_000:
            best, known = best + rise * (until - t1) // dt - rise * (since - t1) // dt, known + overlap
    first, last = min(piece[1] for piece in pieces), max(piece[3] for piece in pieces)
    for blind in (min(end, first) - start, end - max(start, last)):
        most += -(-cap * max(0, blind) // 1000)
    return {"least": least, "best": best, "most": most, "known_us": known * 1000}


def test_a_bundle_alone_gives_every_figure_of_the_claim_to_the_digit(watched):
    energies, _ = energies_of(watched)
    energies.exchanges = {"pdu-2": ((DAY.edges()[0] + 9 * HOUR),)}
    found = site(energies, TERMS, DAY)
    figures = json.loads(json.dumps({"energy": found.claims(), **energies.shelf.claim()}))
    roots = {(one.hour, one.version, one.root) for one in watched.books.blocks}
    bundle = list(lines(watched.directory / "rollup", watched.books.blocks, wanted([figures])))
    rows = opened(bundle, roots)
    sums: dict[str, dict[str, int]] = {}
    for claim in figures["energy"]:
        if claim["claim"] != "energy" or claim["name"].endswith("COOL"):  # power that is integrated
            continue
        start, end = (edge // 1000 for edge in claim["edges_us"])
        totals = {"least": 0, "best": 0, "most": 0, "known_us": 0}
        for point in claim["points"]:
            assert point["method"] == "counter"
            key = point["asset"], point["metric"], json.dumps(point["labels"])
            again = recounted(rows[key], point, start, end)
            assert again == {name: point["amounts"][0][name] for name in again}, key
            totals = {name: totals[name] + again[name] for name in totals}
        sums[claim["name"]] = totals
        assert totals == {name: claim["sums"][0][name] for name in totals}
    (ratio,) = (one for one in figures["energy"] if one["name"] == "iPUE3")
    upper, lower = sums[ratio["upper"]], sums[ratio["lower"]]
    assert Fraction(ratio["best"]) == Fraction(upper["best"], lower["best"])
    assert Fraction(ratio["least"]) == Fraction(upper["least"], lower["most"])
    assert Fraction(ratio["most"]) == Fraction(upper["most"], lower["least"])
    assert upper["best"] > lower["best"] > 0
    with pytest.raises(AssertionError):
        opened([line.replace("runs", "rums") for line in bundle], roots)
