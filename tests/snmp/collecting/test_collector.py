"""A device over time: understood once, read with GET, understood again when its rows may have moved."""

from __future__ import annotations

import asyncio

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.config.options import SnmpOptions
from collectors.snmp.engine import oid
from collectors.snmp.engine.request import Kind
from collectors.snmp.engine.value import Oid, Tag
from collectors.snmp.recordings.offline import decode_cells
from collectors.snmp.transport.contract import Urgency
from dcim.collect import Credential
from dcim.model import Address, BadAnswer, GapReason, Lane, NoAnswer, Refused
from tests.poll.conftest import VirtualLoop

UP_TIME = "1.3.6.1.2.1.1.3.0"
OBJECT_ID = "1.3.6.1.2.1.1.2.0"
PDU = "1.3.6.1.4.1.318.1.1.26"
UPS = "1.3.6.1.2.1.33"
FAST = frozenset({Lane.FAST})
EVERY_LANE = frozenset(Lane)


def kinds(agent, since):
    return [request.kind for request in agent.asked[since:]]


async def test_a_device_is_surveyed_once_and_afterwards_only_got(agent, asset, collector, ask):
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    await poller.collect(one, ask())
    assert Kind.BULK in kinds(device, 0)
    before = len(device.asked)
    await poller.collect(one, ask(FAST))
    assert set(kinds(device, before)) == {Kind.GET}
    assert len(device.asked) - before <= 3


