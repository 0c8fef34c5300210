"""``dcim grafana render`` and ``dcim prometheus rules``. Pains: I9, E3."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from dcim.cli import build

CONFIG = """\
format: 1
site: { id: cas1, name: Casablanca 1, language: fr }
web: { grafana: "https://grafana.example.net", url: "https://dcim.example.net" }
rooms: { salle-1: Salle 1 }
devices:
  - { id: crac-1, name: Clim 1, kind: crac, collector: modbus, profile: stulz_c7000, address: "127.0.0.1:502", room: salle-1, interval: 20s }
"""


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(build(["grafana", "prometheus"]), [str(word) for word in words])
    return done.exit_code, done.output


def written(folder: Path) -> Path:
    path = folder / "dcim.yaml"
    path.write_text(CONFIG)
    return path


def test_dashboards_are_written_in_the_language_and_with_the_names_of_the_site(tmp_path: Path) -> None:
    code, said = run("grafana", "render", "--out", tmp_path / "g", "-c", written(tmp_path))
    assert (code, "16 files" in said) == (0, True), said
    board = json.loads((tmp_path / "g" / "dashboards" / "noc.json").read_text())
    assert board["title"] == "Casablanca 1 : mur du NOC"
    assert "Salle 1 : salle-1" in json.dumps(board, ensure_ascii=False)
    assert board["templating"]["list"][-1]["query"] == "https://dcim.example.net"


def test_a_folder_that_cannot_be_written_is_told_and_not_thrown(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, said = run("grafana", "render", "--out", tmp_path / "file" / "g")
    assert code == 1
    assert "file" in said


def test_rules_are_written_with_their_tests_and_what_is_lost_is_named(tmp_path: Path) -> None:
    out, tests = tmp_path / "rules.yml", tmp_path / "tests.yml"
    code, said = run("prometheus", "rules", "-c", written(tmp_path), "--out", out, "--tests", tests)
    assert code == 0, said
    assert "not said: value_lost" in said
    text = out.read_text()
    assert "Onduleur sur batterie" in text
    assert "https://dcim.example.net/devices/" in text
    assert 'for: "90s"' in text.replace("'", '"')
    assert str(out) in tests.read_text()


def test_without_a_file_rules_go_to_the_terminal_and_tests_are_refused(tmp_path: Path) -> None:
    code, said = run("prometheus", "rules", "--lang", "en")
    assert (code, "groups:" in said) == (0, True)
    assert run("prometheus", "rules", "--tests", tmp_path / "t.yml")[0] == 2


def test_an_address_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    for address in ("prometheus", "ftp://x", "http://", "http://x:y"):
        code, said = run("grafana", "render", "--out", tmp_path / "g", "--prometheus", address)
        assert (code, "--prometheus" in said) == (2, True), said
    assert not (tmp_path / "g").exists()
