"""``dcim check``: config, rules, profiles and secrets at once. Pains: J1, J2, L2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli import build

CONFIG = """\
format: 1
site: { id: cas1 }
alerts: { rules: [rules.yaml] }
profiles: own
credentials:
  public: { protocol: snmp, version: "2c", community: env:DCIM_TEST_COMMUNITY }
devices:
  - { id: ups-a, kind: ups, collector: snmp, profile: rfc1628_ups, credential: public, address: "127.0.0.1:161" }
  - { id: crac-1, kind: crac, collector: modbus, profile: stulz_c7000, address: "127.0.0.1:502" }
notify: { channels: [ { name: here, type: log } ] }
"""
RULES = "format: 1\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "dcim.yaml").write_text(CONFIG)
    return tmp_path / "dcim.yaml"


def check(path: Path, *options: str, **environ: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        build(["check", "profiles"]), ["check", "-c", str(path), *options], env=environ
    )
    return result.exit_code, result.stdout.replace(f"{path.parent}/", "")


def test_a_config_without_a_mistake_is_summed_up(site: Path) -> None:
    code, text = check(site, DCIM_TEST_COMMUNITY="public")
    assert code == 0, text
    assert "dcim.yaml: no problem found" in text
    assert "site cas1: 2 device(s)" in text
    assert "by kind: crac 1, ups 1" in text
    assert "by collector: modbus 1, snmp 1" in text
    assert "by channel: log 1" in text


def test_how_late_an_alert_can_be_is_printed_and_a_promise_that_is_broken_is_a_mistake(site: Path) -> None:
    """Pains: E3."""
    code, text = check(site, DCIM_TEST_COMMUNITY="public")
    assert (code, "    19.0 s  ups_battery_low\n" in text) == (0, True)
    promise = "format: 1\noverrides:\n  - { rule: ups_on_battery, must_detect_within: 20 s }\n"
    (site.parent / "rules.yaml").write_text(promise)
    code, text = check(site, DCIM_TEST_COMMUNITY="public")
    assert code == 1
    assert text.startswith(
        "rules.yaml:3:1: must_detect_within: ups_on_battery must detect within 20 s and can take 43"
    )


SLOW = """\
format: 1
rules:
  - rule: setting_changed
    kinds: [ups]
    metric: device_setting_seconds
    above: 10 s
    deadband: 1 s
    must_detect_within: 1 min
    severity: minor
    title: { en: a, fr: a }
    consequence: { en: a, fr: a }
    action: { en: a, fr: a }
"""


def test_a_point_that_is_asked_by_the_minute_makes_its_rule_that_much_later(site: Path) -> None:
    """The profile says that this point is on the slow lane, whatever the interval of the device. Pains: E3."""
    (site.parent / "rules.yaml").write_text(SLOW)
    code, text = check(site, DCIM_TEST_COMMUNITY="public")
    assert code == 1
    assert text.startswith(
        "rules.yaml:3:1: must_detect_within: setting_changed must detect within 60 s and can take 69 s on ups-a, "
        "where its point is asked every 60 s"
    )
    site.write_text(CONFIG + "poll: { slow: 20s }\n")
    code, text = check(site, DCIM_TEST_COMMUNITY="public")
    assert (code, "    29.0 s  setting_changed\n" in text) == (0, True), text


def test_mistakes_in_config_rules_profiles_and_secrets_come_together(site: Path) -> None:
    site.write_text(CONFIG.replace("kind: crac", "kind: craq"))
    (site.parent / "rules.yaml").write_text("format: 1\nruls: []\n")
    (site.parent / "own" / "acme").mkdir()
    (site.parent / "own" / "acme" / "profile.yaml").write_text("profile: acme\nformat: 1\nsnmp: {}\n")
    code, text = check(site, DCIM_TEST_COMMUNITY="")
    assert code == 1
    lines = text.splitlines()
    assert any(line.startswith("dcim.yaml:9:25: devices[1].kind: expected one of ups") for line in lines)
    assert any(line.startswith("rules.yaml:2:1: ruls: unknown key; did you mean 'rules'?") for line in lines)
    assert any(line.startswith("own/acme/profile.yaml:1:1: kind: missing") for line in lines)
    assert any("credentials.public.community: env:DCIM_TEST_COMMUNITY is empty" in line for line in lines)
    assert lines[-1].endswith("3 file(s)")


TWICE = """\
profile: acme
format: 1
kind: upss
vendor: V
title: T
PROTOCOL: {}
points:
  - { metric: ups_battery_state, states: { 1: { normal: ok }, 1: { low: critical } } }
