"""Stories: mistakes with their place, failures with what was seen, recorded days."""

from __future__ import annotations

import asyncio
import json
from array import array
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.alerts import ChangeKind, read_rules, shipped_rules
from dcim.cli.rehearsing.rules import rules as command
from dcim.clock import SystemClock
from dcim.history import History
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.ruletest import Place, Replayed, judge, replay, stories_of
from dcim.yaml import parse

HEAD = "format: 1\nstories:\n  - story: s\n    devices:\n"
UPS = '      - { device: ups-a, kind: ups, points: [{ metric: ups_output_source_state, says: "battery" }] }\n'
GOOD = f"{HEAD}{UPS}    expect:\n      - {{ at: 30 s, alert: ups_on_battery, is: raised }}\n"
BAD = GOOD.replace("is: raised", "is: nothing")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD.replace("ups_on_battery", "ups_on_batery"), "7:28: stories[0].expect[0].alert: no rule 'ups_on_batery'; did you mean 'ups_on_battery'?"),
        (GOOD.replace("battery\" }", "batery\" }"), "5:87: stories[0].devices[0].points[0].says: ups_output_source_state has no word 'batery'; did you mean 'battery'?"),
        (GOOD.replace("\"battery\"", "80 %"), "stories[0].devices[0].points[0].says: ups_output_source_state says words (normal, battery"),
        (GOOD.replace("kind: ups, ", ""), "5:19: stories[0].devices[0].device: no device 'ups-a' in the configuration; or say its kind"),
        (GOOD.replace(", is: raised", ""), "'alert' and 'is' go together"),
        (GOOD.replace("ups_output_source_state", "ups_load"), "no canonical metric 'ups_load'"),
        (GOOD.replace("kind: ups,", "kind: ups, answers: dead,"), "answers: expected answering, silent, refused or nonsense"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_story_is_told_with_its_place(text: str, expected: str) -> None:
    _, problems = stories_of(parse(text, "s.yaml"), shipped_rules(), {})
    assert any(expected in str(problem) for problem in problems), list(map(str, problems))


def test_a_failure_says_what_was_expected_found_and_seen() -> None:
    stories, problems = stories_of(parse(BAD, "s.yaml"), shipped_rules(), {})
    assert problems == []
    (failure,) = judge(stories[0], Place(shipped_rules())).failures
    assert (failure.expected, failure.found) == ("ups_on_battery nothing", "raised, unacknowledged")
    assert failure.evidence[0].startswith("ups-a ups_output_source_state: battery, read at 30 s")
    assert (failure.place.line, failure.place.column) == (7, 9)


def test_the_command_ends_with_0_when_it_holds_1_when_not_and_2_for_wrong_usage(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(BAD)
    runner = CliRunner()
    assert runner.invoke(command, ["test", str(good)]).exit_code == 0
    failed = runner.invoke(command, ["test", str(good), str(bad), "--json"])
    assert failed.exit_code == 1
    said = json.loads(failed.output)
    assert (said["ok"], said["stories"], said["failed"]) == (False, 2, 1)
    assert runner.invoke(command, ["test"]).exit_code == 2
    assert "ups_on_battery" in runner.invoke(command, ["list"]).output


def test_rules_of_a_file_are_tested_beside_the_shipped_ones(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("format: 1\noverrides: [{ rule: ups_on_battery, devices: [ups-a], on_delay: 5 min }]\n")
    found = read_rules([site])
    stories, _ = stories_of(parse(GOOD, "s.yaml"), found, {})
    (failure,) = judge(stories[0], Place(found)).failures
    assert failure.found == "pending"
    assert "on-delay of 300 s runs since 0 s, over at 300 s" in failure.evidence[1]


def test_a_recorded_day_is_held_against_the_rules(tmp_path: Path) -> None:
    asset = Asset("ups-a", "UPS A", Kind.UPS, "snmp", Address("192.0.2.1", 161))
    words = {state_code(word): Meaning(word) for word in ("normal", "battery")}
    layout = Layout(asset.id, Lane.FAST, (Point(asset.id, "ups_output_source_state"),), (words,), ("1.3",))
    start = 1_764_547_200.0

    async def recorded() -> Replayed:
        history = History.open(tmp_path / "history", SystemClock())
        for n in range(60):
            word = "battery" if 20 <= n < 30 else "normal"
            history.append(Batch(layout, start + 10.0 * n, array("d", [state_code(word)])))
        await history.commit()
        try:
            return replay(history, shipped_rules(), [asset], start, start + 86400.0)
        finally:
            await history.aclose()

    found = asyncio.run(recorded())
    told = [(change.kind, change.alert.rule, change.at - start) for change in found.changes]
    assert told == [
        (ChangeKind.RAISED, "ups_on_battery", 210.0),
        (ChangeKind.CLEARED, "ups_on_battery", 360.0),
    ]
    assert (found.readings, found.devices, found.points) == (60, 1, 1)


SHELVED = f"""{HEAD}      - {{ device: ups-a, kind: ups, points: [{{ metric: ups_output_source_state, says: "battery for 10 min, normal" }}] }}
    deeds:
      - {{ at: 1 min, do: shelve, device: ups-a, rule: ups_on_battery, who: amina, note: known, for: 2 min }}
      - {{ at: 4 min, do: acknowledge, device: ups-a, rule: ups_on_battery, who: amina }}
    expect:
      - {{ at: 50 s, alert: ups_on_battery, is: raised, messages: 1 }}
      - {{ at: 170 s, alert: ups_on_battery, is: shelved, messages: 1 }}
      - {{ at: 185 s, alert: ups_on_battery, is: unacknowledged, incidents: 1, messages: 2 }}
      - {{ at: 5 min, alert: ups_on_battery, is: acknowledged, messages: 3 }}
      - {{ at: 12 min, alert: ups_on_battery, is: cleared, incidents: 0, messages: 4 }}
"""


def test_what_people_knew_of_and_was_shelved_is_told_again_when_the_shelf_ends() -> None:
    stories, problems = stories_of(parse(SHELVED, "s.yaml"), shipped_rules(), {})
    assert problems == []
    assert judge(stories[0], Place(shipped_rules())).failures == ()
