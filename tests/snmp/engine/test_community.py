"""v1 and v2c messages: against pyasn1, mutated, cut, and arbitrary."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder
from pysnmp.proto.api import v1, v2c

from collectors.snmp.engine import ber, community, oid, pdu, v3
from collectors.snmp.engine.access import Community, Version
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.value import Malformed
from dcim.model import BadAnswer
from tests.examples import many

NAMES = [oid.encode(f"1.3.6.1.4.1.9.1.{row}") for row in range(1, 7)]


def read(data, request):
    return pdu.answer(data, community.read(data), request)


@given(st.data())
@settings(max_examples=50)
def test_an_answer_of_pyasn1_is_read_as_it_was_written(varbinds, answer_bytes, data):
    pairs = data.draw(varbinds)
    request = Request.get([oid.encode_parts(name) for name, _, _ in pairs])
    message = answer_bytes([(name, value) for name, value, _ in pairs])
    for _ in range(3):  # plainly, plainly, by the remembered types
        answer = read(message, request)
        assert answer.oids is request.oids
        assert answer.values == [wanted for _, _, wanted in pairs]
        assert [type(value) for value in answer.values] == [type(wanted) for _, _, wanted in pairs]


@given(st.data())
@many(80)
def test_a_mutated_answer_gives_the_same_by_both_readers_or_bad_answer(varbinds, answer_bytes, data):
    """Pains: B6."""
    pairs = data.draw(varbinds)
    request = Request.get([oid.encode_parts(name) for name, _, _ in pairs])
    message = answer_bytes([(name, value) for name, value, _ in pairs])
    for _ in range(2):
        read(message, request)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(message) - 1))
        message = message[:at] + bytes([data.draw(st.integers(0, 255))]) + message[at + 1 :]
    try:
        plainly = read(message, Request.get(request.oids))
    except BadAnswer:
        plainly = None
    try:
        remembered = read(message, request)
    except BadAnswer:
        remembered = None
    if plainly is not None and remembered is not None:
        assert list(remembered.oids) == list(plainly.oids)
        assert repr(remembered.values) == repr(plainly.values)  # repr: NaN is like NaN
        assert list(remembered.tags) == list(plainly.tags)


@given(st.binary(max_size=120))
def test_arbitrary_bytes_are_bad_answer(data):
    with pytest.raises(BadAnswer):
        community.read(data)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_arbitrary_varbinds_are_read_or_bad_answer(data):
    body = ber.tlv(0x30, data)
    inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + body)
    message = ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner)
    request = Request.get(NAMES)
    try:
        answer = read(message, request)
    except BadAnswer:
        return
    assert len(answer.oids) == len(answer.values) == len(answer.tags) <= len(data)


def test_every_cut_of_an_answer_is_bad_answer(answer_bytes):
    message = answer_bytes([((1, 3, 6, 1, 9, row), v2c.Gauge32(row * 300)) for row in range(5)])
    for size in range(len(message)):
        with pytest.raises(BadAnswer):
            read(message[:size], Request.get(NAMES))


@given(st.data())
@settings(max_examples=40)
def test_the_usual_layout_and_any_layout_give_the_same_head(varbinds, answer_bytes, data):
    pairs = [(name, value) for name, value, _ in data.draw(varbinds)]
    number = data.draw(st.integers(-(2**31), 2**31 - 1))
    message = answer_bytes(pairs, number, data.draw(st.integers(0, 5)), data.draw(st.integers(0, 3)))
    usual = community.usual(message)
    assert usual is not None
    assert usual == community.unusual(message)


@given(st.data())
@settings(max_examples=40)
def test_a_head_like_one_before_is_read_as_any_other(answer_bytes, data):
    """As long as one before, with a byte of it changed or not: what is remembered changes no result."""
    heads = community.Heads()
    pairs = [
        ((1, 3, 6, 1, 9, row), v2c.Gauge32(row)) for row in range(data.draw(st.sampled_from([0, 1, 9, 30])))
    ]
    for number in data.draw(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=2, max_size=4)):
        message = bytearray(answer_bytes(pairs, number))
        if data.draw(st.booleans()):
            message[data.draw(st.integers(0, min(40, len(message) - 1)))] = data.draw(st.integers(0, 255))
        assert heads.usual(bytes(message)) == community.usual(bytes(message))


def test_long_lengths_where_short_ones_would_do_are_read(answer_bytes):
    """As some agents write every length with 82."""
    value = b"\x30\x82\x00\x0e\x06\x82\x00\x05\x2b\x06\x01\x09\x01\x02\x81\x01\x07"
    value = value[:2] + (len(value) - 4).to_bytes(2, "big") + value[4:]
    body = b"\x30\x82" + len(value).to_bytes(2, "big") + value
    inner = b"\x02\x01\x05\x02\x01\x00\x02\x01\x00" + body
    inner = b"\xa2\x83\x00" + len(inner).to_bytes(2, "big") + inner
    message = ber.tlv(0x30, b"\x02\x01\x01\x04\x06public" + inner)
    answer = read(message, Request.get([oid.encode("1.3.6.1.9.1")]))
    assert answer.values == [7]


MALFORMED = [
    pytest.param(b"\x02\x00", 2, id="a number without bytes"),
    pytest.param(b"\x46\x0a" + b"\x01" * 10, 0x46, id="a number of ten bytes"),
    pytest.param(b"\x40\x03abc", 0x40, id="an address of three bytes"),
    pytest.param(b"\x06\x02\x2b\x81", 6, id="an OID that is cut off"),
    pytest.param(b"\x05\x01x", 5, id="a null with content"),
    pytest.param(b"\x81\x01x", 0x81, id="an absence with content"),
    pytest.param(b"\x02\x05\x01", 2, id="a length beyond the varbind"),
    pytest.param(b"", 5, id="no value"),
]


@pytest.mark.parametrize(("value", "tag"), MALFORMED)
def test_one_malformed_value_costs_no_other(value, tag):
    """Pains: B6."""
    good = [ber.tlv(0x30, ber.tlv(6, name) + ber.integer(5)) for name in NAMES[:2]]
    bad = ber.tlv(0x30, ber.tlv(6, NAMES[2]) + value)
    body = ber.tlv(0x30, good[0] + bad + good[1])
    inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + body)
    request = Request.get([NAMES[0], NAMES[2], NAMES[1]])
    for _ in range(3):
        answer = read(ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner), request)
        assert answer.oids is request.oids
        assert answer.values[0] == answer.values[2] == 5
        assert isinstance(answer.values[1], Malformed)
        assert answer.values[1].tag == tag


def test_values_whose_types_flap_are_still_right():
    """An outlet that is now a number and now absent."""
    request = Request.get(NAMES)

    def message(values):
        body = b"".join(
            ber.tlv(0x30, ber.tlv(6, name) + value) for name, value in zip(NAMES, values, strict=True)
        )
        inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, body))
        return ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner)

    numbers, absent = [ber.integer(-3)] * 6, [ber.integer(-3)] * 5 + [b"\x81\x00"]
    for values in (numbers, numbers, numbers, absent, numbers, absent, absent, absent, numbers):
        answer = read(message(values), request)
        assert answer.values[:5] == [-3] * 5
        assert (answer.values[5] == -3) == (values is numbers)


@pytest.mark.parametrize("version", [Version.V1, Version.V2C])
@pytest.mark.parametrize(
    "request_",
    [Request.get(NAMES), Request.next(NAMES[:1]), Request.bulk(NAMES[:2], 300, 1), Request.get([])],
    ids=["get", "next", "bulk", "empty"],
)
def test_a_question_is_what_pyasn1_reads(version, request_):
    if version is Version.V1 and request_.kind is Kind.BULK:
        request_ = request_.as_next()
    envelope = community.envelope(Community("s3cret", version))
    proto = v1 if version is Version.V1 else v2c
    for number in (pdu.LEAST_NUMBER, 0x12345678, pdu.MOST_NUMBER):
        message, rest = decoder.decode(community.encode(envelope, request_, number), asn1Spec=proto.Message())
        assert rest == b""
        assert bytes(proto.apiMessage.get_community(message)) == b"s3cret"
        inner = proto.apiMessage.get_pdu(message)
        assert int(proto.apiPDU.get_request_id(inner)) == number
        assert [oid.encode_parts(tuple(name)) for name, _ in proto.apiPDU.get_varbinds(inner)] == list(
            request_.oids
        )
        if request_.kind is Kind.BULK:
            assert int(v2c.apiBulkPDU.get_max_repetitions(inner)) == 300
            assert int(v2c.apiBulkPDU.get_non_repeaters(inner)) == 1


def test_two_communities_may_share_a_request():
    request = Request.get(NAMES)
    one, other = (community.envelope(Community(name)) for name in ("one", "longer-name"))
    for envelope in (one, other, one):
        assert envelope in community.encode(envelope, request, pdu.LEAST_NUMBER)


def test_numbers_that_no_pdu_carries_are_refused():
    with pytest.raises(ValueError, match="repetitions"):
        Request.bulk(NAMES, 2**31)
    with pytest.raises(ValueError, match="GET"):
        Request(Kind.GET, tuple(NAMES), repetitions=1)


def test_a_response_of_another_version_or_kind_is_bad_answer():
    inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00\x30\x00")
    for message in (
        ber.tlv(0x30, b"\x02\x01\x02\x04\x01p" + inner),
        ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner.replace(b"\xa2", b"\xa0", 1)),
        ber.tlv(0x30, b"\x02\x01\x01\x04\x01p"),
        ber.tlv(0x30, b"\x02\x09" + b"\x01" * 9),
        b"\x30\x80\x02\x01\x01",
    ):
        with pytest.raises(BadAnswer):
            community.read(message)
    assert community.version(ber.tlv(0x30, b"\x02\x01\x03")) == 3


@given(st.binary(max_size=5), st.integers(250, 300), st.integers(-2, 2))
def test_the_version_of_a_large_message_is_that_of_a_small_one(start, size, off):
    """A large one is read by a short cut."""
    content = (b"\x02\x01" + start).ljust(size, b"x")
    large = b"\x30\x82" + (size + off).to_bytes(2, "big") + content
    small = b"\x30\x7f" + content[:127]
    outcomes = []
    for data in (large, small):
        try:
            outcomes.append(community.version(data))
        except BadAnswer:
            outcomes.append(None)
    assert outcomes[0] == (outcomes[1] if off <= 0 else None)
    for cut in range(7):
        with pytest.raises(BadAnswer):
            community.version(b"\x30\x82" + max(0, cut - 4).to_bytes(2, "big") + content[: max(0, cut - 4)])


def message_of(values, names=NAMES):
    body = b"".join(
        ber.tlv(0x30, ber.tlv(6, name) + value) for name, value in zip(names, values, strict=False)
    )
    inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, body))
    return ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(b"\x42\x00", id="a number without bytes"),
        pytest.param(b"\x42\x09" + b"\xff" * 9, id="a number above 64 bits"),
    ],
)
def test_a_number_that_is_none_is_malformed_also_where_types_are_known(odd):
    """Pains: B6."""
    request = Request.get(NAMES)
    for _ in range(3):
        assert read(message_of([b"\x42\x01\x05"] * 6), request).values == [5] * 6
    answer = read(message_of([b"\x42\x01\x05"] * 5 + [odd]), request)
    assert answer.values[:5] == [5] * 5
    assert isinstance(answer.values[5], Malformed)


def test_an_answer_that_ends_early_is_read_as_far_as_it_goes():
    request = Request.get(NAMES)
    for _ in range(3):
        assert read(message_of([b"\x42\x01\x05"] * 6), request).oids is request.oids
    answer = read(message_of([b"\x42\x01\x05"] * 4), request)
    assert (list(answer.oids), answer.values) == (NAMES[:4], [5] * 4)


def test_an_answer_with_other_names_names_them():
    answer = read(message_of([b"\x42\x01\x05"] * 6, NAMES[::-1]), Request.get(NAMES))
    assert list(answer.oids) == NAMES[::-1]


def test_the_row_that_stands_for_a_bulk_in_v1_is_made_once():
    request = Request.bulk(NAMES[:2], 10)
    assert request.as_next() is request.as_next()


def test_lengths_that_contradict_each_other_everywhere_are_bad_answer():
    good = ber.tlv(0x30, ber.tlv(6, NAMES[0]) + ber.integer(5))
    for bad in (
        b"\x30\x7f" + good[2:-2] + b"\x7f\x05",
        b"\x30\x30\x06\x20" + good[4:],
        b"\x30\x0e\x04" + good[3:],
        b"\x30\x10" + good[2:-3] + b"\x02\x81",
    ):
        body = ber.tlv(0x30, bad)
        inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + body)
        with pytest.raises(BadAnswer):
            read(ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner), Request.get(NAMES))


def test_a_wrong_outer_length_costs_nothing_where_the_inner_one_leads_on():
    """Pains: B6."""
    good = ber.tlv(0x30, ber.tlv(6, NAMES[0]) + ber.integer(5))
    body = ber.tlv(0x30, b"\x30\x10" + good[2:] + good)
    inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + body)
    assert read(ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner), Request.get(NAMES)).values == [5, 5]


def test_an_error_status_comes_with_what_the_device_sent(answer_bytes):
    """Pains: B3."""
    pairs = [((1, 3, 6, 1, 9, row), v2c.Null("")) for row in (1, 2)]
    request = Request.get([oid.encode("1.3.6.1.9.1"), oid.encode("1.3.6.1.9.2")])
    answer = read(answer_bytes(pairs, status=5, index=2), request)
    assert (answer.error_status, answer.error_index, answer.values) == (5, 2, [None, None])
    assert request.memory.tags is None  # an error teaches nothing about types


CORPUS = [
    line.split() for line in (Path(__file__).parent / "corpus.txt").read_text().splitlines() if line[0] != "#"
]


@pytest.mark.parametrize(("what", "content"), CORPUS, ids=[what for what, _ in CORPUS])
def test_the_corpus_of_awkward_datagrams_raises_nothing_but_bad_answer(what, content):
    """Each line once broke a decoder, ours or another; ``ok-`` lines must be read. Pains: B6."""
    data = bytes.fromhex(content)
    for request in (Request.get(NAMES), Request.get([oid.encode("1.3.6.1.9.1")])):
        try:
            answer = read(data, request)
        except BadAnswer:
            assert not what.startswith("ok-")
        else:
            assert len(answer.oids) == len(answer.values) == len(answer.tags)
            assert not what.startswith("bad-")
    with contextlib.suppress(BadAnswer):
        v3.decode(data)
