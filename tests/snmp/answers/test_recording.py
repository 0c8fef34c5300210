"""Recordings as people take them: unsorted, doubled, half broken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp import plugin
from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, Cells, text_of
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Opaque, Tag


def one(line: str) -> Cell | None:
    return next(iter(recording.parse(line).by_oid.values()), None)


def test_every_type_of_value_is_read():
    assert one("1.3.6.1|2|-7") == Cell(Tag.INTEGER, -7)
    assert one("1.3.6.1|70|18446744073709551615") == Cell(Tag.COUNTER64, 2**64 - 1)
    assert one("1.3.6.1|4|text|with bars") == Cell(Tag.OCTET_STRING, b"text|with bars")
    assert one("1.3.6.1|4x|00C0b7") == Cell(Tag.OCTET_STRING, b"\x00\xc0\xb7")
    assert one("1.3.6.1|4e|two\\nlines") == Cell(Tag.OCTET_STRING, b"two\nlines")
    assert one("1.3.6.1|5|") == Cell(Tag.NULL, None)
    assert one("1.3.6.1|6|1.3.6.1.4.1.318") == Cell(Tag.OBJECT_IDENTIFIER, Oid(oid.encode("1.3.6.1.4.1.318")))
    assert one("1.3.6.1|64|192.0.2.7") == Cell(Tag.IP_ADDRESS, IpAddress(b"\xc0\x00\x02\x07"))
    assert one("1.3.6.1|64x|c0000207") == Cell(Tag.OCTET_STRING, b"\xc0\x00\x02\x07")
    assert one("1.3.6.1|68x|9f780441cc0000") == Cell(Tag.OPAQUE, 25.5)
    assert one("1.3.6.1|68x|9f79084039800000000000") == Cell(Tag.OPAQUE, 25.5)
    assert one("1.3.6.1|68|25.5") == Cell(Tag.OPAQUE, 25.5)
    assert one("1.3.6.1|68x|ff") == Cell(Tag.OPAQUE, Opaque(b"\xff"))
    assert one("1.3.6.1|128|") == Cell(Tag.NO_SUCH_OBJECT, Absence.NO_SUCH_OBJECT)


def test_a_variation_module_gives_its_first_value():
    assert one("1.3.6.1|2:numeric|min=1,max=2,initial=2,wrap=1") == Cell(Tag.INTEGER, 2)
    assert one("1.3.6.1|4:writecache|value=Server 1 PS 1") == Cell(Tag.OCTET_STRING, b"Server 1 PS 1")
    assert one("1.3.6.1|2:numeric|nonsense") == Cell(Tag.OCTET_STRING, b"")


def test_text_where_a_number_is_meant_stays_text():
    assert one("1.3.6.1|2|up(1)") == Cell(Tag.OCTET_STRING, b"up(1)")
    assert one("1.3.6.1|64|<private>") == Cell(Tag.OCTET_STRING, b"<private>")
    assert one("1.3.6.1|64|1.2.3") == Cell(Tag.OCTET_STRING, b"1.2.3")
    assert one("1.3.6.1|6|SNMPv2-SMI::enterprises") == Cell(Tag.OCTET_STRING, b"SNMPv2-SMI::enterprises")
    assert one("1.3.6.1|2|" + "9" * 4000) == Cell(Tag.OCTET_STRING, b"9" * 4000)
    assert one("1.3.6.1|4x|0z") == Cell(Tag.OCTET_STRING, b"0z")
    assert one("1.3.6.1|4e|\\x") == Cell(Tag.OCTET_STRING, b"\\x")


def test_a_line_that_is_none_is_left_out():
    for line in (
        "",
        "# comment",
        "1.3.6.1|2",
        "a.b|2|1",
        "1.3.6.1.99999999999|2|1",
        "1.3.6.1|x|1",
        "1.3.6.1|4444|1",
        "9.9|2|1",
    ):
        assert one(line) is None, line


def test_a_name_is_the_same_however_it_is_written():
    for name in ("1.3.6.1.4.1.318.7", ".1.3.6.1.4.1.318.7", " 1.3.6.1.4.1.318.7 "):
        assert list(recording.parse(f"{name}|2|1").by_oid) == [oid.encode("1.3.6.1.4.1.318.7")], name
    for name in ("1.3", ".1.3", "1.3.6", ".1.3.6", "2.999.1"):
        assert list(recording.parse(f"{name}|2|1").by_oid) == [oid.encode(name)], name


def test_a_name_that_is_too_long_or_wrong_in_the_middle_is_left_out_and_costs_no_other():
    long = ".".join(["1.3", *["7"] * (oid.MAX_PARTS - 2)])
    lines = [
        f"{long}|2|1",
        f"{long}.7|2|2",
        f"{long}{'.7' * 5000}|2|3",
        "1.3.6.1.x.5.1|2|4",
        "1.3.6.1..1|2|5",
    ]
    assert list(recording.parse("\n".join([*lines, "1.3.6.1.5.1|2|6"])).by_oid) == [
        oid.encode(long),
        oid.encode("1.3.6.1.5.1"),
    ]


def test_the_last_of_two_lines_with_the_same_oid_wins():
    assert one("1.3.6.1.4|2|1\n1.3.6.1.4|2|2") == Cell(Tag.INTEGER, 2)


@given(st.text())
def test_no_text_makes_the_reader_raise(text):
    assert all(cell.there or cell.value is not None for cell in recording.parse(text).by_oid.values())


@given(st.text(alphabet="0123456789.|xe:=,\\-\n#", max_size=80))
def test_no_almost_right_text_makes_the_reader_raise(text):
    assert all(cell.there or cell.value is not None for cell in recording.parse(text).by_oid.values())


@given(
    st.lists(
        st.sampled_from(
            ["1.3.6.1|2|1", ".1.3.6.1|2|2", "1.3.6.2|2|1", "1.3.x|2|1", "1.3.6.3|z|1", "a", "#", ""]
        )
    )
)
def test_every_line_is_a_cell_or_says_nothing_or_is_told(lines):
    """Pains: A6."""
    text = "\ufeff" + "\n".join(lines)
    cells = recording.parse(text)
    found = recording.unread(text, cells)
    silent = sum(line in ("#", "") for line in lines)
    assert len(cells.by_oid) + silent + found.count == len(lines)


def test_what_only_unicode_takes_for_the_end_of_a_line_ends_none():
    text = "1.3.6.1|4|a\x0bb\u2028c\r\n1.3.6.2|2|1\r1.3.6.3|2|1\n"
    cells = recording.parse(text)
    assert cells.by_oid[oid.encode("1.3.6.1")].value == "a\x0bb\u2028c".encode()
    assert (len(cells.by_oid), recording.unread(text, cells).count) == (3, 0)


def test_bytes_that_are_no_text_do_not_stop_a_file(tmp_path):
    path = tmp_path / "odd.snmprec"
    path.write_bytes(b"1.3.6.1.2|4|caf\xe9\n1.3.6.1.3|2|5\n")
    cells = recording.read(path)
    assert cells.get(oid.encode("1.3.6.1.2")) == Cell(Tag.OCTET_STRING, b"caf\xe9")
    assert cells.get(oid.encode("1.3.6.1.3")) == Cell(Tag.INTEGER, 5)


def test_of_a_file_that_is_too_large_the_whole_lines_count_and_where_it_ends_is_told(tmp_path):
    """Pains: A1, A6: the beginning of a value is no value."""
    path = tmp_path / "endless.snmprec"
    head, cut = b"1.3.6.1.2.1.1.3.0|67|4200\n", b"1.3.6.1.2.1.33.1.2.4.0|2|97"
    filler = b"#" * (recording.MAX_BYTES - len(head) - len(cut))
    path.write_bytes(head + filler + b"\n" + cut + b"\nno line at all\n")
    decoded = plugin.decode(path)
    assert decoded is not None
    told = (3, "from here on nothing is read: the file has more than 16 MiB")
    assert (decoded.unread.count, decoded.unread.first) == (1, (told,))
    assert [batch.layout.points[0].metric for batch in decoded.batches] == ["device_uptime_seconds"]


def test_rows_of_a_column_come_as_snmp_sorts_them():
    cells = recording.parse(
        "1.3.6.9.1.300|2|3\n1.3.6.9.1.2|2|1\n1.3.6.9.1.10|2|2\n1.3.6.9.10.1|2|9\n1.3.6.9.1|2|0"
    )
    assert [row.parts for row in cells.rows(oid.encode("1.3.6.9.1"))] == [(2,), (10,), (300,)]


def test_rows_without_a_value_or_with_a_broken_index_are_left_out():
    column = oid.encode("1.3.6.9.1")
    cells = Cells()
    cells.put(column + b"\x01", Cell(0x81, Absence.NO_SUCH_INSTANCE))
    cells.put(column + b"\x81", Cell(2, 5))
    assert list(cells.rows(column)) == []
    assert cells.get(column + b"\x01") is None


def test_values_read_as_people_write_them():
    assert text_of(b" AP8681\x00\x00 ") == "AP8681"
    assert text_of("Größe".encode("latin-1")) == "Größe"
    assert text_of(b"\xff\xfe\x01") == "fffe01"
    assert text_of(Oid(oid.encode("1.3.6"))) == "1.3.6"
    assert text_of(IpAddress(b"\x7f\x00\x00\x01")) == "127.0.0.1"
    assert text_of(2.5) == "2.5"
    assert text_of(None) == ""
    assert text_of(Absence.END_OF_MIB_VIEW) == "endOfMibView"
    assert text_of(Malformed(2, b"\x01\x02")) == "0102"
