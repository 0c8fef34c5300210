"""The history of a replay: every reading on disk, hours closed as by the daemon, reports made from them. Pains: G4."""

from __future__ import annotations

import json
from array import array
from math import isnan
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.alerts import Language
from dcim.cli import build
from dcim.history import History
from dcim.model import Batch, Lane, Layout, Point
from dcim.record import replace
from dcim.recording.folder import Recording
from dcim.replay.apart import Apart
from dcim.replay.keep import keeping
from dcim.replay.player import play
from dcim.replay.readings import Readings
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock
from dcim.reports.make import from_directory
from dcim.reports.model import Kind
from dcim.reports.render import Form
from dcim.reports.wish import Wish
from dcim.store import Store
from dcim.store.check import reading, verify

from .stories import LIBRARY

OVERLOAD = LIBRARY / "overload-after-loss"
HOUR = 3600.0
BEGIN = 1_764_547_200.0  # 2025-12-01 00:00 UTC
VOLTS = Point("ups-1", "dcim_ups_output_voltage_volts")


class Read:
    """A history that remembers what it was given, beside the one on disk."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.values: dict[tuple[int, int], float] = {}

    def append(self, batch: Batch) -> None:
        at = round(batch.at * 1000.0)
        self.values |= {(one, at): value for one, value in zip(batch.layout.ids, batch.values, strict=True)}
        self._history.append(batch)


def test_every_reading_of_a_replay_is_in_its_history(tmp_path: Path) -> None:
    scene = Scene.of(Recording.open(OVERLOAD))
    with keeping(scene, tmp_path / "state") as beside:
        assert beside.history is not None
        read = Read(beside.history)
        play(scene, replace(beside, history=read))
    history = History.open(tmp_path / "state" / "history", VirtualClock(0.0, BEGIN))
    ids = list({one for one, _ in read.values})
    found = history.query(ids, BEGIN, BEGIN + HOUR)
    kept = {(row["point"], row["at"]): row["value"] for row in found.iter_rows(named=True)}

    assert len(kept) > 1000
    assert kept.keys() == read.values.keys()
    assert all(value == read.values[key] or isnan(read.values[key]) for key, value in kept.items())


def test_an_hour_that_is_over_is_closed_and_rolled_up_with_its_facts(tmp_path: Path) -> None:
    settings = replace(Scene.of(Recording.open(OVERLOAD)).settings, state=tmp_path)
    clock, apart = VirtualClock(0.0, BEGIN), Apart()
    store = Store.open(tmp_path, "cas1", clock)
    readings = Readings(settings, store, clock, apart)
    layout = Layout("ups-1", Lane.FAST, (VOLTS,), (None,), ("1.1",))
    for at in range(0, int(3.2 * HOUR), 30):
        clock.reach(float(at))
        readings.history.append(Batch(layout, clock.now(), array("d", [230.0])))
        readings.follow(clock.at)
    readings.close()
    apart.do(store.stop("it is over"))
    apart.close()

    with reading(tmp_path) as kept:
        blocks = kept.rollups("2025-12-01T00", "2025-12-01T23")
        kinds = [entry.kind for entry in kept.entries()]
        times = [entry.time for entry in kept.entries()]
    assert [one.hour for one in blocks] == ["2025-12-01T00", "2025-12-01T01"], (
        "an hour later the border is in"
    )
    assert all((tmp_path / "rollup" / one.file).is_file() for one in blocks)
    assert kinds.count("rollup_closed") == 2
    assert kinds.count("history_closed") >= 3
    assert times == sorted(times)
    assert max(times) <= BEGIN + 3.2 * HOUR, "on the clock of the recording"
    assert verify(tmp_path).faults == ()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replayed") / "state"
    done = CliRunner().invoke(build(["replay"]), ["replay", str(OVERLOAD), "--state", str(folder)])
    assert done.exit_code == 0, done.stderr
    assert done.stdout == CliRunner().invoke(build(["replay"]), ["replay", str(OVERLOAD)]).stdout
    return folder


@pytest.mark.parametrize("kind", [Kind.ENERGY, Kind.THERMAL, Kind.CAPACITY])
def test_reports_are_made_from_the_readings_of_a_replay(state: Path, kind: Kind) -> None:
    wish = Wish(kind, languages=(Language.EN,), forms=(Form.CSV,))
    text = next(iter(from_directory(state, wish, 1_795_000_000_000_000, "0.1.0").files.values())).decode()
    assert "Made from a replay of the recording overload-after-loss" in text
    assert {
        Kind.ENERGY: '"Everything, E_DC",,at least 0.2',
        Kind.THERMAL: "Probes / rack 1 inlet top",
        Kind.CAPACITY: "PDU R2 B,L1,B,,12.1,2025-12-01T00:00:00",
    }[kind] in text


def test_what_is_played_twice_is_kept_alike(tmp_path: Path) -> None:
    scene = Scene.of(Recording.open(LIBRARY / "agent-restart"))
    kept = []
    for name in ("first", "second"):
        with keeping(scene, tmp_path / name) as beside:
            play(scene, beside)
        segments = (tmp_path / name / "history" / "segments").iterdir()
        with reading(tmp_path / name) as store:
            facts = [
                (entry.at, entry.kind, entry.subject, json.loads(entry.body)) for entry in store.entries()
            ]
        kept.append(({path.name: path.read_bytes() for path in segments}, facts))
    assert kept[0] == kept[1]
