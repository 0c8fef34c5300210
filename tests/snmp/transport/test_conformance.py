"""One suite for every transport: what a caller may rely on, whatever the device does."""

import asyncio
import contextlib
import itertools
import struct
import time

import pytest
from pysnmp.proto.api import v2c

from collectors.snmp.engine import oid
from collectors.snmp.engine.access import Auth, Community, Priv, User, Version
from collectors.snmp.engine.answer import ErrorStatus
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence, IpAddress, Oid, Opaque
from collectors.snmp.transport.contract import Target, Urgency
from dcim.model import Address, BadAnswer, NoAnswer, PollError, Refused
from tests.waiting import until_it

SOON = 60.0  # seconds a healthy answer may take on a busy machine
AUTH_KEY, PRIV_KEY = "auth-secret-1", "priv-secret-1"

CELLS = {
    "1.3.6.1.4.1.9.1.1": v2c.Integer(-10),
    "1.3.6.1.4.1.9.1.2": v2c.OctetString(b"rack \xff A1"),
    "1.3.6.1.4.1.9.1.3": v2c.Null(""),
    "1.3.6.1.4.1.9.1.4": v2c.ObjectIdentifier("1.3.6.1.4.1.318.1"),
    "1.3.6.1.4.1.9.1.5": v2c.IpAddress("192.0.2.7"),
    "1.3.6.1.4.1.9.1.6": v2c.Counter32(4294967295),
    "1.3.6.1.4.1.9.1.7": v2c.Gauge32(2147483648),
    "1.3.6.1.4.1.9.1.8": v2c.TimeTicks(123456789),
    "1.3.6.1.4.1.9.1.9": v2c.Counter64(2**64 - 1),
    "1.3.6.1.4.1.9.1.10": v2c.Opaque(b"\x9f\x78\x04" + struct.pack(">f", 21.5)),
    "1.3.6.1.4.1.9.1.11": v2c.Opaque(b"\x9f\x79\x08" + struct.pack(">d", -0.25)),
    "1.3.6.1.4.1.9.1.12": v2c.Opaque(b"\x04\x01x"),
    "1.3.6.1.4.1.9.1.13": v2c.NoSuchObject(),
}
VALUES = [
    -10,
    b"rack \xff A1",
    None,
    Oid(oid.encode("1.3.6.1.4.1.318.1")),
    IpAddress(bytes((192, 0, 2, 7))),
    4294967295,
    2147483648,
    123456789,
    2**64 - 1,
    21.5,
    -0.25,
    Opaque(b"\x04\x01x"),
    Absence.NO_SUCH_OBJECT,
]
GET_ALL = Request.get([oid.encode(name) for name in CELLS])
ONE = Request.get([oid.encode("1.3.6.1.4.1.9.1.1")])
TWO = Request.get([oid.encode("1.3.6.1.4.1.9.1.1"), oid.encode("1.3.6.1.4.1.9.1.2")])


def target(agent, access=None, timeout=5.0, retries=2):
    return Target(Address(agent.host, agent.port), access or Community("public"), timeout, retries)


def soon(seconds=SOON):
    return asyncio.get_running_loop().time() + seconds


async def test_every_type_of_value_arrives_as_what_it_is(transport, open_agent):
    agent = await open_agent(CELLS)
    for _ in range(3):  # plainly, then by the remembered types
        answer = await transport.ask(target(agent), GET_ALL, soon())
        assert answer.oids is GET_ALL.oids
        assert answer.values == VALUES
        assert [type(value) for value in answer.values] == [type(value) for value in VALUES]
        assert list(answer.tags) == [2, 4, 5, 6, 0x40, 0x41, 0x42, 0x43, 0x46, 0x44, 0x44, 0x44, 0x80]
        assert (answer.error_status, answer.error_index) == (0, 0)


async def test_what_a_device_does_not_have_is_absent_and_costs_the_others_nothing(transport, open_agent):
    """Pains: B6."""
    agent = await open_agent(CELLS)
    request = Request.get([oid.encode("1.3.6.1.4.1.9.1.1"), oid.encode("1.3.6.1.4.1.9.9.9")])
    answer = await transport.ask(target(agent), request, soon())
    assert answer.values == [-10, Absence.NO_SUCH_INSTANCE]


async def test_next_names_what_follows_and_the_end(transport, open_agent):
    agent = await open_agent(CELLS)
    request = Request.next([oid.encode("1.3.6.1.4.1.9.1"), oid.encode("1.3.6.1.4.1.9.1.13")])
    answer = await transport.ask(target(agent), request, soon())
    assert [oid.text(name) for name in answer.oids] == ["1.3.6.1.4.1.9.1.1", "1.3.6.1.4.1.9.1.13"]
    assert answer.values == [-10, Absence.END_OF_MIB_VIEW]


