"""``dcim simulate`` from the outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.model import ConfigError
from dcim.settings import load
from dcim.simulator.files import names
from tests.waiting import PATIENCE

COMMAND = [sys.executable, "-c", "from dcim.cli import main; main()", "simulate"]


def simulate(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], input=typed, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


@pytest.mark.long
def test_what_is_typed_is_done_and_json_tells_of_it(small: str, tmp_path: Path) -> None:
    state = tmp_path / "kept"
    typed = "names\nhelp\n\nlose utility-a\nlose utility-z\nstatus\nquit\n"
    ran = simulate(small, "--state", str(state), "--json", typed=typed)
    assert (ran.returncode, ran.stderr) == (0, "")
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(said[0]["addresses"]) == 6
    merged = {key: value for one in said[1:] for key, value in one.items()}
    assert {"utility-a", "cas1-ups-a"} <= set(merged["names"])
    assert "utility-a" in merged["parts"], "what can be lost stands apart from what can hang"
    assert "cas1-ups-a" in merged["agents"]
    assert not {*merged["parts"]} & {*merged["agents"]}
    assert (state / "site.yaml").read_text().endswith("\n")
    assert merged["verbs"]["drain"] == "a share such as 5%"
    assert "nothing called 'utility-z'" in merged["error"]
    assert merged["happened"] == "lose utility-a"
    assert isinstance(merged["status"], list)
    assert Path(said[0]["config"]) == state / "site.yaml"
    with pytest.raises(ConfigError, match="no collector"):  # its devices need plug-ins: none are given here
        load(state / "site.yaml", {}, {})


@pytest.mark.long
def test_time_is_over_and_wrong_names_are_answered(small: str) -> None:
    ran = simulate(small, "--scenario", "pdu-breaker", "--for", "0")
    assert ran.returncode == 0
    assert "scenario pdu-breaker: " in ran.stdout
    assert ran.stdout.rstrip().endswith("time is over")
    ran = simulate("--scenario", "pdu-braker")
    assert ran.returncode == 1
    assert "did you mean 'pdu-breaker'" in ran.stderr


@pytest.mark.parametrize("command", ["simulate", "demo"])
def test_the_scenarios_are_listed_one_line_each(command: str) -> None:
    done = CliRunner().invoke(build(["simulate", "demo"]), [command, "--scenario", "list"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(names("scenarios"))
    assert all(len(line.split()) > 2 for line in lines)
