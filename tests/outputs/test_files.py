"""NDJSON and CSV: every reading once, whole lines only, rotated and bounded."""

import csv
import json
from pathlib import Path

import pytest

from dcim import plugins
from dcim.outputs.contract import Context
from dcim.outputs.tally import State
from dcim.outputs.worker import IDLE, Worker

KINDS = ("ndjson", "csv")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def open_files(plant, kind, **settings):
    plugin = plugins.outputs()[kind]
    shape = plugin.settings_type(directory=plant.folder / "out", start="oldest", **settings)
    context = Context("x", "cas1", lambda _ref: "", plant.folder / "outputs" / "x", plant.clock)
    cursor = plant.history.cursor("output-x", from_start=True)
    return Worker(cursor, plugin.open(shape, context), plant.book, shape, context)


def read(folder: Path, kind: str):
    """Every reading that stands in files: asset, metric, labels, time, what it says."""
    found = []
    for path in sorted((folder / "out").glob(f"*.{kind}")):
        text = path.read_bytes().decode()
        assert text.endswith("\n")
        if kind == "csv":
            for row in csv.DictReader(text.splitlines(keepends=True)):
                said = row["gap"] or row["state"] or float(row["value"])
                found.append((row["asset"], row["metric"], row["labels"], row["at"], said))
        else:
            for line in text.splitlines():
                one = json.loads(line)
                labels = {
                    key: value
                    for key, value in one["labels"].items()
                    if key not in ("kind", "site", "room", "rack", "feed")
                }
                inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
                said = one.get("gap") or one.get("state") or one["value"]
                found.append((one["asset"], one["metric"], inside, one["at"], said))
    return found


def wanted(plant):
    found = []
    for batch in plant.told:
        at = f"2026-11-25T10:{int(batch.at % 3600) // 60:02d}:{int(batch.at % 60):02d}.000Z"
        for slot, point in enumerate(batch.layout.points):
            reading = batch.reading(slot)
            said = (
                str(reading.gap.reason) if reading.gap else reading.state if reading.state else reading.value
            )
            inside = ",".join(f'{key}="{value}"' for key, value in point.labels)
            found.append((point.asset, f"dcim_{point.metric}", inside, at, said))
    return found


@pytest.fixture
def ups(layout):
    return layout("ups_load_ratio", "ups_output_source_state", ("ups_input_voltage_volts", {"phase": "L1"}))


async def some(plant, batch, ups, count=5):
    for _ in range(count):
        number = len(plant.told)
        plant.say(
            batch(
                ups,
                0.1 * number,
                "battery" if number % 2 else "normal",
                None if number % 3 else 1e22,
                at=plant.clock.at,
            )
        )
        await plant.commit()
        plant.clock.at += 1.0


def drain(worker):
    while worker.turn() != IDLE:
        assert not worker.tally.why
    worker.close()


async def test_every_reading_stands_there_once_and_in_order(plant, batch, ups, kind):
    """Pains: E1, E6."""
    await some(plant, batch, ups)
    drain(open_files(plant, kind, batch=1))
    assert read(plant.folder, kind) == wanted(plant)


async def test_a_restart_goes_on_in_the_same_file_and_cuts_off_what_was_under_way(plant, batch, ups, kind):
    """Pains: E1."""
    await some(plant, batch, ups)
    drain(open_files(plant, kind))
    (file,) = (plant.folder / "out").iterdir()
    with file.open("ab") as half:
        half.write(b'{"metric":"dcim_ups_lo')
    await plant.reopen()
    await some(plant, batch, ups)
    drain(open_files(plant, kind))
    assert read(plant.folder, kind) == wanted(plant)
    assert len(list((plant.folder / "out").iterdir())) == 1


async def test_a_block_that_was_written_when_its_place_was_not_kept_is_not_written_again(
    plant, batch, ups, kind
):
    await some(plant, batch, ups)
    worker = open_files(plant, kind)
    worker._queue.advance = lambda to: None  # killed between the two
    worker.turn()
    worker.close()
    del worker._queue.advance
    drain(open_files(plant, kind))
    assert read(plant.folder, kind) == wanted(plant)


async def test_files_are_rotated_and_the_oldest_go(plant, batch, ups, kind):
    worker = open_files(plant, kind, file_size=1024, keep=4096, batch=1)
    for _ in range(4):
        await some(plant, batch, ups, 10)
        while worker.turn() != IDLE:
            pass
    worker.close()
    files = list((plant.folder / "out").iterdir())
    assert 2 <= len(files) <= 5
    assert sum(path.stat().st_size for path in files) <= 4096 + 2048
    there = read(plant.folder, kind)
    assert there == wanted(plant)[-len(there) :]


async def test_a_new_day_begins_a_new_file(plant, batch, ups, kind):
    await some(plant, batch, ups, 1)
    worker = open_files(plant, kind)
    worker.turn()
    plant.clock.at += 86_400
    await some(plant, batch, ups, 1)
    drain(worker)
    assert sorted(path.name[:10] for path in (plant.folder / "out").iterdir()) == [
        "x-20261125",
        "x-20261126",
    ]


async def test_a_folder_that_cannot_be_used_is_told_and_nothing_is_lost(plant, batch, ups, kind):
    await some(plant, batch, ups)
    worker = open_files(plant, kind)
    (plant.folder / "out").write_text("in the way")
    wait = worker.turn()
    assert worker.tally.state is State.FAILING
    assert "out" in worker.tally.why
    (plant.folder / "out").unlink()
    plant.clock.at += wait
    while worker.turn() != IDLE:
        pass
    worker.close()
    assert read(plant.folder, kind) == wanted(plant)


def test_a_text_that_a_spreadsheet_takes_for_a_formula_is_none():
    from dcim.outputs.files.csv import joined

    assert joined(["=1+1", "a,b", 'say "x"', "-5"]) == '\'=1+1,"a,b","say ""x""",\'-5'
