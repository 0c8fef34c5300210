"""Answers as Prometheus' API writes them: JSON in pieces, numbers as text. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from dcim.model import Labels
from dcim.promql import Grid, Samples, Vector
from dcim.promql.source import Numbers, Whole

_CELLS: Final = 20_000
"""Values written in one piece, of some half a megabyte: the loop that passes it on never has much at once."""

_BEGIN: Final = '{"status":"success","data":{"resultType":'


def refusal(kind: str, why: str) -> bytes:
    """Return what is said instead of an answer."""
    return json.dumps({"status": "error", "errorType": kind, "error": why}).encode()


def listed(data: Any) -> bytes:
    """Return an answer that is no series of values."""
    return json.dumps({"status": "success", "data": data}, separators=(",", ":")).encode()


def scalar(at: int, value: float) -> bytes:
    """Return one number at one time."""
    return f'{_BEGIN}"scalar","result":[{_seconds(at)},{_texts(np.array([value]))[0]}]}}}}'.encode()


def text(at: int, said: str) -> bytes:
    """Return a text as an answer."""
    return f'{_BEGIN}"string","result":[{_seconds(at)},{json.dumps(said)}]}}}}'.encode()


def vector(at: int, said: Vector) -> Iterator[bytes]:
    """Give series with one value each."""
    yield f'{_BEGIN}"vector","result":['.encode()
    when, values = _seconds(at), _texts(said.values[:, 0])
    parts = [
        f'{{"metric":{_metric(labels)},"value":[{when},{value}]}}'
        for labels, value, there in zip(said.labels, values, said.there[:, 0].tolist(), strict=True)
        if there
    ]
    yield f"{','.join(parts)}]}}}}".encode()


def matrix(grid: Grid, said: Vector) -> Iterator[bytes]:
    """Give series with their values over time, in the order of their labels."""
    order = sorted(range(len(said)), key=lambda row: said.labels[row])
    times = grid.times
    samples = ((said.labels[row], times[said.there[row]], said.values[row][said.there[row]]) for row in order)
    yield from _matrix(samples)


def samples(found: Samples) -> Iterator[bytes]:
    """Give series with the samples of a range, as they were read; those without any are left out."""
    living = found.living()
    bounds = zip(living.labels, living.starts.tolist(), living.starts[1:].tolist(), strict=False)
    yield from _matrix((labels, living.at[a:b], living.values[a:b]) for labels, a, b in bounds if b > a)


def _matrix(series: Iterator[tuple[Labels, Whole, Numbers]]) -> Iterator[bytes]:
    yield f'{_BEGIN}"matrix","result":['.encode()
    comma, waiting, cells = "", list[tuple[Labels, Whole, Numbers]](), 0
    for one in series:
        waiting.append(one)
        cells += len(one[1])
        if cells >= _CELLS:
            yield (comma + _rows(waiting)).encode()
            comma, waiting, cells = ",", [], 0
    if waiting:
        yield (comma + _rows(waiting)).encode()
    yield b"]}}"


def _rows(series: Sequence[tuple[Labels, Whole, Numbers]]) -> str:
    """Write some series: all their numbers at once."""
    rows = np.repeat(np.arange(len(series)), [len(at) for _, at, _ in series])
    at = pl.Series(np.concatenate([at for _, at, _ in series]))
    values = _texts(np.concatenate([values for *_, values in series]))
    frame = pl.DataFrame({"row": rows, "at": _times(at), "value": values})
    pair = pl.concat_str(pl.lit("["), "at", pl.lit(","), "value", pl.lit("]")).str.join(",")
    joined = frame.group_by("row", maintain_order=True).agg(pair.alias("pairs"))["pairs"].to_list()
    return ",".join(
        f'{{"metric":{_metric(labels)},"values":[{pairs}]}}'
        for (labels, *_), pairs in zip(series, joined, strict=True)
    )


def _times(at: pl.Series) -> pl.Series:
    """Write UTC ms as seconds."""
    distinct = at.unique()
    written = [_seconds(each) for each in distinct.to_list()]
    return at.replace_strict(distinct, pl.Series(written, dtype=pl.String), return_dtype=pl.String)


def _texts(values: Numbers) -> pl.Series:
    """Write numbers as JSON texts: the shortest that read back the same."""
    plain = pl.Series(values, dtype=pl.Float64).cast(pl.String).str.strip_suffix(".0")
    signed = plain.replace(["inf", "-inf"], ["+Inf", "-Inf"])
    return pl.select('"' + pl.lit(signed) + '"').to_series()


def _seconds(at: int) -> str:
    whole, rest = divmod(at, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def _metric(labels: Labels) -> str:
    return json.dumps(dict(labels), separators=(",", ":"))
