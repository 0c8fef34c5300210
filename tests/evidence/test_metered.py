"""A bundle holds the sections that the claims of issued reports rest on, and refuses a block that was changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from dcim.evidence.export import NotExported
from dcim.evidence.metered import sections
from dcim.evidence.verifier.rollups import checked
from dcim.rollup.block import HOUR, Block, Row, file_of, hour_start
from dcim.rollup.block import sections as sections_of
from dcim.rollup.table import write
from dcim.rollup.tree import root

HOURS = ("2026-11-25T10", "2026-11-25T11")


class Table:
    """What the store says of blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def rollups(self, first: str, last: str, *, every: bool = False) -> Sequence[Block]:
        assert every
        return [one for one in self.blocks if first <= one.hour <= last]


@pytest.fixture
def table(tmp_path):
    it = Table()
    for number, hour in enumerate(HOURS):
        start = hour_start(hour)
        rows = [
            Row(
                asset,
                "pdu_energy_joules_total",
                "{}",
                2,
                0,
                0,
                None,
                None,
                None,
                None,
                10**6,
                ((start, 1, start + HOUR - 1, 2 + number),),
            )
            for asset in ("pdu-1", "pdu-2", "pdu-3")
        ]
        path = tmp_path / "rollup" / file_of(hour, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(rows, path, start)
        top = root([one.leaf for one in sections_of(hour, rows, 1)]).hex()
        it.blocks.append(Block(hour, 1, 0.0, top, "", file_of(hour, 1), 1, 3, 3, 1))
    return it


def claim_of(*hours: str) -> tuple[str, str]:
    figures: dict[str, Any] = {
        "energy": [{"claim": "energy", "points": [{"asset": "pdu-2"}]}],
        "blocks": [{"hour": hour, "version": 1, "root": ""} for hour in hours],
    }
    return "a.json", json.dumps({"figures": figures})


def test_each_section_is_a_leaf_that_the_verifier_finds_under_its_root(tmp_path, table):
    found = list(sections(tmp_path, table, [claim_of(*HOURS), claim_of(HOURS[0]), ("b.json", "{}")]))
    assert [checked(json.loads(line)) for line in found] == [(one.hour, 1, one.root) for one in table.blocks]
    assert all('"asset":"pdu-2"' in json.loads(line)["section"] for line in found)


def test_claims_that_rest_on_no_block_need_none(tmp_path, table):
    assert list(sections(tmp_path, table, [("b.json", '{"figures":{"answers":[]}}'), claim_of()])) == []


def test_a_block_that_was_changed_or_lost_stops_the_bundle(tmp_path, table):
    first, second = (tmp_path / "rollup" / one.file for one in table.blocks)
    first.write_bytes(second.read_bytes())
    with pytest.raises(NotExported, match="2026-11-25T10"):
        list(sections(tmp_path, table, [claim_of(*HOURS)]))
    first.unlink()
    with pytest.raises(NotExported):
        list(sections(tmp_path, table, [claim_of(*HOURS)]))
