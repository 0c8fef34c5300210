"""What is masked as a value is masked wherever an OID spells it, and rows stay joined."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import text_of
from collectors.snmp.engine import oid
from collectors.snmp.recordings import masking

SYSTEM = "1.3.6.1.2.1.1"
TREE = "1.3.6.1.4.1.32473.7"


def masked(*lines: str, hidden: tuple[str, ...] = ()) -> dict[str, str]:
    cells = recording.parse_lines(masking.mask(lines, hidden)).by_oid
    return {oid.text(name): text_of(cell.value) for name, cell in cells.items()}


def octets(text: str) -> str:
    return ".".join(map(str, text.encode()))


def groups(digits: str, size: int) -> str:
    raw = bytes.fromhex(digits)
    return ".".join(str(int.from_bytes(raw[at : at + size], "big")) for at in range(0, len(raw), size))


def test_a_name_is_masked_in_an_index_with_its_length_and_without_and_in_a_value() -> None:
    found = masked(
        f"{SYSTEM}.5.0|4|secret-name",
        f"{TREE}.1.11.{octets('secret-name')}|2|1",
        f"{TREE}.2.{octets('secret-name')}.3|2|2",
        f"{TREE}.3.0|6|{TREE}.2.{octets('secret-name')}.3",
    )
    placeholder = octets(found[f"{SYSTEM}.5.0"])
    assert found[f"{TREE}.1.11.{placeholder}"] == "1"
    assert found[f"{TREE}.2.{placeholder}.3"] == "2"
    assert found[f"{TREE}.3.0"] == f"{TREE}.2.{placeholder}.3"


def test_the_length_before_a_name_stays_that_of_what_stands_there() -> None:
    found = masked(
        f"{SYSTEM}.4.0|4|y.alami@operator.ma",
        f"{SYSTEM}.5.0|4|gérard",
        f"{TREE}.1.0|4|ask gérard",
        f"{TREE}.2.7.{octets('gérard')}.1|2|1",
    )
    placeholder = found[f"{SYSTEM}.5.0"]
    assert found[f"{TREE}.2.{len(placeholder.encode())}.{octets(placeholder)}.1"] == "1"


def test_a_hexadecimal_value_is_masked_where_its_groups_are_an_index() -> None:
    serial = "B710000000009712"
    found = masked(
        f"{TREE}.1.46864.0.0.38674|4|{serial}",
        f"{TREE}.2.46864.0.0.38674|2|1",
        f"{TREE}.3.{groups(serial, 4)}|2|2",
        f"{TREE}.4.{groups(serial, 1)}|2|3",
        f"{TREE}.5.0.0|2|4",
    )
    placeholder = next(text for name, text in found.items() if name.startswith(f"{TREE}.1."))
    assert placeholder != serial
    assert found[f"{TREE}.1.{groups(placeholder, 2)}"] == placeholder
    assert found[f"{TREE}.2.{groups(placeholder, 2)}"] == "1"
    assert found[f"{TREE}.3.{groups(placeholder, 4)}"] == "2"
    assert found[f"{TREE}.4.{groups(placeholder, 1)}"] == "3"
    assert found[f"{TREE}.5.0.0"] == "4"


def test_an_address_is_masked_in_values_that_are_oids_and_in_indexes() -> None:
    found = masked(
        f"{TREE}.1.0|64|10.20.30.40",
        f"{TREE}.2.0|6|{TREE}.9.10.20.30.40",
        f"{TREE}.3.0|6|1.3.6.1.2.1.4.20.1.1.10.20.30.41",
        f"{TREE}.4.10.20.30.40|2|1",
        f"{TREE}.5.192.168.7.9.2|2|2",
        f"{TREE}.6.{0x0A141E28}|2|3",
        f"{SYSTEM}.9.1.2.1|6|1.3.6.1.6.3.10.3.1.1",
    )
    assert found[f"{TREE}.1.0"] == "192.0.2.1"
    assert found[f"{TREE}.2.0"] == f"{TREE}.9.192.0.2.1"
    assert found[f"{TREE}.3.0"] == "1.3.6.1.2.1.4.20.1.1"
    assert found[f"{TREE}.4.192.0.2.1"] == "1"
    assert found[f"{TREE}.6.{0xC0000201}"] == "3"
    assert not any(".192.168." in name for name in found)
    assert found[f"{SYSTEM}.9.1.2.1"] == "1.3.6.1.6.3.10.3.1.1"


def test_an_address_that_everybody_uses_makes_no_column_another() -> None:
    """1.1.1.1 and a version of four numbers stand in many OIDs by chance."""
    found = masked(
        f"{TREE}.9.0|64|1.1.1.1", f"{TREE}.8.0|4|2.1.1.3", f"{TREE}.1.1.1.1|2|5", f"{TREE}.2.1.1.3|2|6"
    )
    assert found[f"{TREE}.1.1.1.1"] == "5"
    assert found[f"{TREE}.2.1.1.3"] == "6"


@pytest.mark.parametrize(
    ("descr", "secret", "rest"),
    [
        ("Linux pdu-paris-07 2.6.32 #1 Thu armv4tl", "pdu-paris-07", "2.6.32 #1 Thu armv4tl"),
        ("Linux falcon 4.9.0-8-amd64 #1 SMP x86_64", "falcon", "4.9.0-8-amd64 #1 SMP x86_64"),
        ("FreeBSD nas.hall2 12.1 amd64", "nas.hall2", "12.1 amd64"),
        ("Linux localhost 3.2.0 built on build-host-3 armv7l", "build-host-3", "3.2.0 built on"),
        ("Linux localhost 3.2.0 of ups.paris.acme mips", "ups.paris.acme", "3.2.0 of"),
    ],
)
def test_a_unix_keeps_its_host_name_to_itself(descr: str, secret: str, rest: str) -> None:
    said = masked(f"{SYSTEM}.1.0|4|{descr}")[f"{SYSTEM}.1.0"]
    assert secret not in said
    assert rest in said
    assert said.split()[0] == descr.split()[0]


def test_what_no_unix_says_is_no_host_name() -> None:
    for descr in ("Linux localhost 3.2.0 armv7l", "Acme PX-3 2.1 of rack-pdu-7"):
        assert masked(f"{SYSTEM}.1.0|4|{descr}")[f"{SYSTEM}.1.0"] == descr


def test_a_serial_number_that_is_told_late_is_masked_before_that_too() -> None:
    found = masked(f"{SYSTEM}.1.0|4|Acme ZX81234567", f"{TREE}.1.0|4|SN: ZX81234567")
    assert "ZX81234567" not in found[f"{SYSTEM}.1.0"]


NAMES = st.from_regex(r"[B-Yb-y]{2,6}[- _][B-Yb-y0-9é]{3,8}", fullmatch=True)
# no placeholder looks like these: their letters are A and a, their digits 0, but for the last
SERIALS = st.from_regex(r"[B-F][1-9B-F]{7}(?:[0-9A-F]{8})?", fullmatch=True)
ADDRESSES = st.tuples(st.integers(11, 126), *[st.integers(0, 255)] * 3).map(
    lambda parts: ".".join(map(str, parts))
)
MACS = st.binary(min_size=6, max_size=6).filter(
    lambda raw: not raw.isascii() and not raw.startswith(b"\x02\0")
)


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(NAMES, SERIALS, ADDRESSES, MACS, st.sets(st.integers(0, 9), min_size=1), st.integers(1, 60))
def test_no_spelling_of_a_secret_is_left(
    name: str, serial: str, address: str, mac: bytes, wheres: set[int], row: int
) -> None:
    spellings = [
        octets(name),
        octets(serial),
        octets(address),
        address,
        str(int.from_bytes(bytes(map(int, address.split("."))), "big")),
        groups(serial, 1),
        groups(serial, 2),
        groups(serial, 4),
        groups(mac.hex(), 1),
        groups(mac.hex(), 2),
    ]
    lines = [
        f"{SYSTEM}.1.0|4|Acme {name}, SN {serial}",
        f"{SYSTEM}.5.0|4|{name}",
        f"{TREE}.1.0|4|{serial}",
        f"{TREE}.2.0|64|{address}",
        f"1.3.6.1.2.1.2.2.1.6.2|4x|{mac.hex()}",
    ]
    for where in wheres:
        spelt = spellings[where]
        long = spelt.count(".") + 1
        lines += [
            f"{TREE}.20.{where}.{spelt}|2|1",
            f"{TREE}.21.{where}.{long}.{spelt}.{row}|2|1",
            f"{TREE}.22.{where}.0|6|{TREE}.21.{where}.{row}.{spelt}",
        ]
    written = masking.mask(lines, (serial,))
    file = "\n".join(f".{re.sub(r'[|]', '.|', line)}." for line in written)
    texts = [text_of(cell.value) for cell in recording.parse_lines(written).by_oid.values()]
    for spelt in spellings:
        assert f".{spelt}." not in file
    assert not any(secret in text for text in texts for secret in (name, serial, address))
    assert mac.hex() not in file.lower()
    assert len({line.partition("|")[0] for line in written}) == len(lines)  # no row is another's


def test_octets_that_are_no_text_are_an_address_a_text_of_latin_1_or_zeros() -> None:
    lines = [
        f"{TREE}.1.0|4x|00602611cd77",
        f"{TREE}.2.0|4x|{'Gérard Meyer'.encode('latin-1').hex()}",
        f"{TREE}.3.0|4x|b0ec9c80",
        f"{SYSTEM}.5.0|4x|b0ec9c80ff",
    ]
    cells = recording.parse_lines(masking.mask(lines, ())).by_oid
    found = {oid.text(name): cell.value for name, cell in cells.items()}
    assert found[f"{TREE}.1.0"] == bytes.fromhex("020000000001")
    assert found[f"{TREE}.2.0"] in {f"Aaaaaa Aaaa{last}".encode() for last in "abcdefgh"}
    assert found[f"{TREE}.3.0"] == bytes(4)
    assert found[f"{SYSTEM}.5.0"] == bytes(5)
