"""What people are told, and what is kept of it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import Change, ChangeKind, Language
from dcim.model.fact import FactKind
from dcim.notify import Notice, NoticeKind, Site, Subject, alert_of, notice_of, record

RAISED, CLEARED, ACKNOWLEDGED = ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.ACKNOWLEDGED
NOON = 1_764_072_000.0


def test_a_notice_says_device_place_value_limit_and_bound(change: Callable[..., Change], site: Site) -> None:
    """Pains: H5."""
    said = notice_of(change(), site)
    assert (said.asset, said.name, said.device_kind) == ("ups-a", "UPS-A", "ups")
    assert (said.room, said.rack, said.feed) == ("r1", "r1-01", "A")
    assert (said.metric, said.state, said.value, said.limit) == (
        "ups_output_source_state",
        "battery",
        None,
        "battery",
    )
    assert said.detect_within == (10.0 + 9.0) + 5.0 + (10.0 + 9.0)
    assert said.title[Language.FR] == "Onduleur sur batterie"


def test_a_notice_comes_back_from_the_store_as_it_was(notice: Callable[..., Notice]) -> None:
    for kind in ChangeKind:
        said = notice(kind, labels={"phase": "L1"}, value=0.42, why="x")
        assert Notice.of(json.loads(json.dumps(said.body()))) == said


def test_a_change_that_nothing_watches_any_more_can_still_be_told(
    change: Callable[..., Change], site: Site
) -> None:
    gone = replace(change(CLEARED), rule=None, asset=None, reading=None, why="the device is gone")
    said = notice_of(gone, site)
    assert (said.name, said.title[Language.EN], said.why) == ("ups-a", "ups_on_battery", "the device is gone")
    assert Notice.of(said.body()) == said


def test_the_message_id_names_the_occurrence_and_the_change(notice: Callable[..., Notice]) -> None:
    """Pains: H2."""
    raised, cleared = notice(RAISED), notice(CLEARED, at=NOON + 60)
    again = notice(RAISED, raised_at=NOON + 3600)
    assert len({raised.message_id, cleared.message_id, again.message_id}) == 3
    assert cleared.raise_id == raised.message_id
    assert raised.message_id == notice(RAISED, name="renamed").message_id


@given(st.text(max_size=80))
def test_the_message_id_is_one_that_mail_can_carry_whatever_the_site_is_called(name: str) -> None:
    text = dict.fromkeys(Language, "x")
    said = Notice(RAISED, "k", "r", "major", 1.0, 1.0, Site(name, name), "a", "m", {}, text, text, text)  # type: ignore[arg-type]
    assert re.fullmatch(r"<[0-9a-f]{24}@[A-Za-z0-9]([A-Za-z0-9-]{0,28}[A-Za-z0-9])?\.dcim>", said.message_id)
    assert len("In-Reply-To: " + said.message_id) <= 78


def test_a_raise_and_its_clearance_share_the_dedup_key(change: Callable[..., Change], site: Site) -> None:
    raised, cleared = notice_of(change(RAISED), site), notice_of(change(CLEARED, at=NOON + 60), site)
    other = notice_of(change(RAISED, asset="ups-b"), site)
    assert raised.key == cleared.key != other.key


def test_a_change_is_a_fact_a_row_and_a_message_a_channel_in_one_work(
    change: Callable[..., Change], site: Site
) -> None:
    """Pains: H2."""
    work = record([change()], site, ["mail", "hook"])
    (fact,) = work.facts
    assert (fact.kind, fact.subject, fact.at) == (FactKind.ALERT, work.alerts[0].key, NOON)
    assert {key: fact.body[key] for key in ("change", "asset", "state", "severity")} == {
        "change": "raised",
        "asset": "ups-a",
        "state": "battery",
        "severity": "critical",
    }
    assert [(message.channel, message.dedup_key) for message in work.outbox] == [
        ("mail", fact.subject),
        ("hook", fact.subject),
    ]
    assert work.alerts[0].open


def test_a_clearance_closes_the_row_and_is_told(change: Callable[..., Change], site: Site) -> None:
    work = record([change(CLEARED, at=NOON + 60)], site, ["mail"])
    assert (work.alerts[0].open, work.alerts[0].at, len(work.outbox)) == (False, NOON + 60, 1)


def test_an_acknowledgement_is_recorded_and_sent_to_nobody(change: Callable[..., Change], site: Site) -> None:
    taken = change(ACKNOWLEDGED, at=NOON + 5)
    work = record([replace(taken, alert=replace(taken.alert, acknowledged="amina"))], site, ["mail"])
    assert (work.outbox, work.alerts[0].open) == ((), True)
    assert (work.facts[0].body["change"], work.facts[0].body["acknowledged"]) == ("acknowledged", "amina")


def test_several_changes_of_one_alert_leave_its_last_row_and_all_its_facts(
    change: Callable[..., Change], site: Site
) -> None:
    work = record([change(), change(CLEARED, at=NOON + 60)], site, ["mail"])
    assert [row.open for row in work.alerts] == [False]
    assert [fact.body["change"] for fact in work.facts] == ["raised", "cleared"]
    assert [message.created for message in work.outbox] == [NOON, NOON + 60]


def test_an_open_alert_comes_back_from_its_row(change: Callable[..., Change], site: Site) -> None:
    raised = change(labels=(("phase", "L1"),))
    (row,) = record([raised], site, []).alerts
    assert alert_of(row) == raised.alert


def test_every_word_that_a_receiver_may_get_stands_in_the_documentation() -> None:
    """A webhook got `reminded` and `announced`, which were nowhere written."""
    text = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")
    for key, known in (("change", NoticeKind), ("subject", Subject)):
        (row,) = re.findall(rf"^\| `{key}` \|.*$", text, re.MULTILINE)
        assert not {str(one) for one in known} - set(re.findall(r"`(\w+)`", row))
