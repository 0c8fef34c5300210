"""``dcim query`` and ``dcim history export``: of a daemon's answers, and of a directory that nobody runs on."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from dcim.cli.auditing.history import history
from dcim.cli.auditing.query import query
from dcim.history import History
from dcim.model import Batch, Lane, Layout, Point

NOW = 1_795_600_800.0
AT = "2026-11-25 10:00"
STATUS = {"time_zone": "Africa/Casablanca"}
VECTOR = {
    "resultType": "vector",
    "result": [{"metric": {"__name__": "x", "room": 'r"1'}, "value": [NOW, "2.5"]}],
}
MATRIX = {"resultType": "matrix", "result": [{"metric": {}, "values": [[NOW, "1"], [NOW + 60, "NaN"]]}]}


class Stands:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with ten readings of one point."""
    made = History.open(tmp_path / "history", Stands())
    points = (Point("ups-a", "ups_load_ratio"),)
    layout = Layout("ups-a", Lane.FAST, points, (None,), ("",))
    for turn in range(10):
        made.append(Batch(layout, NOW + 10 * turn, array("d", [turn / 10])))
    asyncio.run(made.aclose())
    return tmp_path


def run(command: Any, *words: str) -> tuple[int, str]:
    app = typer.Typer()
    if isinstance(command, typer.Typer):
        app = command
    else:
        app.command()(command)
    done = CliRunner().invoke(app, [*words], env={"COLUMNS": "300"})
    return done.exit_code, done.output


def served(serve: Callable[[Mapping[str, Any]], str], path: str, answer: Any) -> str:
    return serve({"/api/v1/status": STATUS, f"/api/v1{path}": answer})


def test_an_answer_is_a_table_with_the_time_of_the_site_or_json(serve) -> None:
    url = served(serve, "/query", {"status": "success", "data": VECTOR})
    code, said = run(query, "x", "--url", url)
    assert code == 0
    assert said.splitlines()[1].split() == ["2026-11-25", "11:00:00", 'x{room="r\\"1"}', "2.5"]
    assert json.loads(run(query, "x", "--url", url, "--json")[1]) == VECTOR
    url = served(serve, "/query_range", {"status": "success", "data": MATRIX})
    assert "as 24h or 30d" in run(query, "x", "--url", url, "--from", "10y")[1]
    code, said = run(query, "x", "--url", url, "--from", "24h", "--step", "1h")
    assert [line.split()[-1] for line in said.splitlines()] == ["value", "1", "NaN"]


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [(400, 2, "no such function"), (422, 1, "too many series"), (503, 1, "too long")],
)
def test_a_refusal_is_told_and_shows_in_the_exit_status(serve, status: int, code: int, why: str) -> None:
    url = served(serve, "/query", (status, {"status": "error", "errorType": "x", "error": why}))
    ended, said = run(query, "x", "--url", url)
    assert ended == code
    assert why in said


@pytest.mark.parametrize(
    "words",
    [
        ("--step", "5m"), ("--at", AT, "--from", "1h"), ("--from", "1h", "--step", "0s"),
        ("--from", "400d", "--step", "1s"), ("--at", "noon"), ("--from", "2030-01-01 00:00"),
    ],
)  # fmt: skip
def test_times_that_make_no_sense_are_wrong_usage(serve, words: tuple[str, ...]) -> None:
    url = served(serve, "/query", {"status": "success", "data": VECTOR})
    assert run(query, "x", "--url", url, *words)[0] == 2


def test_no_daemon_is_told() -> None:
    assert run(query, "x", "--url", "http://127.0.0.1:1")[0] == 3


def test_a_directory_is_asked_without_a_daemon(state: Path, tmp_path: Path) -> None:
    code, said = run(query, "sum(dcim_ups_load_ratio)", "--state", str(state), "--at", f"{AT}:50", "--json")
    assert (code, json.loads(said)["result"][0]["value"]) == (0, [NOW + 50, "0.5"])
    assert run(query, "quantile(1, x)", "--state", str(state))[0] == 2
    assert run(query, "1", "--state", str(tmp_path / "none"))[0] == 1


def test_a_name_that_no_series_has_is_told_with_those_that_are_near(state: Path, serve, tmp_path) -> None:
    code, said = run(query, "dcim_ups_lod_ratio", "--state", str(state), "--at", f"{AT}:50")
    assert code == 1
    assert "no series has the name dcim_ups_lod_ratio: is dcim_ups_load_ratio or" in said
    assert run(query, "dcim_ups_battery_charge_ratio", "--state", str(state))[0] == 0  # it might have been
    assert run(query, "dcim_no or vector(1)", "--state", str(state))[0] == 0
    empty = {"resultType": "vector", "result": []}
    answer = {"status": "success", "data": empty, "warnings": ["no series has the name x"]}
    url = served(serve, "/query", answer)
    code, said = run(query, "x", "--url", url)
    assert code == 1
    assert "dcim: no series has the name x" in said
    out = tmp_path / "x.parquet"
    wish = ("export", "--from", f"{AT}:00", "--to", f"{AT}:30", "--out", str(out), "--state", str(state))
    code, said = run(history, *wish, "--match", "dcim_ups_lod_ratio")
    assert code == 1
    assert "nothing was read in that time" in said
    assert "is dcim_ups_load_ratio" in said
    assert not out.exists()


def test_readings_are_exported_whole_or_not_at_all(state: Path, tmp_path: Path, serve) -> None:
    out = tmp_path / "x.parquet"
    times = ("--from", f"{AT}:00", "--to", f"{AT}:30", "--out", str(out))
    code, said = run(history, "export", *times, "--state", str(state))
    assert code == 0
    assert str(out.stat().st_size) in said
    assert pl.read_parquet(out)["value"].to_list() == [0.0, 0.1, 0.2]
    before = out.read_bytes()
    assert run(history, "export", *times, "--state", str(state), "--match", "sum(x)")[0] == 2
    url = served(
        serve, "/history/export", (503, {"status": "error", "errorType": "timeout", "error": "slow"})
    )
    assert run(history, "export", *times, "--url", url)[0] == 1
    assert out.read_bytes() == before
    assert run(history, "export", *times[:-1], str(tmp_path / "no" / "x"), "--state", str(state))[0] == 2
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")]
