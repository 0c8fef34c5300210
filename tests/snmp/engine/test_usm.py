"""One session with one engine, message by message. The engine is played here; pysnmp and net-snmp play it in
``tests/snmp/transport``."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.engine import ber, crypto, oid, pdu, usm, v3
from collectors.snmp.engine.access import Auth, Priv, User
from collectors.snmp.engine.keys import KeyCache
from collectors.snmp.engine.request import Request
from dcim.model import BadAnswer, Refused
from tests.examples import many

ENGINE, OTHER = b"\x80\x00\x00\x00\x01engine-a", b"\x80\x00\x00\x00\x01engine-b"
REQUEST = Request.get([oid.encode("1.3.6.1.2.1.1.3.0")])
NUMBER = 0x01020304
NOT_IN_TIME_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST = (
    oid.encode(f"1.3.6.1.6.3.15.1.1.{number}.0") for number in (2, 3, 4, 5)
)
KEYS = KeyCache()
SECRET = User("noc", Auth.SHA256, "auth-secret", Priv.AES128, "priv-secret", context="ups")
SIGNED = User("noc", Auth.SHA256, "auth-secret")
OPEN = User("noc")


class Engine:
    """The device's side: what it would send."""

    def __init__(self, user=SECRET, engine_id=ENGINE, boots=5, time=1000):
        self.user, self.engine_id, self.boots, self.time = user, engine_id, boots, time

    def says(self, inner, level=None):
        """A message with this PDU, at the user's security level unless told otherwise."""
        user = self.user
        pair = KEYS.pair(user, self.engine_id)
        if level is None:
            level = (v3.AUTH if user.auth else 0) | (v3.PRIV if user.priv else 0)
        body, salt, mac = v3.scoped(self.engine_id, user.context.encode(), inner), b"", b""
        if level & v3.PRIV:
            salt = bytes(8)
            body = crypto.secret_of(user.priv, pair.priv).encrypt((self.boots, self.time), salt, body)
        if level & v3.AUTH:
            mac = bytes(24)
        security = v3.Security(self.engine_id, self.boots, self.time, user.name.encode(), mac, salt)
        message, at = v3.encode(NUMBER, level, security, body)
        if level & v3.AUTH:
            mac = hmac.digest(pair.auth, message, user.auth.value)[:24]
            message = message[:at] + mac + message[at + 24 :]
        return message

    def response(self, level=None):
        return self.says(_pdu(pdu.RESPONSE, REQUEST.oids[0], b"\x43\x01\x2a"), level)

    def report(self, name, level=0):
        return self.says(_pdu(pdu.REPORT, name, b"\x41\x01\x01"), level)


def _pdu(tag, name, value):
    varbind = ber.tlv(0x30, ber.tlv(6, name) + value)
    return ber.tlv(tag, ber.integer(NUMBER) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, varbind))


def heard(session, data, now=100.0):
    return session.open(data, v3.decode(data), now)


def met(user=SECRET, **engine):
    """A session that knows its engine, and the engine."""
    session, device = usm.Session(user, KEYS, 1), Engine(user, **engine)
    assert session.needs_probe
    assert heard(session, device.report(UNKNOWN_ENGINE)) == usm.Again("engine")
    assert not session.needs_probe
    return session, device


def test_a_probe_asks_who_is_there_without_a_secret():
    message = v3.decode(usm.Session(SECRET, KEYS, 1).probe(NUMBER))
    assert (message.id, message.flags, message.security) == (
        NUMBER,
        v3.REPORTABLE,
        v3.Security(b"", 0, 0, b"", b"", b""),
    )


@pytest.mark.parametrize("user", [SECRET, SIGNED, OPEN], ids=["authPriv", "authNoPriv", "noAuthNoPriv"])
def test_a_response_at_the_users_level_is_a_reply(user):
    session, device = met(user)
    reply = heard(session, device.response())
    assert isinstance(reply, usm.Reply)
    assert pdu.answer(reply.data, reply.pdu, REQUEST).values == [42]
    assert session.confirmed


def test_a_sealed_question_carries_the_engines_clock_as_it_runs_on():
    session, _ = met()
    message = v3.decode(session.seal(REQUEST, NUMBER, 107.9))
    assert message.security[:4] == (ENGINE, 5, 1007, b"noc")
    pair = KEYS.pair(SECRET, ENGINE)
    body = crypto.secret_of(Priv.AES128, pair.priv).decrypt((5, 1007), message.security.salt, message.body)
    context, pos, _ = v3.unscope(body)
    assert (context, body[pos]) == (b"ups", 0xA0)
    again = v3.decode(session.seal(REQUEST, NUMBER, 107.9))
    assert again.security.salt != message.security.salt


