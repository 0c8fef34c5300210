"""Encoders are the inverse of decoding: what a profile reads is what was said, for every profile and image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random, random

import pytest
from hypothesis import settings

from collectors.modbus import plugin as modbus_plugin
from collectors.modbus.collecting.replay import replay
from collectors.modbus.decoding import encode as modbus
from collectors.modbus.recordings.recording import Recording
from collectors.modbus.transport.contract import Space
from collectors.snmp import plugin as snmp_plugin
from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid, Opaque, value_of
from collectors.snmp.recordings import encode as snmp
from collectors.snmp.recordings.offline import decode_cells
from dcim.catalogue import METRICS, Shape
from dcim.collect import Decoded
from dcim.model import Labels, Layout, Reading

# the plug-ins' own: what one test has compiled, no other compiles again
LIBRARY = snmp_plugin._library(())
SNMP = {name: path for name, path in LIBRARY.folders.items() if list(path.glob("*.snmprec"))}
MODBUS = modbus_plugin.library()
Key = tuple[str, Labels]
_STEPS = {
    "joules": 1.8e6,
    "var_seconds": 1.8e6,
    "volt_ampere_seconds": 1.8e6,
    "watts": 500.0,
    "voltamperes": 500.0,
}
_STEPS |= {"vars": 500.0, "pascals": 5001.0, "amperehours": 0.501, "seconds": 1800.0, "ratio": 0.00501}
_COARSE = {
    "sensor_charge_amperehours": 500.0,
    "device_setting_seconds": 43_200.0,
    "device_operating_seconds": 1.32e6,
    "crac_pressure_pascals": 50_001.0,
}
"""Of single metrics: half of a step of 1000 Ah, of a day, of a month, of a bar."""

_COUNTS = {"device_alarms_present", "device_items", "ups_input_lines", "ups_output_lines", "ups_bypass_lines"}
"""How many rows there are: a table ends where its count says."""


def readings(decoded: Decoded) -> dict[Key, Reading]:
    return {
        (point.metric, point.labels): batch.reading(slot)
        for batch in decoded.batches
        for slot, point in enumerate(batch.layout.points)
    }


def layouts(decoded: Decoded) -> dict[Key, tuple[Layout, int]]:
    return {
        (point.metric, point.labels): (batch.layout, slot)
        for batch in decoded.batches
        for slot, point in enumerate(batch.layout.points)
    }


def crowded(decoded: Decoded) -> set[Key]:
    """Return the values, other than alarms, whose cell or whose bits of it are another one's too.

    Two such values cannot be said apart.
    """
    bits: dict[str, list[tuple[Key, int]]] = {}
    for key, (layout, slot) in layouts(decoded).items():
        place, _, mask = layout.sources[slot].partition(" & ")
        bits.setdefault(place, []).append((key, int(mask, 16) if mask.startswith("0x") else -1))
    return {
        key
        for there in bits.values()
        for key, mine in there
        if METRICS[key[0]].shape is not Shape.ALARM
        and any(other != key and mine & theirs for other, theirs in there)
    }


def others(decoded: Decoded, rng: Random) -> dict[Key, float | str]:
    """Choose other numbers and alarms than an image says. States stay: they may say that a number is none."""
    said: dict[Key, float | str] = {}
    shared = crowded(decoded)
    for key, reading in readings(decoded).items():
        if METRICS[key[0]].shape is Shape.ALARM:
            if "unnamed" not in dict(key[1]).get("alarm", ""):
                said[key] = float(rng.random() < 0.3)
        elif reading.value is not None and reading.value > 0 and key[0] not in _COUNTS and key not in shared:
            # not far below: some agents tell tenths from whole units by nothing but how large a number is
            said[key] = reading.value * rng.uniform(0.75, 1.0)
    return said


def words(decoded: Decoded, rng: Random) -> dict[Key, float | str]:
    """Choose another word for each state that stands in a cell of its own."""
    shared = crowded(decoded)
    said: dict[Key, float | str] = {}
    for key, (layout, slot) in layouts(decoded).items():
        meanings = layout.states[slot]
        # whether a probe is there decides whether it has a value at all: that stays, and so do values that are none
        there = (
            key[0] not in {"sensor_status_state", "device_component_state"}
            and readings(decoded)[key].state is not None
        )
        if METRICS[key[0]].shape is Shape.STATE and meanings and key not in shared and there:
            # a row that says so of itself is left out
            said[key] = rng.choice(sorted({means.word for means in meanings.values()} - {"not_present"}))
    return said


def check(said: Mapping[Key, float | str], found: Mapping[Key, Reading]) -> None:
    for key, value in said.items():
        reading = found[key]
        if METRICS[key[0]].shape is Shape.ALARM:
            assert (reading.state not in (None, "clear")) == bool(value), key
        elif isinstance(value, str):
            assert reading.state == value, key
        else:
            assert reading.value == pytest.approx(value, abs=_step(key[0]), rel=2e-6), key


def _step(metric: str) -> float:
    """Half of the coarsest step that a manual prints for a metric."""
    unit = METRICS[metric].unit
    return _COARSE.get(metric, _STEPS.get(unit, 0.501))


def numbers(decoded: Decoded) -> dict[Key, float | str]:
    """Return every number that an image says."""
    return {key: one.value for key, one in readings(decoded).items() if one.value is not None}


def cells_of(encoded: Mapping[tuple[int, ...], tuple[int, object]]) -> Cells:
    """Make wire cells of what an encoder gives, as a real answer would be read."""
    cells = {}
    for name, (tag, value) in encoded.items():
        if isinstance(value, tuple):
            cells[oid.encode_parts(name)] = Cell(tag, Oid(oid.encode_parts(value)))
        elif isinstance(value, bytes) and tag == 68:
            cells[oid.encode_parts(name)] = Cell(tag, value_of(tag, value) or Opaque(value))
        else:
            cells[oid.encode_parts(name)] = Cell(tag, value)  # type: ignore[arg-type]
    return Cells(cells)


SNMP_IMAGES = [
    (name, path.stem) for name, folder in SNMP.items() for path in sorted(folder.glob("*.snmprec"))
]
MODBUS_IMAGES = [(name, path.stem) for name in MODBUS.names() for path in MODBUS.images(name)]


@pytest.mark.parametrize(("name", "image"), SNMP_IMAGES)
@pytest.mark.long
def test_an_snmp_profile_reads_what_its_encoder_says_and_what_the_image_says_changes_no_cell(
    name: str, image: str
) -> None:
    device = snmp.shipped(name, image, LIBRARY)
    still = device.image({})
    before = decode_cells(cells_of(still), LIBRARY, (name,))
    for said in (others(before, Random(1)), words(before, Random(2))):
        assert set(said) <= device.points
        check(said, readings(decode_cells(cells_of({**still, **device.encode(said)}), LIBRARY, (name,))))
    again = device.encode(numbers(before))
    for layout, slot in layouts(before).values():
        cell = oid.parts(oid.encode(layout.sources[slot]))
        if cell in again and cell in still:
            assert again[cell] == still[cell], layout.points[slot]


@pytest.mark.parametrize(("name", "image"), MODBUS_IMAGES)
@pytest.mark.long
def test_a_modbus_profile_reads_what_its_encoder_says_and_what_the_image_says_changes_no_register(
    name: str, image: str
) -> None:
    device = modbus.shipped(name, image, MODBUS)
    still = device.image({})
    before = read_words(still, name)
    for _ in range(1 + settings().max_examples // 100):
        rng = Random(random())  # another one in each run, the same for a seed of pytest-randomly
        for said in (others(before, rng), words(before, rng)):
            assert set(said) <= device.points
            check(said, readings(read_words({**still, **device.encode(said)}, name)))
    again = device.encode(numbers(before))
    assert again or not numbers(before)
    assert {place: word for place, word in again.items() if still[place] != word} == {}


def read_words(words: dict[tuple[str, int], int], name: str) -> Decoded:
    cells: dict[Space, dict[int, int]] = {}
    for (space, at), word in words.items():
        cells.setdefault(Space[space.upper()], {})[at] = word
    return replay(Recording(cells), MODBUS.get(name), "x", 0.0, "")


def test_a_device_has_its_own_serial_number_and_name() -> None:
    cells = snmp.shipped("apc_rpdu2", "switched").image({"serial": "123456789", "name": "pdu-7"})
    decoded = decode_cells(cells_of(cells), LIBRARY, ("apc_rpdu2",))
    assert decoded.identity.serial == "123456789"
    assert cells[1, 3, 6, 1, 2, 1, 1, 5, 0] == (4, b"pdu-7")
    words = modbus.shipped("schneider_pm5000").image({"serial": "123456789"})
    assert read_words(words, "schneider_pm5000").identity.serial == "123456789"
    words = modbus.shipped("socomec_jbus").image({"serial": "1234567890"})
    assert read_words(words, "socomec_jbus").identity.serial == "1234567890"


def test_a_word_that_the_profile_does_not_know_is_refused_and_the_first_known_one_is_taken() -> None:
    state: Key = ("ups_output_source_state", ())
    for device in (
        snmp.shipped("rfc1628_ups", "online", LIBRARY),
        modbus.shipped("socomec_jbus", "on_mains", MODBUS),
    ):
        with pytest.raises(ValueError, match="no code means"):
            device.encode({state: "on_fire"})
        with pytest.raises(ValueError, match="is no number"):
            device.encode({("ups_battery_charge_ratio", ()): "full"})
        assert device.encode({state: ("on_fire", "battery")}) == device.encode({state: "battery"})
        assert device.encode({("no_such_metric", ()): 1.0}) == {}


def test_alarms_that_are_rows_come_and_go() -> None:
    """RFC 1628: a row for each alarm that is there, and their number. Pains: B6."""
    device = snmp.shipped("rfc1628_ups", "online", LIBRARY)
    known = sorted(key for key in device.points if key[0] == "ups_alarm" and "unnamed" not in key[1][0][1])
    some = {key: float(at < 2) for at, key in enumerate(known)}
    raised = readings(decode_cells(cells_of({**device.image({}), **device.encode(some)}), LIBRARY))
    assert [key for key in known if raised[key].state != "clear"] == known[:2]
    calm = {**device.image({}), **device.encode(dict.fromkeys(known, 0.0))}
    none = readings(decode_cells(cells_of(calm), LIBRARY))
    assert all(none[key].state == "clear" for key in known)


def test_an_unknown_image_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="known: battery, online"):
        snmp.shipped("rfc1628_ups", "offline")
    with pytest.raises(LookupError, match="known: on_battery, on_mains"):
        modbus.shipped("socomec_jbus", "offline")
    image = tmp_path / "mine.regs"
    image.write_text("holding 4192: 7\n")
    assert modbus.shipped("socomec_jbus", str(image)).image({}) == {("holding", 4192): 7}
