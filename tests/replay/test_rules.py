"""What other rules would have changed: messages added, dropped, moved; recordings that are damaged. Pains: F10, I2."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dcim.cli import build
from dcim.store import MessageState
from dcim.store.check import reading, verify

from .stories import LIBRARY

FEED = LIBRARY / "feed-loss"
OVERLOAD = LIBRARY / "overload-after-loss"
RESTART = LIBRARY / "agent-restart"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(["replay"]), ["replay", *arguments])


SLOWER = """
format: 1
overrides:
  - { rule: ups_on_battery, kinds: [ups], on_delay: 40 s }
"""


THIN = """
format: 1
rules:
  - rule: little_left
    metric: headroom_after_loss_ratio
    below: 90 %
    deadband: 3 %
    severity: major
    title: { en: Little is left after a loss, fr: Il reste peu après une perte }
    consequence: { en: A loss takes it., fr: Une perte la prend. }
    action: { en: Move load., fr: Déplacez de la charge. }
"""


def rules(folder: Path, text: str) -> str:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.long
def test_a_rule_that_waits_longer_moves_its_message_and_says_by_how_much(tmp_path: Path) -> None:
    slower = rules(tmp_path, SLOWER)
    done = run(str(FEED), "--rules", slower, "--json")

    changed = json.loads(done.stdout)["changed"]
    assert done.exit_code == 1
    (page,) = changed["moved"]
    assert (page["kind"], page["rule"], page["severity"]) == ("raised", "meter_voltage_lost", "major")
    assert 5.0 < page["by"] < 15.0, "the meter has its alert then, and names the page"
    assert changed["dropped"] == []
    (update,) = changed["added"]
    assert (update["kind"], update["severity"]) == ("updated", "critical"), (
        "what waits longer comes as an update"
    )


@pytest.mark.long
def test_a_rule_on_what_a_loss_would_leave_speaks_though_no_device_said_it(tmp_path: Path) -> None:
    done = run(str(OVERLOAD), "--rules", rules(tmp_path, THIN), "--json")

    assert done.exit_code == 1, done.output
    added = json.loads(done.stdout)["changed"]["added"]
    assert {"little_left"} <= {one["rule"] for one in added}


@pytest.mark.long
def test_the_rules_of_the_recording_itself_change_nothing(tmp_path: Path) -> None:
    done = run(str(RESTART), "--rules", rules(tmp_path, "format: 1\n"))

    assert (done.exit_code, done.stdout) == (0, "")
    assert "0 added, 0 dropped, 0 moved, 0 altered" in done.stderr


@pytest.mark.long
def test_an_expectation_that_is_not_met_is_told_and_is_an_exit_code(tmp_path: Path) -> None:
    expected = tmp_path / "expect.txt"
    expected.write_text("pages 7  # it does not\nroot tr-b\n", encoding="utf-8")
    done = run(str(FEED), "--expect", str(expected))
    assert done.exit_code == 1
    assert "expected 'pages 7', found 1" in done.stderr

    for line in ("as often as it likes", "within 1.2.3 s of 0 s"):
        expected.write_text(f"{line}\n", encoding="utf-8")
        done = run(str(FEED), "--expect", str(expected))
        assert (done.exit_code, "expects nothing known" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"# nothing yet\n", "it expects nothing: pages N"),
        (b"\xd5quiet", "can't decode byte"),
        (b"pages 1e9", "'pages 1e9'"),
    ],
)
def test_a_gate_that_could_not_fail_or_be_read_is_refused_before_anything_is_played(
    tmp_path: Path, said: bytes, why: str
) -> None:
    expected = tmp_path / "expect.txt"
    expected.write_bytes(said)
    recording = copy(tmp_path)
    (recording / "0001.tape").write_bytes(b"it is not looked at")
    done = run(str(recording), "--expect", str(expected))
    assert (done.exit_code, why in done.stderr, "expect.txt" in done.stderr) == (2, True, True)


def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RESTART, tmp_path / "recording"))


def test_a_changed_byte_is_told_with_file_and_offset_and_no_traceback(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    tape = folder / "0001.tape"
    data = bytearray(tape.read_bytes())
    data[len(data) // 2] ^= 1
    tape.write_bytes(data)
    done = run(str(folder))

    assert done.exit_code == 2
    assert "0001.tape: offset " in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("0001.tape", lambda data: data[: len(data) // 2], "0001.tape: offset "),
        ("0001.tape", None, "0001.tape: offset 0: this file of the recording is missing"),
        ("0000.tape", lambda data: b"x" + data, "0000.tape: offset 0: no frame"),
        ("manifest.json", lambda data: data[:40], "manifest.json: offset "),
        (
            "manifest.json",
            lambda data: data.replace(b'"complete": true', b'"complete": "maybe"'),
            "manifest.json: offset 0: the manifest makes no sense: complete: ",
        ),
        ("config/dcim.yaml", lambda data: data + b"\n", "config/dcim.yaml: offset 0: it is not the file"),
        ("config/dcim.yaml", None, "config/dcim.yaml: offset 0: the manifest names this file"),
    ],
)
def test_a_recording_that_is_not_whole_is_told_so(
    tmp_path: Path, file: str, damage: object, said: str
) -> None:
    folder = copy(tmp_path)
    path = folder / file
    if callable(damage):
        path.write_bytes(damage(path.read_bytes()))
    else:
        path.unlink()
    done = run(str(folder))

    assert done.exit_code == 2
    assert said in done.stderr.replace(f"{folder}/", "")
    assert "Traceback" not in done.output


def test_what_a_killed_daemon_left_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "complete": False}), encoding="utf-8")
    tape = folder / "0001.tape"
    tape.write_bytes(tape.read_bytes()[:-100])
    done = run(str(folder))

    assert done.exit_code == 0
    assert "0001.tape ends within a frame at offset" in done.stderr
    assert "it was never finished: the daemon was still making it, or was killed meanwhile" in done.stderr


@pytest.mark.long
def test_the_ledger_of_a_replay_is_one_that_reports_are_made_of(tmp_path: Path) -> None:
    state = tmp_path / "state"
    done = run(str(FEED), "--state", str(state), "--speed", "100000")

    assert done.exit_code == 0
    assert done.stdout == run(str(FEED)).stdout, "it is kept, and printed as it passes"
    with reading(state) as store:
        kinds = [entry.kind for entry in store.entries()]
        assert kinds[0] == "daemon_started"
        assert kinds[-1] == "daemon_stopped"
        assert {"alert", "incident", "heartbeat", "service_defined", "site_described"} <= set(kinds)
        assert "clock_stepped" not in kinds, "its clock begins where the recording does"
        assert {one.state for one in store.outbox()} == {MessageState.DROPPED}, "nothing waits to be sent"
    assert verify(state).faults == ()


def test_a_ledger_says_that_its_replay_ended_before_the_recording(tmp_path: Path) -> None:
    recording, state = copy(tmp_path), tmp_path / "state"
    tape = recording / "0001.tape"
    tape.write_bytes(tape.read_bytes()[:-100])

    assert run(str(recording), "--state", str(state)).exit_code == 2
    with reading(state) as store:
        *_, last = store.entries()
    assert json.loads(last.body)["why"] == "the replay was ended before the recording"


def test_a_ledger_is_kept_in_a_new_folder_alone(tmp_path: Path) -> None:
    """A second replay, or one into the directory of a daemon, would add to what is on record."""
    recording, taken = copy(tmp_path), tmp_path / "taken"
    taken.mkdir()
    (taken / "dcim.db").touch()
    for state, why in ((taken, "is not empty"), (recording, "is within the recording"),
                       (recording / "config", "is within the recording"), (recording / "new", "is within")):  # fmt: skip
        done = run(str(recording), "--state", str(state))
        assert done.exit_code == 2
        assert why in " ".join(done.stderr.replace("│", " ").split())
    assert run(str(recording)).exit_code == 0, "the recording is as it was"
    assert [path.name for path in taken.iterdir()] == ["dcim.db"]


def test_following_what_is_printed_at_the_end_is_refused(tmp_path: Path) -> None:
    for more in (("--json",), ("--rules", rules(tmp_path, "format: 1\n"))):
        done = run(str(RESTART), "--speed", "10", *more)
        assert (done.exit_code, "it prints as it passes" in done.stderr) == (2, True)
