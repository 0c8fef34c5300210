"""``dcim profiles``: what we understand. Pains: L2."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.onboarding.profiles import details, page, table
from dcim.collect import ProfileSummary


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(build(["profiles", "check"]), ["profiles", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_every_family_is_listed_by_protocol_and_name() -> None:
    code, out, _ = run()
    lines = out.splitlines()
    assert code == 0
    assert lines == sorted(lines, key=lambda line: line.split()[:2])
    assert any(line.startswith("snmp") and "rfc1628_ups" in line for line in lines)
    assert any(line.startswith("modbus") and "stulz_c7000" in line for line in lines)


def test_one_family_tells_its_points_and_what_they_are_tested_by() -> None:
    code, out, _ = run("stulz_c7000")
    assert code == 0
    assert out.startswith("stulz_c7000 (modbus, crac): ")
    assert "crac_supply_air_temperature_celsius: Air leaving the unit." in out
    assert ".regs" in out


def test_an_unknown_family_is_wrong_usage_and_the_nearest_is_named() -> None:
    code, _, err = run("stulz_c700")
    assert code == 2
    assert "no profile 'stulz_c700'; did you mean 'stulz_c7000'?" in err


def test_scripts_get_json() -> None:
    code, out, _ = run("--json")
    names = {one["name"] for one in json.loads(out)}
    assert code == 0
    assert {"rfc1628_ups", "stulz_c7000", "deepsea_gencomm"} <= names
    ((one),) = json.loads(run("rfc1628_ups", "--json")[1])
    assert one["protocol"] == "snmp"


def test_profiles_of_ones_own_that_are_wrong_are_problems(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "profile.yaml").write_text("profile: acme\n")
    code, _, err = run("--profiles", str(tmp_path))
    assert code == 1
    assert "acme/profile.yaml:1:1: " in err


@pytest.fixture
def family() -> ProfileSummary:
    return ProfileSummary(
        "acme", "snmp", "ups", "Acme", "Acme UPS", ("no_such_metric",), (), ("x: no image",), 0.0, 1, "low"
    )


def test_what_is_not_tested_is_said(family: ProfileSummary) -> None:
    assert list(details([family])) == [
        "acme (snmp, ups): Acme UPS", "  vendor: Acme", "  no_such_metric",
        "  1 point in the file; confidence: low", "  tested by: nothing",
        "  untested: x: no image",
    ]  # fmt: skip
    assert list(table([family])) == ["snmp  acme  ups  1 point  0 images  low  Acme UPS"]


DOCS = Path(__file__).parents[2] / "docs" / "profiles.md"


def test_the_page_of_the_documentation_is_what_the_library_says() -> None:
    """``DCIM_ACCEPT=1`` or ``make docs`` writes it anew. Pains: L2."""
    code, out, err = run("--markdown")
    assert code == 0, err
    if os.environ.get("DCIM_ACCEPT") == "1":
        DOCS.write_text(out, encoding="utf-8")
    assert out == DOCS.read_text(encoding="utf-8"), "a profile has changed: make docs"


def test_a_page_is_the_same_for_the_same_library_and_whole(family: ProfileSummary) -> None:
    other = replace(family, name="b_acme", vendor="B|A", confidence="", untested=())
    lines = list(page([family, other]))
    assert lines == list(page([family, other]))
    assert lines[-2:] == [
        "| Acme | Acme UPS | `acme` | snmp | 1 | 0 | 1 | low |",
        "| B/A | Acme UPS | `b_acme` | snmp | 1 | 0 |  |  |",
    ]
