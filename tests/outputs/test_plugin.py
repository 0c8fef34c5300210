"""An output of somebody else, installed beside ours: found by its entry point, with settings of its own."""

import importlib
import sys

import pytest

from dcim import plugins
from dcim.outputs.contract import Context
from dcim.outputs.worker import IDLE, Worker
from dcim.settings import survey

PACKAGE = '''
from dcim.outputs.block import Block
from dcim.outputs.contract import Context, Durable, OutputSettings, Verdict

KEPT = []


class Settings(OutputSettings):
    """Keys of a made-up output."""

    shelf: str


class Output:
    def send(self, block: Block) -> Verdict:
        lines = block.lines.said()
        for number, at, value in zip(lines.series.tolist(), lines.at.tolist(), lines.value.tolist()):
            series = block.book.series(number)
            KEPT.append((series.name, dict(series.labels), at, value))
        return Durable(len(lines))

    def close(self) -> None:
        pass


class Plugin:
    name = "shelf"
    settings_type = Settings

    def open(self, settings: Settings, context: Context) -> Output:
        return Output()


plugin = Plugin()
'''


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """What pip leaves of a package: a module and what it registers."""
    (tmp_path / "dcim_shelf.py").write_text(PACKAGE)
    face = tmp_path / "dcim_shelf-1.0.dist-info"
    face.mkdir()
    (face / "METADATA").write_text("Metadata-Version: 2.1\nName: dcim-shelf\nVersion: 1.0\n")
    (face / "entry_points.txt").write_text("[dcim.outputs]\nshelf = dcim_shelf:plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    plugins.installed.cache_clear()
    yield plugins.found.__wrapped__("dcim.outputs")
    plugins.installed.cache_clear()
    sys.modules.pop("dcim_shelf", None)


async def test_it_gets_the_series_of_metrics_and_its_own_settings(installed, tmp_path, plant, batch, layout):
    plugin = installed["shelf"]
    path = tmp_path / "dcim.yaml"
    path.write_text(
        "format: 1\nsite: { id: cas1 }\ndevices: []\noutputs:\n"
        "  - { name: a, type: shelf, shelf: top }\n  - { name: b, type: shelf, shelv: top }\n"
    )
    types = {name: one.settings_type for name, one in installed.items()}
    settings, problems = survey(path, plugins.collectors(), plugins.channel_types(), types)
    assert [part.fields.shelf for part in settings.outputs] == ["top"]
    assert {problem.line for problem in problems} == {6}
    context = Context("a", "cas1", lambda _ref: "", plant.folder / "a", plant.clock)
    cursor = plant.history.cursor("output-a", from_start=True)
    worker = Worker(
        cursor,
        plugin.open(settings.outputs[0].fields, context),
        plant.book,
        settings.outputs[0].fields,
        context,
    )
    plant.say(batch(layout("ups_load_ratio"), 0.5, at=plant.clock.at))
    await plant.commit()
    while worker.turn() != IDLE:
        pass
    ((name, labels, _, value),) = importlib.import_module("dcim_shelf").KEPT
    assert (name, labels["room"], value) == ("dcim_ups_load_ratio", "r1", 0.5)
