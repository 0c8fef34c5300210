"""``dcim decode``: one object a file, whatever is in it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.onboarding.decode import as_text, decode_file
from dcim.collect import Decoded
from dcim.model import Identity

IMAGE = "1.3.6.1.2.1.33.1.2.1.0|2|2\n1.3.6.1.2.1.33.1.2.4.0|2|90\n1.3.6.1.2.1.33.1.2.7.0|2|999\n"


@pytest.fixture
def run():
    def go(*arguments):
        return CliRunner().invoke(build(["decode", "check"]), ["decode", *map(str, arguments)])

    return go


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "ups.snmprec"
    path.write_text(IMAGE)
    return path


def test_each_file_is_one_json_object_with_values_states_and_gaps(run, image):
    result = run("--json", image, image)
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == second
    assert first["file"] == str(image)
    assert first["profile"] == "rfc1628_ups"
    by_metric = {reading["metric"]: reading for reading in first["readings"]}
    charge = by_metric["ups_battery_charge_ratio"]
    assert (charge["value"], charge["unit"], charge["gap"]) == (pytest.approx(0.9), "ratio", None)
    assert charge["source"] == "1.3.6.1.2.1.33.1.2.4.0"
    battery = by_metric["ups_battery_state"]
    assert (battery["value"], battery["state"], battery["health"]) == (None, "normal", "ok")
    hot = by_metric["ups_battery_temperature_celsius"]
    assert (hot["value"], hot["gap"], hot["raw"]) == (None, "out_of_range", "999")


def test_people_read_lines(run, image):
    result = run(image)
    assert "ups_battery_charge_ratio  0.9  [1.3.6.1.2.1.33.1.2.4.0]" in result.stdout
    assert "ups_battery_state  normal ok" in result.stdout
    assert "out_of_range (999)" in result.stdout


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_decoded(run, image, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("hello")
    result = run("--json", tmp_path / "missing.snmprec", other, image)
    assert result.exit_code == 1
    missing, unknown, good = map(json.loads, result.stdout.splitlines())
    assert "No such file" in missing["error"]
    assert "no collector" in unknown["error"]
    assert good["profile"] == "rfc1628_ups"
    assert "missing.snmprec: No such file" in run(tmp_path / "missing.snmprec").stdout


def test_a_bug_in_one_collector_costs_one_file():
    class Broken:
        def decode(self, path, profile_dirs):
            raise ZeroDivisionError

    assert decode_file([Broken()], "x") == (None, "bug: ZeroDivisionError()")


OWN = (
    "profile: mine\nformat: 1\nkind: ups\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5] }\n"
    "points: [ { metric: ups_battery_packs, oid: 1.3.6.1.4.1.5.1.0, range: [0, 9] } ]\n"
)


@pytest.mark.parametrize("suffix", ["snmprec", "regs"])
@pytest.mark.parametrize(
    "held", [b"", b"hello\n", bytes(range(256)), b"holding 0: 99999999\nholding 70000: 1\n"]
)
def test_a_file_without_a_line_of_a_recording_is_none_and_says_so(run, tmp_path, suffix, held):
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(held)
    told = run(path)
    assert told.exit_code == 1
    assert told.stdout == f"{path}: not a recording: no line of it could be read\n"
    assert json.loads(run("--json", path).stdout)["error"].startswith("not a recording")


def test_whose_number_a_device_has_that_no_profile_knows_is_said(run, tmp_path):
    path = tmp_path / "x.snmprec"
    path.write_text("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318\n")
    assert "; its number belongs to APC" in run(path).stdout


def test_who_a_device_is_that_no_profile_knows_is_said(run, tmp_path):
    path = tmp_path / "x.snmprec"
    path.write_text("1.3.6.1.2.1.1.1.0|4|Acme router\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n")
    told = run(path)
    assert told.exit_code == 0
    who = "sysObjectID 1.3.6.1.4.1.99999.1, sysDescr Acme router"
    assert told.stdout == f"{path}: no profile fits; the device says {who}\n"
    found = json.loads(run("--json", path).stdout)
    assert found["profile"] is None
    assert found["device"] == {
        "kind": "", "vendor": "", "model": "", "serial": "", "firmware": "",
        "greeting": {"sysObjectID": "1.3.6.1.4.1.99999.1", "sysDescr": "Acme router"},
    }  # fmt: skip
    registers = tmp_path / "x.regs"
    registers.write_text("object 0: Acme\nobject 128: 7\nholding 0: 1\n")
    told = run(registers).stdout
    assert (
        "no profile fits (nothing in it tells the family); the device says VendorName Acme, object 128 7"
        in told
    )
    nobody = Decoded(None, Identity(), ())
    assert list(as_text(path, nobody)) == [f"{path}: no profile fits; the device does not say who it is"]


def test_what_stands_behind_a_better_value_says_so(run, tmp_path):
    """Pains: A6."""
    path = tmp_path / "x.snmprec"
    path.write_text(
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.705.1\n1.3.6.1.2.1.33.1.2.1.0|2|2\n1.3.6.1.2.1.33.1.2.3.0|2|31\n"
        "1.3.6.1.4.1.705.1.5.1.0|2|1872\n1.3.6.1.4.1.705.1.5.2.0|2|93\n"
    )
    said = json.loads(run("--json", path).stdout)["readings"]
    runtime = [one for one in said if one["metric"] == "ups_battery_runtime_seconds"]
    assert [(one["value"], one.get("superseded")) for one in runtime] == [(1872, None), (1860, True)]
    assert "  ups_battery_runtime_seconds  1860  [1.3.6.1.2.1.33.1.2.3.0]  superseded\n" in run(path).stdout


@pytest.mark.parametrize("command", ["decode", "profiles", "probe"])
def test_a_folder_of_profiles_that_is_not_there_or_holds_none_is_wrong_usage(command, image, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()

    def refused(folder):
        subject = {"decode": [str(image)], "profiles": [], "probe": ["127.0.0.1:9"]}[command]
        words = [command, *subject, "--profiles", str(folder)]
        app = build(["decode", "profiles", "probe"])
        done = CliRunner().invoke(app, words, env={"COLUMNS": "500"})
        assert (done.exit_code, done.stdout) == (2, "")
        return " ".join(done.stderr.replace("│", " ").split())

    assert "does not exist" in refused(tmp_path / "missing")
    assert "expected NAME/profile.yaml below it" in refused(mine)
    (mine / "profile.yaml").write_text(OWN)
    assert "the folder of one profile, give the one above" in refused(mine)


def test_a_profile_that_is_wrong_is_told_and_costs_no_recording_its_answer(run, image, tmp_path):
    folder = tmp_path / "own" / "mine"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text(OWN.replace("ups_battery_packs", "ups_batery_packs"))
    result = run("--json", "--profiles", tmp_path / "own", image)
    assert result.exit_code == 1
    assert "mine/profile.yaml:7:" in result.stderr
    assert "did you mean 'ups_battery_packs'" in result.stderr
    assert json.loads(result.stdout)["profile"] == "rfc1628_ups"
    named = tmp_path / "y.regs"
    named.write_text("profile: mine\n")
    other = tmp_path / "others" / "mine"
    other.mkdir(parents=True)
    (other / "profile.yaml").write_text("profile: mine\nmodbus: {}\n")
    told = run("--profiles", tmp_path / "others", named)
    assert "profile.yaml:1:1: format: missing" in told.stdout
    assert "bug" not in told.stdout


def test_a_profile_of_ones_own_is_used(run, tmp_path):
    folder = tmp_path / "own" / "mine"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text(OWN)
    path = tmp_path / "x.snmprec"
    path.write_text("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5\n1.3.6.1.4.1.5.1.0|2|3\n")
    found = json.loads(run("--json", "--profiles", tmp_path / "own", path).stdout)
    assert found["profile"] == "mine"
    assert found["readings"][0]["value"] == 3


def test_lines_that_do_not_count_are_told_beside_what_is_decoded(run, tmp_path):
    """Neither a huge number nor a byte order mark loses a line in silence. Pains: A6."""
    path = tmp_path / "ups.snmprec"
    odd = "1.3.6.1.99999999999999999999|2|1\n1.3.6.1.2.1.33.1.2.4.0|2|80\nhello\n1.3.6.1.5.0|2z|1\n"
    path.write_bytes(b"\xef\xbb\xbf" + (IMAGE + odd).replace("\n", "\r\n").encode())
    told = run("--json", path)
    assert told.exit_code == 0
    assert told.stderr.splitlines() == [
        f"{path}:4: '1.3.6.1.99999999999999999999' is no OID",
        f"{path}:5: '1.3.6.1.2.1.33.1.2.4.0' stood in line 2 already; this one counts",
        f"{path}:6: no line of oid|tag|value: 'hello'",
        f"{path}:7: '2z|1' is no tag and value",
    ]
    found = json.loads(told.stdout)
    assert found["unread"]["count"] == 4
    assert found["unread"]["lines"][0] == {"line": 4, "why": "'1.3.6.1.99999999999999999999' is no OID"}
    assert {"normal", 0.8} <= {one["value"] or one["state"] for one in found["readings"]}
    path.write_text(IMAGE + "hello\n" * 8)
    assert run(path).stderr.splitlines()[-1] == f"{path}: and 3 more"
    path.write_text(IMAGE)
    assert (run(path).stderr, "unread" in json.loads(run("--json", path).stdout)) == ("", False)
