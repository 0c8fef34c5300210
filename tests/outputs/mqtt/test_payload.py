"""The bytes of Sparkplug B, against the protobuf library."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from dcim.outputs.mqtt.payload import BOOLEAN, DOUBLE, INT64, STRING, Metric, payload

FIELDS = {
    "PropertyValue": [("type", 1, "UINT32", ""), ("string_value", 8, "STRING", "")],
    "PropertySet": [("keys", 1, "STRING", "*"), ("values", 2, "MESSAGE", "PropertyValue")],
    "Metric": [
        ("name", 1, "STRING", ""), ("alias", 2, "UINT64", ""), ("timestamp", 3, "UINT64", ""), ("datatype", 4, "UINT32", ""),
        ("is_historical", 5, "BOOL", ""), ("is_null", 7, "BOOL", ""), ("properties", 9, "MESSAGE", "!PropertySet"),
        ("long_value", 11, "UINT64", ""), ("double_value", 13, "DOUBLE", ""), ("boolean_value", 14, "BOOL", ""), ("string_value", 15, "STRING", ""),
    ],
    "Payload": [("timestamp", 1, "UINT64", ""), ("metrics", 2, "MESSAGE", "Metric"), ("seq", 3, "UINT64", "")],
}  # fmt: skip


def oracle():
    """Messages as sparkplug_b.proto (proto2) has them."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug.proto", package="spb", syntax="proto2")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind, inner in fields:
            many = bool(inner) and not inner.startswith("!")
            label = kinds.LABEL_REPEATED if many else kinds.LABEL_OPTIONAL
            made = message.field.add(
                name=field, number=number, type=getattr(kinds, f"TYPE_{kind}"), label=label
            )
            if kind == "MESSAGE":
                made.type_name = f".spb.{inner.lstrip('!')}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("spb.Payload"))


Payload = oracle()
times = st.integers(0, 2**50)
values = st.one_of(
    st.tuples(st.just(DOUBLE), st.floats(allow_nan=False)),
    st.tuples(st.just(STRING), st.text()),
    st.tuples(st.just(BOOLEAN), st.booleans()),
    st.tuples(st.just(INT64), st.integers(0, 2**62)),
    st.tuples(st.just(DOUBLE), st.none()),
)
metrics = st.builds(
    lambda typed, at, name, alias, old, unit: Metric(typed[1], at, typed[0], name, alias, old, unit),
    values, times, st.text(max_size=9), st.none() | st.integers(0, 2**40), st.booleans(), st.sampled_from(["", "watts"]),
)  # fmt: skip
FIELD_OF = {DOUBLE: "double_value", STRING: "string_value", BOOLEAN: "boolean_value", INT64: "long_value"}


def as_oracle(at, given, seq):
    made = Payload(timestamp=at)
    for one in given:
        metric = made.metrics.add(timestamp=one.at, datatype=one.datatype)
        if one.name:
            metric.name = one.name
        if one.alias is not None:
            metric.alias = one.alias
        if one.historical:
            metric.is_historical = True
        if one.unit:
            metric.properties.keys.append("engUnit")
            metric.properties.values.add(type=STRING, string_value=one.unit)
        if one.value is None:
            metric.is_null = True
        else:
            setattr(metric, FIELD_OF[one.datatype], one.value)
    if seq is not None:
        made.seq = seq
    return made


@given(times, st.lists(metrics, max_size=5), st.none() | st.integers(0, 255))
def test_the_protobuf_library_writes_the_same_bytes(at, given, seq):
    ours = payload(at, given, seq)
    assert Payload.FromString(ours) == as_oracle(at, given, seq)
    assert ours == as_oracle(at, given, seq).SerializeToString()
