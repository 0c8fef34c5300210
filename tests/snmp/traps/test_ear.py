"""Traps and informs on a real socket of loopback: read, answered, thrown away, told. Pains: B8, B12, B13."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v1, v2c

from collectors.snmp.collecting.pins import Pins
from collectors.snmp.config.options import SnmpOptions
from collectors.snmp.engine.access import Auth, Priv, User
from collectors.snmp.traps.ear import QUEUE, Household, SnmpEar, users_of
from collectors.snmp.traps.gate import EACH
from collectors.snmp.traps.reader import Said, Unsaid, UserReader, read_community, version_of
from dcim.clock import SystemClock
from dcim.collect import Credential, Heard
from dcim.model import Address, Asset, Kind
from tests.waiting import PATIENCE, until_it

APC = "1.3.6.1.4.1.318"
NOC = User("noc", Auth.SHA256, "auth-secret-1", Priv.AES128, "priv-secret-1")
V3 = [
    "-v3",
    "-u",
    "noc",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "auth-secret-1",
    "-x",
    "AES",
    "-X",
    "priv-secret-1",
]

SIGNED = (
    "3081a7020103301102047a36bb1c020300ffe3040103020103043e303c04098000013e0302030405020101020328bda1"
    "04036e6f6304188c1bba434c83776f5e531518eb7bdc6c7882e060445fc83e04082a357081d9e16f44044f76a35d08ca"
    "173a11f968f38771b914af923d4c8d3a4d019912099324b88dfa229b9fd3595000f29e66d5294de6ca31d8606c19bfe0"
    "19d338c509314ac25fea399ade855dfd559f3464393335703da6"
)
"""A trap as net-snmp's snmptrap sends it for ``NOC`` from engine 8000013e0302030405."""

UNSIGNED = (
    "3081850201033011020402e6dd22020300ffe3040100020103041e301c04098000013e0302030405020101020328bda4"
    "04036e6f6304000400304d041180001f8880e44888051a45076b000000000400a7360204507880370201000201003028"
    "300d06082b060102010103004301073017060a2b06010603010104010006092b06010401823e0005"
)
"""The same without a signature."""


def device(name: str = "ups", host: str = "127.0.0.1", **more: Any) -> Asset:
    return Asset(name, name, Kind.UPS, "snmp", Address(host, 161), credentials=("v3",), **more)


def oid(dotted: str) -> tuple[int, ...]:
    return tuple(map(int, dotted.split(".")))


def message_v2(trap: str = f"{APC}.0.5", origin: str = "", inform: bool = False) -> bytes:
    pdu = v2c.InformRequestPDU() if inform else v2c.SNMPv2TrapPDU()
    v2c.apiPDU.set_defaults(pdu)
    pairs = [
        ("1.3.6.1.2.1.1.3.0", v2c.TimeTicks(7)),
        ("1.3.6.1.6.3.1.1.4.1.0", v2c.ObjectIdentifier(oid(trap))),
    ]
    if origin:
        pairs.append(("1.3.6.1.6.3.18.1.3.0", v2c.IpAddress(origin)))
    v2c.apiPDU.set_varbinds(pdu, [(v2c.ObjectIdentifier(oid(name)), value) for name, value in pairs])
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, "whatever")
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def message_v1(generic: int = 6, specific: int = 5, origin: str = "10.1.2.3") -> bytes:
    pdu = v1.TrapPDU()
    v1.apiTrapPDU.set_defaults(pdu)
    v1.apiTrapPDU.set_enterprise(pdu, oid(APC))
    v1.apiTrapPDU.set_generic_trap(pdu, generic)
    v1.apiTrapPDU.set_specific_trap(pdu, specific)
    v1.apiTrapPDU.set_agent_address(pdu, origin)
    message = v1.Message()
    v1.apiMessage.set_defaults(message)
    v1.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


@dataclass
class Listener:
    """An ear with what it heard, and a socket to send to it from an address of loopback."""

    ear: SnmpEar
    heard: list[Heard] = field(default_factory=list)

    def send(self, *messages: bytes, host: str = "127.0.0.1") -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.bind((host, 0))
            for message in messages:
                wire.sendto(message, (self.ear.address.host, self.ear.address.port))

    async def until(self, holds: Callable[[], object]) -> None:
        await until_it(holds, f"what was sent is heard: {dict(self.ear.counts)}", every=0.01)

    def counted(self) -> int:
        return sum(self.ear.counts.values())


@asynccontextmanager
async def listening(*assets: Asset, relays: tuple[str, ...] = (), **more: Any) -> AsyncIterator[Listener]:
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("0.0.0.0", 0))
    heard: list[Heard] = []
    engine, boots = Pins().own()
    fields = {"users": lambda _: [NOC], "profiles": lambda _: (), "engine": engine, "boots": boots} | more
    household = Household(assets or (device(),), relays, **fields)
    ear = await SnmpEar.opened(wire, household, heard.append, SystemClock())
    ear.address = Address("127.0.0.1", ear.address.port)
    try:
        yield Listener(ear, heard)
    finally:
        await ear.aclose()


