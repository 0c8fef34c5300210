"""Where it is written what to do: each rule's own address, or the site's, in rules and messages. Pains: H5."""

from __future__ import annotations

from pathlib import Path

from dcim.alerts import Alert, Change, ChangeKind, Language, alert_key, read_rules
from dcim.model import Point
from dcim.notify import Letter, NoticeKind, Site
from dcim.notify.channels.pagerduty import event_of
from dcim.notify.notices.notice import notice_of
from dcim.notify.wording import words
from dcim.notify.wording.payload import payload

OWN = """\
format: 1
rules:
  - rule: mine
    metric: ups_output_source_state
    state: battery
    severity: major
    runbook: https://wiki.example.org/battery
    title: { en: On battery, fr: Sur batterie }
    consequence: { en: Minutes are left., fr: Il reste des minutes. }
    action: { en: Look at the mains., fr: Voir le réseau. }
"""
EN = Language.EN


def test_a_site_says_once_where_it_is_written_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    rules = read_rules([tmp_path / "own.yaml"], runbooks="https://wiki.example.org/dcim/{rule}.html").rules
    assert rules["mine"].runbook == "https://wiki.example.org/battery"
    assert rules["ups_on_battery"].runbook == "https://wiki.example.org/dcim/ups_on_battery.html"
    assert not read_rules([]).rules["ups_on_battery"].runbook


def test_a_message_brings_the_address_while_there_is_something_to_do() -> None:
    rule = read_rules([], runbooks="https://wiki.example.org/{rule}").rules["ups_on_battery"]
    point = Point("ups-a", rule.metrics[0])
    alert = Alert(alert_key("s", rule.name, point), rule.name, point, rule.severity, 0.0)
    for kind, told in ((ChangeKind.RAISED, True), (ChangeKind.CLEARED, False)):
        notice = notice_of(Change(kind, alert, 1.0, rule), Site("s", "S"))
        letter = Letter(notice.message_id, notice.key, notice)
        assert (dict(words.lines(notice, EN)).get("Runbook") == rule.runbook) is told
        assert (payload(letter, EN)["runbook"] == rule.runbook) is told
        assert (event_of(letter, EN).get("links", []) != []) is (notice.kind is not NoticeKind.CLEARED)