async def test_bulk_brings_rows_until_the_end(transport, open_agent):
    agent = await open_agent(
        {
            f"1.3.6.1.4.1.9.{column}.{row}": v2c.Gauge32(10 * column + row)
            for column in (1, 2)
            for row in (1, 2)
        }
    )
    request = Request.bulk([oid.encode("1.3.6.1.4.1.9.1"), oid.encode("1.3.6.1.4.1.9.2")], 3)
    answer = await transport.ask(target(agent), request, soon())
    assert answer.values == [11, 21, 12, 22, 21, Absence.END_OF_MIB_VIEW]
    assert [oid.text(name) for name in answer.oids][:2] == ["1.3.6.1.4.1.9.1.1", "1.3.6.1.4.1.9.2.1"]


async def test_a_v1_device_answers_and_says_no_such_name(transport, open_agent):
    agent = await open_agent({"1.3.6.1.4.1.9.1.1": v2c.Integer(7)})
    one = target(agent, Community("public", Version.V1))
    assert (await transport.ask(one, ONE, soon())).values == [7]
    answer = await transport.ask(one, TWO, soon())
    assert (answer.error_status, answer.error_index) == (ErrorStatus.NO_SUCH_NAME, 2)


async def test_a_v1_device_is_asked_next_instead_of_bulk(transport, open_agent):
    agent = await open_agent({"1.3.6.1.4.1.9.1.1": v2c.Integer(7), "1.3.6.1.4.1.9.1.2": v2c.Integer(8)})
    request = Request.bulk([oid.encode("1.3.6.1.4.1.9.1")], 10)
    answer = await transport.ask(target(agent, Community("public", Version.V1)), request, soon())
    assert [(oid.text(name), value) for name, value in zip(answer.oids, answer.values, strict=True)] == [
        ("1.3.6.1.4.1.9.1.1", 7)
    ]


async def test_an_error_status_is_an_answer(transport, open_agent):
    """The collector splits and isolates; the transport only tells. Pains: B3, B6."""
    wanted = [(ErrorStatus.TOO_BIG, 0), (ErrorStatus.GEN_ERR, 2), (ErrorStatus.AUTHORIZATION_ERROR, 0)]
    left = iter(wanted)

    def spoil(pdu):
        status, index = next(left)
        v2c.apiPDU.set_error_status(pdu, int(status))
        pdu.setComponentByPosition(2, index)

    agent = await open_agent(CELLS, change=spoil)
    device = target(agent, timeout=2)
    answers = [await transport.ask(device, TWO, soon()) for _ in wanted]
    assert [(answer.error_status, answer.error_index) for answer in answers] == wanted


async def test_too_big_without_varbinds_is_an_answer(transport, open_agent):
    """As net-snmp sends it. Pains: B3."""

    def spoil(pdu):
        v2c.apiPDU.set_varbinds(pdu, [])
        v2c.apiPDU.set_error_status(pdu, 1)

    agent = await open_agent(CELLS, change=spoil)
    answer = await transport.ask(target(agent), TWO, soon())
    assert (answer.error_status, answer.values) == (ErrorStatus.TOO_BIG, [])


async def test_silence_is_no_answer_after_every_attempt(transport, open_agent):
    agent = await open_agent(CELLS, behave=lambda reply, _: [])
    with pytest.raises(NoAnswer):
        await transport.ask(target(agent, timeout=0.05), ONE, soon(20))
    assert len(agent.asked) == 3
    assert transport.stats.timeouts == 1


async def test_the_callers_deadline_ends_everything(transport, open_agent):
    agent = await open_agent(CELLS, behave=lambda reply, _: [])
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        await transport.ask(target(agent, timeout=30), ONE, soon(0.1))
    assert time.monotonic() - began < 20  # not the timeout


async def test_a_silent_device_is_asked_once(transport, open_agent):
    agent = await open_agent(CELLS, behave=lambda reply, _: [])
    with pytest.raises(NoAnswer):
        await transport.ask(target(agent, timeout=0.05), ONE, soon(), Urgency.SILENT)
    assert len(agent.asked) == 1


async def test_a_silent_device_that_is_back_answers(transport, open_agent):
    agent = await open_agent(CELLS)
    assert (await transport.ask(target(agent), ONE, soon(), Urgency.SILENT)).values == [-10]


async def test_a_lost_answer_is_asked_for_again(transport, open_agent, said):
    agent = await open_agent(CELLS, behave=lambda reply, nth: [said(reply)] if nth > 1 else [])
    answer = await transport.ask(target(agent, timeout=0.5), ONE, soon())
    assert answer.values == [-10]
    assert answer.attempts == transport.stats.retries + 1 >= 2  # more on a busy machine


