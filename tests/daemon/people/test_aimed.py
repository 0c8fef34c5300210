"""Which alerts are meant by whoever acknowledges an incident: all that belong to it, however it was said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dcim.alerts import Deed, Doing, Target
from dcim.daemon.people.deeds import aimed

STAND = {"a": "incident 1", "b": "incident 1", "c": "incident 1", "e": "incident 2"}
INCIDENTS: Any = SimpleNamespace(
    keys_of=lambda name: frozenset(key for key, incident in STAND.items() if incident == name),
    id_of=lambda key: STAND.get(key, ""),
)


@pytest.mark.parametrize(
    ("incident", "named", "meant"),
    [
        ("incident 1", "", "abc"),  # the command, the page, a link
        ("incident 1", "a", "abc"),  # an SMS names the first few; its answer takes all of it
        ("a", "a", "a"),  # an alert told apart
        ("an incident that is over", "df", "df"),
        ("an incident that is over", "de", "d"),  # e has come again, and is another incident now
        ("an incident that is over", "", ""),
    ],
)
def test_who_acknowledges_an_incident_means_all_that_belongs_to_it(
    incident: str, named: str, meant: str
) -> None:
    deed = Deed(Doing.ACKNOWLEDGE, Target(""), "amina", incident=incident, keys=frozenset(named))
    assert aimed(deed, INCIDENTS).keys == frozenset(meant)


def test_who_means_an_alert_or_a_device_means_no_incident() -> None:
    deed = Deed(Doing.SHELVE, Target("ups-a"), "amina", "known", 60.0)
    assert aimed(deed, INCIDENTS) is deed
