"""Questions that agents do not bear: split, isolated, remembered."""

from __future__ import annotations

import asyncio

import pytest

from collectors.snmp.engine import oid
from collectors.snmp.engine.access import Community
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.value import Absence
from collectors.snmp.questions.asking import Asking, Sheet, prepare
from collectors.snmp.questions.learned import FEW_REPETITIONS, MAX_VARBINDS, Learned
from collectors.snmp.transport.contract import Target
from dcim.model import Address, Gap, GapReason, NoAnswer, Refused

TEXT = "\n".join(f"1.3.6.1.9.{n}|2|{n}" for n in range(1, 21))
NAMES = [oid.encode(f"1.3.6.1.9.{n}") for n in range(1, 21)]


@pytest.fixture
def asking():
    def make(agent, left=30.0, learned=None):
        target = Target(Address("192.0.2.1", 161), Community("public"))
        return Asking(agent, target, learned or Learned(), asyncio.get_running_loop().time() + left)

    return make


async def test_a_question_that_is_too_big_is_halved_until_it_fits_and_that_is_remembered(agent, asking):
    """Pains: B2, B3."""
    device = agent(TEXT, limit=6)
    one = asking(device)
    assert (await one.get(NAMES)).values == list(range(1, 21))
    assert one.learned.max_varbinds == 5
    device.asked.clear()
    await one.get(NAMES)
    assert [len(request.oids) for request in device.asked] == [5, 5, 5, 5]


async def test_one_oid_that_is_too_big_alone_is_refused(agent, asking):
    sheet = await asking(agent(TEXT, limit=0)).get(NAMES[:2])
    assert sheet.values == [Gap(GapReason.REFUSED, "error 1")] * 2


@pytest.mark.parametrize("nameless", [False, True])
async def test_the_guilty_oid_is_isolated_and_the_others_have_their_values(agent, asking, nameless):
    """Pains: B6."""
    device = agent(TEXT, refused={NAMES[6]}, nameless_errors=nameless)
    one = asking(device)
    sheet = await one.get(NAMES)
    assert sheet.values[6] == Gap(GapReason.REFUSED, "genErr")
    assert [value for at, value in enumerate(sheet.values) if at != 6] == [n for n in range(1, 21) if n != 7]
    device.asked.clear()
    again = await one.get(NAMES)
    assert again.values == sheet.values
    assert len(device.asked) == 1


async def test_two_guilty_oids_are_both_found(agent, asking):
    sheet = await asking(agent(TEXT, refused={NAMES[0], NAMES[19]})).get(NAMES)
    assert sheet.values[0] == sheet.values[19] == Gap(GapReason.REFUSED, "genErr")
    assert sheet.values[1:19] == list(range(2, 20))


async def test_version_1_says_no_such_name_and_that_is_absent_not_refused(agent, asking):
    one = asking(agent(TEXT, v1=True))
    sheet = await one.get([*NAMES[:3], oid.encode("1.3.6.1.9.99"), *NAMES[3:5]])
    assert sheet.values == [1, 2, 3, Absence.NO_SUCH_INSTANCE, 4, 5]
    assert one.learned.refused == {}


async def test_an_answer_in_another_order_or_too_short_is_matched_by_oid(agent, asking):
    assert (await asking(agent(TEXT, shuffled=True)).get(NAMES)).values == list(range(1, 21))

    class Short:
        async def ask(self, *_):
            return Answer((NAMES[1], oid.encode("1.3.6.1.77")), [2, 99], b"\x02\x02")

    sheet = await asking(Short()).get(NAMES[:2])
    assert sheet.values == [Gap(GapReason.MALFORMED, "not in the answer"), 2]


async def test_an_error_index_that_points_nowhere_is_not_believed(asking):
    class Liar:
        async def ask(self, _target, request, *_):
            if len(request.oids) > 1:
                return Answer((), [], b"", ErrorStatus.GEN_ERR, 200)
            return Answer(request.oids, [1], b"\x02")

    assert (await asking(Liar()).get(NAMES[:4])).values == [1, 1, 1, 1]


