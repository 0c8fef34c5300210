"""An incident begins when what it hit was seen to fail, and not when that became an alarm. Pains: F1, G4."""

from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.ledger import Entry, append, genesis
from dcim.model.fact import Body, Fact, FactKind
from dcim.reports.kinds.incident import cases
from dcim.reports.make import from_directory
from dcim.reports.model import Kind
from dcim.reports.render import Form
from dcim.reports.scope import NothingLike
from dcim.reports.wish import Wish

from .conftest import DAY, SINCE, Ledger

T = 1_790_000_000


def chained(*facts: Fact) -> list[Entry]:
    head, entries = genesis("cas1", "c0ffee"), []
    for fact in facts:
        entries.append(append(head, fact, 1))
        head = entries[-1].head
    return entries


def stands(at: float, name: str, function: str, before: str, held: float) -> Fact:
    now = {"function": function, "redundancy": "reduced"}
    body: Body = {**now, "before": {"function": before, "redundancy": "reduced"}, "held": held}
    return Fact(FactKind.SERVICE_STATE, at, name, body)


def opened(at: float) -> Fact:
    services = {"power/R1": {"function": "down"}}
    body: Body = {"change": "opened", "open": 1, "opened_at": float(at), "services": services}
    return Fact(FactKind.INCIDENT, at, "i1", body)


def test_it_began_between_the_two_looks_at_the_first_of_its_services_that_failed() -> None:
    (case,) = cases(
        chained(
            stands(T, "power/R1", "up", "down", T - 5.0),  # for the better
            stands(T + 20, "power/R9", "down", "up", T + 10.0),  # of another incident
            stands(T + 40, "power/R1", "down", "up", T + 30.0),
            opened(T + 100),
            stands(T + 200, "power/R1", "down", "unknown", T + 190.0),
        )
    )
    assert case.began == ((T + 30) * 10**6, (T + 40) * 10**6)
    assert case.opened == (T + 100) * 10**6


def test_where_no_service_of_it_changed_around_it_nobody_says_since_when() -> None:
    (case,) = cases(chained(stands(T - 4000, "power/R1", "down", "up", T - 4010.0), opened(T)))
    assert case.began is None


def test_the_beginning_of_an_id_names_an_incident_only_where_it_is_alone(ledger: Ledger) -> None:
    """A report of one incident is never one of several."""
    at = SINCE / 1e6 + 60
    body: Body = {
        "change": "opened", "open": 1, "opened_at": at, "services": {}, "severity": "major", "roots": [], "devices": [], "alerts": 1,
        "because": "x", "root": "", "racks": [], "tenants": [],
    }  # fmt: skip
    ledger.say(*(Fact(FactKind.INCIDENT, at, one, body) for one in ("ab12", "ab1", "cd34")))
    ledger.watch_until(SINCE + DAY)

    def named(name: str) -> list[str]:
        wish = Wish(
            Kind.INCIDENT, f"incident:{name}", "2026-10-01", languages=(Language.EN,), forms=(Form.CSV,)
        )
        figures = from_directory(ledger.path, wish, SINCE + 2 * DAY, "0.1.0").document.claim["figures"]
        return [one["id"] for one in figures["incidents"]]  # type: ignore[index, union-attr, call-overload]

    assert (named("ab1"), named("cd")) == (["ab1"], ["cd34"])
    with pytest.raises(NothingLike, match="2 incidents begin with 'ab' in the period"):
        named("ab")
    with pytest.raises(NothingLike, match="no incident 'x' in the period"):
        named("x")


@pytest.mark.parametrize("channel", ["log", "mail-ops"])
def test_it_says_through_which_channel_the_first_message_went_and_of_no_person(
    ledger: Ledger, channel: str
) -> None:
    """What was written into a log was told to nobody."""
    at = SINCE / 1e6 + 60
    body: Body = {
        "change": "opened", "open": 1, "opened_at": at, "services": {}, "severity": "major", "roots": [], "devices": [], "alerts": 1,
        "because": "x", "root": "", "racks": [], "tenants": [],
    }  # fmt: skip
    went: Body = {"outcome": "delivered", "channel": channel, "waited": 2.0}
    ledger.say(Fact(FactKind.INCIDENT, at, "ab12", body), Fact(FactKind.DELIVERY, at + 2, "ab12", went))
    ledger.watch_until(SINCE + DAY)
    wish = Wish(Kind.INCIDENT, "incident:ab12", "2026-10", languages=(Language.EN,), forms=(Form.HTML,))
    made = from_directory(ledger.path, wish, SINCE + 2 * DAY, "0.1.0").files["report.en.html"].decode()
    assert "First message delivered after" in made
    assert f"through the channel {channel}" in made.replace("<bdi>", "").replace("</bdi>", "")
