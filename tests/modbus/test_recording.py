"""Images and recordings: what is in them is found, and whatever is in them nothing is raised."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus import plugin
from collectors.modbus.recording import Recording, parse, write
from collectors.modbus.transport import Read, Space
from dcim.model import NotARecording

TEXT = """\
# a comment
profile: acme
holding 10: 1 0x00ff 65535   # another
input 65535: 7
coil 3: 1 0 1
object 0: Acme Power
not a line
holding 20: 1 65536 2
holding 10: 9
"""


def test_lines_become_cells_and_the_later_line_wins():
    found = parse(TEXT)
    assert dict(found.cells[Space.HOLDING]) == {10: 9, 11: 255, 12: 65535, 20: 1}
    assert dict(found.cells[Space.INPUT]) == {65535: 7}
    assert dict(found.cells[Space.COIL]) == {3: 1, 4: 0, 5: 1}
    assert dict(found.objects) == {0: "Acme Power"}
    assert found.profile == "acme"


def test_a_read_is_answered_as_the_wire_would_or_not_at_all():
    found = parse(TEXT)
    assert found.answer(Read(Space.HOLDING, 10, 2)) == b"\0\x09\0\xff"
    assert found.answer(Read(Space.COIL, 3, 3)) == b"\x05"
    assert found.answer(Read(Space.HOLDING, 12, 2)) is None
    assert found.answer(Read(Space.DISCRETE, 0)) is None


cells = st.dictionaries(
    st.sampled_from(list(Space)),
    st.dictionaries(st.integers(0, 65535), st.integers(0, 1), min_size=1),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(cells, st.dictionaries(st.integers(0, 255), st.from_regex(r"[A-Za-z0-9]{1,9}", fullmatch=True)))
def test_what_is_written_is_read_back(held, objects):
    recording = Recording(held, objects, "acme")
    again = parse(write(recording))
    assert {space: dict(values) for space, values in again.cells.items()} == held
    assert (dict(again.objects), again.profile) == (objects, "acme")


@settings(max_examples=60, deadline=None)
@given(st.text() | st.text(alphabet="holding input coil 0123456789:x#-\n"))
def test_any_text_is_read_without_an_error(text):
    for values in parse(text).cells.values():
        assert all(0 <= at <= 65535 and 0 <= value <= 65535 for at, value in values.items())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_file_is_decoded_or_said_to_be_no_recording(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "any.regs"
    path.write_bytes(raw)
    try:
        decoded = plugin.decode(path)
    except NotARecording:
        return
    assert decoded is not None
    assert decoded.profile is None or decoded.batches


def test_a_file_of_another_protocol_is_none_of_ours(tmp_path):
    path = tmp_path / "x.snmprec"
    path.write_text("1.3.6.1.2.1.1.1.0|4|x\n")
    assert plugin.decode(path) is None


def test_a_recording_of_an_unknown_family_says_so(tmp_path):
    path = tmp_path / "x.regs"
    path.write_text("holding 0: 4711\n")
    decoded = plugin.decode(path)
    assert decoded is not None
    assert (decoded.profile, decoded.batches, decoded.reason) == (None, (), "nothing in it tells the family")


def test_a_recording_may_name_its_profile(tmp_path):
    path = tmp_path / "x.regs"
    path.write_text("profile: socomec_jbus\nholding 4195: 41\n")
    decoded = plugin.decode(path)
    assert decoded is not None
    assert (decoded.profile, decoded.reason) == ("socomec_jbus", "named in the recording")
    path.write_text("profile: nobody\nholding 4195: 41\n")
    assert plugin.decode(path).profile is None


def test_words_that_are_no_numbers_end_a_line():
    assert dict(parse("holding 1: 5 x 7\nholding 9: 0xzz\ninput 65534: 1 2 3").cells) == {
        Space.HOLDING: {1: 5},
        Space.INPUT: {65534: 1, 65535: 2},
    }


def test_long_runs_are_written_sixteen_to_a_line():
    text = write(Recording({Space.HOLDING: {at: at for at in (*range(20), 30)}}))
    assert [line.split(":")[0] for line in text.splitlines()] == ["holding 0", "holding 16", "holding 30"]


def test_what_a_tap_writes_down_is_a_recording(virtual, kit):
    """What ``dcim probe --record`` keeps can be decoded. Pains: A6, A7."""
    from collectors.modbus.tap import Tapped
    from collectors.modbus.transport import Link

    held = kit.image("stulz_c7000/cooling")
    wire = kit.Wire(Link("x", 502))
    wire.units[1] = kit.holding(held)
    wire.objects[1] = {0: "Stulz"}
    lines: list[str] = []
    tapped = Tapped(wire, lines.append)

    async def story():
        await tapped.connect(1e9)
        assert tapped.connected
        for read in (Read(Space.HOLDING, 1192, 4), Read(Space.COIL, 1000, 11)):
            assert await tapped.read(1, read, 1e9) == held.answer(read)
        await tapped.identify(1, 1e9)
        tapped.close()
        assert not tapped.connected

    virtual(story())
    again = parse("\n".join(lines))
    assert again.answer(Read(Space.HOLDING, 1192, 4)) == held.answer(Read(Space.HOLDING, 1192, 4))
    assert again.answer(Read(Space.COIL, 1000, 11)) == held.answer(Read(Space.COIL, 1000, 11))
    assert dict(again.objects) == {0: "Stulz"}