def test_a_clock_is_taken_from_a_signed_report_in_both_directions():
    """Pains: B7."""
    session, device = met()
    for boots, time in ((6, 3), (1, 0), (1, 500_000)):
        device.boots, device.time = boots, time
        assert heard(session, device.report(NOT_IN_TIME_WINDOW, v3.AUTH)) == usm.Again("clock")
        assert v3.decode(session.seal(REQUEST, NUMBER, 100.0)).security[1:3] == (boots, time)


def test_an_unsigned_report_cannot_set_the_clock():
    session, device = met()
    device.boots = 9
    assert heard(session, device.report(NOT_IN_TIME_WINDOW)) == usm.Drop("unsigned_report")
    assert session.boots == 5


def test_another_engine_is_adopted_with_its_own_keys():
    """Pains: B7, B9."""
    session, _ = met()
    other = Engine(engine_id=OTHER, boots=1, time=7)
    assert heard(session, other.report(UNKNOWN_ENGINE)) == usm.Again("engine_change")
    assert isinstance(heard(session, other.response()), usm.Reply)


def test_another_engine_that_reports_an_unknown_user_is_adopted_first():
    """As pysnmp agents do. Pains: B9."""
    session, _ = met()
    other = Engine(engine_id=OTHER)
    assert heard(session, other.report(UNKNOWN_USER)) == usm.Again("engine_change")
    with pytest.raises(Refused, match="does not know this user"):
        heard(session, other.report(UNKNOWN_USER))


def test_an_engine_without_an_id_is_a_bad_answer():
    with pytest.raises(BadAnswer, match="without an engine id"):
        heard(usm.Session(SECRET, KEYS, 1), Engine(engine_id=b"").report(UNKNOWN_ENGINE))


@pytest.mark.parametrize(
    "number", ["15.1.1.1", "15.1.1.3", "15.1.1.5", "15.1.1.6", "12.1.4", "12.1.5", "11.2.1.3"]
)
def test_a_report_that_says_no_is_refused_in_words(number):
    session, device = met()
    with pytest.raises(Refused, match=r"\(\w+\)$"):
        heard(session, device.report(oid.encode(f"1.3.6.1.6.3.{number}.0")))


def test_a_report_nobody_knows_is_a_bad_answer():
    session, device = met()
    with pytest.raises(BadAnswer, match=r"1\.3\.6\.1\.9"):
        heard(session, device.report(oid.encode("1.3.6.1.9")))
    with pytest.raises(BadAnswer):
        heard(session, device.says(ber.tlv(pdu.REPORT, ber.integer(1) * 3 + b"\x30\x00"), 0))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda session, device: device.response(0), "security_level"),
        (lambda session, device: device.response(v3.AUTH), "security_level"),
        (lambda session, device: device.response(v3.PRIV), "encryption"),
        (lambda session, device: device.response()[:-1] + b"\x00", "digest"),
        (lambda session, device: Engine(engine_id=OTHER).response(), "digest"),
        (lambda session, device: Engine(User("other", *_secrets(SECRET))).response(), "digest"),
        (
            lambda session, device: Engine(
                User("noc", Auth.SHA256, "wrong-secret", *_secrets(SECRET)[2:])
            ).response(),
            "digest",
        ),
    ],
)
def test_what_proves_nothing_is_dropped(spoil, why):
    session, device = met()
    assert heard(session, spoil(session, device)) == usm.Drop(why)
    assert not session.confirmed


def _secrets(user):
    return user.auth, user.auth_key, user.priv, user.priv_key


def test_a_user_without_secrets_believes_no_other_engine_and_no_signature():
    session, _ = met(OPEN)
    assert heard(session, Engine(OPEN, engine_id=OTHER).response()) == usm.Drop("engine")
    assert heard(session, Engine(SIGNED).response()) == usm.Drop("digest")


def test_a_response_older_than_the_window_is_dropped():
    session, device = met()
    assert isinstance(heard(session, device.response()), usm.Reply)
    device.time = 1000 + 60 - usm.TIME_WINDOW
    assert isinstance(heard(session, device.response(), now=160.0), usm.Reply)
    device.time -= 1
    assert heard(session, device.response(), now=160.0) == usm.Drop("time_window")
    device.boots -= 1
    assert heard(session, device.response(), now=160.0) == usm.Drop("time_window")


