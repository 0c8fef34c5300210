"""Line protocol, against influxdb-client's own."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.history import Described
from dcim.late import late
from dcim.model import Address, Asset, Kind, Point, canonical
from dcim.outputs.block import Lines
from dcim.outputs.book import Book, Series
from dcim.outputs.influxdb.encode import Encoder, head

client = late("influxdb_client")  # collecting the tests needs none
plain = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\\"), min_size=1, max_size=8
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
values = st.floats(allow_nan=False, allow_infinity=False)
times = st.integers(0, 4_000_000_000_000)


def book_of(*points):
    known = {point.id: Described(point, None, "") for point in points}
    book = Book({}, lambda ids: [known.get(one) for one in ids])
    book.places(np.array([point.id for point in points], dtype=np.uint64))
    return book


def lines(*rows):
    series, at, value = zip(*rows, strict=True)
    return Lines(
        np.array(series, dtype=np.int64), np.array(at, dtype=np.int64), np.array(value, dtype=np.float64)
    )


@given(names, st.dictionaries(names, plain, max_size=4), values, times)
def test_a_line_is_what_the_client_would_write(metric, labels, value, at):
    series = Series(f"dcim_{metric}", labels)
    oracle = client.Point(series.name).field("value", value).time(at * 1_000_000)
    for name, text in labels.items():
        oracle.tag(name, text)
    ours = f"{head(series)}{value} {at}000000"
    assert ours.split(" value=")[0] == oracle.to_line_protocol().split(" value=")[0]
    assert float(ours.rpartition("value=")[2].split()[0]) == value
    assert int(ours.rpartition(" ")[2]) == int(oracle.to_line_protocol().rpartition(" ")[2])


@given(st.lists(st.tuples(st.integers(0, 2), times, values), min_size=1, max_size=30))
def test_every_line_keeps_its_series_time_and_value(rows):
    points = [
        Point("pdu-1", "pdu_outlet_power_watts", canonical({"outlet": str(number)})) for number in range(3)
    ]
    book = book_of(*points)
    body = Encoder(book).encode(lines(*rows)).decode()
    assert body.endswith("\n")
    heads = {head(book.series(number)): number for number in range(3)}
    read = []
    for line in body.splitlines():
        start, _, rest = line.partition("value=")
        number, at = rest.split(" ")
        read.append((heads[f"{start}value="], int(at) // 1_000_000, float(number)))
    assert read == [(series, at, float(value)) for series, at, value in rows]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a b", r"a\ b"),
        ("a,b=c", r"a\,b\=c"),
        ("c:\\dir", "c:\\dir"),
        ("end\\", "end/"),
        ("a\\ b", r"a/\ b"),
        ("a\\\\b", "a/\\b"),
        ("two\nlines", r"two\ lines"),
        ("tab\tnul\0", r"tab\ nul\ "),
        ('"quoted"', '"quoted"'),
        ("éà", "éà"),
    ],
)
def test_what_the_protocol_cannot_carry_is_replaced(text, tag):
    assert head(Series("dcim_x", {"name": text})) == f"dcim_x,name={tag} value="


def test_new_series_are_learned_as_they_come():
    first, second = Point("a", "ups_load_ratio"), Point("b", "ups_load_ratio")
    known = {point.id: Described(point, None, "") for point in (first, second)}
    asset = Asset("a", "A", Kind.UPS, "snmp", Address("h"), room="r 1")
    book = Book({"a": asset}, lambda ids: [known.get(one) for one in ids])
    encoder = Encoder(book)
    book.places(np.array([first.id], dtype=np.uint64))
    assert (
        encoder.encode(lines((0, 5, 0.25)))
        == rb"dcim_ups_load_ratio,asset=a,kind=ups,room=r\ 1 value=0.25 5000000" + b"\n"
    )
    book.places(np.array([second.id], dtype=np.uint64))
    assert encoder.encode(lines((1, 5, 1e-9))) == b"dcim_ups_load_ratio,asset=b value=1e-9 5000000\n"


def test_numbers_at_the_ends_of_what_floats_can_say_are_written_so_that_they_read_back():
    book = book_of(Point("a", "ups_load_ratio"))
    numbers = [0.0, -0.0, 5e-324, 1.7976931348623157e308, 1e22, 123456789012345680.0, 0.1, -273.15]
    body = Encoder(book).encode(lines(*[(0, at, value) for at, value in enumerate(numbers)])).decode()
    read = [float(line.partition("value=")[2].split()[0]) for line in body.splitlines()]
    assert [math.copysign(1, one) * one for one in read] == [math.copysign(1, one) * one for one in numbers]


def test_a_point_of_two_lanes_is_one_series_and_two_points_with_one_text_are_the_first():
    a, b = canonical({"x": "1", "y": ""}), canonical({"x": "1"})
    book = book_of(Point("a", "ups_load_ratio", a), Point("a", "ups_load_ratio", b))
    assert len(book) == 1
