"""Readings as a Parquet file: all of them, once, with their labels; and no more in memory than a part."""

from __future__ import annotations

import io
import random
from pathlib import Path

import polars as pl
import pytest

from dcim.promql import BadQuery
from dcim.query import parquet
from dcim.query.parquet import SCHEMA, export

from .conftest import NOW, Site
from .test_source import live, world


def exported(site: Site, *match: str) -> pl.DataFrame:
    out = io.BytesIO()
    export(world(site), match, round(NOW * 1000), round((NOW + 600) * 1000), out)
    out.seek(0)
    return pl.read_parquet(out)


def test_every_reading_is_in_the_file_once_with_its_labels_and_gaps(site: Site) -> None:
    live(site, random.Random(9), 900)
    site.tidy()
    found = exported(site, '{__name__=~".+"}', 'dcim_ups_output_voltage_volts{phase="L1"}')
    assert dict(found.schema) == dict(SCHEMA)
    points = list(site.history.points())
    kept = site.history.query([one.point.id for one in points], NOW, NOW + 600)
    assert found.height == kept.height
    assert found["gap"].null_count() == (kept["gap"] == 0).sum()
    assert found["value"].sum() == pytest.approx(
        kept.filter(pl.col("point").is_in([one.point.id for one in points if one.states is None]))["value"]
        .fill_nan(None)
        .sum()
    )
    row = found.filter(pl.col("labels") == '{"phase":"L1"}', pl.col("asset") == "ups-b").row(0, named=True)
    assert (row["name"], row["room"], row["tenant"], row["rack"]) == (
        "dcim_ups_output_voltage_volts", "r2", "t", None,
    )  # fmt: skip
    assert set(found["state"].unique()) == {"normal", "battery", "nobody knows", None} - {"nobody knows"}
    assert set(found["gap"].unique()) == {"absent", None}


def test_a_word_that_its_point_can_say_no_more_is_in_the_file(site: Site) -> None:
    words = ["UPS A", "UPS B", "UPS A", "UPS C"]
    for turn, word in enumerate(words):
        site.at = NOW + 10 * turn
        site.lose("ups-a", [word], word)
        site.commit()
    found = exported(site, "dcim_worst_loss_state")
    assert found["state"].to_list() == words
    assert found["value"].null_count() == found["gap"].null_count() == len(words)


def test_a_file_in_many_parts_says_the_same(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    live(site, random.Random(2), 600)
    site.commit()
    whole = exported(site, '{__name__=~".+"}')
    monkeypatch.setattr(parquet, "ROWS", 17)
    assert exported(site, '{__name__=~".+"}').equals(whole)


def test_what_is_no_selector_is_refused_before_anything_is_written(tmp_path: Path, site: Site) -> None:
    out = io.BytesIO()
    with pytest.raises(BadQuery):
        export(world(site), ["sum(x)"], 0, 1, out)
    assert not out.getvalue()
