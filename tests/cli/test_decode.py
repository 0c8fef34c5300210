"""``dcim decode``: one object a file, whatever is in it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.decode import decode_file

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


def test_a_profile_of_ones_own_is_used(run, tmp_path):
    folder = tmp_path / "own" / "mine"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text(
        "profile: mine\nformat: 1\nkind: ups\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5] }\n"
        "points: [ { metric: ups_battery_packs, oid: 1.3.6.1.4.1.5.1.0, range: [0, 9] } ]\n"
    )
    path = tmp_path / "x.snmprec"
    path.write_text("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5\n1.3.6.1.4.1.5.1.0|2|3\n")
    found = json.loads(run("--json", "--profiles", tmp_path / "own", path).stdout)
    assert found["profile"] == "mine"
    assert found["readings"][0]["value"] == 3
