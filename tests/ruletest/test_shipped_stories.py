"""The stories that come with the shipped rules hold, and each says what the next engineer would ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.alerts import shipped_rules
from dcim.resources import resource
from dcim.ruletest import Place, judge, read_stories

FILES = sorted(resource("config", "alerts", "tests").glob("*.yaml"))
IMPORTANT = {
    "ups_on_battery", "ups_battery_low", "ups_runtime_critical", "device_no_data", "genset_did_not_start",
    "genset_did_not_take_over", "ats_did_not_transfer", "inlet_temperature_critical", "water_leak", "smoke",
    "pdu_breaker_open", "value_lost",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_shipped_rules_do_what_their_stories_say(path: Path) -> None:
    """Pains: E3, E5, F4, F9."""
    rules = shipped_rules()
    for story in read_stories([path], rules, {}):
        assert judge(story, Place(rules)).failures == ()


def test_every_important_rule_has_a_story_in_which_it_is_raised() -> None:
    stories = read_stories(FILES, shipped_rules(), {})
    raised = {one.alert for story in stories for one in story.expected if one.is_ and one.is_ != "nothing"}
    stands = {name for story in stories for one in story.expected for name in one.stands or ()}
    assert IMPORTANT - raised - stands == set()