def test_a_response_with_a_newer_clock_sets_it():
    session, device = met()
    for boots, time in ((5, 1400), (6, 2)):
        device.boots, device.time = boots, time
        assert isinstance(heard(session, device.response()), usm.Reply)
        assert (session.boots, session.time) == (boots, time)


def test_doubt_asks_for_the_engine_again_and_keeps_its_keys():
    session, device = met()
    session.doubt()
    assert session.needs_probe
    assert heard(session, device.report(UNKNOWN_ENGINE)) == usm.Again("engine")
    assert isinstance(heard(session, device.response()), usm.Reply)


def test_the_clock_of_an_engine_never_passes_its_end():
    session, _ = met(time=v3.MAX_CLOCK)
    assert v3.decode(session.seal(REQUEST, NUMBER, 5000.0)).security.time == v3.MAX_CLOCK


@given(st.data())
def test_a_mutated_message_is_dropped_refused_or_bad(data):
    session, device = met()
    message = data.draw(
        st.sampled_from(
            [device.response(), device.report(UNKNOWN_USER), device.report(NOT_IN_TIME_WINDOW, v3.AUTH)]
        )
    )
    at = data.draw(st.integers(0, len(message) - 1))
    message = (
        message[:at] + bytes([data.draw(st.integers(0, 255))]) + message[at + data.draw(st.integers(0, 2)) :]
    )
    try:
        outcome = heard(session, message)
    except (BadAnswer, Refused):
        return
    assert isinstance(outcome, (usm.Reply, usm.Again, usm.Drop))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_v3_message(data):
    with pytest.raises(BadAnswer):
        v3.decode(data)


def test_every_cut_of_a_message_is_bad():
    message = Engine().response()
    for size in range(len(message)):
        with pytest.raises(BadAnswer):
            v3.decode(message[:size])


def test_a_message_of_another_security_model_or_an_impossible_clock_is_bad():
    message = Engine(OPEN).response()
    with pytest.raises(BadAnswer, match="security model 1"):
        v3.decode(message.replace(b"\x04\x01\x00\x02\x01\x03", b"\x04\x01\x00\x02\x01\x01", 1))
    with pytest.raises(BadAnswer, match="impossible"):
        v3.decode(message.replace(b"\x02\x02\x03\xe8", b"\x02\x02\xf3\xe8", 1))


@pytest.mark.parametrize("user", [SECRET, SIGNED, OPEN], ids=["authPriv", "authNoPriv", "noAuthNoPriv"])
def test_a_sealed_question_is_at_the_users_level(user):
    session, _ = met(user)
    message = v3.decode(session.seal(REQUEST, NUMBER, 100.0))
    level = (v3.AUTH if user.auth else 0) | (v3.PRIV if user.priv else 0)
    assert message.flags == level | v3.REPORTABLE
    assert (message.security.mac == b"") == (user.auth is None)
    assert (message.security.salt == b"") == (user.priv is None)


MESSAGES = [
    Engine().response(),
    Engine(SIGNED, boots=2**31 - 1, time=0).response(),
    Engine(OPEN).response(),
    Engine(OPEN).report(UNKNOWN_ENGINE),
    Engine().says(_pdu(pdu.RESPONSE, REQUEST.oids[0], ber.tlv(4, b"x" * 500))),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_usual_layout_and_any_layout_give_the_same_message(message):
    assert v3.usual(message) == v3.unusual(message)


@given(st.sampled_from(MESSAGES), st.data())
@many(400)
def test_what_is_read_as_usual_is_read_the_same_in_any_case(message, data):
    at = data.draw(st.integers(0, min(len(message) - 1, 120)))
    message = (
        message[:at] + bytes([data.draw(st.integers(0, 255))]) + message[at + data.draw(st.integers(0, 1)) :]
    )
    quick = v3.usual(message)
    if quick is not None:
        assert quick == v3.unusual(message)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x02\x02\x03\xe8", b"\x02\x02\x83\xe8"),
        (b"\x02\x01\x05", b"\x02\x01\x85"),
        (b"\x30\x5d", b"\x30\x5c"),
        (b"\x02\x04\x01\x02\x03\x04\x02", b"\x02\x03\x01\x02\x03\x04\x02"),
    ],
)
def test_a_clock_or_length_that_cannot_be_is_not_read_as_usual(old, new):
    message = Engine(OPEN).response()
    spoilt = (
        message.replace(old, new, 1)
        if old in message
        else message[:1] + bytes([message[1] - 1]) + message[2:]
    )
    assert v3.usual(spoilt) is None


