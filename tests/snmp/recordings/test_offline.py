"""Recordings of real devices, all of them: never an error, and right where a family of this issue fits."""

from __future__ import annotations

import json

import pytest

from collectors.snmp import plugin
from collectors.snmp.answers import recording
from collectors.snmp.dialect.library import Library
from collectors.snmp.recordings.offline import decode_cells


@pytest.mark.long
def test_no_recording_of_a_real_device_makes_the_decoder_fail_and_no_cell_is_two_numbers(recordings):
    """Pains: A2, A7, B6."""
    files = sorted(recordings.glob("*.snmprec"))
    assert len(files) > 200
    again = 0
    for path in files:
        decoded = plugin.decode(path)
        assert decoded is not None
        numbers = {}
        for batch in (*decoded.batches, *decoded.superseded):
            for reading in map(batch.reading, range(len(batch.layout))):
                assert (reading.gap is None) == (reading.value is not None or reading.state is not None), path
                if reading.value is not None and reading.state is None:
                    numbers.setdefault(reading.source, set()).add(reading.value)
        assert all(len(values) == 1 for values in numbers.values()), path
        again += len(decoded.superseded)
    assert again > 10


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("apc_ap8959eu3", "apc_rpdu2"),
        ("apc_ats", "apc_ats"),
        ("apc_smart1500", "apc_smartups"),
        ("apc_powerchute", "apc_smartups"),
        ("centreon__apc-battery-low", "apc_smartups"),
        ("raritan-pdu_px2", "raritan_px2"),
        ("raritan-pdu_px3", "raritan_px2"),
        ("netmanplus_204", "riello_ups"),
        ("marathonups", "rfc1628_ups"),
    ],
)
def test_a_real_device_is_recognised(recordings, name, profile):
    decoded = plugin.decode(recordings / f"{name}.snmprec")
    assert decoded is not None
    assert decoded.profile == profile
    assert decoded.reason


def test_the_current_of_a_raritan_inlet_is_divided_by_the_digits_it_gives(recordings, readings):
    """Pains: A1, A2: 680 with three digits is 0.68 A, neither 68 nor 680."""
    decoded = plugin.decode(recordings / "raritan-pdu_px2.snmprec")
    assert readings(decoded.batches)['pdu_inlet_current_amperes{inlet="I1"}'] == pytest.approx(0.68)


def test_a_runtime_in_timeticks_is_not_minutes(recordings, readings):
    """Pains: A3: 456000 hundredths of a second are 76 minutes."""
    decoded = plugin.decode(recordings / "apc_smart1500.snmprec")
    assert readings(decoded.batches)["ups_battery_runtime_seconds"] == 4560


def _score(recordings, name):
    """Return (met, points) of a recording against another project's expectations, by OID, value and unit."""
    to_base = {"%": 0.01, "A": 1, "V": 1, "W": 1, "C": 1, "Hz": 1, "min": 60, "kWh": 3.6e6}
    expected = json.loads((recordings.parent / "expected" / f"{name}.json").read_text())
    decoded = plugin.decode(recordings / f"{name}.snmprec")
    found = {}
    for batch in decoded.batches:
        for slot in range(len(batch.layout)):
            reading = batch.reading(slot)
            if reading.value is not None:
                found[reading.source] = reading.value
    points = [one for one in expected["sensors"] if one.get("score") and one["unit"] in to_base]
    met = [
        one
        for one in points
        if found.get(one["oid"]) == pytest.approx(one["value"] * to_base[one["unit"]], rel=5e-3)
    ]
    return len(met), len(points)


@pytest.mark.parametrize(
    "name", ["apc_smart1500", "apc_symmetralx", "apc_smx750i", "raritan-pdu_px2", "raritan-pdu_px3"]
)
def test_numbers_of_a_real_device_are_those_that_another_project_expects(recordings, name):
    """Pains: A1, A2, A6."""
    met, points = _score(recordings, name)
    assert points >= 10
    assert met == points


TWICE = """\
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.705.1
1.3.6.1.2.1.33.1.2.1.0|2|2
1.3.6.1.2.1.33.1.2.3.0|2|31
1.3.6.1.4.1.705.1.5.1.0|2|1872
1.3.6.1.4.1.705.1.5.2.0|2|93
"""


def test_a_value_that_a_device_gives_twice_is_one_point_and_what_stands_behind_it_is_told_apart(readings):
    """Pains: A6: 1872 s are the point; the 31 min of the standard are right too, and are not polled."""
    decoded = decode_cells(recording.parse(TWICE), Library.of())
    assert readings(decoded.batches)["ups_battery_runtime_seconds"] == 1872
    assert readings(decoded.superseded) == {"ups_battery_runtime_seconds": 1860}
    one = decoded.superseded[0].reading(0)
    assert one.source == "1.3.6.1.2.1.33.1.2.3.0"


def test_a_file_of_another_kind_is_left_to_others(tmp_path):
    path = tmp_path / "x.regs"
    path.write_text("holding 1: 2\n")
    assert plugin.decode(path) is None


def test_a_recording_that_nobody_knows_says_no_profile_and_no_numbers_but_its_uptime():
    decoded = decode_cells(
        recording.parse("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999\n1.3.6.1.2.1.1.3.0|67|100"), Library.of()
    )
    assert decoded.profile is None
    assert [str(point) for batch in decoded.batches for point in batch.layout.points] == [
        "recording device_uptime_seconds"
    ]


def test_a_device_with_no_family_of_its_own_gets_every_standard_that_it_answers(readings):
    text = (
        "1.3.6.1.2.1.33.1.2.1.0|2|2\n1.3.6.1.2.1.33.1.2.4.0|2|90\n"
        "1.3.6.1.2.1.99.1.1.1.1.5|2|8\n1.3.6.1.2.1.99.1.1.1.2.5|2|9\n1.3.6.1.2.1.99.1.1.1.3.5|2|1\n1.3.6.1.2.1.99.1.1.1.4.5|2|213"
    )
    decoded = decode_cells(recording.parse(text), Library.of())
    found = readings(decoded.batches)
    assert found["ups_battery_charge_ratio"] == pytest.approx(0.9)
    assert found['sensor_temperature_celsius{sensor="5"}'] == pytest.approx(21.3)


def test_the_second_pdu_of_a_chain_is_a_device_of_its_own(agent, readings):
    """Pains: B1."""
    cells = agent(image="apc_rpdu2/two_units").cells
    first = decode_cells(cells, Library.of(), ("apc_rpdu2",), unit=1)
    second = decode_cells(cells, Library.of(), ("apc_rpdu2",), unit=2)
    assert first.identity.serial == "ZA1234567891"
    assert second.identity.serial == "ZA1234567892"
    assert readings(first.batches)["pdu_power_watts"] == 1140
    assert readings(second.batches)["pdu_power_watts"] == 570


def test_the_families_are_listed_with_their_images_and_what_is_untested():
    families = {summary.name: summary for summary in plugin.profiles()}
    assert families["raritan_px2"].vendor == "Raritan"
    assert "px3_three_phase.snmprec" in families["raritan_px2"].images
    assert "pdu_outlet_power_watts" in families["raritan_px2"].metrics
    assert families["rfc1628_ups"].protocol == "snmp"
    assert "ups_alarm" in families["rfc1628_ups"].metrics
