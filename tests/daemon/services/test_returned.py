"""Of which incident an alert was that is over and waits to be seen: known until somebody saw it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dcim.alerts import Alert, Change, ChangeKind, Life, Severity
from dcim.daemon.services.returned import Returned
from dcim.incidents import Because, Outcome, Place, Reason, Trouble
from dcim.incidents.incident import Belongs, Member
from dcim.ledger.chain import Entry, seal
from dcim.model import Point
from dcim.model.fact import Fact, FactKind

ALERT = Alert("a" * 64, "ups_on_battery", Point("ups-a", "ups_output_source_state"), Severity.CRITICAL, 1.0)


def cleared(life: Life) -> tuple[Change, Outcome]:
    change = Change(ChangeKind.CLEARED, replace(ALERT, open=False, life=life), 2.0)
    place = Place("ups-a", "ups-a", Trouble.SOURCE_LOST, key=ALERT.key)
    belongs = Belongs("incident 1", Member(change, place, Reason(Because.ITSELF, "ups-a")))
    return change, Outcome(places={ALERT.key: belongs})


def test_an_alert_that_returns_unseen_names_its_incident_until_it_is_seen_or_comes_again() -> None:
    for end in (
        Change(ChangeKind.ACKNOWLEDGED, replace(ALERT, open=False, life=Life.NORMAL), 3.0),
        Change(ChangeKind.RAISED, replace(ALERT, life=Life.UNACKNOWLEDGED), 3.0),
    ):
        known = Returned()
        change, outcome = cleared(Life.RETURNED)
        known.take([change], outcome)
        assert known.incident(ALERT.key) == "incident 1"
        known.take([replace(change, kind=ChangeKind.MUTED)], Outcome())
        assert known.incident(ALERT.key) == "incident 1"
        known.take([end], Outcome())
        assert known.incident(ALERT.key) == ""


def test_what_somebody_looked_after_when_it_cleared_waits_for_nobody() -> None:
    known = Returned()
    change, outcome = cleared(Life.NORMAL)
    known.take([change], outcome)
    assert known.incident(ALERT.key) == ""


def test_a_restart_finds_it_on_record_and_asks_for_no_other() -> None:
    class Facts:
        asked: Sequence[str] = ()

        def newest_about_each(self, kind: str, subjects: Iterable[str], before: int) -> Sequence[Entry]:
            self.asked = list(subjects)
            fact = Fact(FactKind.ALERT, 2.0, ALERT.key, {"change": "cleared", "incident": "incident 1"})
            return [Entry("cas1", "c", 1, 1, 1, *seal(fact), "", "")]

    facts, known = Facts(), Returned()
    standing = replace(ALERT, key="b" * 64, life=Life.UNACKNOWLEDGED)
    known.recall([replace(ALERT, open=False, life=Life.RETURNED), standing], facts)
    assert facts.asked == [ALERT.key]
    assert known.incident(ALERT.key) == "incident 1"
