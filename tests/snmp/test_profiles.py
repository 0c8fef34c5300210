"""Every profile folder, by itself: what it must have, what it makes of its images, and what a bad agent does to it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from zlib import crc32

import pytest

from collectors.snmp.dialect.library import SHIPPED
from collectors.snmp.dialect.profile import SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.identifying.identify import Greeting
from collectors.snmp.recordings.offline import decode_cells, profiles_for
from collectors.snmp.tables.rows import Finder
from dcim.model import GapReason
from dcim.plausible import judge, sentence
from dcim.profile import Alarms, Condition, Quantity, States
from dcim.profile.value import HIGHEST

FOLDERS = sorted(path.parent for path in SHIPPED.glob("*/profile.yaml"))
IMAGES = sorted(SHIPPED.glob("*/*.snmprec"))
FAMILIES = [folder.name for folder in FOLDERS]
NAMED = ("rfc1628_ups", "apc_smartups", "apc_rpdu2", "raritan_px2", "entity_sensor", "apc_ats")
A_SIXTH = [
    pytest.param(name, marks=() if name in NAMED or crc32(name.encode()) % 6 == 0 else pytest.mark.long)
    for name in FAMILIES
]
"""All families, most of them only in ``make long``: what the engine does about a weak agent is one code for all."""


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture
def library(shipped):
    return shipped


def test_every_family_of_this_issue_is_here():
    assert set(NAMED) <= set(FAMILIES)


def test_a_profile_loads_without_a_problem_and_has_images(library):
    for folder in FOLDERS:
        assert library.profile(folder.name).name == folder.name
        assert list(folder.glob("*.snmprec")), f"{folder.name}: a device comes with an image"


def test_the_top_of_a_file_says_all_that_identification_needs(library):
    """A key of identification below the points would be lost: the top of a file is all that is read of it then."""
    heads = {head.name: head for head in library.heads()}
    for family in FAMILIES:
        head, whole = heads[family], library.profile(family)
        more = {"values", "raised", "traps", "layers", "relative"}
        if whole.layers:  # of what it extends
            more |= {"max_varbinds", "max_repetitions", "bulk", "least_interval"}
        fields = {field.name for field in dataclasses.fields(whole)} - more
        assert {name: getattr(head, name) for name in fields} == {
            name: getattr(whole, name) for name in fields
        }


@pytest.mark.parametrize("image", IMAGES, ids=_name)
def test_an_image_is_recognised_decodes_to_the_text_beside_it_and_can_be_true(
    library, image, image_cells, prom, accepting
):
    """Pains: A2, A6, A7: a profile ships what a device answers and what we make of it.

    An image that contradicts itself is a wrong image: no device says such things.
    """
    cells = image_cells(image)
    assert profiles_for(cells, library)[0].name == image.parent.name
    decoded = decode_cells(cells, library, (image.parent.name,))
    text = prom(decoded.batches)
    expected = image.with_suffix(".prom")
    if accepting:
        expected.write_text(text)
    assert text == expected.read_text()
    assert [sentence(one) for one in judge(decoded.batches) if one.holds is False] == []


def test_images_are_judged_at_all(library, image_cells):
    image = SHIPPED / "apc_rpdu2" / "metered_by_outlet.snmprec"
    verdicts = judge(decode_cells(image_cells(image), library, ("apc_rpdu2",)).batches)
    assert {one.check for one in verdicts if one.holds} >= {"pdu_phases_add_up", "pdu_phase_power"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_point_is_seen_in_an_image_or_says_why_not(library, folder, image_cells):
    profile = library.profile(folder.name)
    seen: set[str] = set()
    for image in folder.glob("*.snmprec"):
        cells = image_cells(image)
        profile = library.profile(folder.name, Greeting.of(cells).dotted)
        found = (one for one in Finder(cells).candidates([profile]) if one.present(cells))
        seen |= {
            key
            for layer, _, key in (one.key.rpartition(":") for one in found)
            if layer.partition("@")[0] == profile.name
        }
    missing = [value.key for value in profile.values if value.key not in seen and not value.untested]
    missing += [one.key for one in profile.raised if one.key not in seen and not one.untested]
    assert not missing, missing
    stale = [value.key for value in profile.values if value.key in seen and value.untested]
    assert stale == [], "seen in an image, so no longer untested"


def test_every_number_with_a_unit_has_a_range_and_every_state_a_health(library):
    """Pains: A2, A4: what no such sensor can produce is never a number."""
    for family, value in [(one, value) for one in FAMILIES for value in library.profile(one).values]:
        match value.value:
            case Quantity(unit=unit, high=high):
                assert not unit or high < HIGHEST, f"{family} {value.key}: no range"
            case States(codes=codes):
                assert all(means.health is not None for _, means in codes.values()), (family, value.key)
            case Alarms(alarms=alarms):
                assert all(alarm.health is not None for alarm in alarms), (family, value.key)
            case Condition(health=health):
                assert health is not None, (family, value.key)


def _biggest(profile: str) -> Path:
    return max(SHIPPED.glob(f"{profile}/*.snmprec"), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_poll_says_what_the_image_says_and_a_bad_value_costs_no_other(
    family, agent, asset, collector, ask, prom, readings, library
):
    """One device, asked again and again, since finding its rows is what takes time.

    Pains: A7: polls and recordings are decoded by the same path. B6, A4: a value that vanishes. A3: one of another
    type, such as a date where a number is meant.
    """
    image = _biggest(family)
    device = agent(image=_name(image))
    poller, one = collector(device), asset(family)
    first = (await poller.collect(one, ask())).batches
    assert prom(first) == image.with_suffix(".prom").read_text()
    before, batch = readings(first), first[0]
    if not library.profile(family).values:
        return  # it is recognised and no more: there is nothing to lose
    counts = {oid.text(one.count) for one in library.profile(family).raised if one.count}  # of alarms
    sources = batch.layout.sources
    victim = next(at for at in range(1, 12) if at not in batch.gaps and sources[at] not in counts)
    name = str(batch.layout.points[victim]).removeprefix("dev ")
    source = batch.layout.sources[victim]
    cell = device.cells.by_oid[oid.encode(source)]

    async def lost(value, tag=0):
        device.set(source, value, tag)
        after = readings((await poller.collect(one, ask())).batches)
        assert {key for key in before if before[key] != after.get(key)} <= {name}
        return after[name]

    assert await lost(None) == f"gap {GapReason.ABSENT}"
    assert await lost(cell.value, cell.tag) == before[name]
    bad = GapReason.MALFORMED if batch.layout.states[victim] is None else GapReason.UNKNOWN_CODE
    assert await lost(b"Wed 31 Feb", 0x04) in {f"gap {GapReason.MALFORMED}", f"gap {bad}"}


@pytest.mark.parametrize("family", A_SIXTH)
async def test_an_agent_with_small_buffers_gives_the_same_values(family, agent, asset, collector, ask, prom):
    """Pains: B2, B3: tooBig splits, and GETBULK that is never answered becomes GETNEXT."""
    from collectors.snmp.engine.request import Kind

    image = _biggest(family)
    weak = agent(image=_name(image), limit=7, mute_kinds={Kind.BULK})
    collected = await collector(weak).collect(asset(family), ask())
    assert prom(collected.batches) == image.with_suffix(".prom").read_text()


def _tables(profile: SnmpProfile) -> list[bytes]:
    return sorted({value.place.oid for value in profile.values if value.place.index is not None})


@pytest.mark.parametrize("family", [one for one in A_SIXTH if one.values != ("entity_sensor",)])
async def test_a_column_that_is_never_answered_costs_itself_alone(
    family, agent, asset, collector, ask, library, image_cells, readings
):
    """Pains: B3, B6: a table that times out."""
    profile = library.profile(family)
    if not _tables(profile):
        pytest.skip("a family of scalars has no table that could time out")
    column = _tables(profile)[0]
    device = agent(image=_name(_biggest(family)), mute={column})
    reading = (value for value in profile.values if any(place.oid == column for place in value.places()))
    lost = {value.value.metric for value in reading}
    expected = readings(decode_cells(image_cells(_biggest(family)), library, (family,)).batches)
    poller, one = collector(device), asset(family)
    for _ in range(3):
        found = readings((await poller.collect(one, ask())).batches)
    gone = {name.split("{")[0] for name in expected if name not in found or found[name] != expected[name]}
    assert gone <= lost