async def test_layouts_stay_the_same_objects_while_nothing_changes(agent, asset, collector, ask, monkeypatch):
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    first = await poller.collect(one, ask())
    poller._devices["dev"].survey_due = 0.0  # a quarter of an hour later
    second = await poller.collect(one, ask())
    assert Kind.BULK in kinds(device, len(device.asked) // 2)
    assert [batch.layout for batch in first.batches] == [batch.layout for batch in second.batches]


async def test_identity_comes_with_the_static_lane(agent, asset, collector, ask):
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    first = await poller.collect(one, ask())
    assert first.identity is not None
    assert (first.identity.vendor, first.identity.model, first.identity.serial) == (
        "APC",
        "AP4423",
        "5A1234T00001",
    )
    assert (await poller.collect(one, ask(FAST))).identity is None
    device.set("1.3.6.1.4.1.318.1.1.8.1.6.0", b"5A9999T00009", Tag.OCTET_STRING)
    again = await poller.collect(one, ask())
    assert again.identity is not None
    assert again.identity.serial == "5A9999T00009"


async def test_a_restarted_agent_is_understood_again_before_its_values_count(
    agent, asset, collector, ask, readings
):
    """Pains: B1, B9: after the restart the rows stand in another order; no value goes to the wrong outlet."""
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    before = readings((await poller.collect(one, ask())).batches)
    for column in (4, 6, 7):  # rows 1 and 2 change places
        cells = [device.cells.by_oid[oid.encode(f"{PDU}.9.4.3.1.{column}.{row}")] for row in (1, 2)]
        for row, cell in zip((2, 1), cells, strict=True):
            device.set(f"{PDU}.9.4.3.1.{column}.{row}", cell.value, cell.tag)
    device.set(UP_TIME, 500, Tag.TIME_TICKS)
    collected = await poller.collect(one, ask())
    after = readings(collected.batches)
    assert collected.restarted
    assert collected.identity is not None
    assert after['pdu_outlet_power_watts{outlet="1"}'] == before['pdu_outlet_power_watts{outlet="1"}'] == 201
    assert not (await poller.collect(one, ask())).restarted


async def test_a_wrap_of_sys_up_time_is_no_restart(agent, asset, collector, ask):
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    device.set(UP_TIME, 2**32 - 100, Tag.TIME_TICKS)
    poller = collector(device)
    await poller.collect(one, ask())
    device.set(UP_TIME, 900, Tag.TIME_TICKS)
    assert not (await poller.collect(one, ask())).restarted


async def test_a_clock_set_back_by_seconds_is_no_restart(agent, asset, collector, ask):
    """Agents that count on the wall clock step back when it is set; their tables are not walked for that."""
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    device.set(UP_TIME, 123_456_789, Tag.TIME_TICKS)
    poller = collector(device)
    await poller.collect(one, ask())
    device.set(UP_TIME, 123_456_389, Tag.TIME_TICKS)
    assert not (await poller.collect(one, ask())).restarted
    device.set(UP_TIME, 123_455_000, Tag.TIME_TICKS)
    assert (await poller.collect(one, ask())).restarted


async def test_rows_that_change_their_names_are_noticed_on_the_slow_beat(
    agent, asset, collector, ask, readings
):
    """Pains: B1: the number printed on the case decides, not the row."""
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    await poller.collect(one, ask())
    device.set(f"{PDU}.9.4.3.1.4.1", 6)
    device.set(f"{PDU}.9.4.3.1.4.6", 1)
    after = readings((await poller.collect(one, ask({Lane.FAST, Lane.SLOW}))).batches)
    assert after['pdu_outlet_power_watts{outlet="6"}'] == 201
    assert after['pdu_outlet_power_watts{outlet="1"}'] == 206


async def test_two_rows_with_the_same_name_are_refused_both(agent, asset, collector, ask, readings):
    """Pains: B1: rather no value than the value of another outlet."""
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    device.set(f"{PDU}.9.4.3.1.4.2", 1)
    poller = collector(device)
    found = readings((await poller.collect(one, ask())).batches)
    assert 'pdu_outlet_power_watts{outlet="1"}' not in found
    assert 'pdu_outlet_power_watts{outlet="2"}' not in found
    assert found['pdu_outlet_power_watts{outlet="3"}'] == 0
    known = poller._devices["dev"].known
    assert any("several rows" in note for note in known.notes)


async def test_a_row_that_is_gone_has_the_tables_walked_again(agent, asset, collector, ask, readings):
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    await poller.collect(one, ask())
    for column in range(1, 12):
        device.set(f"{PDU}.9.4.3.1.{column}.6", None)
    found = readings((await poller.collect(one, ask(FAST))).batches)
    assert found['pdu_outlet_power_watts{outlet="6"}'] == f"gap {GapReason.ABSENT}"
    assert poller._devices["dev"].survey_due < asyncio.get_running_loop().time() + 61
    poller._devices["dev"].survey_due = 0.0  # a minute later
    found = readings((await poller.collect(one, ask(FAST))).batches)
    assert 'pdu_outlet_power_watts{outlet="6"}' not in found


async def test_a_row_that_stays_gone_is_not_looked_for_every_minute(agent, asset, collector, ask):
    """An agent that shows a row in a walk and denies it to GET is walked ever more seldom."""
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    known, now = poller._devices["dev"], asyncio.get_running_loop().time()
    waits = []
    for _ in range(6):
        known.survey_due = known.surveyed + 900
        known.judge(True, now)
        waits.append(round(known.survey_due - known.surveyed))
    assert waits == [60, 120, 240, 480, 900, 900]
    known.judge(False, now)
    assert known.doubts == 0


async def test_a_row_that_came_is_found_by_the_next_survey(agent, asset, collector, ask, readings):
    device, one = agent(image="apc_rpdu2/two_units"), asset("apc_rpdu2")
    poller = collector(device)
    await poller.collect(one, ask())
    for column, value in ((2, 1), (3, 2), (4, 2), (5, 77)):
        device.set(f"{PDU}.6.3.1.{column}.9", value)
    poller._devices["dev"].survey_due = 0.0
    found = readings((await poller.collect(one, ask())).batches)
    assert found['pdu_phase_current_amperes{phase="L2"}'] == pytest.approx(7.7)


async def test_a_coarse_cell_speaks_when_the_precise_one_says_nothing(agent, asset, collector, ask, readings):
    """Pains: A4."""
    device, one = agent(image="apc_smartups/online"), asset("apc_smartups")
    poller = collector(device)
    charge = "1.3.6.1.4.1.318.1.1.1.2.3.1.0"
    found = await poller.collect(one, ask())
    fast = found.batches[0].layout
    assert charge in fast.sources
    device.set(charge, 2**32 - 1, Tag.GAUGE32)
    assert (
        readings((await poller.collect(one, ask(FAST))).batches)["ups_battery_charge_ratio"] == "gap absent"
    )
    assert poller._devices["dev"].survey_due < asyncio.get_running_loop().time() + 61
    poller._devices["dev"].survey_due = 0.0
    found = await poller.collect(one, ask(FAST))
    assert readings(found.batches)["ups_battery_charge_ratio"] == 1
    assert "1.3.6.1.4.1.318.1.1.1.2.2.1.0" in found.batches[0].layout.sources


async def test_an_oid_that_the_agent_chokes_on_is_a_gap_and_is_not_asked_again(
    agent, asset, collector, ask, readings
):
    """Pains: B6: genErr costs one value."""
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    before = readings((await poller.collect(one, ask())).batches)
    device.refused = {oid.encode("1.3.6.1.4.1.318.1.1.8.5.3.2.1.4.2")}
    after = readings((await poller.collect(one, ask(FAST))).batches)
    assert after['ats_input_frequency_hertz{source="b"}'] == f"gap {GapReason.REFUSED}"
    assert {name for name in after if after[name] != before[name]} == {
        'ats_input_frequency_hertz{source="b"}'
    }
    start = len(device.asked)
    again = readings((await poller.collect(one, ask(FAST))).batches)
    assert again['ats_input_frequency_hertz{source="b"}'] == f"gap {GapReason.REFUSED}"
    assert all(not device.refused & set(request.oids) for request in device.asked[start:])
    device.refused = set()
    poller._devices["dev"].survey_due = 0.0
    assert readings((await poller.collect(one, ask(FAST))).batches) == {name: before[name] for name in again}


async def test_what_does_not_come_by_the_deadline_is_a_gap(agent, asset, collector, ask, readings):
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    await poller.collect(one, ask())
    device.budget = 1
    found = readings((await poller.collect(one, ask(FAST))).batches)
    late = [name for name, value in found.items() if value == f"gap {GapReason.DEADLINE}"]
    assert 0 < len(late) < len(found)
    device.budget = 1000
    found = readings((await poller.collect(one, ask(FAST))).batches)
    assert f"gap {GapReason.DEADLINE}" not in found.values()


async def test_a_silent_device_is_no_answer_and_no_gaps(agent, asset, collector, ask):
    """Pains: A4: a device that says nothing has no values, not zeros."""
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    poller = collector(device)
    await poller.collect(one, ask())
    device.budget = 0
    with pytest.raises(NoAnswer):
        await poller.collect(one, ask())


async def test_the_cheap_question_is_one_packet(agent, asset, collector, ask):
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    collected = await collector(device).collect(one, ask(cheap=True))
    assert collected.batches == ()
    assert collected.requests == 1
    assert [request.oids for request in device.asked] == [(oid.encode(UP_TIME),)]


async def test_raised_alarms_are_walked_only_while_there_are_some(agent, asset, collector, ask, readings):
    device, one = agent(image="rfc1628_ups/online"), asset("rfc1628_ups")
    poller = collector(device)
    found = readings((await poller.collect(one, ask())).batches)
    assert found['ups_alarm{alarm="on_battery"}'] == "clear"
    start = len(device.asked)
    await poller.collect(one, ask(FAST))
    assert set(kinds(device, start)) == {Kind.GET}
    device.set(f"{UPS}.1.6.1.0", 2, Tag.GAUGE32)
    from collectors.snmp.engine.value import Oid

    device.set(f"{UPS}.1.6.2.1.2.7", Oid(oid.encode(f"{UPS}.1.6.3.2")), Tag.OBJECT_IDENTIFIER)
    device.set(f"{UPS}.1.6.2.1.2.8", Oid(oid.encode(f"{UPS}.1.6.3.77")), Tag.OBJECT_IDENTIFIER)
    found = readings((await poller.collect(one, ask(FAST))).batches)
    assert found['ups_alarm{alarm="on_battery"}'] == "on_battery"
    assert found['ups_alarm{alarm="low_battery"}'] == "clear"
    assert found['ups_alarm{alarm="unnamed"}'] == f"gap {GapReason.UNKNOWN_CODE}"
    device.set(f"{UPS}.1.6.1.0", 3, Tag.GAUGE32)  # and a row for two of them
    found = readings((await poller.collect(one, ask(FAST))).batches)
    assert found['ups_alarm{alarm="on_battery"}'] == "on_battery"
    assert found['ups_alarm{alarm="low_battery"}'] == f"gap {GapReason.MALFORMED}"
    device.mute = {oid.encode(f"{UPS}.1.6.2")}
    found = readings((await poller.collect(one, ask(FAST))).batches)
    assert found['ups_alarm{alarm="on_battery"}'] == f"gap {GapReason.DEADLINE}"
    assert found["ups_battery_charge_ratio"] == 1


async def test_a_counter_is_kept_raw_and_its_reset_is_seen(agent, asset, collector, ask, readings):
    """Pains: A8: no difference is made here; who subtracts sees the smaller value."""
    device, one = agent(image="apc_rpdu2/two_units"), asset("apc_rpdu2")
    poller = collector(device)
    before = readings((await poller.collect(one, ask())).batches)["pdu_energy_joules_total"]
    device.set(f"{PDU}.4.3.1.9.1", 3)
    after = readings((await poller.collect(one, ask(FAST))).batches)["pdu_energy_joules_total"]
    assert before == pytest.approx(3512.8 * 3.6e6)
    assert after == pytest.approx(0.3 * 3.6e6)


async def test_a_device_without_a_profile_is_recognised_on_the_way(agent, asset, collector, ask):
    device = agent(image="raritan_px2/px3_three_phase")
    collected = await collector(device).collect(asset(), ask())
    assert any(
        point.metric == "pdu_inlet_power_watts"
        for batch in collected.batches
        for point in batch.layout.points
    )


async def test_a_device_that_nobody_knows_still_says_how_long_it_runs(agent, asset, collector, ask, readings):
    device = agent(f"1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999\n{UP_TIME}|67|4200")
    collected = await collector(device).collect(asset(), ask())
    assert readings(collected.batches) == {"device_uptime_seconds": 42}


UNNAMED_UPS = """\
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10
1.3.6.1.2.1.1.3.0|67|4200
1.3.6.1.2.1.33.1.2.1.0|2|2
1.3.6.1.2.1.33.1.2.4.0|2|97
1.3.6.1.4.1.2254.77.1.0|2|5
"""


@pytest.mark.parametrize("standard", ["1.3.6.1.2.1.33", "1.3.6.1.2.1.9999"])
async def test_who_says_no_maker_is_of_the_maker_in_whose_tree_it_answers_as_in_its_recording(
    agent, asset, collector, ask, shipped, standard
):
    """Pains: A6, C2: one truth for the daemon, a probe and a recording; with a standard to be read by and without."""
    text = UNNAMED_UPS.replace("1.3.6.1.2.1.33", standard)
    device, one = agent(text), asset()
    poller = collector(device)
    collected = await poller.collect(one, ask())
    assert collected.identity is not None
    assert collected.identity.vendor == decode_cells(parse(text), shipped).identity.vendor == "Delta"
    assert (await poller.explore(one, ask().deadline)).vendor == "Delta"
    before = len(device.asked)
    poller._devices["dev"].survey_due = 0.0  # a quarter of an hour later
    again = await poller.collect(one, ask())
    assert again.identity == collected.identity
    assert Kind.NEXT not in kinds(device, before)  # whose tree it is was asked once


@pytest.mark.parametrize("number", ["1.3.6.1.4.1.21796.4.9.99", "1.3.6.1.4.1.8072.3.2.10"])
@pytest.mark.parametrize("profiles", [("hwg_ste",), ()])
async def test_a_device_is_read_below_its_models_number_whatever_it_calls_itself(
    agent, asset, collector, ask, readings, number, profiles
):
    """Pains: C2."""
    image = "hwg_ste/ste2"
    known = await collector(agent(image=image)).collect(asset("hwg_ste"), ask())
    device = agent(image=image)
    device.set(OBJECT_ID, Oid(oid.encode(number)), Tag.OBJECT_IDENTIFIER)
    poller, one = collector(device), asset(*profiles)
    collected = await poller.collect(one, ask())
    assert readings(collected.batches) == readings(known.batches)
    assert any("sensor_temperature" in name for name in readings(known.batches))
    assert poller._devices["dev"].profiles[0].name == "hwg_ste"


async def test_of_two_models_that_answer_none_is_read_that_the_device_does_not_name(
    agent, asset, collector, ask, readings
):
    device = agent(image="hwg_ste/ste2")
    for name, cell in list(device.cells.by_oid.items()):
        if (text := oid.text(name)).startswith("1.3.6.1.4.1.21796.4.9."):
            device.set(text.replace(".4.9.", ".4.1.", 1), cell.value, cell.tag)
    device.set(OBJECT_ID, Oid(oid.encode("1.3.6.1.4.1.8072.3.2.10")), Tag.OBJECT_IDENTIFIER)
    collected = await collector(device).collect(asset("hwg_ste"), ask())
    assert not any("sensor_temperature" in name for name in readings(collected.batches))


async def test_who_answers_in_the_trees_of_two_makers_is_of_neither(agent, asset, collector, ask):
    """A tree that is not heard tells nothing: who was heard alone would be taken for the maker."""
    device, one = agent(UNNAMED_UPS + "1.3.6.1.4.1.4555.1.1.0|2|5\n"), asset()
    poller = collector(device)
    assert (await poller.collect(one, ask())).identity.vendor == ""
    device.set("1.3.6.1.4.1.4555.1.1.0", None)
    device.mute = {oid.encode("1.3.6.1.4.1.4555")}
    poller = collector(device)
    assert (await poller.collect(one, ask())).identity.vendor == ""
    device.mute.clear()
    poller._devices["dev"].survey_due = 0.0  # which is soon: not everything was heard
    assert (await poller.collect(one, ask())).identity.vendor == "Delta"


@pytest.mark.parametrize(
    ("image", "profile"),
    [
        ("apc_ats/redundant", "apc_ats"),
        ("apc_smartups/battery_coarse", "apc_smartups"),
        ("rfc1628_ups/online", "rfc1628_ups"),
        ("entity_sensor/chassis", "entity_sensor"),
    ],
)
async def test_identify_says_who_is_there_and_why(agent, asset, collector, image, profile):
    public = Credential("public", "snmp", {"version": "2c", "community": "public"})
    found = await collector(agent(image=image)).identify(Address("192.0.2.1"), [public], asset())
    assert found[0].profile == profile
    assert "1.3.6.1" in found[0].reason


async def test_identify_without_any_answer_is_no_answer(agent, asset, collector):
    public = Credential("public", "snmp", {"version": "2c", "community": "public"})
    with pytest.raises(NoAnswer):
        await collector(agent(image="apc_ats/redundant", budget=0)).identify(
            Address("192.0.2.1"), [public], asset()
        )
    with pytest.raises(NoAnswer):
        await collector(agent(image="apc_ats/redundant")).identify(Address("192.0.2.1"), [], asset())


async def test_a_device_without_a_usable_credential_is_refused(agent, asset, collector, ask):
    poller = collector(agent(image="apc_ats/redundant"))
    with pytest.raises(Refused, match="no credential is named"):
        await poller.collect(asset("apc_ats", credentials=()), ask())
    with pytest.raises(Refused, match="'nobody'"):
        await poller.collect(asset("apc_ats", credentials=("nobody",)), ask())


async def test_the_next_credential_is_tried_after_silence(agent, asset, collector, ask):
    device = agent(image="apc_ats/redundant", budget=0)
    poller = collector(device)
    poller._credentials["second"] = Credential("second", "snmp", {"version": "1", "community": "other"})
    one = asset("apc_ats", credentials=("public", "second"))
    with pytest.raises(NoAnswer):
        await poller.collect(one, ask())
    device.budget = 1000
    await poller.collect(one, ask())
    assert ("dev", "second") in poller._targets


async def test_an_agent_of_version_1_gives_the_same_values(agent, asset, collector, ask, prom):
    """Pains: B6: noSuchName for one OID costs that OID alone."""
    new, old = agent(image="apc_smartups/online"), agent(image="apc_smartups/online", v1=True)
    first = await collector(new).collect(asset("apc_smartups"), ask())
    second = await collector(old).collect(asset("apc_smartups"), ask())
    assert prom(first.batches) == prom(second.batches)


async def test_answers_in_another_order_are_sorted_out_by_oid(agent, asset, collector, ask, prom):
    plain, odd = agent(image="apc_ats/redundant"), agent(image="apc_ats/redundant", shuffled=True)
    first = await collector(plain).collect(asset("apc_ats"), ask())
    second = await collector(odd).collect(asset("apc_ats"), ask())
    assert prom(first.batches) == prom(second.batches)


async def test_a_profile_may_say_how_seldom_a_device_is_asked(agent, asset, collector, ask, tmp_path):
    from collectors.snmp.dialect.library import Library

    folder = tmp_path / "slow_card"
    folder.mkdir()
    (folder / "profile.yaml").write_text(
        "profile: slow_card\nformat: 1\nkind: ups\nvendor: V\ntitle: T\n"
        "snmp: { match: [1.3.6.1.4.1.5], least_interval: 30, max_varbinds: 2, max_repetitions: 5, walk: next }\n"
        "points: [ { metric: ups_battery_charge_ratio, oid: 1.3.6.1.4.1.5.1.0, unit: '%', range: [0, 100] } ]\n"
    )
    device = agent("1.3.6.1.4.1.5.1.0|2|50")
    poller = collector(device, Library.of([tmp_path]))
    one = asset("slow_card")
    assert (await poller.collect(one, ask())).batches
    asked = len(device.asked)
    left_out = await poller.collect(one, ask())
    assert (left_out.batches, left_out.asked) == ((), False)
    assert len(device.asked) == asked
    assert all(len(request.oids) <= 2 for request in device.asked[1:])  # the first is the greeting


async def test_a_profile_that_turns_out_wrong_is_refused_in_words(agent, asset, collector, ask, tmp_path):
    from collectors.snmp.dialect.library import Library

    (tmp_path / "profile.yaml").write_text(
        "profile: wrong\nformat: 1\nkind: ups\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5] }\n"
        "points: [ { metric: no_such_metric, oid: 1.3.6.1.4.1.5.1.0 } ]\n"
    )
    device = agent("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5.1\n1.3.6.1.4.1.5.1.0|2|50")
    with pytest.raises(Refused, match=r"profile\.yaml:7:.*no_such_metric"):
        await collector(device, Library({"wrong": tmp_path})).collect(asset(), ask())


async def test_closing_the_collector_closes_its_transports(agent, asset, collector, ask):
    device = agent(image="apc_ats/redundant")
    poller = collector(device)
    await poller.collect(asset("apc_ats"), ask())
    await poller.aclose()
    assert device.closed
    assert list(poller.stats()) == ["own"]


async def test_an_answer_that_is_none_goes_up_as_it_is(agent, asset, collector, ask):
    device = agent(image="apc_ats/redundant")

    def nonsense(_request):
        raise BadAnswer("truncated")

    device.before = nonsense
    with pytest.raises(BadAnswer):
        await collector(device).collect(asset("apc_ats"), ask())


async def test_rows_of_a_column_that_is_silent_in_a_later_survey_are_kept(
    agent, asset, collector, ask, readings
):
    """Pains: B6: one table that times out now does not make its points vanish."""
    device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
    poller = collector(device)
    before = await poller.collect(one, ask())
    device.mute = {oid.encode(f"{PDU}.9.4.3.1.7")}
    poller._devices["dev"].survey_due = 0.0
    after = await poller.collect(one, ask())
    assert readings(before.batches).keys() == readings(after.batches).keys()
    late = {name for name, value in readings(after.batches).items() if value == f"gap {GapReason.DEADLINE}"}
    assert 'pdu_outlet_power_watts{outlet="1"}' in late


SENSORS = "1.3.6.1.4.1.21796.3.3.3.1"


async def test_rows_wait_for_the_column_that_says_whether_they_count(agent, asset, collector, ask, readings):
    """Pains: A5, B6: a column that is late is not one that the device lacks, until it is late for a quarter of an hour."""
    device, one = agent(image="hwg_poseidon/poseidon_4002"), asset("hwg_poseidon")
    whole = readings((await collector(device).collect(one, ask())).batches)
    measured = {name for name in whole if name.startswith("sensor_temperature_celsius{")}
    assert measured
    device.mute = {oid.encode(f"{SENSORS}.4")}  # whether there is a probe
    poller = collector(device)
    first = await poller.collect(one, ask())
    assert not measured & readings(first.batches).keys()
    for _ in range(5):
        poller._devices["dev"].survey_due = 0.0
        assert not measured & readings((await poller.collect(one, ask())).batches).keys()
    poller._devices["dev"].survey_due = 0.0
    assert measured <= readings((await poller.collect(one, ask())).batches).keys()
    device.mute.clear()
    poller._devices["dev"].survey_due = 0.0
    assert readings((await poller.collect(one, ask())).batches) == whole


async def test_a_value_whose_validity_comes_with_the_next_survey_counts_from_then(
    agent, asset, collector, ask, readings
):
    device, one = agent(image="hwg_poseidon/poseidon_4002"), asset("hwg_poseidon")
    whole = readings((await collector(device).collect(one, ask())).batches)
    device.mute = {oid.encode(f"{SENSORS}.4")}
    poller = collector(device)
    assert readings((await poller.collect(one, ask())).batches) != whole
    device.mute.clear()
    poller._devices["dev"].survey_due = 0.0  # which is in ten seconds
    assert readings((await poller.collect(one, ask())).batches) == whole


async def test_a_device_that_is_late_with_what_tells_its_family_is_greeted_again(
    agent, asset, collector, ask, readings
):
    """Pains: C2: it is not read as something else until it starts again."""
    device = agent(image="apc_ats/redundant")
    device.set("1.3.6.1.2.1.1.2.0", None)
    device.mute = {oid.encode("1.3.6.1.4.1.318")}
    poller = collector(device)
    await poller.collect(asset_ := asset(), ask())
    assert poller._devices["dev"].profiles == ()
    device.mute.clear()
    poller._devices["dev"].survey_due = 0.0  # which is in ten seconds
    await poller.collect(asset_, ask())
    assert [profile.name for profile in poller._devices["dev"].profiles] == ["apc_ats"]


@pytest.mark.parametrize(
    ("late", "most", "limit"),
    [(OBJECT_ID, 1, 60), (OBJECT_ID, None, 2), ("1.3.6.1.2.1.1.1.0", None, 2)],
    ids=["number, asked alone", "number, in halves", "description, in halves"],
)
@pytest.mark.parametrize("profiles", [(), ("apc_ats",)], ids=["recognised", "named"])
async def test_a_device_whose_number_or_description_alone_is_late_is_greeted_again(
    agent, asset, collector, ask, late, most, limit, profiles
):
    """Pains: C2: what is late of a greeting that is asked in parts is not what the device does not say."""
    device = agent(image="apc_ats/redundant", limit=limit)
    one = asset(*profiles, options=SnmpOptions(max_varbinds=most))

    def late_in_the_greeting(request):
        device.mute = {oid.encode(late)} if len(device.asked) <= 3 and len(request.oids) <= limit else set()

    device.before = late_in_the_greeting
    poller = collector(device)
    await poller.collect(one, ask())
    known = poller._devices["dev"]
    assert known.shy
    assert known.survey_due - known.surveyed < 12
    device.before = lambda _: None
    device.mute = set()
    known.survey_due = 0.0
    await poller.collect(one, ask())
    assert not known.shy
    assert known.dotted == "1.3.6.1.4.1.318.1.3.32"
    assert known.survey_due - known.surveyed > 800


async def test_what_is_late_of_a_greeting_and_tells_nobody_who_it_is_is_no_reason_to_greet_again(
    agent, asset, collector, ask
):
    device, one = agent(image="apc_ats/redundant"), asset(options=SnmpOptions(max_varbinds=1))
    device.mute = {oid.encode(UP_TIME)}
    poller = collector(device)
    await poller.collect(one, ask())
    assert not poller._devices["dev"].shy


@pytest.mark.parametrize("how", ["restarted", "another number"])
async def test_the_maker_of_exchanged_hardware_is_not_told_of_what_stands_there_now(
    agent, asset, collector, ask, how
):
    """Pains: C2: also where the new one is late with the tree in which it answers."""
    device, one = agent(UNNAMED_UPS), asset()
    poller = collector(device)
    assert (await poller.collect(one, ask())).identity.vendor == "Delta"
    known = poller._devices["dev"]
    device.set("1.3.6.1.4.1.2254.77.1.0", None)
    if how == "restarted":
        device.set(UP_TIME, 1, Tag.TIME_TICKS)
    else:
        device.set(OBJECT_ID, Oid(oid.encode("1.3.6.1.4.1.8072.3.2.255")), Tag.OBJECT_IDENTIFIER)
        known.shy, known.survey_due = True, 0.0
    device.mute = {oid.encode("1.3.6.1.4.1.4555")}
    assert (await poller.collect(one, ask())).identity.vendor == ""
    assert known.shy, "whose it is is asked again"


async def test_the_maker_stays_where_the_same_device_is_only_late(agent, asset, collector, ask):
    device, one = agent(UNNAMED_UPS), asset()
    poller = collector(device)
    await poller.collect(one, ask())
    known = poller._devices["dev"]
    known.shy, known.survey_due = True, 0.0
    device.mute = {oid.encode("1.3.6.1.4.1.4555")}
    assert (await poller.collect(one, ask())).identity.vendor == "Delta"
    assert known.shy


async def test_what_was_late_before_a_restart_takes_no_protection_from_what_is_late_after_it(
    agent, asset, collector, ask, readings
):
    """Pains: A5, B9: an agent that starts is slow, and nothing of what it said before is held against it."""
    device, one = agent(image="hwg_poseidon/poseidon_4002"), asset("hwg_poseidon")
    whole = readings((await collector(device).collect(one, ask())).batches)
    measured = {name for name in whole if name.startswith("sensor_temperature_celsius{")}
    device.mute = {oid.encode(f"{SENSORS}.4")}
    poller = collector(device)
    for _ in range(8):
        late = await poller.collect(one, ask())
        poller._devices["dev"].survey_due = 0.0
    assert measured <= readings(late.batches).keys()
    device.set(UP_TIME, 1, Tag.TIME_TICKS)
    after = await poller.collect(one, ask())
    assert after.restarted
    assert not measured & readings(after.batches).keys()


async def test_a_device_that_never_says_who_it_is_is_asked_ever_more_seldom_and_its_late_columns_are_waited_for(
    agent, asset, collector, ask, readings
):
    """Pains: A5: a survey that heard everything is no reason to take what is late for what is not there."""
    device, one = agent(image="hwg_poseidon/poseidon_4002"), asset("hwg_poseidon")
    added = {column: device.cells.by_oid[oid.encode(f"{SENSORS}.{column}.3")] for column in (2, 4, 6, 9)}
    for column in added:
        device.set(f"{SENSORS}.{column}.3", None)
    device.refused = {oid.encode(OBJECT_ID)}
    poller = collector(device)
    waits = []
    for _ in range(8):
        await poller.collect(one, ask())
        known = poller._devices["dev"]
        assert (known.shy, known.unheard) == (True, 0)
        waits.append(round(known.survey_due - known.surveyed, -1))
        known.survey_due = 0.0
    assert waits[0] == 10
    assert waits[-1] > 800
    assert waits == sorted(waits)
    for column, cell in added.items():  # a probe is plugged in
        device.set(f"{SENSORS}.{column}.3", cell.value, cell.tag)
    device.mute, device.refused = {oid.encode(f"{SENSORS}.4")}, set()
    assert 'sensor_temperature_celsius{sensor="3"}' not in readings(
        (await poller.collect(one, ask())).batches
    )
    assert (known.shy, known.unheard, known.unmet) == (False, 1, 0)
    assert known.survey_due - known.surveyed < 12
    device.mute = set()
    known.survey_due = 0.0
    assert 'sensor_temperature_celsius{sensor="3"}' in readings((await poller.collect(one, ask())).batches)


def answering_late(device, kind, seconds):
    """Have an agent take so long for each answer to one kind of question; return what answered at once."""
    at_once = device.ask

    async def slow(target, request, deadline, urgency=Urgency.NORMAL):
        if request.kind is kind:
            await asyncio.sleep(seconds)
        return await at_once(target, request, deadline, urgency)

    device.ask = slow
    return at_once


def test_a_survey_under_way_takes_no_column_that_is_still_ahead_for_one_that_the_device_lacks(
    agent, asset, collector, ask, readings
):
    """Pains: A5: also not where another table has been late for a quarter of an hour."""

    async def story():
        device, one = agent(image="hwg_poseidon/poseidon_4002"), asset("hwg_poseidon")
        poller = collector(device)
        whole = readings((await poller.collect(one, ask())).batches)
        known = poller._devices["dev"]
        known.unheard, known.known, known.survey_due = 8, None, 0.0
        known._stored = type(known._stored)()
        known.learned.repetitions = 0  # row by row: it is not done at once
        answering_late(device, Kind.NEXT, 0.03)
        found = readings((await poller.collect(one, ask(left=0.05))).batches)
        assert known.survey is not None, "not done yet"
        assert known.understood_from.unheard == known.survey.open != ()
        assert {
            name: said for name, said in found.items() if not str(said).startswith("gap")
        }.items() <= whole.items()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())


