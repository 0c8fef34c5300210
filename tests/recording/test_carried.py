"""The configuration that a recording carries is that of the daemon, wherever it was started from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dcim import plugins
from dcim.model import ConfigError
from dcim.recording.carried import MAIN, carried, stay_within, texts_of
from dcim.settings import Settings, load

CONFIG = """\
format: 1
site: {id: cas1, name: Casablanca 1}
state: state
include: [more.yaml]
alerts: {rules: [own.yaml]}
"""


@pytest.mark.parametrize("place", ["dcim.yaml", "config/dcim.yaml", "../site/config/dcim.yaml", "absolute"])
def test_a_configuration_named_from_anywhere_is_carried_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = tmp_path / "site" / ("config" if "config" in place else "")
    folder.mkdir(parents=True)
    (folder / "dcim.yaml").write_text(CONFIG)
    (folder / "more.yaml").write_text("rooms: {r1: Salle 1}\n")
    (folder / "own.yaml").write_text("format: 1\nrules: []\n")
    monkeypatch.chdir(tmp_path / "site")
    path = folder / "dcim.yaml" if place == "absolute" else Path(place)
    settings: Settings = load(path, plugins.collectors(), plugins.channel_types())
    files = carried(settings, texts_of(settings))
    assert json.loads(files[MAIN])["site"]["id"] == "cas1"
    assert json.loads(files["part-0.yaml"])["rooms"] == {"r1": "Salle 1"}
    assert files["rules-0.yaml"].startswith(b"format: 1")


@pytest.mark.parametrize(
    "named",
    [
        "include: ['/etc/pass*']",
        "include: [part-0.yaml, ../../other/*.yaml]",
        "include: 'part-*/../../x.yaml'",
        "profiles: /etc",
        "alerts: {rules: ['../rules.yaml']}",
    ],
)
def test_a_recording_from_somebody_else_reads_nothing_beside_itself(tmp_path: Path, named: str) -> None:
    main = tmp_path / MAIN
    main.write_text(f"format: 1\n{named}\n")
    with pytest.raises(ConfigError, match=r"dcim\.yaml:2:.*leads out of the recording"):
        stay_within(main)


def test_a_recording_reads_its_own_parts(tmp_path: Path) -> None:
    main = tmp_path / MAIN
    main.write_text(CONFIG.replace("more.yaml", "part-0.yaml").replace("own.yaml", "rules-0.yaml"))
    (tmp_path / "part-0.yaml").write_text("rooms: {r1: Salle 1}\n")
    (tmp_path / "rules-0.yaml").write_text("format: 1\nrules: []\n")
    stay_within(main)
    settings = load(main, plugins.collectors(), plugins.channel_types())
    assert [path.name for path in settings.files] == [MAIN, "part-0.yaml"]
    assert [path.name for path in settings.alerts.rules] == ["rules-0.yaml"]
