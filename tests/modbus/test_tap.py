from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.recordings import recording
from collectors.modbus.transport.contract import Read, Space
from collectors.modbus.transport.tap import line


@given(st.sampled_from(list(Space)), st.integers(0, 60000), st.data())
def test_what_is_recorded_answers_the_same_read_alike(space: Space, start: int, data: st.DataObject) -> None:
    """Pains: A7."""
    read = Read(space, start, data.draw(st.integers(1, 40)))
    payload = bytearray(data.draw(st.binary(min_size=read.size, max_size=read.size)))
    if not space.has_words and read.count % 8:
        payload[-1] &= (1 << read.count % 8) - 1
    kept = recording.parse(line(read, bytes(payload)))
    assert kept.answer(read) == bytes(payload)