def test_a_survey_under_way_leaves_time_to_read_what_is_known(agent, asset, collector, ask, readings):
    """Pains: B2, D3, D4."""

    async def story():
        device, one = agent(image="apc_rpdu2/metered_by_outlet"), asset("apc_rpdu2")
        poller = collector(device)
        before = readings((await poller.collect(one, ask(FAST))).batches)
        poller._devices["dev"].survey_due = 0.0
        at_once = answering_late(device, Kind.BULK, 0.03)
        found = readings((await poller.collect(one, ask(FAST, left=0.1))).batches)
        assert poller._devices["dev"].survey is not None, "not done yet"
        assert found == before
        device.ask = at_once
        await poller.collect(one, ask(FAST))
        assert poller._devices["dev"].survey is None

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())


async def test_a_device_of_another_address_is_a_new_device(agent, asset, collector, ask):
    device = agent(image="apc_ats/redundant")
    poller = collector(device)
    await poller.collect(asset("apc_ats"), ask(FAST))
    before = len(device.asked)
    moved = await poller.collect(asset("apc_ats", address=Address("192.0.2.9", 1161)), ask(FAST))
    assert Kind.BULK in kinds(device, before)
    assert moved.batches


async def test_a_credential_of_another_protocol_is_refused(agent, asset, collector, ask):
    poller = collector(agent(image="apc_ats/redundant"))
    poller._credentials["public"] = Credential("public", "snmp", {"version": "2c"})
    with pytest.raises(Refused, match="cannot be used for SNMP"):
        await poller.collect(asset("apc_ats"), ask())