@pytest.mark.parametrize("user", [SECRET, SIGNED, OPEN], ids=["authPriv", "authNoPriv", "noAuthNoPriv"])
def test_questions_stay_right_while_the_clock_of_the_engine_grows_and_starts_again(user):
    session, device = met(user, time=100)
    for boots, time in ((5, 127), (5, 128), (5, 40_000), (6, 3), (6, 2**31 - 1), (300, 0)):
        device.boots, device.time = boots, time
        if user.auth:
            assert isinstance(heard(session, device.response()), (usm.Reply, usm.Drop))
            heard(session, device.report(NOT_IN_TIME_WINDOW, v3.AUTH))
        message = session.seal(REQUEST, NUMBER, 100.0)
        read = v3.decode(message)
        assert read == v3.unusual(message)
        assert read.security[:4] == (ENGINE, *((boots, time) if user.auth else (0, 0)), b"noc")


def test_a_scope_that_is_not_ours_is_read_too():
    """Some agents answer with a context engine id of their own, or write lengths long."""
    session, _ = met()
    inner = _pdu(pdu.RESPONSE, REQUEST.oids[0], ber.tlv(4, b"x" * 300))
    for scoped in (
        v3.scoped(ENGINE, b"ups", inner),
        v3.scoped(OTHER, b"", inner),
        v3.scoped(ENGINE, b"ups", inner) + bytes(7),
    ):
        start, end = session._unscoped(scoped)
        assert scoped[start:end] == inner
    with pytest.raises(BadAnswer):
        session._unscoped(v3.scoped(ENGINE, b"ups", inner)[:-1])


def test_headers_of_128_bytes_and_more_are_read():
    security = v3.Security(b"e" * 40, 1, 2, b"u" * 80, b"", b"")
    message, _ = v3.encode(NUMBER, 0, security, v3.scoped(b"e", b"", b""))
    assert v3.usual(message) is None
    assert v3.decode(message).security == security


def proved(user=SECRET):
    """A session whose engine has answered with a signature, and the engine."""
    session, device = met(user)
    assert isinstance(heard(session, device.response()), usm.Reply)
    return session, device


def test_an_unsigned_no_of_an_engine_that_signs_is_unproved():
    session, device = proved()
    said = heard(session, device.report(WRONG_DIGEST))
    assert isinstance(said, usm.Unproved)
    assert isinstance(said.what, Refused)
    assert isinstance(heard(session, device.report(oid.encode("1.3.6.1.9"))).what, BadAnswer)
    assert heard(session, Engine(engine_id=b"").report(UNKNOWN_ENGINE)) == usm.Drop("unsigned_report")
    assert isinstance(heard(session, device.response()), usm.Reply)
    with pytest.raises(Refused):
        heard(session, device.report(WRONG_DIGEST, level=v3.AUTH))


def test_an_unsigned_no_to_a_user_who_never_signs_is_a_no():
    session, device = proved(OPEN)
    with pytest.raises(Refused):
        heard(session, device.report(UNKNOWN_USER))


def test_a_proved_engine_is_replaced_only_when_the_caller_says_so():
    """Pains: B7, B9."""
    session, device = proved()
    other = Engine(engine_id=OTHER, boots=1, time=7)
    said = heard(session, other.report(UNKNOWN_ENGINE))
    assert isinstance(said, usm.Unproved)
    assert isinstance(heard(session, device.response()), usm.Reply), "the old one is still believed"
    assert session.adopt(said.what, 100.0) == usm.Again("engine_change")
    assert isinstance(heard(session, other.response()), usm.Reply)


def test_an_unsigned_report_of_the_same_engine_sets_no_clock_unless_it_was_asked_who_it_is():
    session, device = proved()
    device.boots = 0x7FFFFFFF
    assert heard(session, device.report(UNKNOWN_ENGINE)) == usm.Drop("unsigned_report")
    assert session.boots == 5
    session.doubt()
    assert heard(session, device.report(UNKNOWN_ENGINE)) == usm.Again("engine")