def test_traps_of_v1_and_v2c_say_the_same_name() -> None:
    assert read_community(message_v1()) == Said(f"{APC}.0.5", "v1 trap", "10.1.2.3")
    assert read_community(message_v1(generic=0)) == Said("1.3.6.1.6.3.1.1.5.1", "v1 trap", "10.1.2.3")
    assert read_community(message_v1(generic=4, origin="0.0.0.0")) == Said("1.3.6.1.6.3.1.1.5.5", "v1 trap")
    assert read_community(message_v2(origin="10.4.4.4")) == Said(f"{APC}.0.5", "v2c trap", "10.4.4.4")


def test_an_inform_is_answered_with_what_it_said() -> None:
    said = read_community(message_v2(inform=True))
    assert isinstance(said, Said)
    assert (said.trap, said.how) == (f"{APC}.0.5", "v2c inform")
    message, _ = decoder.decode(said.answers[0], asn1Spec=v2c.Message())
    pdu = v2c.apiMessage.get_pdu(message)
    assert pdu.isSameTypeWith(v2c.ResponsePDU())
    assert bytes(v2c.apiMessage.get_community(message)) == b"whatever"
    assert [str(value) for _, value in v2c.apiPDU.get_varbinds(pdu)] == ["7", f"{APC}.0.5"]
    assert int(v2c.apiPDU.get_error_status(pdu)) == 0


def test_bytes_that_are_no_trap_never_raise() -> None:
    """Every message with a few bytes changed, taken away or added; v3 with a user who may sign."""
    random, reader = Random(7), UserReader(b"\x80\0\x4f\xb8\x05ours", 1, NOC)
    seeds = [message_v1(), message_v2(), message_v2(inform=True), bytes.fromhex(SIGNED)]
    for _ in range(400):
        data = bytearray(random.choice(seeds))
        for _ in range(random.choice((1, 2, 5))):
            at = random.randrange(len(data))
            data[at : at + random.randrange(3)] = random.randbytes(random.randrange(3))
            data = data or bytearray(b"0")
        raw = bytes(data)
        said = reader.read(raw, ("127.0.0.1", 9)) if version_of(raw) == 3 else read_community(raw)
        assert isinstance(said, Said | Unsaid)
    assert read_community(b"") == Unsaid(refused=False)
    assert version_of(b"") is None


@pytest.mark.parametrize("inform", [False, True])
def test_a_length_that_no_machine_can_count_makes_no_trap(inform: bool) -> None:
    """pyasn1 takes any length, and Python's streams raise OverflowError over this one."""
    raw = message_v2(inform=inform)
    at = raw.index(b"\x43\x01\x07")  # TimeTicks
    longer = raw[:at] + b"\x43\x88" + b"\xff" * 8 + raw[at + 10 :]
    assert len(longer) == len(raw)
    assert read_community(longer) == Unsaid(refused=False)


def test_a_message_of_a_user_counts_when_it_is_signed_at_his_level_and_pysnmp_keeps_nothing_of_others() -> (
    None
):
    reader = UserReader(b"\x80\0\x4f\xb8\x05ours", 1, NOC)
    signed = bytes.fromhex(SIGNED)
    said = reader.read(signed, ("127.0.0.1", 9))
    assert said == Said(f"{APC}.0.5", "v3 trap")
    assert reader.read(signed[:-1] + b"\0", ("127.0.0.1", 9)) == Unsaid(refused=True)
    assert reader.read(bytes.fromhex(UNSIGNED), ("127.0.0.1", 9)) == Unsaid(refused=True)
    other = UserReader(b"\x80\0\x4f\xb8\x05ours", 1, User("noc", Auth.SHA256, "other-secret-1"))
    assert other.read(signed, ("127.0.0.1", 9)) == Unsaid(refused=True)


async def test_a_trap_of_a_device_is_told_with_its_word_and_one_of_a_stranger_is_not(shipped: Any) -> None:
    async with listening(profiles=lambda _: [shipped.profile("apc_smartups")]) as there:
        there.send(message_v2())
        there.send(message_v2(), host="127.0.0.2")
        await there.until(lambda: there.counted() == 2)
        assert dict(there.ear.counts) == {"heard": 1, "stranger": 1}
        (heard,) = there.heard
        assert (heard.asset, heard.name, heard.what, heard.how) == (
            "ups",
            "on_battery",
            f"{APC}.0.5",
            "v2c trap",
        )
        assert (heard.sender, heard.ask) == ("127.0.0.1", True)
        assert [one.sender for one in there.ear.strangers()] == ["127.0.0.2"]


