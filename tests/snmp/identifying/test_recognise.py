"""A device on the wire is taken for what its recording is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.answers.recording import read
from collectors.snmp.dialect.library import SHIPPED, Library
from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid, Tag
from collectors.snmp.identifying.identify import Greeting, Recognition

SHARED = Path(__file__).parents[4] / "shared" / "recordings" / "raw"
IMAGES = sorted(SHIPPED.glob("*/*.snmprec"))


@pytest.fixture
def library(shipped):
    return shipped


async def greeted(poller, device, agent):
    """Return what a poll takes a device for, and how often it was asked."""
    found = poller._device(device)
    await poller.greet(found, poller.asking(found, 1e12))
    return tuple(profile.name for profile in found.profiles), len(agent.asked)


def recorded(library: Library, cells: Cells) -> tuple[str, ...]:
    greeting = Greeting.of(cells)
    return Recognition(library.heads(greeting.dotted), greeting, cells).chosen()


@pytest.mark.long
async def test_images_are_taken_for_the_same_on_the_wire(library, agent, asset, collector):
    for image in IMAGES:
        one = agent(image=f"{image.parent.name}/{image.stem}")
        names, asked = await greeted(collector(one), asset(), one)
        assert names == recorded(library, read(image)), image
        assert asked <= 60, image


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings stand beside the repository")
@pytest.mark.parametrize(("manners", "each"), [({}, 1), ({"v1": True, "limit": 20}, 5)], ids=["v2c", "v1"])
@pytest.mark.long
async def test_recordings_of_real_devices_are_taken_for_the_same_on_the_wire(
    manners, each, library, agent, asset, collector
):
    """Pains: C1, C2: a quarter of them has a generic sysObjectID or none."""
    for path in sorted(SHARED.glob("*.snmprec"))[::each]:
        if path.stat().st_size > 200_000:
            continue
        cells = read(path)
        one = agent(**manners)
        one.cells = cells
        names, asked = await greeted(collector(one), asset(), one)
        assert names == recorded(library, cells), path.name
        assert manners or asked <= 34, path.name  # six for the makers' trees alone, three from tree to tree


@pytest.mark.parametrize(
    ("image", "family"),
    [
        ("tripplite_pdu/switched", "tripplite_pdu"),
        ("hpe_pdu2/metered_switched", "hpe_pdu2"),
        ("liebert_gp_power/nx", "liebert_gp_power"),
        ("cet_tsi/*", "cet_tsi"),
    ],
)
async def test_a_number_that_nobody_has_seen_is_taken_for_the_same_on_the_wire(
    image, family, library, agent, asset, collector
):
    """Pains: C2: the tree of its maker tells, with few questions, and a standard is used beside it."""
    cells = read(sorted(SHIPPED.glob(f"{image}.snmprec"))[0])
    maker = oid.parts(Greeting.of(cells).object_id)[:7]
    cells.put(SYS_OBJECT_ID, Cell(Tag.OBJECT_IDENTIFIER, Oid(oid.encode_parts((*maker, 9999)))))
    cells.put(SYS_DESCR, Cell(Tag.OCTET_STRING, b"A box"))
    one = agent()
    one.cells = cells
    names, asked = await greeted(collector(one), asset(), one)
    assert names[0] == family
    assert names == recorded(library, cells)
    assert asked <= 60