async def test_a_late_answer_is_never_taken_for_the_answer_to_a_later_question(transport, open_agent, said):
    late = []

    def behave(reply, _):
        if b"rack" in reply:  # the answer to the later question: what is late comes right before it
            return [*map(said, late), said(reply)]
        late.append(reply)
        return []

    agent = await open_agent(CELLS, behave=behave)
    device = target(agent, timeout=SOON, retries=0)
    while not late:
        with pytest.raises(NoAnswer):
            await transport.ask(device, ONE, soon(0.1))
    other = Request.get([oid.encode("1.3.6.1.4.1.9.1.2")])
    for _ in range(2):
        assert (await transport.ask(device, other, soon())).values == [b"rack \xff A1"]


async def test_an_answer_that_comes_twice_counts_once(transport, open_agent, said):
    agent = await open_agent(CELLS, behave=lambda reply, _: [said(reply, times=2)])
    device = target(agent)
    for _ in range(3):
        assert (await transport.ask(device, ONE, soon())).values == [-10]
    await until_it(lambda: transport.stats.received >= 6, "every answer has come twice")
    assert transport.stats.received == 6


async def test_an_answer_to_another_request_is_dropped(transport, open_agent):
    def spoil(pdu):
        v2c.apiPDU.set_request_id(pdu, int(v2c.apiPDU.get_request_id(pdu)) ^ 1)

    agent = await open_agent(CELLS, change=spoil)
    with pytest.raises(PollError):
        await transport.ask(target(agent, timeout=0.1, retries=0), ONE, soon())


@pytest.mark.parametrize("version", [Version.V1, Version.V2C])
async def test_request_ids_cannot_be_guessed_from_those_before(transport, open_agent, version):
    """Else who can send from the device's address can answer for it unseen."""
    agent = await open_agent(CELLS)
    device = target(agent, Community("public", version), timeout=2)
    for _ in range(12):
        await transport.ask(device, ONE, soon())
    numbers = [int(question["data"].getComponent()["request-id"]) for question in agent.asked]
    steps = [abs(later - earlier) for earlier, later in itertools.pairwise(numbers)]
    assert min(steps) > 1000  # by chance once in 80,000 runs


async def test_an_answer_from_another_address_is_dropped(transport, open_agent, said):
    """Else anybody who hears a request can answer it."""
    agent = await open_agent(CELLS, behave=lambda reply, _: [said(reply, from_elsewhere=True)])
    asking = asyncio.create_task(transport.ask(target(agent, timeout=SOON, retries=0), ONE, soon()))
    await until_it(lambda: transport.stats.dropped.get("wrong_address") == 1, "the answer is dropped")
    assert not asking.done()
    await transport.aclose()
    with pytest.raises(NoAnswer):
        await asking