async def test_a_device_that_chokes_on_everything_and_dies_is_not_taken_for_answering(
    agent, asset, collector, ask
):
    """Pains: A4, B6: a poll without an answer is no answer, even when everything was refused before."""
    device, one = agent(image="rfc1628_ups/online"), asset("rfc1628_ups")
    poller = collector(device)
    device.refused = set(device.cells.by_oid)
    await poller.collect(one, ask(FAST))
    poller._devices["dev"].survey_due = asyncio.get_running_loop().time() + 900
    before = len(device.asked)
    assert (await poller.collect(one, ask(FAST))).requests == 1
    assert [request.oids for request in device.asked[before:]] == [(oid.encode(UP_TIME),)]
    device.budget = 0
    with pytest.raises(NoAnswer):
        await poller.collect(one, ask(FAST))


async def test_points_lost_while_a_device_chokes_at_its_discovery_are_back_within_seconds(
    agent, asset, collector, ask, readings
):
    """Pains: B6."""
    device, one = agent(image="rfc1628_ups/online"), asset("rfc1628_ups")
    whole = readings((await collector(device).collect(one, ask())).batches)
    poller = collector(device)
    device.refused = set(device.cells.by_oid)
    assert readings((await poller.collect(one, ask())).batches).keys() < whole.keys()
    known = poller._devices["dev"]
    assert known.shy
    assert known.survey_due - known.surveyed <= 11
    device.refused = set()
    known.survey_due = 0.0
    assert readings((await poller.collect(one, ask())).batches) == whole
    assert not known.shy
    assert known.survey_due - known.surveyed > 800


