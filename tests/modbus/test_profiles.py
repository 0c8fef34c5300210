"""Every shipped family, by itself: nothing here names one. ``DCIM_ACCEPT=1 pytest`` rewrites the expectations.

A reviewer reads the ``.prom`` beside an image against the manual: one line a value, in base units.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Mapping

import pytest

from collectors.modbus import plugin
from collectors.modbus.families.family import labels_of
from collectors.modbus.known.library import SHIPPED
from collectors.modbus.recordings import recording
from collectors.modbus.transport.contract import Denied, Link
from dcim.catalogue import METRICS, Shape
from dcim.collect import Ask
from dcim.model import Lane, NoAnswer
from dcim.plausible import judge, sentence
from dcim.profile import Alarms, Condition, Quantity, States

LIBRARY = plugin.library()  # each family is compiled when a test needs it, once for all tests
NAMES = LIBRARY.names()
IMAGES = sorted(SHIPPED.glob("*/*.regs"))
LINK = Link("gateway", 502)


def rendered(decoded) -> str:
    """Return readings as Prometheus would show them, then the gaps, then who it is."""
    lines, gaps = [], []
    for batch in decoded.batches:
        for slot, point in enumerate(batch.layout.points):
            reading = batch.reading(slot)
            labels = dict(point.labels)
            if reading.gap is not None:
                inside = ",".join(f'{name}="{value}"' for name, value in labels.items())
                gaps.append(
                    f"# gap {reading.gap.reason} dcim_{point.metric}{{{inside}}} raw={reading.gap.raw}"
                )
                continue
            value = batch.values[slot]
            if METRICS[point.metric].shape is Shape.STATE:
                labels["state"], value = reading.state, 1.0
            inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
            health = f"  # {reading.health}" if reading.health else ""
            lines.append(f"dcim_{point.metric}{f'{{{inside}}}' if inside else ''} {value:.10g}{health}")
    who = decoded.identity
    identity = f"# {who.kind}: {who.vendor} {who.model} serial={who.serial} firmware={who.firmware}"
    return "\n".join([identity, *sorted(lines), *sorted(gaps)]) + "\n"


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_image_decodes_to_what_stands_beside_it_and_can_be_true(image):
    """An image that contradicts itself is a wrong image: no device says such things. Pains: A2, A4, A6, A7."""
    decoded = plugin.decode(image)
    assert decoded is not None
    assert decoded.profile == image.parent.name
    expected = image.with_suffix(".prom")
    if os.environ.get("DCIM_ACCEPT"):
        expected.write_text(rendered(decoded))
    assert rendered(decoded) == expected.read_text()
    assert [sentence(one) for one in judge(decoded.batches) if one.holds is False] == []


def test_images_are_judged_at_all():
    decoded = [plugin.decode(image) for image in SHIPPED.glob("schneider_*/*.regs")]
    assert sum(one.holds is True for each in decoded if each for one in judge(each.batches)) > 0


def form(thing):
    """Return what a frozen thing is made of, so that two that say the same are equal."""
    if dataclasses.is_dataclass(thing):
        return {field.name: form(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    if isinstance(thing, tuple):
        return tuple(map(form, thing))
    return {key: form(value) for key, value in thing.items()} if isinstance(thing, Mapping) else thing


def test_the_top_of_a_file_says_all_that_identification_needs():
    """A key of identification below the points would be lost: the top of a file is all that is read of it then."""
    for name in NAMES:
        assert form(LIBRARY.head(name)) == form(LIBRARY.get(name)) | {"values": ()}, name


@pytest.mark.parametrize("name", NAMES)
def test_every_point_is_seen_in_an_image_or_says_why_not_and_one_has_a_gap(name):
    """Pains: A6."""
    assert LIBRARY.images(name)
    seen: set[str] = set()
    gaps = 0
    for image in LIBRARY.images(name):
        for batch in plugin.decode(image).batches:
            gaps += len(batch.gaps)
            seen.update(
                f"{point.metric}{point.labels}"
                for slot, point in enumerate(batch.layout.points)
                if slot not in batch.gaps
            )
    missing = [
        f"{value.value.metric}{labels}"
        for value in LIBRARY.get(name).values
        for labels in labels_of(value)
        if not value.untested and f"{value.value.metric}{labels}" not in seen
    ]
    assert missing == []
    assert gaps, "no image shows a value that is not there"


def test_every_number_has_a_range_and_every_state_a_health():
    """Pains: A2, A12."""
    for name, value in [(one, value) for one in NAMES for value in LIBRARY.get(one).values]:
        match value.value:
            case Quantity() as number:
                assert number.low > -1e300 < 1e300 > number.high, (name, value.key)
            case States() as states if "component" not in dict(value.labels):
                words = [meaning for meaning in states.meanings.values() if meaning.health is not None]
                assert words, (name, value.key)
            case Condition() | Alarms() | States():
                pass


def test_a_family_says_how_it_is_recognised_or_is_named():
    for name in NAMES:
        family = LIBRARY.get(name)
        named = all(recording.read(image).profile == name for image in LIBRARY.images(name))
        assert family.signs or family.objects or named, name


def test_a_family_is_summed_up_for_people():
    for name in NAMES:
        summary = LIBRARY.summary(name)
        assert summary.protocol == "modbus", name
        assert summary.metrics, name
        assert len(summary.images) == len(LIBRARY.images(name)), name


def poll(virtual, kit, name, bend, lanes=frozenset(Lane), times=2):
    """Poll the first image of a family twice through a unit that ``bend`` has its way with."""
    held = kit.holding(kit.image(f"{name}/{LIBRARY.images(name)[0].stem}"))
    wire = kit.Wire(LINK)
    wire.units[1] = lambda read: bend(read, held(read))
    collector = kit.collector(lambda _: wire)
    asset = kit.asset(LINK, 1, name)

    async def story():
        answers = []
        for _ in range(times):
            deadline = asyncio.get_running_loop().time() + 30
            answers.append(await collector.collect(asset, Ask(lanes, deadline)))
        return answers

    return virtual(story())


@pytest.fixture(scope="module")
def kept():
    """Return room for what families say when nothing is in the way, polled once for all tests."""
    return {}


@pytest.fixture
def whole(virtual, kit, kept):
    """Return what the first image of a family says when nothing is in the way."""

    def polled(name):
        if name not in kept:
            (answer,) = poll(virtual, kit, name, lambda read, answer: answer, times=1)
            kept[name] = kit.plain(answer.batches)
        return kept[name]

    return polled


@pytest.mark.parametrize("name", NAMES)
def test_a_hole_in_the_middle_costs_only_what_stands_there(virtual, kit, name, whole):
    """Pains: B6, C3."""
    victim = min(value.place.read for value in LIBRARY.get(name).values)

    def bend(read, answer):
        hit = read.space is victim.space and read.start <= victim.start < read.stop
        return Denied(2, str(read)) if hit else answer

    lost = {
        ",".join([value.value.metric, *(text for _, text in labels)])
        for value in LIBRARY.get(name).values
        if any(
            place.read.space is victim.space and place.read.start <= victim.start < place.read.stop
            for place in value.places
        )
        for labels in labels_of(value)
    }
    before = whole(name)
    for bent in poll(virtual, kit, name, bend):
        after = kit.plain(bent.batches)
        assert {key for key in after if after[key] != before[key]} <= lost
        assert all(after[key] == "[refused]" for key in lost)


@pytest.mark.parametrize("name", NAMES)
def test_a_busy_device_is_asked_again_and_loses_nothing(virtual, kit, name, whole):
    """Pains: A10."""
    turns = iter(range(10**6))

    def bend(read, answer):
        return Denied(6, str(read)) if next(turns) % 3 == 0 else answer

    answers = poll(virtual, kit, name, bend)
    assert [kit.plain(bent.batches) for bent in answers] == [whole(name)] * 2
    assert sum(bent.retries for bent in answers) > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_device_that_falls_silent_is_no_answer_and_no_value(virtual, kit, name):
    """Pains: C9, D3."""
    with pytest.raises(NoAnswer):
        poll(virtual, kit, name, lambda read, answer: asyncio.sleep(3600))


def test_a_meter_in_its_fast_lane_takes_few_questions(virtual, kit):
    """Pains: C3."""
    answers = poll(virtual, kit, "schneider_pm5000", lambda read, answer: answer, frozenset({Lane.FAST}))
    assert answers[1].requests <= 4
