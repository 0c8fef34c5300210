"""Three readers of varbinds, one result: plainly, slot by slot, by pattern."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.engine import ber, community, decode, oid, pdu, shape
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.shape import Shape
from collectors.snmp.engine.value import NUMBERS, Malformed, Tag
from dcim.model import BadAnswer

NAMES = [oid.encode(f"1.3.6.1.4.1.9.1.{row}") for row in range(1, 7)]


def varbind(name, value):
    return ber.tlv(0x30, ber.tlv(6, name) + value)


def listed(values, names=NAMES):
    return b"".join(varbind(name, value) for name, value in zip(names, values, strict=False))


def by_all(data, shape_):
    """What both readers of known shapes say; None where both leave it to ``plain``."""
    return [
        shape_.by_slot(data, 0, len(data)),
        shape_.by_pattern(shape_.compiled(), data, 0, len(data)),
    ]


LEAST = -(2**31)
"""An INTEGER that pyasn1 writes in five octets, though it has room in four: such a width is left to the plain reader."""


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_pattern_reads_an_answer_of_pyasn1_as_it_was_written(varbinds, answer_bytes, data):
    pairs = data.draw(varbinds.filter(len))
    message = answer_bytes([(name, value) for name, value, _ in pairs])
    head = community.read(message)
    names, values, tags = decode.plain(message, head.start, head.end)
    known = Shape(names, tags)
    read = known.by_pattern(known.compiled(), message, head.start, head.end)
    if read is not None:
        assert repr(read) == repr(values)  # repr: types too, and NaN is like NaN
    else:
        contents = [value for value in values if isinstance(value, bytes)]
        rare = any(isinstance(value, Malformed) or value == LEAST for value in values)
        assert rare or any(len(content) > 0x7F for content in contents) or _misleads(message, known)


def _misleads(message, known):
    """Whether a head stands elsewhere than in its place, as hypothesis may arrange it."""
    return any(message.count(head) > 1 for head in known.heads)


@pytest.mark.long
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_a_reader_of_known_shapes_accepts_is_what_is_read_plainly(varbinds, answer_bytes, data):
    """Pains: B6."""
    pairs = data.draw(varbinds.filter(len))
    message = answer_bytes([(name, value) for name, value, _ in pairs])
    head = community.read(message)
    body = message[head.start : head.end]
    names, _, tags = decode.plain(body, 0, len(body))
    known = Shape(names, tags)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body = body[:at] + bytes([data.draw(st.integers(0, 255))]) + body[at + 1 :]
    for read in by_all(body, known):
        if read is None:
            continue
        try:
            plainly = decode.plain(body, 0, len(body))
        except BadAnswer:
            continue  # an outer length contradicts, of which readers of known shapes take no note
        if plainly[0] == names and bytes(plainly[2]) == bytes(tags):
            assert repr(read) == repr(plainly[1])


@pytest.mark.parametrize("tag", sorted(NUMBERS))
@given(contents=st.lists(st.binary(min_size=1, max_size=9), min_size=6, max_size=6))
@settings(max_examples=40, deadline=None)
def test_numbers_of_every_width_and_sign_are_the_same_to_all(tag, contents):
    body = listed([bytes((tag, len(content))) + content for content in contents])
    known = Shape(NAMES, [tag] * 6)
    plainly = decode.plain(body, 0, len(body))[1]
    for read in by_all(body, known):
        assert read in (None, plainly)
    if max(map(len, contents)) <= 4:
        assert by_all(body, known) == [plainly, plainly]


def test_a_counter_with_a_zero_before_its_eight_bytes_is_read_by_a_pattern():
    body = listed([b"\x46\x09\x00" + b"\xff" * 8] * 6)
    assert by_all(body, Shape(NAMES, [0x46] * 6)) == [None, [2**64 - 1] * 6]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(b"\x42\x00", id="a number without bytes"),
        pytest.param(b"\x42\x09" + b"\xff" * 9, id="a number above 64 bits"),
        pytest.param(b"\x42\x81\x01\x05", id="a long length"),
        pytest.param(b"\x41\x01\x05", id="another type"),
        pytest.param(b"\x42\x02\x05", id="a length beyond the end"),
        pytest.param(b"", id="no value"),
    ],
)
@pytest.mark.parametrize("slot", range(6))
def test_what_is_no_usual_number_is_left_to_the_plain_reader(odd, slot):
    """Pains: B6."""
    values = [b"\x42\x01\x05"] * 6
    known = Shape(NAMES, [0x42] * 6)
    assert by_all(listed(values), known) == [[5] * 6] * 2
    values[slot] = odd
    assert by_all(listed(values), known) == [None] * 2


def test_texts_and_numbers_may_take_turns():
    values = [
        b"\x04\x04abcd",
        b"\x42\x01\x05",
        b"\x04\x00",
        b"\x81\x00",
        b"\x02\x01\xfd",
        b"\x06\x02\x2b\x01",
    ]
    tags = [value[0] for value in values]
    body = listed(values)
    assert by_all(body, Shape(NAMES, tags)) == [decode.plain(body, 0, len(body))[1]] * 2


def test_a_text_that_holds_the_name_behind_it_is_not_taken_for_its_end():
    """The pattern looks for that name; what it finds too early it must not believe."""
    text = varbind(NAMES[1], b"\x42\x01\x07") * 2
    values = [ber.tlv(4, text), b"\x42\x01\x05"]
    body = listed(values)
    known = Shape(NAMES[:2], [0x04, 0x42])
    assert known.by_slot(body, 0, len(body)) == [text, 5]
    assert known.by_pattern(known.compiled(), body, 0, len(body)) is None


def test_a_datagram_full_of_names_that_lead_astray_ends_the_search():
    """A pattern that tried every way through such a datagram would never come back. Pains: B6."""
    names = [oid.encode(f"1.3.6.1.4.1.9.1.{row}") for row in range(1, 61)]
    known = Shape(names, [Tag.OCTET_STRING] * 60)
    pattern = known.compiled()
    heads = b"".join(b"0\x7f" + head + b"\x7f" for head in known.heads)
    assert known.by_pattern(pattern, heads * 40, 0, len(heads) * 40) is None
    body = b"".join((b"0\x7f" + head + b"\x7f") * 30 for head in known.heads)
    assert known.by_pattern(pattern, body, 0, len(body)) is None


def message_of(values):
    inner = ber.tlv(0xA2, ber.integer(77) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, listed(values)))
    return ber.tlv(0x30, b"\x02\x01\x01\x04\x01p" + inner)


def test_a_shape_that_is_read_often_gets_a_pattern_and_gives_the_same():
    request = Request.get(NAMES)
    seen = []
    for turn in range(shape.WORTH_A_PATTERN + 4):
        message = message_of([b"\x02\x01" + bytes([turn * 3])] * 6)
        answer = pdu.answer(message, community.read(message), request)
        assert answer.oids is request.oids
        assert answer.values == [turn * 3 if turn * 3 < 128 else turn * 3 - 256] * 6
        seen.append(request.memory.shape is not None and request.memory.shape.pattern is not None)
    assert (seen[0], seen[-1]) == (False, True)
    assert all(before <= after for before, after in pairwise(seen))


def test_only_so_many_shapes_have_a_pattern_and_room_comes_back():
    """Patterns take tens of kilobytes: a site whose devices all differ must not fill the memory with them."""
    body = listed([b"\x42\x01\x05"])

    def read_often(number):
        one = Shape([NAMES[0]], [0x42])
        for _ in range(shape.WORTH_A_PATTERN):
            assert one.read(body, 0, len(body)) == [5]
        assert one.read(body, 0, len(body)) == [5]
        return one

    kept = [read_often(number) for number in range(shape.MOST_PATTERNS + 3)]
    without = [one for one in kept if one.pattern is None]
    assert len(without) >= 3
    kept.clear()
    assert read_often(0).pattern is not None
