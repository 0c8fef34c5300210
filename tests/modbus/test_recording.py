"""Images and recordings: what is in them is found, and whatever is in them nothing is raised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus import plugin
from collectors.modbus.known.library import SHIPPED
from collectors.modbus.recordings import recording
from collectors.modbus.recordings.recording import Recording, parse, write
from collectors.modbus.transport.contract import Read, Space
from dcim.model import NotARecording
from tests.examples import many

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


@many(60)
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
    path.write_text("profile: socomec_jbuz\nholding 4195: 41\n")
    stranger = plugin.decode(path)
    assert stranger.profile is None
    assert stranger.reason.endswith("no profile 'socomec_jbuz'; did you mean 'socomec_jbus'?")


def test_words_that_are_no_numbers_end_a_line():
    assert dict(parse("holding 1: 5 x 7\nholding 9: 0xzz\ninput 65534: 1 2 3").cells) == {
        Space.HOLDING: {1: 5},
        Space.INPUT: {65534: 1, 65535: 2},
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("input 0: 7 99999999999999999999", "'99999999999999999999' at input 1 is not from 0 to 65535"),
        ("input 0: 7 nan 8", "'nan' at input 1 is no whole number"),
        ("coil 0: 2", "'2' at coil 0 is not from 0 to 1"),
        ("input 65535: 7 8", "'8' would stand at input 65536"),
        ("input 99999999999: 1", "input '99999999999': the last address is 65535"),
        ("input \ufffd: 1", "no line of a recording"),
        ("object 0: Ac\ufffdme", "object 0: bytes that are no UTF-8"),
        ("holding 9: 1", "holding 9 stood there already"),
        ("profile: b", "profile stood there already (a)"),
        ("object 3: b", "object 3 stood there already"),
        ("hello", "no line of a recording: 'hello'"),
    ],
)
def test_a_line_that_is_not_wholly_taken_is_told_with_its_number(line, why):
    """Pains: A6."""
    found = parse(
        f"\ufeffprofile: a\r\n# said\r\nholding 8: 5 6 # so\r\n\r\nobject 3: x\r\n{line}\r\n"
    ).unread
    assert found.count == 1
    number, told = found.first[0]
    assert number == 6
    assert why in told


def test_of_many_odd_lines_the_first_are_named_and_all_are_counted():
    found = parse("x\n" * 1000).unread
    assert (found.count, [number for number, _ in found.first]) == (1000, [1, 2, 3, 4, 5])


def test_of_a_file_that_is_too_large_the_whole_lines_count_and_where_it_ends_is_told(tmp_path):
    """Pains: A1, A6: the beginning of a value is no value."""
    path = tmp_path / "endless.regs"
    head, cut = b"holding 10: 1 2\n", b"holding 12: 345"
    filler = b"#" * (recording.MAX_BYTES - len(head) - 1 - len(cut) + 1) + b"\n"
    path.write_bytes(head + filler + cut + b"6\nno line at all\n")
    found = recording.read(path)
    assert found.cells == {Space.HOLDING: {10: 1, 11: 2}}
    told = ((3, "from here on nothing is read: the file has more than 16 MiB"),)
    assert found.unread.first == told
    decoded = plugin.decode(path)
    assert decoded is not None
    assert decoded.unread.first == told


def test_every_image_of_ours_is_read_whole(kit):
    whole = [path for path in SHIPPED.glob("*/*.regs") if not recording.read(path).unread.count]
    assert len(whole) == len(list(SHIPPED.glob("*/*.regs"))) > 0


def test_a_long_number_with_zeros_before_it_is_what_it_says():
    assert dict(parse("holding 1: 0x0000001234 000000000012").cells) == {Space.HOLDING: {1: 0x1234, 2: 12}}


def test_long_runs_are_written_sixteen_to_a_line():
    text = write(Recording({Space.HOLDING: {at: at for at in (*range(20), 30)}}))
    assert [line.split(":")[0] for line in text.splitlines()] == ["holding 0", "holding 16", "holding 30"]


def test_what_a_tap_writes_down_is_a_recording(virtual, kit):
    """What ``dcim probe --record`` keeps can be decoded. Pains: A6, A7."""
    from collectors.modbus.transport.contract import Link
    from collectors.modbus.transport.tap import Tapped

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
