"""Our rules as Prometheus' rules: each raised by its cause and by no less, or named with the reason.

Pains: E3, E4, E5.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from dcim.alerts import Language, Rule, shipped_rules
from dcim.promrules import Unsayable, Wish, rule_file, said, unit_tests, unsayable
from dcim.promrules.files import is_generated
from dcim.yaml import parse


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(shipped_rules().rules.values())


def rule(name: str) -> Rule:
    return shipped_rules().rules[name]


def test_a_state_is_asked_by_its_word_on_the_kinds_of_the_rule() -> None:
    assert said(rule("ups_on_bypass")).text == 'dcim_ups_output_source_state{state="bypass",kind="ups"} == 1'


def test_a_limit_stands_as_the_rule_has_it_and_so_do_both_sides_of_a_band() -> None:
    assert said(rule("ups_battery_charge_low")).text == 'dcim_ups_battery_charge_ratio{kind="ups"} < 0.5'
    both = said(rule("meter_frequency_out_of_range")).text
    assert both.count("dcim_meter_frequency_hertz") == 2
    assert "> 50.5" in both
    assert "< 49.5" in both


def test_a_share_of_a_rating_is_recorded_once_for_all_rules_that_take_it() -> None:
    near, above = said(rule("pdu_near_rating")), said(rule("pdu_above_rating"))
    assert near.recorded == above.recorded
    share = near.recorded["dcim:pdu_phase_current_amperes:share"]
    assert "/ dcim_pdu_phase_rating_current_amperes" in share
    assert "/ on (site, asset) group_left () dcim_pdu_rating_current_amperes" in share


def test_what_is_expected_and_does_not_come_is_only_missed_where_it_could_be_seen() -> None:
    text = said(rule("genset_did_not_start")).text
    assert "unless on (site, asset)" in text
    assert text.index("and on (site, asset)") < text.index("unless")


def test_a_suppression_ends_after_its_time() -> None:
    assert "min_over_time(dcim_ups_test_result_state" in said(rule("ups_on_battery")).text


def test_what_cannot_be_said_is_named_with_the_reason_and_stands_in_the_file() -> None:
    lost = unsayable(rules())
    assert "profile" in lost["device_alarm_critical"]
    assert "gap" in lost["value_lost"]
    with pytest.raises(Unsayable):
        said(rule("genset_did_not_take_over"))
    text = rule_file(rules(), Wish())
    for name, why in lost.items():
        assert f"# not said here: {name}: {why}" in text
    assert len(lost) < len(rules()) / 4


def test_that_some_devices_have_other_limits_is_said_in_the_file() -> None:
    """The file was silent on overrides, and the alert of Prometheus came at another limit. Pains: F1."""
    wish = Wish(changed=frozenset({"loss_near_limit"}))
    assert "# not said here: loss_near_limit: what differs for some devices" in rule_file(rules(), wish)
    assert "loss_near_limit:" not in rule_file(rules(), Wish()).partition("groups:")[0]


def test_the_reasons_are_in_the_language_of_the_file() -> None:
    assert set(unsayable(rules(), Language.FR)) == set(unsayable(rules()))
    text = rule_file(rules(), Wish(Language.FR))
    assert "# n’est pas dit ici : value_lost : une lacune n’a pas de série" in text
    assert "not said" not in text


@pytest.mark.live
def test_brackets_in_what_people_are_told_are_no_template(
    live: Callable[[bool, str], None], tmp_path: Path
) -> None:
    live(shutil.which("promtool") is not None, "promtool is not installed")
    ours = rule("ups_on_bypass")
    told = replace(ours, action={**ours.action, Language.EN: "Look for {{ .Nothing }} in the manual."})
    path, tests = written(tmp_path, [told])
    assert promtool("check", "rules", path).returncode == 0
    assert "Look for {{ .Nothing }} in" in tests.read_text()
    ran = promtool("test", "rules", tests)
    assert ran.returncode == 0, ran.stdout[-2000:]


@pytest.mark.parametrize("language", Language)
def test_the_file_has_every_rule_that_can_be_said_with_what_people_are_told(language: Language) -> None:
    document = parse(rule_file(rules(), Wish(language, url="https://dcim.example.net")), "rules.yml")
    groups = {group["name"]: group["rules"] for group in document.data["groups"]}
    alerts = {one["alert"]: one for one in groups["dcim_alerts"]}
    assert set(alerts) == {one.name for one in rules()} - set(unsayable(rules()))
    told = alerts["ups_on_bypass"]
    ours = rule("ups_on_bypass")
    assert told["for"] == "10s"
    assert told["keep_firing_for"] == "60s"
    assert told["labels"] == {"severity": "major", "source": "dcim"}
    colon = " : " if language is Language.FR else ": "
    assert told["annotations"]["summary"] == f"{ours.title[language]}{colon}{{{{ $labels.asset }}}}"
    assert told["annotations"]["action"] == ours.action[language]
    assert told["annotations"]["dcim_url"] == "https://dcim.example.net/devices/{{ $labels.asset }}"
    assert {one["alert"] for one in groups["dcim_guards"]} == {
        "dcim_not_heard", "dcim_stopped_speaking", "dcim_alert_open",
    }  # fmt: skip


def test_a_daemon_that_is_not_heard_holds_back_the_alerts_of_its_site() -> None:
    """The shipped Alertmanager inhibits by the site: source and targets must both have it. Pains: E3."""
    document = parse(rule_file(rules(), Wish(site="cas1")), "rules.yml")
    (silent,) = [one for one in document.data["groups"][1]["rules"] if one["alert"] == "dcim_not_heard"]
    path = Path(__file__).parents[2] / "config" / "observability" / "alertmanager.yml"
    (inhibits,) = parse(path.read_text(encoding="utf-8"), "alertmanager.yml").data["inhibit_rules"]
    assert inhibits["equal"] == ["site"]
    assert silent["labels"]["site"] == "cas1"


def test_a_delay_in_polls_lasts_as_long_as_the_slowest_device_needs() -> None:
    document = parse(rule_file([rule("device_no_data")], Wish(interval=60)), "rules.yml")
    (alert,) = document.data["groups"][2]["rules"]
    assert alert["for"] == "180s"


FORMS = (
    "ups_on_bypass",  # a state
    "genset_not_auto",  # none of some states
    "crac_stop_ordered",  # an alarm by name
    "ups_battery_charge_low",  # below
    "meter_frequency_out_of_range",  # a band
    "pdu_near_rating",  # a share of a rating
    "inlet_temperature_rising",  # a rise
    "ats_did_not_transfer",  # with clauses, one of them negated
    "genset_did_not_start",
    "ups_on_battery",  # with a suppression
    "device_no_data",  # a delay in polls
)
"""A rule of each form: promtool needs a third of a second a test."""


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)


def written(folder: Path, chosen: Sequence[Rule]) -> tuple[Path, Path]:
    path, tests = folder / "rules.yml", folder / "tests.yml"
    path.write_text(rule_file(chosen, Wish()))
    tests.write_text(unit_tests(chosen, Wish(), str(path)))
    return path, tests


@pytest.mark.long
@pytest.mark.live
def test_promtool_takes_all_rules_and_the_tests_of_one_of_each_form_pass(
    live: Callable[[bool, str], None], tmp_path: Path
) -> None:
    live(shutil.which("promtool") is not None, "promtool is not installed")
    path, _ = written(tmp_path, rules())
    checked = promtool("check", "rules", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    _, tests = written(tmp_path, [rule(name) for name in FORMS])
    ran = promtool("test", "rules", tests)
    assert ran.returncode == 0, ran.stdout[-2000:]


@pytest.mark.live
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("ups_battery_charge_low", "< 0.5", "< 0.4"),
        ("ups_on_bypass", r"state=\"bypass\"", r"state=\"normal\""),
        ("pdu_near_rating", "share > 0.8", "share > 0.9"),
    ],
)
def test_the_tests_of_promtool_notice_a_rule_that_says_something_else(
    name: str, before: str, after: str, live: Callable[[bool, str], None], tmp_path: Path
) -> None:
    live(shutil.which("promtool") is not None, "promtool is not installed")
    path, tests = written(tmp_path, [rule(name)])
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    assert promtool("test", "rules", tests).returncode != 0


STEPS = """
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - { series: 'dcim_pdu_phase_current_amperes{site="s",asset="a",kind="pdu",phase="L1"}', values: "14x80 20x200" }
      - { series: 'dcim_pdu_phase_current_amperes{site="s",asset="a",kind="pdu",phase="L2"}', values: "14x300" }
      - { series: 'dcim_pdu_phase_rating_current_amperes{site="s",asset="a",kind="pdu",phase="L1"}', values: "16x300" }
      - { series: 'dcim_pdu_phase_rating_current_amperes{site="s",asset="a",kind="pdu",phase="L2"}', values: "16x300" }
    promql_expr_test:
      - expr: 'count by (phase) (ALERTS{alertname="pdu_near_rating",alertstate="firing"})'
        eval_time: 18m
        exp_samples: [{ labels: '{phase="L1"}', value: 1 }, { labels: '{phase="L2"}', value: 1 }]
      - expr: 'count by (phase, alertname) (ALERTS{alertname=~"pdu_(near|above)_rating",alertstate="firing"})'
        eval_time: 60m
        exp_samples:
          - { labels: '{alertname="pdu_above_rating", phase="L1"}', value: 1 }
          - { labels: '{alertname="pdu_near_rating", phase="L2"}', value: 1 }