async def test_an_agent_that_allows_nothing_refuses_the_whole(asking):
    class Closed:
        async def ask(self, *_):
            return Answer((), [], b"", ErrorStatus.AUTHORIZATION_ERROR, 0)

    with pytest.raises(Refused, match="authorizationError"):
        await asking(Closed()).get(NAMES)


async def test_silence_after_an_answer_costs_that_question_alone_and_asks_less_next_time(agent, asking):
    device = agent(TEXT, mute={NAMES[0]})
    one = asking(device, learned=Learned(max_varbinds=10))
    device.mute = {NAMES[10]}
    sheet = await one.get(NAMES)
    assert sheet.values[:10] == list(range(1, 11))
    assert sheet.values[10:] == [Gap(GapReason.DEADLINE)] * 10
    assert one.learned.max_varbinds == 5
    one.learned.forget()
    assert one.learned.max_varbinds == MAX_VARBINDS


async def test_a_device_that_was_silent_for_a_moment_is_soon_asked_for_as_much_as_before(agent, asking):
    """Small questions cost a busy device more than large ones: it would never catch up. Pains: B3, C6."""
    device = agent(TEXT, mute={NAMES[10]})
    one = asking(device, learned=Learned(max_varbinds=10, limit=10))
    for _ in range(3):
        await one.get(NAMES)
    assert one.learned.max_varbinds == 1
    device.mute = set()
    sizes = []
    for _ in range(12):
        await one.get(NAMES)
        sizes.append(one.learned.max_varbinds)
    assert sizes == [1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 10]


async def test_a_device_that_never_bears_more_is_tried_ever_more_seldom(agent, asking):
    """Pains: B3."""
    device = agent(TEXT)
    one = asking(device, learned=Learned(max_varbinds=10, limit=10))
    tried = []
    for poll in range(60):
        device.mute = {NAMES[10]} if one.learned.max_varbinds > 5 else set()
        tried += [poll] if device.mute else []
        await one.get(NAMES)
    assert tried == [0, 4, 11, 24, 49]


async def test_that_no_answer_came_in_no_time_says_nothing_of_the_question(agent, asking):
    device = agent(TEXT, mute={NAMES[10]})
    one = asking(device, left=1.0, learned=Learned(max_varbinds=10, limit=10))
    one._target = Target(one._target.address, one._target.access, timeout=2.0)
    assert (await one.get(NAMES)).values[10:] == [Gap(GapReason.DEADLINE)] * 10
    assert one.learned.max_varbinds == 10


async def test_silence_from_the_start_is_no_answer(agent, asking):
    with pytest.raises(NoAnswer):
        await asking(agent(TEXT, budget=0)).get(NAMES)


async def test_after_the_deadline_nothing_more_is_asked(agent, asking):
    device = agent(TEXT)
    one = asking(device, learned=Learned(max_varbinds=5))
    await one.get(NAMES[:5])
    one.deadline = 0.0
    device.budget = 0
    device.asked.clear()
    sheet = await one.get(NAMES)
    assert len(device.asked) == 1
    assert sheet.values == [Gap(GapReason.DEADLINE)] * 20


async def test_packets_are_counted(agent, asking):
    class Lossy:
        async def ask(self, _target, request, *_):
            return Answer(request.oids, [1] * len(request.oids), b"\x02" * len(request.oids), attempts=3)

    one = asking(Lossy())
    await one.get(NAMES)
    assert (one.requests, one.retries) == (1, 2)


def test_refused_oids_are_left_out_of_prepared_questions():
    learned = Learned(max_varbinds=8)
    learned.refuse(NAMES[2], "genErr", 0.0)
    chunks = prepare(NAMES, learned)
    assert [len(chunk.request.oids) for chunk in chunks] == [8, 8, 3]
    assert all(NAMES[2] not in chunk.request.oids for chunk in chunks)
    assert prepare([], learned) == []


