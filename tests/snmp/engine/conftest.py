"""Answers encoded by pyasn1, so that our own codec cannot cancel its errors."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v2c

from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Oid, Opaque

Pair = tuple[tuple[int, ...], Any]

_names = st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=9).map(lambda rest: (1, 3, 6, 1, *rest))
_values = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda n: (v2c.Integer(n), n)),
    st.binary(max_size=300).map(lambda b: (v2c.OctetString(b), b)),
    _names.map(lambda n: (v2c.ObjectIdentifier(n), Oid(oid.encode_parts(n)))),
    st.binary(min_size=4, max_size=4).map(lambda b: (v2c.IpAddress(b), IpAddress(b))),
    st.tuples(st.sampled_from([v2c.Counter32, v2c.Gauge32, v2c.TimeTicks]), st.integers(0, 2**32 - 1)).map(
        lambda pair: (pair[0](pair[1]), pair[1])
    ),
    st.integers(0, 2**64 - 1).map(lambda n: (v2c.Counter64(n), n)),
    st.floats(allow_nan=False, width=32).map(
        lambda f: (v2c.Opaque(b"\x9f\x78\x04" + struct.pack(">f", f)), f)
    ),
    st.floats(allow_nan=False).map(lambda f: (v2c.Opaque(b"\x9f\x79\x08" + struct.pack(">d", f)), f)),
    st.binary(max_size=6).map(lambda b: (v2c.Opaque(b), Opaque(b))),
    st.sampled_from(
        [
            (v2c.NoSuchObject, Absence.NO_SUCH_OBJECT),
            (v2c.NoSuchInstance, Absence.NO_SUCH_INSTANCE),
            (v2c.EndOfMibView, Absence.END_OF_MIB_VIEW),
            (lambda: v2c.Null(""), None),
        ]
    ).map(lambda pair: (pair[0](), pair[1])),
)


@pytest.fixture(scope="session")
def varbinds() -> st.SearchStrategy[list[tuple[tuple[int, ...], Any, Any]]]:
    """Lists of name, pysnmp value, and what it must become."""
    return st.lists(st.tuples(_names, _values).map(lambda pair: (pair[0], *pair[1])), max_size=12)


def encode_answer(pairs: list[Pair], request_id: int = 0x12345678, status: int = 0, index: int = 0) -> bytes:
    pdu = v2c.ResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, request_id)
    v2c.apiPDU.set_varbinds(pdu, pairs)
    v2c.apiPDU.set_error_status(pdu, status)
    pdu.setComponentByPosition(2, index)
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, b"public")
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


@pytest.fixture(scope="session")
def answer_bytes() -> Callable[..., bytes]:
    return encode_answer
