"""Messages of v3 as bytes, made from a frame and made anew."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.engine import pdu, v3


@given(
    engine_id=st.binary(min_size=5, max_size=32),
    user=st.binary(min_size=1, max_size=200),
    clock=st.tuples(st.integers(0, v3.MAX_CLOCK), st.integers(0, v3.MAX_CLOCK)),
    later=st.integers(0, v3.MAX_CLOCK),
    sizes=st.sampled_from([(0, 0), (12, 0), (24, 8), (48, 8)]),
    bodies=st.tuples(st.binary(max_size=400), st.binary(max_size=400)),
)
def test_a_frame_makes_the_messages_that_are_otherwise_made_anew(
    engine_id, user, clock, later, sizes, bodies
):
    mac, salt = map(bytes, sizes)
    flags = (v3.AUTH if mac else 0) | (v3.PRIV if salt else 0)
    frame = v3.Frame(flags, v3.Security(engine_id, *clock, user, mac, salt))
    for number, time, body in zip(
        (pdu.LEAST_NUMBER, pdu.MOST_NUMBER), (clock[1], later), bodies, strict=True
    ):
        if time.bit_length() // 8 + 1 != frame.time_size:
            continue
        salt = bytes(range(len(salt)))
        security = v3.Security(engine_id, clock[0], time, user, mac, salt)
        message, mac_at = v3.encode(number, flags, security, body)
        assert frame.message(number, time, salt, body) == (message, mac_at)
        assert v3.decode(message).mac_at == mac_at