NONSENSE = [
    lambda reply: reply[: len(reply) // 2],
    lambda reply: b"",
    lambda reply: b"\x00" * 40,
    lambda reply: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    lambda reply: b"\x30\x84\xff\xff\xff\xff" + reply,
    lambda reply: reply[:-1] + b"\x80",
    lambda reply: reply[:10] + b"\x30\x80" * 200 + reply[10:],
]


@pytest.mark.long
async def test_nonsense_raises_a_typed_error_or_nothing(transport, open_agent, said):
    """Pains: B6."""
    left = iter([bytes, *NONSENSE])  # the first answer is right
    agent = await open_agent(CELLS, behave=lambda reply, _: [said(next(left, bytes)(reply))])
    device = target(agent, timeout=2, retries=0)
    assert (await transport.ask(device, ONE, soon())).values == [-10]
    for _ in NONSENSE:
        with contextlib.suppress(PollError):
            await transport.ask(device, ONE, soon(0.2))
    assert (await transport.ask(device, ONE, soon())).values == [-10]
    assert len(agent.asked) == len(NONSENSE) + 2


async def test_a_device_is_asked_over_ipv6(transport, open_agent):
    agent = await open_agent(CELLS, host="::1")
    assert (await transport.ask(target(agent), ONE, soon())).values == [-10]


async def test_a_device_is_asked_by_its_name(transport, open_agent):
    agent = await open_agent(CELLS)
    device = Target(Address("localhost", agent.port), Community("public"), 0.3)
    assert (await transport.ask(device, ONE, soon())).values == [-10]


async def test_a_name_that_does_not_exist_is_no_answer(transport):
    with pytest.raises(NoAnswer, match=r"no-such-host\.invalid"):
        await transport.ask(Target(Address("no-such-host.invalid", 161), Community("public")), ONE, soon())


async def test_many_questions_to_one_device_get_their_own_answers(transport, open_agent):
    agent = await open_agent({f"1.3.6.1.4.1.9.1.{row}": v2c.Gauge32(row) for row in range(20)})
    device = target(agent, timeout=2)
    requests = [Request.get([oid.encode(f"1.3.6.1.4.1.9.1.{row}")]) for row in range(20)]
    answers = await asyncio.gather(*(transport.ask(device, request, soon(30)) for request in requests))
    assert [answer.values for answer in answers] == [[row] for row in range(20)]


async def test_a_cancelled_question_leaves_the_transport_working(transport, open_agent):
    agent = await open_agent(CELLS)
    device = target(agent)
    task = asyncio.create_task(transport.ask(device, ONE, soon()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await transport.ask(device, ONE, soon())).values == [-10]


async def test_closing_ends_questions_under_way(transport, open_agent):
    agent = await open_agent(CELLS, behave=lambda reply, _: [])
    device = target(agent, timeout=30)
    task = asyncio.create_task(transport.ask(device, ONE, soon(30)))
    while not agent.asked:
        await asyncio.sleep(0.01)
    await transport.aclose()
    with pytest.raises(NoAnswer):
        await task
    with pytest.raises(NoAnswer, match="closed"):
        await transport.ask(device, ONE, soon())


@pytest.mark.parametrize(
    ("name", "auth", "priv"),
    [
        ("md5des", Auth.MD5, Priv.DES),
        ("sha224aes192b", Auth.SHA224, Priv.AES192_BLUMENTHAL),
        ("sha384aes192", Auth.SHA384, Priv.AES192),
        ("sha512aes256", Auth.SHA512, Priv.AES256),
    ],
)
async def test_a_v3_user_is_answered(transport, v3_agent, name, auth, priv):
    """Pains: J3."""
    await v3_agent.start(user=name)
    device = target(v3_agent, User(name, auth, AUTH_KEY, priv, PRIV_KEY), timeout=5)
    assert isinstance((await transport.ask(device, SYS_DESCR, soon())).values[0], bytes)


SYS_DESCR = Request.get([oid.encode("1.3.6.1.2.1.1.1.0")])
V3_USER = User("sha256aes", Auth.SHA256, AUTH_KEY, Priv.AES128, PRIV_KEY)


@pytest.mark.parametrize(
    "user",
    [
        pytest.param(User("nobody", Auth.SHA256, AUTH_KEY, Priv.AES128, PRIV_KEY), id="unknown user"),
        pytest.param(
            User("sha256aes", Auth.SHA256, "not-the-key", Priv.AES128, PRIV_KEY), id="wrong auth key"
        ),
        pytest.param(User("sha256aes", Auth.SHA1, AUTH_KEY, Priv.AES128, PRIV_KEY), id="wrong hash"),
    ],
)
async def test_a_wrong_credential_is_refused_and_told_from_a_dead_device(transport, v3_agent, user):
    """Pains: B7."""
    await v3_agent.start()
    with pytest.raises(Refused):
        await transport.ask(target(v3_agent, user, timeout=5), SYS_DESCR, soon())


async def test_a_restart_of_the_agent_needs_no_restart_of_ours(transport, v3_agent):
    """Pains: B7, B9."""
    await v3_agent.start()
    device = target(v3_agent, V3_USER, timeout=1.0)
    await transport.ask(device, SYS_DESCR, soon())
    await v3_agent.start(boots=6, time=0)
    assert isinstance((await transport.ask(device, SYS_DESCR, soon(60))).values[0], bytes)


@pytest.mark.long
async def test_an_agent_that_comes_back_as_another_engine_is_met_anew(transport, v3_agent):
    """Pains: B7, B9."""
    await v3_agent.start()
    device = target(v3_agent, V3_USER, timeout=2.0)
    await transport.ask(device, SYS_DESCR, soon())
    await v3_agent.start(engine_id="80000000019999", boots=1, time=0)
    for _ in range(2):
        assert isinstance((await transport.ask(device, SYS_DESCR, soon(60))).values[0], bytes)
    assert transport.stats.learned["engine_change"] == 1


@pytest.mark.parametrize(("boots", "seconds"), [(5, 90_000), (7, 3)])
async def test_a_clock_outside_the_window_is_taken_over(transport, v3_agent, boots, seconds):
    """Pains: B7."""
    await v3_agent.start()
    device = target(v3_agent, V3_USER, timeout=2.0)
    await transport.ask(device, SYS_DESCR, soon())
    v3_agent.set_clock(boots, seconds)
    assert isinstance((await transport.ask(device, SYS_DESCR, soon(60))).values[0], bytes)


async def test_nothing_but_the_three_errors_comes_out(transport, v3_agent):
    """A v2c question to an agent that knows v3 alone."""
    await v3_agent.start()
    with pytest.raises((NoAnswer, Refused, BadAnswer)):
        await transport.ask(target(v3_agent, Community("public"), timeout=0.1, retries=0), ONE, soon())