async def test_a_survey_that_chokes_keeps_the_points_that_were_known(agent, asset, collector, ask, readings):
    """Pains: B6."""
    device, one = agent(image="rfc1628_ups/online"), asset("rfc1628_ups")
    poller = collector(device)
    whole = readings((await poller.collect(one, ask())).batches)
    known = poller._devices["dev"]
    device.refused = {name for name in device.cells.by_oid if name.startswith(oid.encode(UPS))}
    waits = []
    for _ in range(8):
        known.survey_due = 0.0
        assert readings((await poller.collect(one, ask())).batches).keys() == whole.keys()
        waits.append(round(known.survey_due - known.surveyed, -1))
    assert waits[0] == 10
    assert waits[-1] > 800
    assert waits == sorted(waits)


async def test_what_a_survey_leaves_out_is_told_once(agent, asset, collector, ask):
    import structlog

    device, one = agent(image="rfc1628_ups/online"), asset("rfc1628_ups")
    device.set(f"{UPS}.1.1.2.0", b"A" * 60_000, Tag.OCTET_STRING)
    poller = collector(device)
    with structlog.testing.capture_logs() as said:
        first = await poller.collect(one, ask())
        for _ in range(3):
            poller._devices["dev"].survey_due = 0.0
            await poller.collect(one, ask())
    assert [line["what"] for line in said if line["event"] == "left_out"] == [
        [f"{UPS}.1.1.2.0: a value of 60000 bytes"]
    ]
    assert first.batches
    await poller._devices["dev"].refresh(
        poller.asking(poller._devices["dev"], 1e12), [oid.encode(f"{UPS}.1.1.2.0")]
    )
    assert all(len(str(cell.value)) < 1000 for cell in poller._devices["dev"].cells.by_oid.values())