async def test_several_devices_at_one_address_are_all_told_and_further_addresses_of_one_too() -> None:
    chain = [
        device("a"),
        device("b"),
        device("c", "192.0.2.9", options=SnmpOptions(trap_sources=("127.0.0.3",))),
    ]
    async with listening(*chain) as there:
        there.send(message_v1())
        there.send(message_v1(), host="127.0.0.3")
        await there.until(lambda: len(there.heard) == 3)
        assert sorted(one.asset for one in there.heard) == ["a", "b", "c"]


async def test_a_relay_passes_on_for_others_and_says_of_whom() -> None:
    async with listening(device(), relays=("127.0.0.4",)) as there:
        there.send(message_v2(origin="127.0.0.1"), message_v1(origin="127.0.0.1"), host="127.0.0.4")
        there.send(message_v2(origin="192.0.2.7"), host="127.0.0.4")
        await there.until(lambda: there.counted() == 3)
        assert dict(there.ear.counts) == {"heard": 2, "unmatched": 1}
        assert {(one.asset, one.sender) for one in there.heard} == {("ups", "127.0.0.4")}


async def test_an_inform_is_answered_on_the_wire() -> None:
    async with listening() as there:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.bind(("127.0.0.1", 0))
            wire.setblocking(False)
            wire.sendto(message_v2(inform=True), (there.ear.address.host, there.ear.address.port))
            async with asyncio.timeout(PATIENCE):
                answer = await asyncio.get_running_loop().sock_recv(wire, 9000)
        assert version_of(answer) == 1
        assert [one.how for one in there.heard] == ["v2c inform"]


async def test_junk_of_a_device_is_counted_and_what_is_too_large_is_not_read() -> None:
    async with listening() as there:
        there.send(b"\x30\x03\x02\x01\x07", b"x" * 20_000, b"", message_v2())
        await there.until(lambda: there.counted() == 4)
        assert dict(there.ear.counts) == {"unusable": 3, "heard": 1}


async def test_a_flood_of_one_sender_is_thrown_away_unread_and_every_datagram_is_counted() -> None:
    """The long flood, 20,000 a second for 10 s beside polls, is ``python -m bench traps``."""
    async with listening(device(), device("other", "127.0.0.5")) as there:
        flood, sent = message_v2(), 0
        for _ in range(40):
            there.send(*[flood] * 100)
            sent += 100
            await asyncio.sleep(0)
            assert len(there.ear._queue) <= QUEUE
        there.send(message_v2(), host="127.0.0.5")
        await there.until(lambda: there.counted() == sent + 1)
        counts = dict(there.ear.counts)
        assert counts["limited"] + counts["heard"] + counts.get("kernel", 0) == sent + 1
        assert [one.asset for one in there.heard].count("other") == 1
        assert len(there.heard) < 10 * EACH[1]


def test_users_are_those_of_the_device_that_can_be_used() -> None:
    fields = {"version": "3", "user": "noc", "auth": "sha256", "auth_key": "auth-secret-1"}
    credentials = {
        "v3": Credential("v3", "snmp", fields),
        "c": Credential("c", "snmp", {"version": "2c", "community": "public"}),
        "bad": Credential("bad", "snmp", fields | {"auth_key": "short"}),
    }
    one = Asset("a", "a", Kind.UPS, "snmp", Address("10.0.0.1"), credentials=("c", "bad", "v3", "none"))
    assert users_of(credentials, one) == [User("noc", Auth.SHA256, "auth-secret-1")]


def test_our_own_engine_keeps_its_id_and_counts_its_starts() -> None:
    kept: dict[str, Any] = {}
    first = Pins()
    first.recall({}, kept.__setitem__)
    engine, boots = first.own()
    again = Pins()
    again.recall(dict(kept), kept.__setitem__)
    assert boots == 1
    assert again.own() == (engine, 2)
    broken = Pins()
    broken.recall({"own engine": {"engine": "zz", "boots": -5}}, kept.__setitem__)
    assert broken.own()[1] == 1


@pytest.mark.live
@pytest.mark.parametrize(
    ("arguments", "how"),
    [
        (["-v2c", "-c", "x"], "v2c trap"),
        (["-v2c", "-c", "x", "-Ci"], "v2c inform"),
        ([*V3, "-e", "0x8000013e0302030405"], "v3 trap"),
        ([*V3, "-Ci"], "v3 inform"),
    ],
)
async def test_net_snmp_sends_and_its_informs_are_answered(
    live: Callable[[bool, str], None], tmp_path: Path, arguments: list[str], how: str
) -> None:
    live(shutil.which("snmptrap") is not None, "snmptrap of net-snmp is not installed")
    async with listening() as there:
        process = await asyncio.create_subprocess_exec(
            "snmptrap", *arguments, "-t", "5", f"127.0.0.1:{there.ear.address.port}", "", f"{APC}.0.5",
            "1.3.6.1.2.1.1.5.0", "s", "hello",
            env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path)},
        )  # fmt: skip
        assert await process.wait() == 0  # an inform that is not answered ends with 1
        await there.until(lambda: there.heard)
        assert [(one.what, one.how) for one in there.heard] == [(f"{APC}.0.5", how)]
