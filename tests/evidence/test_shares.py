"""The auditor's program and the report agree on tenants, racks, feeds and bands, over any readings and tariffs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.energy.amount import total
from dcim.energy.claim import Used, bands_claim, parts_claim, point_claim
from dcim.energy.counter import Known, Run, between
from dcim.energy.integrated import Held, integrated
from dcim.energy.stated import tariff as terms_of
from dcim.energy.tariff import Band, Season, Tariff
from dcim.evidence.verifier.accounts import About, Account
from dcim.evidence.verifier.bands import stretches_of
from dcim.evidence.verifier.rows import Rows
from dcim.evidence.verifier.shares import of_bands, of_parts
from dcim.model import Point
from dcim.rollup.account import by_band
from dcim.rollup.block import hour_name
from dcim.rollup.energies import Sum
from tests.examples import many

HOUR = 3_600_000
ZONES = [
    *(ZoneInfo(name) for name in ("Africa/Casablanca", "Europe/Paris", "UTC", "Asia/Kathmandu")),
    *(timezone(timedelta(hours=1)), timezone(timedelta(minutes=-210)), UTC),
]
days = st.tuples(st.integers(1, 12), st.integers(1, 28))
bands = st.builds(
    Band,
    st.sampled_from(["pointe", "creuses", "pleines"]),
    st.integers(0, 95).map(lambda n: n * 15),
    st.integers(0, 96).map(lambda n: n * 15),
    st.frozensets(st.integers(0, 6)),
    st.none() | st.builds(Season, st.just("s"), days, days),
)
tariffs = st.builds(
    Tariff, st.just("t"), st.sampled_from(ZONES), st.lists(bands, max_size=4).map(tuple), st.just("pleines")
)
"""Also of two bands with one name, and a rest that is called as a band is."""


def claim_of(tariff: Tariff, start: int, end: int) -> dict[str, Any]:
    """Return the claim of bands without rows, as it is read again."""
    said = bands_claim(terms_of(tariff), tariff.offsets(start, end), {})
    found: dict[str, Any] = json.loads(json.dumps(said))
    return found


@many(300)
@given(tariffs, st.integers(0, 24 * 1430), st.integers(1, 24 * 40))
def test_every_stretch_of_a_tariff_is_found_from_its_terms_and_its_clock(tariff, since, hours):
    """Also in Ramadan, where clocks are put back, and on fixed ones. Pains: G5, G7."""
    start = round(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * 1000 + since * HOUR
    end = start + hours * HOUR
    assert stretches_of(claim_of(tariff, start, end), start, end) == list(tariff.spans(start, end))


@pytest.mark.parametrize(
    "clock",
    [[], [[1, 0]], [[0, 0], [0, 3600]], [[0, 0], [HOUR, 0]], [[0, 1]], [[0, 0], [24 * HOUR, 3600]], [[0, 90_000]]],
)  # fmt: skip
def test_a_clock_that_is_none_is_refused(clock):
    said = {**claim_of(Tariff("t", ZoneInfo("UTC")), 0, 24 * HOUR), "clock": clock}
    with pytest.raises(ValueError, match="clock"):
        stretches_of(said, 0, 24 * HOUR)


def test_a_clock_that_is_fixed_stands_as_its_terms_say():
    said = claim_of(Tariff("t", timezone(timedelta(hours=1))), 0, 24 * HOUR)
    assert said["clock"] == [[0, 3600]]
    said["clock"] = [[0, 0]]
    with pytest.raises(ValueError, match="clock"):
        stretches_of(said, 0, 24 * HOUR)


BEGIN = round(datetime(2026, 2, 14, 23, tzinfo=UTC).timestamp()) * 1000  # Ramadan begins in the night after
LONG = 30  # hours


@st.composite
def counters(draw: st.DrawFn) -> list[Run]:
    """Runs of a counter, at most one in an hour; it may stand, jump or be reset between them."""
    found = []
    value = draw(st.integers(0, 10**9))
    for hour in sorted(draw(st.sets(st.integers(-1, LONG), max_size=12))):
        first, second = sorted(draw(st.tuples(st.integers(0, HOUR - 2), st.integers(0, HOUR - 1))))
        value = max(0, value + draw(st.integers(-(10**6), 10**9)))
        last = value + draw(st.integers(0, 10**8))
        found.append(Run(BEGIN + hour * HOUR + first, value, BEGIN + hour * HOUR + second, last))
        value = last
    return found


@st.composite
def powers(draw: st.DrawFn) -> dict[int, Held]:
    """Hours of a power, some of them watched in part."""
    found = {}
    for hour in draw(st.sets(st.integers(-1, LONG), max_size=12)):
        low, mean, high = accumulate(draw(st.tuples(*[st.integers(0, 10**11)] * 3)))
        found[BEGIN + hour * HOUR] = Held(draw(st.integers(1, HOUR)), low, mean, high)
    return found


Given = tuple[Point, Known, Any]


@st.composite
def points(draw: st.DrawFn) -> list[Given]:
    """One to four points, read by counters or as power."""
    found: list[Given] = []
    for number in range(draw(st.integers(1, 4))):
        point, cap = Point(f"pdu-{number}", "x", (("outlet", "1"),)), draw(st.integers(1, 10**6))
        if draw(st.booleans()):
            found.append((point, Known(10**6, cap, ()), draw(counters())))
        else:
            found.append((point, Known(cap, cap, ()), draw(powers())))
    return found


def used(given_: list[Given], edges: list[int]) -> list[Used]:
    return [
        Used(
            point,
            known,
            tuple(between(said, edges, known) if isinstance(said, list) else integrated(said, edges, known.cap)),
        )
        for point, known, said in given_
    ]  # fmt: skip


def read(given_: list[Given], edges: list[int], said: dict[str, Any]) -> tuple[Rows, Account]:
    """Return what the auditor's program has read of sections, and the account that it computes again."""
    whole = used(given_, edges)
    claim = {
        "claim": "energy",
        "edges_us": [edge * 1000 for edge in edges],
        "points": [point_claim(one) for one in whole],
    }
    blocks = {(hour_name(BEGIN + n * HOUR), 1): "" for n in range(-1, LONG + 1)}
    about = About("site")
    account = Account("f", "d", [claim], [], blocks, [], about, 2, None, None, None, said)
    rows = Rows()
    rows.want(account)
    for point, known, found in given_:
        by_hour: dict[int, dict[str, Any]] = {}
        if isinstance(found, list):
            for run in found:
                row = {"limit": known.limit, "runs": [[run.first_at, run.first, run.last_at, run.last]]}
                by_hour[run.first_at // HOUR * HOUR] = row
        else:
            for at, one in found.items():
                by_hour[at] = {"ms": one.ms, "min": one.least, "mean": one.mean, "max": one.most}
        for at, row in by_hour.items():
            name = hour_name(at)
            head = {"hour": name, "asset": point.asset, "cuts": 1}
            line = {"metric": point.metric, "labels": dict(point.labels), **row}
            rows.section(name, 1, json.dumps(head) + "\n" + json.dumps(line))
    return rows, account


@many(200)
@given(points(), tariffs)
def test_the_energy_of_every_band_is_computed_alike(given_, tariff):
    """Pains: G5, G7, I5."""
    edges = [BEGIN, BEGIN + LONG * HOUR]

    def of(nodes: Any, every: list[int], sides: Any) -> Sum:
        amounts = [one.amounts for one in used(given_, every)]
        return Sum((), (), (), tuple(total(part) for part in zip(*amounts, strict=True)))

    amounts = by_band(cast(Any, SimpleNamespace(of=of)), [], edges, tariff)
    said = json.loads(json.dumps(bands_claim(terms_of(tariff), tariff.offsets(*edges), amounts)))
    again = list(of_bands(*read(given_, edges, said)))
    assert [name for name, _, _ in again] == list(tariff.names)
    for _, theirs, ours in again:
        assert theirs == ours


@many(200)
@given(points(), st.data())
def test_the_energy_of_every_tenant_rack_and_feed_is_computed_alike(given_, data):
    """Pains: G5, G7."""
    edges = [BEGIN, BEGIN + LONG * HOUR]
    every = used(given_, edges)
    some = st.lists(st.sampled_from(every), unique_by=lambda one: one.point)
    rows = [(f"tenant/{number}", data.draw(some), ()) for number in range(3)]
    said = json.loads(json.dumps(parts_claim(rows)))
    read_, account = read(given_, edges, {})
    again = [read_.amounts(account, point, edges) for point in said["points"]]
    found = list(of_parts(said, again, edges))
    assert len(found) == 3
    for _, theirs, ours in found:
        assert theirs == ours
    assert [len(one) for _, one, _ in rows] == [len(one["points"]) for one in said["rows"]]