"""


@pytest.mark.parametrize("protocol", ["snmp", "modbus"])
def test_a_key_that_stands_twice_hides_no_other_mistake_of_a_profile(site: Path, protocol: str) -> None:
    """And the other protocol says nothing of a file that is not its own."""
    (site.parent / "own" / "acme").mkdir()
    (site.parent / "own" / "acme" / "profile.yaml").write_text(TWICE.replace("PROTOCOL", protocol))
    code, text = check(site, DCIM_TEST_COMMUNITY="public")
    assert code == 1
    lines = [line for line in text.splitlines() if line.startswith("own/acme/profile.yaml")]
    assert any("8:63: points[0].states[1]: stands twice in one mapping" in line for line in lines), text
    assert any("3:7: kind: expected one of ups" in line and "'ups'?" in line for line in lines), text
    assert not any("unknown key" in line for line in lines), text


def test_secrets_may_be_left_alone(site: Path) -> None:
    assert check(site, "--no-secrets")[0] == 0
    assert check(site)[0] == 1


def test_scripts_get_json(site: Path) -> None:
    code, text = check(site, "--json")
    data = json.loads(text)
    assert code == 1
    assert data["ok"] is False
    assert data["problems"][0]["line"] == 6
    assert data["problems"][0]["where"] == "credentials.public.community"
    code, text = check(site, "--json", "--no-secrets")
    data = json.loads(text)
    assert (code, data["ok"], data["devices"], data["kinds"]) == (0, True, 2, {"crac": 1, "ups": 1})
    assert data["rules"] > 10


def test_what_would_make_answers_about_losses_sharper_is_advised_and_is_no_problem(site: Path) -> None:
    """Pains: I2, I4."""
    pumps = "".join(f"  pump-{number:02}: {{ kind: load, fed_by: board }}\n" for number in range(12))
    board = "topology:\n  board: { kind: switchboard, rating: 63 A }\n" + pumps
    site.write_text(CONFIG + board)
    code, text = check(site, "--no-secrets")
    assert code == 0, text
    said = [line for line in text.splitlines() if line.startswith("advice: ")]
    assert said[0] == (
        "advice: pump-00: nobody measures it, so its load counts on every phase of board; "
        "say `phases` if it hangs on some of them alone"
    )
    assert said[10:] == ["advice: 2 more with --json"]
    advice = json.loads(check(site, "--no-secrets", "--json")[1])["advice"]
    assert [one["part"] for one in advice] == [f"pump-{number:02}" for number in range(12)]
    assert (advice[0]["key"], advice[0]["counts_on"]) == ("phases", ["board"])
    site.write_text(CONFIG + board + 'redundancy: { check: "off" }\n')
    assert "advice" not in check(site, "--no-secrets")[1], "nobody asks"


def test_a_missing_file_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    code, text = check(tmp_path / "no.yaml")
    assert code == 1
    assert "no.yaml: cannot be read: No such file or directory" in text


def test_an_override_of_an_unknown_device_is_a_mistake(site: Path) -> None:
    (site.parent / "rules.yaml").write_text(
        "format: 1\noverrides: [{rule: ups_on_battery, devices: [ups-z], enabled: false}]\n"
    )
    code, text = check(site, "--no-secrets")
    assert code == 1
    assert "ups-a" in text


def test_a_route_that_names_an_unknown_rule_is_a_mistake(site: Path) -> None:
    """It would never fit, and what it is for would go another way. Pains: H1."""
    routes = "routes: [ { name: a, to: here, match: { rules: [channel_failing, ups_on_batery] } } ]"
    site.write_text(CONFIG.replace("type: log } ] }", f"type: log }} ], {routes} }}"))
    code, text = check(site, "--no-secrets")
    assert code == 1
    assert "notify.routes[0].match.rules: no rule 'ups_on_batery'; did you mean 'ups_on_battery'?" in text
    assert text.splitlines()[-1].startswith("1 problem")
