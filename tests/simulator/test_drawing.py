"""The demo's site file draws the plant that it simulates."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim import plugins
from dcim.graph import NodeKind, Topology
from dcim.notify.notices.headline import name_of
from dcim.settings import load
from dcim.simulator.drawing import Drawing
from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint
from dcim.simulator.sitefile import COMMUNITY, V3, as_text, site_file


@pytest.fixture
def topology(tmp_path: Path) -> Topology:
    plant = plan("casablanca")
    addresses = {
        device.id: ("127.0.0.1", 1000 + (len(device.gateway) if device.gateway else 100 + number))
        for number, device in enumerate(plant.devices)
    }
    plain = {"protocol": "snmp", "version": "2c", "community": "env:NOTHING"}
    text = as_text(site_file(plant, addresses, {COMMUNITY: plain, V3: plain}))
    path = tmp_path / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return Topology(load(path, plugins.collectors(), {}).wiring)


def test_every_path_of_the_plant_is_in_the_drawing(topology: Topology) -> None:
    """Pains: F10, I1."""
    plant = plan("casablanca")
    names = {device.of: device.id for device in plant.devices if device.kind not in ("meter", "sensor")}
    feeds: dict[str, tuple[str, ...]] = {bus.id: (bus.source,) for bus in plant.buses}
    feeds |= {ups.id: (ups.source,) for ups in plant.ups}
    feeds |= {switch.id: switch.sources for switch in plant.changeovers}
    feeds |= {crac.id: (crac.fan, crac.compressor) for crac in plant.cracs}
    for part, above in feeds.items():
        node = topology.nodes[names.get(part, part)]
        assert node.fed_by == tuple(names.get(one, one) for one in above), part
    assert topology.ancestors("cas1-pdu-s1r1-a")[-2:] == ("cas1-ge1", "utility-a")
    assert all(topology.nodes[names[crac.id]].needs_all for crac in plant.cracs)


def test_racks_rooms_and_gateways_of_the_plant_are_known(topology: Topology) -> None:
    racks = {device.rack for device in plan("casablanca").devices if device.rack}
    assert {one.rack for one in topology.services.values() if one.rack} == racks
    assert topology.services["cooling/salle-1"].parts == ("cas1-crac-1", "cas1-crac-2")
    assert topology.network_path("cas1-fpdu-a") == ("gw-salle",)
    assert topology.meters("tr-a") == ("cas1-mtr-a",)


def test_a_board_that_only_a_meter_measures_is_called_what_people_call_it(blueprint: Blueprint) -> None:
    parts = Drawing(blueprint).parts()
    assert parts["cold-b"]["name"] == "Tableau froid B"
    assert "name" not in parts["tr-b"]


def test_no_part_of_a_plant_that_is_told_of_is_without_a_name(topology: Topology) -> None:
    """Its loss is told by what people call it: a meter or a device that is it says that, or the plant."""
    losable = [node for node in topology.nodes.values() if node.kind not in (NodeKind.LOAD, NodeKind.GATEWAY)]
    assert [node.id for node in losable if name_of(topology, node.id) == node.id] == []
    assert name_of(topology, "utility-a") == "Réseau public A"


def test_a_cooling_unit_of_which_all_hangs_on_one_board_names_it_once(blueprint: Blueprint) -> None:
    """What feeds a part and stands twice is refused by the configuration."""
    cracs = tuple(one.model_copy(update={"compressor": one.fan}) for one in blueprint.cracs)
    drawing = Drawing(blueprint.model_copy(update={"cracs": cracs}))
    unit = next(device for device in blueprint.devices if device.kind == "crac")
    assert len(drawing.place(unit)["fed_by"]) == 1


def test_a_switch_is_drawn_on_the_phases_of_what_it_feeds() -> None:
    """Else its load may be on any phase after a transfer, and a sure overload is told as possible. Pains: I2."""
    shape = plan("rabat").model_dump()
    shape["changeovers"] += (
        {"id": "sts", "sources": ["fpdu-a", "fpdu-b"]},
        {"id": "of-strips", "sources": ["pdu-r2-a", "pdu-r2-b"]},
        {"id": "above", "sources": ["tgbt-a", "tgbt-b"]},
        {"id": "below", "sources": ["above", "fpdu-b"]},
        {"id": "of-all", "sources": ["fpdu-a", "fpdu-b"]},
        {"id": "of-none", "sources": ["fpdu-a", "fpdu-b"]},
    )
    strips = (("sts", "L1"), ("sts", "L3"), ("below", "L2"), ("of-all", "L1"))
    shape["buses"] += tuple(
        {"id": f"strip-{number}", "source": source, "phases": [phase]}
        for number, (source, phase) in enumerate(strips)
    )
    shape["loads"] += (
        *({"id": f"l-{number}", "cords": [f"strip-{number}"], "watts": 1.0} for number in range(4)),
        {"id": "whole", "cords": ["of-all"], "watts": 1.0},
        {"id": "behind", "cords": ["of-strips"], "watts": 1.0},
    )
    parts = Drawing(Blueprint.model_validate(shape)).parts()
    drawn = {name: parts[name].get("phases") for name in ("sts", "below", "above", "of-all", "of-strips")}
    assert drawn == {
        "sts": ["L1", "L3"],
        "below": ["L2"],
        "above": ["L2"],
        "of-all": None,
        "of-strips": ["L2"],
    }
    assert "phases" not in parts["inv-a"]