"""


@pytest.mark.long
@pytest.mark.live
def test_a_point_is_left_to_the_higher_step_while_that_fires_on_it(
    live: Callable[[bool, str], None], tmp_path: Path
) -> None:
    """Two phases near their rating; one of them goes above it. Pains: F10."""
    live(shutil.which("promtool") is not None, "promtool is not installed")
    written(tmp_path, [rule("pdu_near_rating"), rule("pdu_above_rating")])
    steps = tmp_path / "steps.yml"
    steps.write_text(STEPS)
    ran = promtool("test", "rules", steps)
    assert ran.returncode == 0, ran.stdout[-2000:]


@pytest.mark.long
@pytest.mark.live
@pytest.mark.timeout(900)
def test_the_tests_of_every_rule_pass(live: Callable[[bool, str], None], tmp_path: Path) -> None:
    live(shutil.which("promtool") is not None, "promtool is not installed")
    _, tests = written(tmp_path, rules())
    ran = promtool("test", "rules", tests)
    assert ran.returncode == 0, ran.stdout[-2000:]


def test_french_rules_have_the_apostrophe_of_french_and_are_known_as_ours_with_either() -> None:
    text = rule_file(rules(), Wish(Language.FR))
    assert re.findall(r"\w'\w.*", text) == []
    assert is_generated(text)
    assert is_generated(text.replace("’", "'"))
    assert not is_generated("# mine\n" + text)