def answering_after(device, seconds):
    """Have an agent take so long for each answer; what is not there by the deadline is lost."""
    at_once = device.ask

    async def slow(target, request, deadline, urgency=Urgency.NORMAL):
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.sleep(min(seconds, max(0.0, left)))
        if left < seconds:
            device.asked.append(request)
            raise NoAnswer("too late")
        return await at_once(target, request, deadline, urgency)

    device.ask = slow


@pytest.mark.parametrize("mute", ["", "1.3.6.1.4.1.850"], ids=["all answered", "silent about a family"])
@pytest.mark.parametrize("image", ["apc_ats/redundant", "rfc1628_ups/online"])
def test_a_device_too_slow_to_be_recognised_in_one_beat_is_in_several(
    agent, asset, collector, ask, readings, shipped, image, mute
):
    """Pains: B2: it is not silent meanwhile, little is asked twice, and then all that it says is read."""
    shipped.heads()

    async def story():
        device, one = agent(image=image, mute={oid.encode(mute)} if mute else set()), asset()
        device.set("1.3.6.1.2.1.1.2.0", None)  # all families are asked for
        device.set("1.3.6.1.2.1.1.1.0", None)
        whole = await (first := collector(device)).collect(one, ask())
        questions = len(device.asked)
        answering_after(device, 1.5)
        poller, polls, device.asked = collector(device), 0, []
        for beat in range(60):
            collected = await poller.collect(one, ask(EVERY_LANE if beat == 0 else FAST, left=9.0))
            polls += 1
            if not poller._devices["dev"].owed:
                break
            assert poller._devices["dev"].profiles is not None or not collected.batches
        assert polls > 3
        assert len(device.asked) < 1.5 * questions + 3 * polls  # a greeting a beat, and what its end cuts off
        assert poller._devices["dev"].profiles == first._devices["dev"].profiles
        if not mute:  # else its survey is made again, ever later
            assert readings(collected.batches) == readings(whole.batches)
        assert collected.identity == whole.identity

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())


