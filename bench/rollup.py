"""What an hour of roll-ups costs: ``python -m bench.rollup [PDUS [CUTS]]``. Bytes a point and hour, CPU."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dcim.history.closed import ClosedFile, ClosedSet, face, file_name
from dcim.history.closing import FILE_ROWS, bits_for
from dcim.history.durable import Disk
from dcim.history.points import Points
from dcim.model import Lane, Layout, Point
from dcim.rollup.block import HOUR, sections
from dcim.rollup.making import Job, make
from dcim.rollup.table import read

START = 1_795_600_800_000
OUTLET = (
    "pdu_outlet_power_watts",
    "pdu_outlet_current_amperes",
    "pdu_outlet_energy_joules_total",
    "pdu_outlet_state",
)
PHASE = ("pdu_phase_voltage_volts", "pdu_phase_current_amperes", "pdu_phase_energy_joules_total")
SENSOR = ("sensor_temperature_celsius", "sensor_humidity_ratio")
Said = tuple[NDArray[np.int64], NDArray[np.float64]]


def layouts(pdus: int) -> Iterator[Layout]:
    """Yield rack PDUs with 24 metered outlets, three phases and a probe."""
    for number in range(pdus):
        asset = f"pdu-r{number // 8:03d}-{number % 8}"
        points = [Point(asset, metric, (("outlet", str(n)),)) for n in range(24) for metric in OUTLET]
        points += [Point(asset, metric, (("phase", f"L{n}"),)) for n in (1, 2, 3) for metric in PHASE]
        points += [Point(asset, metric, (("sensor", "1"),)) for metric in SENSOR]
        points += [Point(asset, "pdu_energy_joules_total"), Point(asset, "pdu_power_watts")]
        yield Layout(asset, Lane.FAST, tuple(points), (None,) * len(points), ("x",) * len(points))


def said(metric: str, rng: np.random.Generator) -> Said:
    """Return an hour and a minute of one point, with the resolution of such devices."""
    slow = metric.endswith("_total") or metric in SENSOR
    step = 60_000 if slow else 10_000
    at = START - 60_000 + rng.integers(0, step) + np.arange(0, HOUR + 60_000, step)
    at = at[at < START + HOUR].astype(np.int64)
    n = len(at)
    if metric.endswith("_total"):
        steps = np.cumsum(np.full(n, rng.integers(50, 400) * 60.0))
        return at, np.floor((1e11 * rng.random() + steps) / 360.0) * 360.0
    if metric.endswith("_state"):
        return at, np.full(n, 2909332022.0)
    level, noise, digits = {
        "pdu_outlet_current_amperes": (1 + 3 * rng.random(), 0.1, 1),
        "pdu_phase_current_amperes": (8 + 8 * rng.random(), 0.3, 1),
        "pdu_phase_voltage_volts": (230.0, 1.0, 0),
        "sensor_temperature_celsius": (23.0, 0.3, 1),
        "sensor_humidity_ratio": (0.45, 0.01, 2),
    }.get(metric, (50 + 300 * rng.random(), 8.0, 0))
    return at, np.round(level + rng.normal(0, noise, n), digits)


def closed_set(folder: Path, made: list[Layout]) -> ClosedSet:
    """Write a closed hour of these devices, as closing would."""
    rng = np.random.default_rng(1)
    columns = sorted(
        ((point.id, *said(point.metric, rng)) for layout in made for point in layout.points),
        key=lambda one: one[0],
    )
    rows = pl.DataFrame(
        {
            "point": np.concatenate([np.full(len(at), point, dtype=np.uint64) for point, at, _ in columns]),
            "at": np.concatenate([at for _, at, _ in columns]),
            "value": np.concatenate([value for *_, value in columns]),
        }
    ).with_columns(gap=pl.lit(0, pl.UInt8))
    bits = bits_for(rows.height, FILE_ROWS)
    path = folder / "2026-11-25T10_0000000001-0000000001"
    path.mkdir()
    files = []
    for part in range(2**bits):
        low = part << (64 - bits)
        inside = pl.col("point").is_between(
            pl.lit(low, pl.UInt64), pl.lit(low + (1 << (64 - bits)) - 1, pl.UInt64)
        )
        held = rows.filter(inside)
        held.write_parquet(path / file_name(part, bits), compression="zstd", row_group_size=24_576)
        files.append(ClosedFile(file_name(part, bits), held.height, 0, ""))
    found = ClosedSet("2026-11-25T10", 1, 1, START - 60_000, START + HOUR - 1, rows.height, 1, bits, path)
    (path / "set.json").write_text(face(found, files), encoding="utf-8")
    return found


def main(pdus: int, cuts: int) -> None:
    """Measure, and print one JSON object. CPU seconds, of this process alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = list(layouts(pdus))
        points = Points(folder / "points.jsonl", Disk())
        points.register(made)
        points.close()
        source = closed_set(folder, made)
        begun = time.process_time()
        job = Job(
            (str(source.path),),
            (),
            (START,),
            0,
            START + HOUR,
            str(folder / "points.jsonl"),
            str(folder / "out"),
            cuts,
        )
        (block,) = make(job).made
        spent = time.process_time() - begun
        file = folder / "out" / block.file
        text = sum(
            len(one.text) for one in sections(block.hour, (row for _, row in read({file: START})), cuts)
        )
        begun = time.process_time()
        for _ in range(20):
            list(read({file: START}, [layout.asset for layout in made[:10]], ["pdu_energy_joules_total"]))
        back = (time.process_time() - begun) / 20
    print(
        json.dumps(
            {
                "points": block.points,
                "readings": source.rows,
                "bytes_a_point": round(block.bytes / block.points, 2),
                "text_a_point": round(text / block.points, 1),
                "cpu_an_hour": round(spent, 2),
                "cpu_a_million_readings": round(spent / source.rows * 1e6, 3),
                "ten_counters_of_a_block": round(back, 4),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, (sys.argv[1:] + ["200", "1"][len(sys.argv) - 1 :])[:2]))
