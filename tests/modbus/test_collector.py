"""The collector as the poll loop uses it: lanes, the cheap question, identity, partial answers. On virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from collectors.modbus.recordings.recording import Recording
from collectors.modbus.transport.contract import Denied, Framing, Link, Read, Space
from dcim.collect import Ask
from dcim.model import BadAnswer, Identity, Lane, NoAnswer, Refused

LINK = Link("gateway", 502)
FAST = frozenset({Lane.FAST})
ALL = frozenset(Lane)


class Site:
    """One gateway with units that answer from images."""

    def __init__(self, kit):
        self._kit = kit
        self.wires = {}
        self.collector = kit.collector(self._make)

    def _make(self, link):
        return self.wires.setdefault(link.where, self._kit.Wire(link))

    @property
    def wire(self):
        return self._make(LINK)

    def put(self, unit, name):
        self.wire.units[unit] = self._kit.holding(self._kit.image(name))

    async def collect(self, asset, lanes=FAST, within=8.0, cheap=False):
        deadline = asyncio.get_running_loop().time() + within
        return await self.collector.collect(asset, Ask(lanes, deadline, cheap))


@pytest.fixture
def site(kit):
    return Site(kit)


@pytest.fixture
def genset(kit):
    return kit.asset(LINK, 10, "deepsea_gencomm", "g1")


def test_lanes_are_asked_apart_and_identity_with_the_static_one(virtual, site, genset, kit):
    site.put(10, "deepsea_gencomm/running")

    async def story():
        fast = await site.collect(genset)
        everything = await site.collect(genset, ALL)
        return fast, everything

    fast, everything = virtual(story())
    assert [batch.layout.lane for batch in fast.batches] == [Lane.FAST]
    assert fast.identity is None
    assert {batch.layout.lane for batch in everything.batches} == {Lane.FAST, Lane.SLOW}
    assert everything.identity == Identity("genset", "Deep Sea Electronics", "DSE7320 MKII", "16952269")
    seen = kit.plain(everything.batches)
    assert seen["genset_power_watts"] == 185350
    assert seen["genset_operating_seconds"] == 4512345
    assert seen["genset_alarm,low_battery_voltage"] == "low_battery_voltage"


def test_a_whole_generator_is_read_in_a_few_questions_and_layouts_stay(virtual, site, genset):
    """Pains: C3."""
    site.put(10, "deepsea_gencomm/running")

    async def story():
        first = await site.collect(genset)
        return first, await site.collect(genset)

    first, second = virtual(story())
    assert second.requests == 7
    assert first.batches[0].layout is second.batches[0].layout


def test_a_register_that_does_not_exist_costs_no_other(virtual, site, genset, kit):
    """1058 is refused in this image. Pains: B6, C3."""
    site.put(10, "deepsea_gencomm/standby")

    async def story():
        first = await site.collect(genset)
        return first, await site.collect(genset)

    first, second = virtual(story())
    refused = [name for name, value in kit.plain(first.batches).items() if value == "[refused]"]
    assert refused == []
    assert second.requests < first.requests
    assert second.requests == 8


def test_a_value_that_is_refused_is_a_gap_with_its_reason(virtual, site, kit):
    """Pains: B6."""
    site.put(1, "schneider_pm5000/pm5110")
    meter = kit.asset(LINK, 1, "schneider_pm5000")

    async def story():
        return await site.collect(meter, frozenset({Lane.SLOW}))

    answer = virtual(story())
    seen = kit.plain(answer.batches)
    assert seen["meter_temperature_celsius"] == "[refused]"
    assert seen["meter_energy_joules_total,import"] == 123456789012 * 3600.0
    (gap,) = [gap for gap in answer.batches[0].gaps.values() if gap.reason == "refused"]
    assert "exception 2 (illegal address)" in gap.raw


def test_the_cheap_question_is_one_register_and_an_exception_is_a_sign_of_life(virtual, site, genset):
    """Pains: D3, D4."""
    site.put(10, "deepsea_gencomm/running")

    async def story():
        answer = await site.collect(genset, cheap=True)
        site.wire.units[10] = lambda read: Denied(2, str(read))
        await site.collect(genset, cheap=True)
        return answer

    answer = virtual(story())
    assert (answer.batches, answer.requests) == ((), 1)
    assert [read.count for read in site.wire.reads(10)] == [1, 1]


def test_a_silent_unit_is_asked_one_register_first(virtual, site, genset, kit):
    """Pains: C6, D3."""
    site.put(1, "schneider_pm5000/pm5110")
    meter = kit.asset(LINK, 1, "schneider_pm5000", "m1")

    async def story():
        await site.collect(meter)
        with pytest.raises(NoAnswer):
            await site.collect(genset)
        site.wire.asked.clear()
        await asyncio.sleep(60)
        with pytest.raises(NoAnswer):
            await site.collect(genset)
        return site.wire.reads(10)

    assert [read.count for read in virtual(story())] == [1]


def test_one_dead_unit_behind_a_gateway_does_not_take_the_beat_of_the_others(virtual, site, genset, kit):
    """Pains: C6, D1."""
    site.put(1, "schneider_pm5000/pm5110")
    meter = kit.asset(LINK, 1, "schneider_pm5000", "m1")

    async def story():
        outcomes = []
        for _ in range(30):
            dead, live = await asyncio.gather(
                site.collect(genset), site.collect(meter), return_exceptions=True
            )
            assert isinstance(dead, NoAnswer)
            outcomes.append(live)
            await asyncio.sleep(10)
        return outcomes

    assert all(not isinstance(live, Exception) for live in virtual(story()))


def test_all_busy_is_refused_and_no_zero_anywhere(virtual, site, genset):
    """Pains: A10."""
    site.wire.units[10] = lambda read: Denied(6, str(read))
    with pytest.raises(Refused, match="busy"):
        virtual(site.collect(genset))


def test_busy_for_one_read_is_a_gap_there_and_nothing_else(virtual, site, genset, kit):
    """Pains: A10, B6."""
    held = kit.holding(kit.image("deepsea_gencomm/running"))
    site.wire.units[10] = lambda read: Denied(6, str(read)) if read.start == 1408 else held(read)
    seen = kit.plain(virtual(site.collect(genset)).batches)
    assert seen["genset_state"] == "[refused]"
    assert seen["genset_speed_rpm"] == 1500


def test_what_does_not_come_by_the_deadline_is_a_gap(virtual, site, genset, kit):
    """Pains: B6, D3."""
    held = kit.holding(kit.image("deepsea_gencomm/running"))

    def slower_and_slower(read):
        async def later():
            await asyncio.sleep(0 if read.start < 1400 else 3)
            return held(read)

        return later()

    site.wire.units[10] = slower_and_slower

    async def story():
        start = asyncio.get_running_loop().time()
        answer = await site.collect(genset, within=5)
        assert asyncio.get_running_loop().time() - start <= 5 + 1e-6
        return answer

    seen = kit.plain(virtual(story()).batches)
    assert seen["genset_speed_rpm"] == 1500
    assert seen["genset_state"] == "[deadline]"
    assert seen["genset_alarm,emergency_stop"] == "[deadline]"


def test_an_old_value_never_stands_in_for_a_read_that_failed(virtual, site, genset, kit):
    """Pains: A9, A11."""
    site.put(10, "deepsea_gencomm/running")

    async def story():
        await site.collect(genset)
        held = kit.holding(kit.image("deepsea_gencomm/running"))
        site.wire.units[10] = lambda read: BadAnswer("noise") if read.start >= 1024 < 1400 else held(read)
        return await site.collect(genset)

    seen = kit.plain(virtual(story()).batches)
    assert seen["genset_speed_rpm"] == "[malformed]"
    assert seen["genset_mode_state"] == "auto"


def test_a_family_is_found_by_its_registers(virtual, site, kit):
    site.put(10, "deepsea_gencomm/standby")
    unknown = kit.asset(LINK, 10, "", "g2")

    async def story():
        matches = await site.collector.identify(unknown.address, (), unknown)
        return matches, await site.collect(unknown)

    matches, answer = virtual(story())
    assert [(match.profile, match.reason) for match in matches] == [("deepsea_gencomm", "holding 768 is 1")]
    assert matches[0].identity.model == "DSE7320 MKII"
    assert kit.plain(answer.batches)["genset_state"] == "stopped"


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("schneider_pm5000/pm5110", "schneider_pm5000"),
        ("socomec_jbus/on_mains", "socomec_jbus"),
        ("stulz_c7000/cooling", "stulz_c7000"),
    ],
)
def test_every_family_is_found_and_no_other_is(virtual, site, kit, name, profile):
    site.put(1, name)
    unknown = kit.asset(LINK, 1)
    matches = virtual(site.collector.identify(unknown.address, (), unknown))
    assert [match.profile for match in matches] == [profile]


def test_nobody_there_to_be_identified_is_no_answer_after_two_questions(virtual, site, kit):
    """Pains: D3."""
    unknown = kit.asset(LINK, 9)
    site.wire.objects[9] = {}
    site.wire.objects.pop(9)
    site.wire.identify = silent = _Silent()
    with pytest.raises(NoAnswer):
        virtual(site.collector.identify(unknown.address, (), unknown))
    assert silent.asked + len(site.wire.reads(9)) <= 4


class _Silent:
    def __init__(self):
        self.asked = 0

    async def __call__(self, unit, deadline):
        self.asked += 1
        raise NoAnswer("nobody")


def test_a_device_that_fits_no_family_says_so(virtual, site, kit):
    site.wire.units[1] = kit.holding(Recording({Space.HOLDING: {0: 1}}))
    with pytest.raises(Refused, match="no profile fits what unit 1 says"):
        virtual(site.collect(kit.asset(LINK, 1)))


@pytest.mark.parametrize("code", [4, 6])
def test_a_device_that_only_answers_that_it_cannot_is_there_and_is_no_unknown_one(virtual, site, kit, code):
    """Pains: A10."""
    site.wire.units[1] = lambda read: Denied(code, str(read))
    unit = kit.asset(LINK, 1)
    with pytest.raises(Refused, match="it is there and serves no data"):
        virtual(site.collector.identify(unit.address, (), unit))
    site.wire.units[1] = lambda read: Denied(
        2 if read.start > 9000 else code, str(read)
    )  # it serves, but not this
    assert virtual(site.collector.identify(unit.address, (), unit)) == ()


def test_what_kept_a_unit_from_being_recognised_is_told_by_its_code(virtual, site, kit):
    """That a register is not there is no trouble."""

    def answer(read):
        if read.start > 40_000:
            return Denied(2, str(read))
        return BadAnswer("too long") if read.start < 20 else Denied(6, str(read))

    site.wire.units[1] = answer
    unit = kit.asset(LINK, 1)
    assert virtual(site.collector.identify(unit.address, (), unit)) == ()
    told = {one.kind: one for one in site.collector.troubles(unit)}
    assert set(told) == {"exception 6 (busy)", "what is no answer to it"}
    assert "ask again" in told["exception 6 (busy)"].hint
    assert all("exception 6" in asked for asked in told["exception 6 (busy)"].asked)
    site.put(7, "stulz_c7000/cooling")
    known = kit.asset(LINK, 7, "", "g7")
    assert virtual(site.collector.identify(known.address, (), known))
    assert site.collector.troubles(known) == ()


def test_an_unknown_profile_is_refused_with_the_nearest_name(virtual, site, kit):
    with pytest.raises(Refused, match="did you mean 'deepsea_gencomm'"):
        virtual(site.collect(kit.asset(LINK, 1, "deepsea_gencom")))


def test_a_profile_that_is_wrong_is_refused_with_its_mistakes(virtual, kit, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "profile.yaml").write_text("profile: mine\nmodbus: {}\npoints: []\n")
    collector = kit.collector(kit.Wire, (tmp_path,))

    async def story():
        ask = Ask(FAST, asyncio.get_running_loop().time() + 5)
        return await collector.collect(kit.asset(LINK, 1, "mine"), ask)

    with pytest.raises(Refused, match=r"profile\.yaml:3:\d+: points"):
        virtual(story())


def test_two_profiles_are_refused(virtual, site, kit):
    from dataclasses import replace

    twice = replace(kit.asset(LINK, 1, "stulz_c7000"), profiles=("stulz_c7000", "socomec_jbus"))
    with pytest.raises(Refused, match="one profile"):
        virtual(site.collect(twice))


def test_two_devices_that_describe_one_connection_differently_are_refused(virtual, site, genset, kit):
    """Pains: C8."""
    site.put(10, "deepsea_gencomm/running")
    other = kit.asset(Link("gateway", 502, Framing.RTU_OVER_TCP), 11, "deepsea_gencomm", "g2")

    async def story():
        await site.collect(genset)
        await site.collect(other)

    with pytest.raises(Refused, match="differently"):
        virtual(story())


def test_the_unit_of_the_factory_is_used_where_none_is_named(virtual, site, kit):
    """Pains: C5."""
    site.put(10, "deepsea_gencomm/running")
    assert virtual(site.collect(kit.asset(LINK, None, "deepsea_gencomm"))).batches


def test_a_device_is_read_at_the_unit_where_it_was_found(virtual, site, kit):
    """The factory sets 10. Behind a gateway another device may have that number. Pains: C5."""
    site.put(1, "deepsea_gencomm/running")
    site.put(10, "socomec_jbus/on_mains")
    unknown = kit.asset(LINK, None)

    async def story():
        matches = await site.collector.identify(unknown.address, (), unknown)
        return matches, await site.collect(unknown), await site.collect(unknown)

    matches, first, second = virtual(story())
    assert [(match.profile, match.options) for match in matches] == [("deepsea_gencomm", {"unit": 1})]
    for answer in (first, second):
        assert kit.plain(answer.batches)["genset_power_watts"] == 185350
    assert site.wire.reads(10) == []


def test_a_unit_that_is_named_is_the_one_it_is_found_at(virtual, site, kit):
    site.put(7, "deepsea_gencomm/running")
    named = kit.asset(LINK, 7)
    (match,) = virtual(site.collector.identify(named.address, (), named))
    assert match.options == {"unit": 7}


@pytest.mark.parametrize("first", ["silent", "stranger"])
def test_a_device_that_answers_at_the_unit_of_its_factory_alone_is_found_there(virtual, site, kit, first):
    """Pains: C5: a controller that leaves the factory with 10, an ATS with 5."""
    site.put(10, "deepsea_gencomm/running")
    if first == "stranger":
        site.wire.units[1] = kit.holding(Recording({Space.HOLDING: {0: 1}}))
    unknown = kit.asset(LINK, None)

    async def story():
        matches = await site.collector.identify(unknown.address, (), unknown)
        site.wire.asked.clear()
        return matches, await site.collect(unknown)

    matches, answer = virtual(story())
    assert [(match.profile, match.options) for match in matches] == [("deepsea_gencomm", {"unit": 10})]
    assert kit.plain(answer.batches)["genset_power_watts"] == 185350
    assert site.wire.times(1) == []


def test_the_units_of_a_gateway_are_listed(virtual, site, kit):
    """Pains: C5, C6: a bounded number of questions, and who only speaks for others is none."""
    for unit, name in (
        (1, "socomec_jbus/on_mains"),
        (3, "deepsea_gencomm/running"),
        (247, "stulz_c7000/cooling"),
    ):
        site.put(unit, name)
    site.wire.units[4] = lambda read: Denied(11, str(read))
    site.wire.units[5] = lambda read: Denied(2, str(read))
    unknown = kit.asset(LINK, None)

    async def story():
        await site.collector.identify(unknown.address, (), unknown)
        site.wire.asked.clear()
        return await site.collector.beside(unknown)

    assert list(virtual(story())) == [{"unit": 3}, {"unit": 5}, {"unit": 247}]
    assert len(site.wire.asked) <= 2 * 24


def test_a_device_that_answers_at_every_unit_is_one_device(virtual, site, kit):
    """Many devices on Modbus TCP do not look at the unit."""
    whole = kit.holding(kit.image("socomec_jbus/on_mains"))
    site.wire.units = dict.fromkeys(range(256), whole)
    unknown = kit.asset(LINK, None)

    async def story():
        matches = await site.collector.identify(unknown.address, (), unknown)
        return matches, await site.collector.beside(unknown)

    matches, others = virtual(story())
    assert matches[0].options == {"unit": 1}
    assert list(others) == []


def test_an_offset_moves_every_address(virtual, site, kit):
    """Firmware that counts one off. Pains: C1."""
    held = kit.image("socomec_jbus/on_mains")
    moved = Recording({Space.HOLDING: {at - 1: value for at, value in held.cells[Space.HOLDING].items()}})
    site.wire.units[1] = kit.holding(moved)
    ups = kit.asset(LINK, 1, "socomec_jbus", address_offset=-1)
    assert kit.plain(virtual(site.collect(ups)).batches)["ups_output_load_ratio"] == pytest.approx(0.41)


def test_fewer_registers_a_question_where_the_options_say_so(virtual, site, kit):
    """Pains: B2, C3."""
    site.put(10, "deepsea_gencomm/running")
    slow = kit.asset(LINK, 10, "deepsea_gencomm", max_registers=8, pause=0.2)
    answer = virtual(site.collect(slow, within=30))
    assert max(read.count for read in site.wire.reads(10)) <= 8
    times = site.wire.times(10)
    assert min(after - before for before, after in pairwise(times)) >= 0.2 - 1e-9
    assert kit.plain(answer.batches)["genset_speed_rpm"] == 1500


def test_identity_objects_that_are_refused_are_not_asked_again(virtual, kit, tmp_path):
    folder = tmp_path / "objecty"
    folder.mkdir()
    (folder / "profile.yaml").write_text(
        "profile: objecty\nformat: 1\nkind: meter\nvendor: X\ntitle: X\nmodbus: { match: { vendor: acme } }\n"
        "identity: { model: [{ object: 1 }], firmware: [{ text: fixed }] }\n"
        "points: [{ metric: meter_frequency_hertz, holding: 0, unit: Hz }]\n"
    )
    wire = kit.Wire(LINK)
    wire.units[1] = kit.holding(Recording({Space.HOLDING: {0: 50}}))
    collector = kit.collector(lambda _: wire, (tmp_path,))
    meter = kit.asset(LINK, 1, "objecty")

    async def story():
        soon = asyncio.get_running_loop().time() + 5
        first = await collector.collect(meter, Ask(ALL, soon))
        asked = len(wire.asked)
        await collector.collect(meter, Ask(ALL, soon))
        again = len(wire.asked) - asked
        wire.objects[1] = {0: "ACME Inc", 1: "P7"}
        found = await collector.identify(meter.address, (), meter)
        await collector.aclose()
        return first.identity, asked, again, found

    identity, asked, again, found = virtual(story())
    assert identity == Identity("meter", "X", "", "", "fixed")
    assert (asked, again) == (2, 1)
    assert [(match.profile, match.identity.model) for match in found] == [("objecty", "P7")]
    assert found[0].reason == "vendor is 'ACME Inc'"


def test_a_device_that_comes_back_tells_everything_and_is_taken_for_restarted(virtual, site, genset, kit):
    """It may have been replaced: identity and ratings are read again, lessons of the old one are void. Pains: B9."""
    site.put(10, "deepsea_gencomm/standby")

    async def story():
        await site.collect(genset, ALL)
        site.wire.units.pop(10)
        with pytest.raises(NoAnswer):
            await site.collect(genset)
        held = kit.image("deepsea_gencomm/running")
        cells = {**held.cells[Space.HOLDING], 769: 32846}
        site.wire.units[10] = kit.holding(Recording({Space.HOLDING: cells}))
        await site.collect(genset, cheap=True)
        return await site.collect(genset), await site.collect(genset)

    back, after = virtual(story())
    assert back.restarted
    assert back.identity.model == "DSE7420 MKII"
    assert len(back.batches) == 2
    assert not after.restarted
    assert after.requests == 7  # the hole of the old one is forgotten


def test_nonsense_that_comes_at_once_is_no_silence(virtual, site, genset, kit):
    """Pains: B6, C6."""
    held = kit.holding(kit.image("deepsea_gencomm/running"))
    site.put(1, "schneider_pm5000/pm5110")
    site.wire.units[10] = lambda read: BadAnswer("mad") if read.start in {768, 772, 1024} else held(read)

    async def story():
        await site.collect(kit.asset(LINK, 1, "schneider_pm5000", "m1"))
        return await site.collect(genset)

    seen = kit.plain(virtual(story()).batches)
    assert seen["genset_state"] == "running"


def test_closing_ends_polls_as_no_answer(virtual, site, genset):
    async def story():
        poll = asyncio.create_task(site.collect(genset))
        await asyncio.sleep(0.1)
        await site.collector.aclose()
        with pytest.raises(NoAnswer):
            await poll

    virtual(story())


def test_a_device_that_moved_is_understood_anew(virtual, site, genset, kit):
    from dataclasses import replace

    site.put(10, "deepsea_gencomm/running")
    site.put(11, "deepsea_gencomm/standby")

    async def story():
        await site.collect(genset)
        moved = replace(genset, options=kit.asset(LINK, 11).options)
        return await site.collect(moved)

    assert kit.plain(virtual(story()).batches)["genset_state"] == "stopped"


def test_reading_past_the_last_address_never_happens(virtual, site, kit):
    """Pains: C4."""
    shifted = kit.asset(LINK, 1, "stulz_c7000", address_offset=1)
    site.wire.units[1] = lambda read: bytes(read.size)
    virtual(site.collect(shifted))
    assert all(read.stop <= 65536 for read in site.wire.reads(1))
    assert Read(Space.HOLDING, 0) not in site.wire.reads(1)
