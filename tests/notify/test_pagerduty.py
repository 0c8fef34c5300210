"""PagerDuty's limits: 1024 characters of summary, 255 of key, 512 KB of event."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from dcim.alerts import Language, Severity
from dcim.notify import Context, Letter, NoticeKind, Site
from dcim.notify.channels.pagerduty import PagerDutySettings, event_of, fitting, plugin
from dcim.notify.notices.context import Beside
from dcim.notify.posting.trial import trial_letters
from dcim.secret import Unresolved

from .far_sides import ROUTING_KEY, strict_pagerduty

Letters = Callable[..., Letter]


def taken(event: dict[str, object]) -> bytes:
    body = fitting({"routing_key": ROUTING_KEY, **event})
    assert strict_pagerduty({"content-length": str(len(body))}, json.loads(body)) is None
    return body


def test_what_is_too_long_is_cut_and_what_is_too_much_is_left_out(letter: Letters) -> None:
    huge = tuple(Beside("ups_battery_charge_ratio", {"string": "é" * 4000}) for _ in range(200))
    sent = letter(name="x" * 5000, context=huge)
    body = taken(event_of(replace(sent, dedup_key="k" * 400), Language.FR))
    event = json.loads(body)
    assert len(event["payload"]["summary"]) == 1024
    assert event["payload"]["summary"].endswith("…")
    assert len(event["dedup_key"]) == 255
    details = event["payload"]["custom_details"]
    assert "context" not in details
    assert details["left_out"]
    assert details["rule"] == "ups_on_battery"


def test_an_event_that_fits_is_whole(letter: Letters) -> None:
    event = json.loads(taken(event_of(letter(), Language.EN, "https://dcim.example.net/")))
    assert event["links"] == [{"href": "https://dcim.example.net/devices/ups-a", "text": "UPS-A"}]
    details = event["payload"]["custom_details"]
    assert (event["payload"]["class"], event["payload"]["group"]) == ("ups_on_battery", "A")
    assert (details["state"], details["detect_within_seconds"]) == ("battery", 43.0)
    assert "left_out" not in details


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.MAJOR, "error"),
        (Severity.MINOR, "warning"),
        (Severity.WARNING, "info"),
    ],
)
def test_severities_are_theirs(letter: Letters, severity: Severity, word: str) -> None:
    assert event_of(letter(severity=severity), Language.EN)["payload"]["severity"] == word


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (NoticeKind.RAISED, "trigger"),
        (NoticeKind.UPDATED, "trigger"),
        (NoticeKind.ACKNOWLEDGED, "acknowledge"),
        (NoticeKind.CLEARED, "resolve"),
    ],
)
def test_what_happens_is_said_in_their_words(letter: Letters, kind: NoticeKind, action: str) -> None:
    first = letter()
    event = event_of(replace(first, notice=replace(first.notice, kind=kind)), Language.EN)
    taken(event)
    assert (event["event_action"], "payload" in event) == (action, action == "trigger")


def test_a_test_message_is_resolved_at_once_and_wakes_nobody(site: Site) -> None:
    channel = plugin.open(PagerDutySettings(routing_key="env:K"), Context(site, lambda _ref: ROUTING_KEY))
    letters = trial_letters(site, "pager", channel, 1_764_072_000.0)
    events = [event_of(one, Language.EN) for one in letters]
    assert [event["event_action"] for event in events] == ["trigger", "resolve"]
    assert events[0]["payload"]["severity"] == "info"
    assert len({event["dedup_key"] for event in events}) == 1


def test_a_routing_key_that_is_none_is_a_mistake_at_start(site: Site) -> None:
    """Pains: J2."""
    with pytest.raises(Unresolved) as told:
        plugin.open(PagerDutySettings(routing_key="env:K"), Context(site, lambda _ref: "hunter2"))
    assert "hunter2" not in str(told.value)
