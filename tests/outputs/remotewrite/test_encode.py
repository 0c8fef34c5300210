"""The bytes of remote write, against the protobuf library."""

import math
import struct

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from dcim.history import Described
from dcim.model import Point, canonical
from dcim.outputs.block import Lines
from dcim.outputs.book import Book, Series
from dcim.outputs.remotewrite.encode import STALE, Encoder, labels_of, varint

FIELDS = {
    "Label": [("name", 1, "TYPE_STRING", ""), ("value", 2, "TYPE_STRING", "")],
    "Sample": [("value", 1, "TYPE_DOUBLE", ""), ("timestamp", 2, "TYPE_INT64", "")],
    "TimeSeries": [("labels", 1, "TYPE_MESSAGE", "Label"), ("samples", 2, "TYPE_MESSAGE", "Sample")],
    "WriteRequest": [("timeseries", 1, "TYPE_MESSAGE", "TimeSeries")],
}


def oracle():
    """The messages of remote write 1.0 as the protobuf library knows them from their description."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="prometheus", syntax="proto3")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind, inner in fields:
            label = kinds.LABEL_REPEATED if inner else kinds.LABEL_OPTIONAL
            made = message.field.add(name=field, number=number, type=getattr(kinds, kind), label=label)
            if inner:
                made.type_name = f".prometheus.{inner}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("prometheus.WriteRequest"))


WriteRequest = oracle()
POINTS = [
    Point("pdu-é", "pdu_outlet_power_watts", canonical({"outlet": "x" * length})) for length in (1, 100, 200)
]


@pytest.fixture(scope="module")
def book():
    known = {point.id: Described(point, None, "") for point in POINTS}
    made = Book({}, lambda ids: [known.get(one) for one in ids])
    made.places(np.array([point.id for point in POINTS], dtype=np.uint64))
    return made


def lines(rows):
    series, at, value = zip(*rows, strict=True) if rows else ((), (), ())
    return Lines(
        np.array(series, dtype=np.int64), np.array(at, dtype=np.int64), np.array(value, dtype=np.float64)
    )


ROWS = st.tuples(
    st.integers(0, 2),
    st.one_of(st.integers(1_700_000_000_000, 1_900_000_000_000), st.integers(-(2**50), 2**60)),
    st.floats(allow_nan=False),
)


@given(st.lists(ROWS, max_size=20))
def test_the_protobuf_library_writes_the_same_bytes(rows):
    known = {point.id: Described(point, None, "") for point in POINTS}
    book = Book({}, lambda ids: [known.get(one) for one in ids])
    book.places(np.array([point.id for point in POINTS], dtype=np.uint64))
    request = WriteRequest()
    for number, at, value in rows:
        series = book.series(number)
        made = request.timeseries.add()
        for name, text in sorted({"__name__": series.name, **series.labels}.items()):
            made.labels.add(name=name, value=text)
        made.samples.add(value=value, timestamp=at)
    ours = Encoder(book).encode(lines(rows))
    read = WriteRequest.FromString(ours)
    assert read == request
    if all(value and at for _, at, value in rows):  # proto3 leaves out zeros, which we write: both are right
        assert ours == request.SerializeToString()


def test_nothing_is_a_request_with_nothing(book):
    assert Encoder(book).encode(lines([])) == b""


def test_a_gap_is_the_one_nan_that_means_stale(book):
    read = WriteRequest.FromString(Encoder(book).encode(lines([(0, 1_790_000_000_000, math.nan)])))
    bits = struct.unpack("<Q", struct.pack("<d", read.timeseries[0].samples[0].value))[0]
    assert bits == 0x7FF0000000000002
    assert struct.pack("<d", STALE) == struct.pack("<Q", 0x7FF0000000000002)


def test_labels_are_sorted_as_bytes_are():
    raw = labels_of(Series("dcim_x", {"zone": "1", "Asset": "a", "asset": "b"}))
    names = [
        label.name for label in WriteRequest.FromString(b"\x0a" + varint(len(raw)) + raw).timeseries[0].labels
    ]
    assert names == ["Asset", "__name__", "asset", "zone"]
