"""Blocks as hours close: each hour once, whatever happens on the way; a late reading makes another version."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

import polars as pl
import pytest

from dcim.energy.counter import HOUR, Known, between
from dcim.rollup import Block, hour_start
from dcim.rollup.block import Row
from dcim.rollup.bundle import lines as bundled
from dcim.rollup.bundle import wanted
from dcim.rollup.cuts import Cuts
from dcim.rollup.plan import Seen
from dcim.rollup.shelf import Shelf, point_of
from dcim.rollup.tree import root_of

from .conftest import POINTS, START, PowerCut, Site

ENERGY, POWER = POINTS


def shelf_of(site: Site, blocks: list[Block] | None = None) -> Shelf:
    current = {one.hour: one for one in (site.books.blocks if blocks is None else blocks)}
    return Shelf(site.directory / "rollup", current.values())


async def test_an_hour_is_rolled_up_when_the_one_after_it_is_closed(site):
    await site.watch(61)
    assert await site.tidy() == []
    await site.watch(60)
    (block,) = await site.tidy()
    assert (block.hour, block.version, block.points, block.sections) == ("2026-11-25T10", 1, 2, 1)
    assert site.books.facts == [("2026-11-25T10", 1, block.root)]
    rows = {point_of(row): row for _, row in shelf_of(site).rows(0, 2**53)}
    assert rows[POWER].mean == 6_000_000_000
    assert (rows[ENERGY].n, rows[ENERGY].runs[0][1]) == (60, 10**9 + 6_000)
    assert await site.tidy() == []


async def test_hours_give_the_energy_over_midnight_from_the_blocks_alone(site):
    """Pains: G7."""
    for _ in range(16):
        await site.watch(60, step=300)
        await site.tidy()
    blocks = site.books.blocks
    assert [one.hour for one in blocks] == sorted({one.hour for one in blocks})
    assert len(blocks) == 15
    first = START * 1000
    counted = shelf_of(site).counters([ENERGY], (first + HOUR, first + 12 * HOUR))[ENERGY]
    (amount,) = between(counted.runs, (first + HOUR, first + 12 * HOUR), Known(counted.limit, counted.limit))
    assert (amount.best, amount.known) == (6_000 * 11 * 3600, 11 * HOUR)
    assert amount.most - amount.least <= 2 * 6_000 * 300


async def test_a_device_that_supplies_a_tenant_is_cut_at_its_intervals_and_proven_so(site):
    """Pains: G7."""
    await site.watch(121)
    (block,) = await site.tidy(site.keeper(Cuts(1, {"pdu-1": 6})))
    assert block.cuts == 1
    rows = {point_of(row): row for _, row in shelf_of(site).rows(0, 2**53)}
    assert (len(rows[ENERGY].runs), len(rows[POWER].parts)) == (6, 6)
    said = {"energy": [{"points": [{"asset": "pdu-1"}]}], "blocks": [{"hour": block.hour, "version": 1}]}
    (line,) = bundled(site.directory / "rollup", [block], wanted([said]))  # raises where the root is another
    assert json.loads(line)["section"].count('"cuts":6') == 2
    fine = shelf_of(site).finer(6, [ENERGY])
    assert len({point_of(row) for _, row in fine.rows(0, 2**53)}) == 2
    assert fine.unproven == set()


class Again:
    """Rows that readings give once more."""

    def __init__(self, rows: list[tuple[int, Row]]) -> None:
        self.rows_of_all = rows

    def rows(
        self, first: int, last: int, assets: Collection[str] | None, metrics: Collection[str] | None
    ) -> Iterator[tuple[int, Row]]:
        for hour, row in self.rows_of_all:
            mine = (assets is None or row.asset in assets) and (metrics is None or row.metric in metrics)
            if mine and first <= hour < last:
                yield hour, row


async def test_a_row_that_is_too_coarse_is_made_anew_by_itself_and_kept_where_readings_are_gone(site):
    """Either way no block proves the hour as it was read. Pains: G2, G7."""
    await site.watch(121)
    await site.tidy(site.keeper(Cuts(4)))
    start, folder = START * 1000, site.directory / "rollup"
    kept = {point_of(row): row for _, row in shelf_of(site).rows(0, 2**53)}
    once_more = [(start, kept[point]._replace(n=7, cuts=0)) for point in POINTS]
    for readings, count in ((once_more, 7), ([], kept[ENERGY].n)):
        shelf = Shelf(folder, site.books.blocks, later=Again(readings), cuts=6).finer(6, [ENERGY])
        rows = {point_of(row): row for _, row in shelf.rows(start, start + HOUR)}
        assert (rows[ENERGY].n, rows[ENERGY].cuts) == (count, 6 if readings else 0)
        assert rows[POWER] == kept[POWER]
        assert shelf.unproven == {start}
        assert list(shelf.used) == [start]


async def test_a_block_from_before_points_had_cuts_is_read_beside_new_ones(site):
    await site.watch(121)
    (first,) = await site.tidy()
    await site.watch(60)
    (second,) = await site.tidy(site.keeper(Cuts(1, {"pdu-1": 6})))
    old = site.directory / "rollup" / first.file
    pl.read_parquet(old).drop("part_ms", "part_mean", "cuts").write_parquet(old)
    rows = [(row.metric, len(row.runs), row.cuts) for _, row in shelf_of(site).rows(0, 2**53)]
    assert rows == [
        ("pdu_energy_joules_total", 1, 0),
        ("pdu_power_watts", 0, 0),
        ("pdu_energy_joules_total", 6, 6),
        ("pdu_power_watts", 0, 6),
    ]
    for block in (first, second):  # raises where the root is another than was recorded
        (line,) = bundled(site.directory / "rollup", [block], {(block.hour, 1): {"pdu-1"}})
        said = json.loads(line)
        path = [bytes.fromhex(each) for each in said["proof"]]
        assert root_of(said["section"].encode(), 0, 1, path).hex() == block.root


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_power_cut_at_any_step_leaves_no_hour_twice_and_none_out(site, when, number):
    """Pains: G7."""
    site.books.cut = (number, when)
    for _ in range(5):
        await site.watch(60, step=600)
        try:
            await site.tidy()
        except PowerCut:
            site.books.cut = None
            await site.history.aclose()
            site.history = site.opened()
    await site.watch(2)
    await site.tidy()
    hours = [one.hour for one in site.books.blocks]
    assert hours == [f"2026-11-25T{hour}" for hour in (10, 11, 12, 13)]
    assert [one.version for one in site.books.blocks] == [1] * 4
    assert [root for *_, root in site.books.facts] == [one.root for one in site.books.blocks]
    assert len(list(shelf_of(site).rows(0, 2**53))) == 8


async def test_a_reading_that_comes_late_makes_another_version_and_the_old_one_stays(site):
    """Pains: G6."""
    for _ in range(3):
        await site.watch(60, step=600)
        await site.tidy()
    old = site.books.blocks[0]
    site.say(START + 1_801, watts=90_000.0)
    for _ in range(2):
        await site.watch(60, step=600)
        await site.tidy()
    versions = [one for one in site.books.blocks if one.hour == old.hour]
    assert [one.version for one in versions] == [1, 2]
    assert versions[0].root != versions[1].root
    first = START * 1000
    before, after = (
        next(row for _, row in shelf_of(site, [one]).rows(first, first + 1) if point_of(row) == POWER)
        for one in versions
    )
    assert (before.max, after.max) == (6_000_000_000, 90_000_000_000)
    others = [one for one in site.books.blocks if one.hour != old.hour]
    assert [one.version for one in others] == [1] * len(others)


async def test_a_history_from_before_is_rolled_up_too_and_what_is_half_gone_is_not(site):
    async def hours(count: int) -> None:
        for _ in range(count):  # one reading every six hours
            await site.watch(1)
            site.clock.at += 6 * 3600 - 60
            await site.history.tidy()

    await hours(6)
    found = await site.look(site.keeper())
    assert [one.hour for one in found] == [
        "2026-11-25T10", "2026-11-25T16", "2026-11-25T22", "2026-11-26T04"
    ]  # fmt: skip
    site.books.blocks, site.books.so_far = [], Seen()
    await hours(10)
    assert site.history.closed[0].first > 1
    again = await site.look(site.keeper())
    assert again[0].hour == "2026-11-28T04"


async def test_a_damaged_block_is_an_error_that_names_it(site):
    for _ in range(3):
        await site.watch(60, step=600)
        await site.tidy()
    path = site.directory / "rollup" / site.books.blocks[0].file
    path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(OSError, match="damaged"):
        list(shelf_of(site).rows(0, 2**53))
    path.unlink()
    with pytest.raises(OSError, match="2026-11-25T10"):
        list(shelf_of(site).rows(0, 2**53))


async def test_proofs_lead_to_the_root_and_a_changed_file_is_refused(site):
    for _ in range(3):
        await site.watch(60, step=600)
        await site.tidy()
    first = START * 1000
    shelf = shelf_of(site)
    shelf.counters([ENERGY], (first, first + 2 * HOUR))
    figures = {"energy": [{"points": [{"asset": "pdu-1"}]}, {"claim": "ratio"}], **shelf.claim()}
    folder = site.directory / "rollup"
    lines = [json.loads(line) for line in bundled(folder, site.books.blocks, wanted([figures]))]
    assert list(bundled(folder, site.books.blocks, wanted([{}]))) == []
    assert [line["hour"] for line in lines] == ["2026-11-25T10", "2026-11-25T11"]
    for line, block in zip(lines, site.books.blocks, strict=True):
        path = [bytes.fromhex(each) for each in line["proof"]]
        assert root_of(line["section"].encode(), line["index"], line["of"], path).hex() == block.root
        assert hour_start(block.hour) // HOUR * HOUR == hour_start(block.hour)
    one, two = site.books.blocks
    (site.directory / "rollup" / two.file).replace(site.directory / "rollup" / one.file)
    with pytest.raises(ValueError, match="2026-11-25T10"):
        list(bundled(folder, site.books.blocks, wanted([figures])))


async def test_a_counter_is_found_again_on_the_far_side_of_a_blind_day(site):
    """Pains: G2, G7."""
    await site.watch(60, step=600)
    site.clock.at += 30 * 3600
    for _ in range(3):
        await site.watch(60, step=600)
        await site.tidy()
    start = (START + 10 * 3600) * 1000
    counted = shelf_of(site).counters([ENERGY], (start, start + HOUR))[ENERGY]
    (amount,) = between(counted.runs, (start, start + HOUR), Known(counted.limit, counted.limit))
    assert (amount.known, amount.best) == (0, 0)
    assert amount.least <= 6_000 * 3600 <= amount.most
