"""How everything stands, said anew."""

from __future__ import annotations

from dcim.daemon.records.states import standing_work
from dcim.model import Address, Asset, Kind
from dcim.model.fact import Fact, FactKind
from dcim.poll import Presence, Reach
from dcim.store import DeviceState


def test_every_device_that_was_asked_is_stated_as_it_is_reached_now_beside_the_services() -> None:
    """Pains: G1, K4."""
    assets = [Asset(name, name, Kind.UPS, "snmp", Address("x", 161), site="cas1") for name in ("a", "b", "c")]
    found = {
        "a": Presence(Reach.ANSWERING, 5.0),
        "b": Presence(Reach.SILENT, 7.0, 3, "no answer"),
        "c": Presence(),
    }
    service = Fact(FactKind.SERVICE_STATE, 9.0, "power/r1", {"function": "down"})
    work = standing_work([service], assets, found.__getitem__, 9.0)
    assert work.facts == (
        service,
        Fact(FactKind.DEVICE_STATE, 9.0, "a", {"reach": "answering", "before": "unknown", "why": ""}),
        Fact(FactKind.DEVICE_STATE, 9.0, "b", {"reach": "silent", "before": "unknown", "why": "no answer"}),
    )
    assert work.devices == (
        DeviceState("a", "answering", 9.0, {"why": ""}),
        DeviceState("b", "silent", 9.0, {"why": "no answer"}),
    )
