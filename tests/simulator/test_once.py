"""What is decoded and encoded once is, octet for octet, what pysnmp makes of it each time."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v1, v2c

from dcim.simulator.agents.once import Bound, Names, sealed
from dcim.simulator.agents.transport_snmp import Responder, Seat, bind
from dcim.simulator.cells import Cell, Oid, Tag

OIDS = st.lists(st.integers(0, 2**32 - 1), max_size=12).map(lambda rest: (1, 3, 6, *rest))
VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(rfc1902.Integer32),
    st.integers(0, 2**32 - 1).map(rfc1902.Gauge32),
    st.integers(0, 2**64 - 1).map(rfc1902.Counter64),
    st.binary(max_size=200).map(rfc1902.OctetString),
    OIDS.map(rfc1902.ObjectName),
    st.sampled_from((rfc1905.noSuchInstance, rfc1905.noSuchObject, rfc1905.endOfMibView)),
)
ONE, TWO = (1, 3, 6, 1, 9, 1, 0), (1, 3, 6, 1, 9, 2, 0)


@given(st.lists(st.tuples(OIDS, VALUES), max_size=20))
def test_the_octets_are_those_of_pysnmp(pairs: list[tuple[Oid, Any]]) -> None:
    pdu = v2c.ResponsePDU()
    v2c.apiPDU.set_varbinds(pdu, [(rfc1902.ObjectName(name), value) for name, value in pairs])
    bound = [Bound(rfc1902.ObjectName(name), rfc1902.Integer32(0)).now(value) for name, value in pairs]
    assert encoder.encode(sealed(bound)) == encoder.encode(v2c.apiPDU.get_varbind_list(pdu))
    assert [tuple(one) for one in bound] == [(rfc1902.ObjectName(name), value) for name, value in pairs]


@given(st.lists(st.tuples(OIDS, VALUES), max_size=20))
def test_what_is_asked_is_read_as_pysnmp_reads_it(pairs: list[tuple[Oid, Any]]) -> None:
    pdu = v2c.GetRequestPDU()
    v2c.apiPDU.set_varbinds(pdu, [(rfc1902.ObjectName(name), value) for name, value in pairs])
    octets = encoder.encode(v2c.apiPDU.get_varbind_list(pdu))
    names, rest = decoder.decode(octets, asn1Spec=Names())
    whole, _ = decoder.decode(octets, asn1Spec=rfc1905.VarBindList())
    assert rest == b""
    assert [v2c.apiVarBind.get_oid_value(one) for one in names] == [
        v2c.apiVarBind.get_oid_value(one) for one in whole
    ]


@given(st.binary(min_size=1, max_size=60))
def test_octets_that_are_no_list_are_refused_as_pysnmp_refuses_them(octets: bytes) -> None:
    framed = bytes((0x30, len(octets))) + octets
    try:
        decoder.decode(framed, asn1Spec=rfc1905.VarBindList())
    except PyAsn1Error:
        with pytest.raises(PyAsn1Error):
            decoder.decode(framed, asn1Spec=Names())
    else:
        decoder.decode(framed, asn1Spec=Names())


class Agent:
    """A responder at a real port, and somebody who asks it with pysnmp's own messages."""

    def __init__(self) -> None:
        self.cells: dict[Oid, Cell] = {ONE: Cell(Tag.GAUGE, 7), TWO: Cell(Tag.TEXT, b"two")}
        self.seat = Seat("one", bind("127.0.0.1", 0), lambda: dict(self.cells), lambda: 0.0)
        self.responder = Responder([self.seat], "public", b"\x80\x00\x1f\x88\x04once")

    async def ask(self, api: Any, *names: Oid, pdu: Any = None) -> list[tuple[Oid, Any]]:
        """Ask in version 1 or 2c; return what came."""
        question = pdu or api.GetRequestPDU()
        if pdu is None:
            api.apiPDU.set_defaults(question)
        api.apiPDU.set_varbinds(question, [(rfc1902.ObjectName(name), api.Null("")) for name in names])
        message = api.Message()
        api.apiMessage.set_defaults(message)
        api.apiMessage.set_community(message, "public")
        api.apiMessage.set_pdu(message, question)
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(self.seat.socket.getsockname())
            await loop.sock_sendall(sock, encoder.encode(message))
            answer, rest = decoder.decode(await loop.sock_recv(sock, 65535), asn1Spec=api.Message())
        said = api.apiMessage.get_pdu(answer)
        assert rest == b""
        assert api.apiPDU.get_request_id(said) == api.apiPDU.get_request_id(question)
        assert int(api.apiPDU.get_error_status(said)) == 0
        return [(name.asTuple(), value) for name, value in api.apiPDU.get_varbinds(said)]


@pytest.fixture
async def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Agent]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where pysnmp keeps the boots of an engine
    one = Agent()
    one.responder.start()
    yield one
    one.responder.stop()
    one.seat.socket.close()


@pytest.mark.parametrize("api", [v1, v2c], ids=["v1", "v2c"])
async def test_a_value_that_moved_is_told_as_it_is_now(agent: Agent, api: Any) -> None:
    """What is kept is kept by its value: the same question, asked again, has what is true then."""
    for number in (7, 8, 8, 7):
        agent.cells[ONE] = Cell(Tag.GAUGE, number)
        assert await agent.ask(api, ONE, TWO) == [(ONE, number), (TWO, b"two")]
    agent.cells[ONE] = Cell(Tag.INTEGER, 7)  # as many, of another type
    assert (await agent.ask(api, ONE))[0][1].tagSet == rfc1902.Integer32.tagSet


async def test_a_table_is_walked_to_its_end_and_what_is_not_there_is_said_to_be_absent(agent: Agent) -> None:
    bulk = v2c.GetBulkRequestPDU()
    v2c.apiBulkPDU.set_defaults(bulk)
    v2c.apiBulkPDU.set_non_repeaters(bulk, 0)
    v2c.apiBulkPDU.set_max_repetitions(bulk, 3)
    came = await agent.ask(v2c, (1, 3), pdu=bulk)
    assert [name for name, _ in came] == [ONE, TWO, TWO]
    assert came[2][1] == rfc1905.endOfMibView
    absent = await agent.ask(v2c, (1, 3, 6, 1, 9, 1, 4), (1, 3, 7))
    assert [value for _, value in absent] == [rfc1905.noSuchInstance, rfc1905.noSuchObject]
    assert absent[0][1].tagSet == rfc1905.noSuchInstance.tagSet
