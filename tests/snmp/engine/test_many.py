"""Answers that have come together are read as each is read alone."""

import struct
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.snmp.engine import ber, oid, pdu
from collectors.snmp.engine.many import WORTH, Together
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.shape import Shape
from collectors.snmp.engine.value import NUMBERS
from dcim.model import BadAnswer
from tests.examples import many

NAMES = [
    oid.encode(name) for name in ("1.3.6.1.2.1.1.3.0", "1.3.6.1.4.1.99999.1.6.0", "1.3.6.1.4.1.318.7.300.12")
]
TAGS = bytes((0x43, 0x02, 0x46))
"""Ticks, a number with a sign, a count of 64 bits."""

ORDINARY = b"\x02\x30\x39"


def listed(contents, names=NAMES, tags=TAGS):
    return b"".join(
        ber.tlv(0x30, ber.tlv(6, name) + bytes((tag,)) + content)
        for name, tag, content in zip(names, tags, contents, strict=True)
    )


def unread(body, shape, status=0):
    request = Request.get(NAMES)
    request.memory.shape = shape
    return pdu.Unread(
        b"head" + body + b"tail", pdu.Pdu(pdu.RESPONSE, 1, status, 0, 4, 4 + len(body)), request
    )


def alone(one):
    try:
        return pdu.answer(*one)
    except BadAnswer as error:
        return error


def told(answer):
    if isinstance(answer, BadAnswer):
        return repr(answer)
    return list(answer.oids), repr(list(answer.values)), bytes(answer.tags), answer.error_status


def agree(several):
    """Read together and alone; return what was read together."""
    found = pdu.answers(several)
    assert list(map(told, found)) == [told(alone(one)) for one in several]
    for one, answer in zip(several, found, strict=True):
        if isinstance(answer, BadAnswer):
            continue
        assert (answer.oids is one.request.oids) == (alone(one).oids is one.request.oids)
        assert not answer.cells or answer.cells == struct.pack(f"{len(answer.values)}d", *answer.values)
    return found


usual = st.binary(min_size=1, max_size=5).map(lambda content: bytes((len(content),)) + content)
rare = st.binary(max_size=10).map(lambda content: bytes((len(content),)) + content)
bodies = st.lists(usual, min_size=3, max_size=3).map(listed) | st.lists(rare, min_size=3, max_size=3).map(
    listed
)
changed = st.tuples(bodies, st.integers(0, 200), st.binary(max_size=3)).map(
    lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + len(cut[2]) :]
)


ILL_OPENED = b"\x00\x80" + listed([ORDINARY] * 3)[2:]
"""Of three varbinds the first is opened by something that opens none."""


@many(60)
@example([ILL_OPENED], Random(1))
@given(st.lists(bodies | changed | st.binary(max_size=40), min_size=1, max_size=12), st.randoms())
def test_many_together_say_what_each_says_alone_whatever_is_in_them(some, rng):
    """Pains: B6."""
    shape = Shape(NAMES, TAGS)
    several = [unread(body, shape) for body in some]
    several += [unread(listed([ORDINARY] * 3), shape) for _ in range(WORTH)]
    rng.shuffle(several)
    found = agree(several)
    together = [one for one in found if not isinstance(one, BadAnswer) and one.cells]
    assert len(together) >= WORTH  # the ordinary ones were read in one go, whatever was among them


def test_what_is_usual_is_really_read_together():
    shape = Shape(NAMES, TAGS)
    contents = [b"\x01\x05", b"\x02\xff\xfe", b"\x08\x7f" + b"\xff" * 7]
    found = agree([unread(listed(contents), shape) for _ in range(WORTH)])
    assert {answer.cells for answer in found} == {struct.pack("3d", 5, -2, 2**63 - 1)}


def test_few_are_read_one_by_one():
    shape = Shape(NAMES, TAGS)
    found = agree([unread(listed([ORDINARY] * 3), shape) for _ in range(WORTH - 1)])
    assert {answer.cells for answer in found} == {b""}


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(b"\x00", id="a number without bytes"),
        pytest.param(b"\x09" + b"\x7f" * 9, id="a number above 64 bits"),
        pytest.param(b"\x09\x00" + b"\xff" * 8, id="a zero before eight bytes"),
        pytest.param(b"\x08" + b"\xff" * 8, id="a count beyond 2^63"),
        pytest.param(b"\x81\x01\x05", id="a long length"),
        pytest.param(b"\xff\x05", id="a length beyond the end"),
        pytest.param(b"", id="no length"),
    ],
)
@pytest.mark.parametrize("slot", range(3))
def test_an_odd_one_among_them_costs_no_other(odd, slot):
    """Pains: B6."""
    shape = Shape(NAMES, TAGS)
    contents = [ORDINARY] * 3
    contents[slot] = odd
    several = [unread(listed([ORDINARY] * 3), shape) for _ in range(WORTH)]
    found = agree(
        [*several[:3], unread(listed(contents), shape), *several[3:], unread(listed(contents), shape)]
    )
    assert sum(not isinstance(one, BadAnswer) and bool(one.cells) for one in found) >= WORTH


def test_errors_other_shapes_and_questions_never_answered_before_are_read_beside_them():
    shape, other = Shape(NAMES, TAGS), Shape(NAMES, bytes((0x43, 0x41, 0x46)))
    several = [unread(listed([ORDINARY] * 3), shape) for _ in range(WORTH)]
    beside = [
        unread(listed([ORDINARY] * 3), None),
        unread(listed([ORDINARY] * 3), shape, status=5),
        unread(listed([ORDINARY] * 3, tags=other.tags), other),
        unread(b"", shape),
    ]
    found = agree([*several, *beside])
    assert all(not isinstance(one, BadAnswer) and one.cells for one in found[:WORTH])
    assert all(isinstance(one, BadAnswer) or not one.cells for one in found[WORTH:])


def test_a_shape_with_a_text_or_hardly_a_name_is_not_read_together():
    numbers = bytes(sorted(NUMBERS))
    assert Together.of(Shape([NAMES[0]] * len(numbers), numbers).heads, numbers) is not None
    assert Together.of(Shape(NAMES, b"\x43\x04\x46").heads, b"\x43\x04\x46") is None
    assert Together.of(Shape([b"\x2b\x06"], b"\x02").heads, b"\x02") is None
    assert Together.of([], b"") is None