def test_what_is_learned_changes_the_version_and_too_big_is_never_forgotten():
    learned = Learned()
    learned.too_big(60)
    learned.refuse(NAMES[0], "genErr", 0.0)
    assert learned.version == 2
    learned.forget()
    assert (learned.max_varbinds, learned.refused, learned.version) == (30, {}, 3)
    learned.forget()
    assert learned.version == 3
    assert learned.slower()
    assert learned.repetitions == FEW_REPETITIONS
    assert learned.slower()
    assert learned.repetitions == 0
    assert not learned.slower()


def test_a_new_sheet_is_all_late():
    assert Sheet(2).values == [Gap(GapReason.DEADLINE)] * 2


@pytest.fixture
def later():
    """Let the refused OIDs of a device wait as if so many seconds had passed."""

    def pass_by(learned, seconds):
        for name, (when, times) in learned._again.items():
            learned._again[name] = (when - seconds, times)

    return pass_by


@pytest.mark.parametrize("nameless", [False, True])
async def test_what_was_refused_in_a_short_disturbance_comes_back_in_a_question_of_its_own(
    agent, asking, later, nameless
):
    """Pains: B6."""
    device = agent(TEXT, refused=set(NAMES[:6]), nameless_errors=nameless)
    one = asking(device)
    await one.get(NAMES)
    assert len(one.learned.refused) == 6
    device.refused = set()
    later(one.learned, 5)
    device.asked.clear()
    assert (await one.get(NAMES)).values == list(range(1, 21))
    assert [len(request.oids) for request in device.asked] == [14, 6]
    assert one.learned.refused == {}


async def test_what_stays_refused_is_asked_ever_more_seldom_and_takes_few_questions(agent, asking, later):
    device = agent(TEXT, refused=set(NAMES[:10]))
    one = asking(device)
    await one.get(NAMES)
    later(one.learned, 5)
    device.asked.clear()
    assert (await one.get(NAMES)).values == [Gap(GapReason.REFUSED, "genErr")] * 10 + list(range(11, 21))
    assert len(device.asked) == 5
    device.asked.clear()
    await one.get(NAMES)
    assert len(device.asked) == 5, "the six others are still due"
    assert len(one.learned.due(NAMES, asyncio.get_running_loop().time())) == 2


def test_the_waits_of_a_refused_oid_grow_to_a_quarter_of_an_hour_and_begin_anew_after_an_answer():
    learned, now, waits = Learned(), 0.0, []
    for _ in range(10):
        learned.refuse(NAMES[0], "genErr", now)
        wait = next(wait for wait in range(1000) if learned.due(NAMES, now + wait))
        waits.append(wait)
        now += wait
    assert waits == [5, 10, 30, 60, 120, 240, 480, 900, 900, 900]
    assert learned.version == 1
    learned.allow(NAMES[0])
    assert (learned.version, learned.refused, learned.due(NAMES, 1e9)) == (2, {}, [])
    learned.refuse(NAMES[0], "genErr", now)
    assert learned.due(NAMES, now + 5) == [NAMES[0]]


async def test_silence_to_what_was_refused_costs_the_others_nothing(agent, asking, later):
    device = agent(TEXT, refused={NAMES[3]})
    one = asking(device)
    await one.get(NAMES)
    device.mute = {NAMES[3]}
    later(one.learned, 5)
    sheet = await one.get(NAMES)
    assert sheet.values == [*range(1, 4), Gap(GapReason.REFUSED, "genErr"), *range(5, 21)]
    assert one.learned.due(NAMES, asyncio.get_running_loop().time() + 9) == []
    alone = asking(device, learned=one.learned)
    later(one.learned, 30)
    with pytest.raises(NoAnswer):
        await alone.get(NAMES[3:4])


async def test_what_was_refused_and_is_gone_by_now_is_absent(agent, asking, later):
    device = agent(TEXT, v1=True, refused={NAMES[3]})
    one = asking(device)
    await one.get(NAMES)
    device.refused = set()
    device.set("1.3.6.1.9.4", None)
    later(one.learned, 5)
    assert (await one.get(NAMES)).values[3] is Absence.NO_SUCH_INSTANCE
    assert one.learned.refused == {}