async def test_what_a_slow_device_is_known_by_is_read_in_the_poll_in_which_it_is_known(
    agent, asset, collector, ask, readings
):
    """Pains: B2: its ratings and its name do not wait for the next static beat, hours later."""
    device, one = agent(image="apc_ats/redundant"), asset("apc_ats")
    whole = await collector(device).collect(one, ask())
    poller = collector(device)
    device.budget = 3
    await poller.collect(one, ask())
    assert poller._devices["dev"].unheard
    device.budget = 1_000
    poller._devices["dev"].survey_due = 0.0  # which is in ten seconds
    collected = await poller.collect(one, ask(FAST))
    assert readings(collected.batches) == readings(whole.batches)
    assert collected.identity == whole.identity


async def test_a_device_that_gives_nothing_of_its_profile_says_so_at_every_poll(
    agent, asset, collector, ask, readings
):
    """Pains: D1, E5. An access list that shows the system group alone; and who hides nothing any more is read."""
    device, one = agent(image="apc_ats/redundant"), asset("apc_rpdu2")
    poller = collector(device)
    polls = [await poller.collect(one, ask(lanes)) for lanes in (EVERY_LANE, FAST, FAST)]
    assert all("none of the values of apc_rpdu2" in poll.untold for poll in polls)
    assert not poller.begin(one, ask(FAST), lambda _outcome: None)
    other = asset("apc_ats")
    told = await poller.collect(other, ask())
    assert readings(told.batches)
    assert not told.untold
