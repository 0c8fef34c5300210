"""What a person may do to alerts, and what is refused with its reason."""

from __future__ import annotations

import pytest

from dcim.alerts import Deed, Doing, MuteRefused, Target, Watch, shipped_rules
from dcim.alerts.deeds import perform
from dcim.model import Address, Asset, Kind


def a_watch() -> Watch:
    ups = Asset("ups-a", "UPS A", Kind.UPS, "snmp", Address("192.0.2.1", 161))
    return Watch(shipped_rules(), (ups,), "site", lambda _lane, every: every)


@pytest.mark.parametrize("doing", [Doing.SHELVE, Doing.OUT_OF_SERVICE])
@pytest.mark.parametrize(
    ("rule", "near"),
    [("ups_batery_hot", "; did you mean 'ups_battery_hot'?"), ("crac_fault", "")],
    ids=["misspelt", "of another kind"],
)
def test_a_rule_that_does_not_look_at_the_device_is_refused_for_nobody_is_to_believe_it_muted(
    doing: Doing, rule: str, near: str
) -> None:
    watch = a_watch()
    deed = Deed(doing, Target("ups-a", rule), "Amina", "works on it", 3600.0, "T-1")
    with pytest.raises(MuteRefused, match="looks at ups-a") as refused:
        perform(watch, deed, 0.0, 0.0)
    assert str(refused.value).startswith(f"no rule '{rule}' looks at ups-a{near}")
    assert watch.mutes == ()


def test_a_rule_that_looks_at_the_device_is_muted_before_it_has_an_alert() -> None:
    watch = a_watch()
    deed = Deed(Doing.SHELVE, Target("ups-a", "ups_battery_hot"), "Amina", "works on it", 3600.0)
    assert perform(watch, deed, 0.0, 0.0) == []
    assert [lying.target.rule for lying in watch.mutes] == ["ups_battery_hot"]
