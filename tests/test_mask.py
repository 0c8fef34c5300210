"""What tells whose device it is does not stay in a recording; what tells its family does."""

from __future__ import annotations

import pytest

from collectors.modbus.recordings import masking as modbus
from collectors.modbus.recordings import recording as registers
from collectors.modbus.transport.contract import Space
from collectors.snmp import plugin
from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, text_of
from collectors.snmp.answers.writing import line
from collectors.snmp.dialect.library import SHIPPED
from collectors.snmp.engine import oid
from collectors.snmp.recordings import masking
from collectors.snmp.recordings import offline as shipped
from collectors.snmp.recordings.needed import needed
from dcim.mask import Mask, says_nothing, shaped

SYSTEM = "1.3.6.1.2.1.1"
LIBRARY = plugin._library(())
SYSTEM_BYTES = oid.encode(SYSTEM)
HERE = SHIPPED
LINES = [
    f"{SYSTEM}.5.0|4|pdu-a3.cas1.example.ma",
    f"{SYSTEM}.1.0|4|APC Web/SNMP (MB:v4.1.0 PF:v6.4.0 MN:AP8959EU3 HR:05 SN: 5A1638E01463 MD:09/20/2016)",
    f"{SYSTEM}.2.0|6|1.3.6.1.4.1.318.1.3.4.6",
    f"{SYSTEM}.4.0|4|y.alami@operator.ma",
    f"{SYSTEM}.6.0|4|Casablanca, row 3",
    "1.3.6.1.2.1.2.2.1.6.2|4x|00C0B7FAE271",
    "1.3.6.1.2.1.4.20.1.1.10.20.30.40|64|10.20.30.40",
    "1.3.6.1.4.1.318.1.1.26.2.1.6.1|4|5A1638E01463",
    "1.3.6.1.4.1.318.9.1.0|64|10.20.30.40",
    "1.3.6.1.4.1.318.9.2.0|4|manager 10.20.30.40, 00:C0:B7:FA:E2:71",
    "1.3.6.1.4.1.318.9.3.0|4|Casablanca, row 3",
    "1.3.6.1.4.1.318.9.4.0|2|4711",
]


def masked(*hidden: str) -> dict[str, str]:
    cells = recording.parse_lines(masking.mask(LINES, hidden)).by_oid
    return {oid.text(name): text_of(cell.value) for name, cell in cells.items()}


def test_nothing_of_the_owner_remains_and_all_of_the_family_does() -> None:
    found = masked("5A1638E01463")
    said = "\n".join(found.values())
    for secret in ("5A1638", "10.20.30", "C0:B7", "00c0b7", "alami", "Casablanca", "pdu-a3", "cas1"):
        assert secret not in said
    assert "MN:AP8959EU3" in found[f"{SYSTEM}.1.0"]
    assert found[f"{SYSTEM}.2.0"] == "1.3.6.1.4.1.318.1.3.4.6"
    assert found["1.3.6.1.4.1.318.9.4.0"] == "4711"
    assert not any(name.startswith("1.3.6.1.2.1.4.") for name in found)  # such names are addresses


def test_the_same_original_has_the_same_placeholder_of_the_same_shape() -> None:
    found = masked("5A1638E01463")
    serial = found["1.3.6.1.4.1.318.1.1.26.2.1.6.1"]
    assert serial == "0A0000A00001"
    assert f"SN: {serial} " in found[f"{SYSTEM}.1.0"]
    assert found["1.3.6.1.4.1.318.9.1.0"] == "192.0.2.1"
    assert found["1.3.6.1.4.1.318.9.2.0"] == "aaaaaaa 00.00.00.00, 00:A0:A0:AA:A0:05"
    assert found["1.3.6.1.4.1.318.9.3.0"] == found[f"{SYSTEM}.6.0"]
    assert len(found[f"{SYSTEM}.6.0"]) == len("Casablanca, row 3")


def readings(lines: list[str]) -> list[tuple[str, ...]]:
    decoded = shipped.decode_cells(recording.parse_lines(lines), LIBRARY)
    every = [batch.reading(slot) for batch in decoded.batches for slot in range(len(batch.layout))]
    said = [(one.point.metric, one.value if one.state is None else one.state) for one in every]
    return sorted((decoded.profile or "", *map(str, one)) for one in said)


@pytest.mark.parametrize("image", ["apc_rpdu2/switched", "raritan_px2/px3_three_phase"])
def test_a_masked_recording_says_the_same_of_the_device_and_nothing_of_its_owner(image: str) -> None:
    """Every text that the family does not need is made a secret: none of them remains. Pains: F6."""
    cells = recording.read(HERE / f"{image}.snmprec")
    needs = needed(shipped.profiles_for(cells, LIBRARY), cells)
    lines = []
    for at, (name, cell) in enumerate(cells.by_oid.items()):
        text = text_of(cell.value)
        free = isinstance(cell.value, bytes) and text.isascii() and not name.startswith(SYSTEM_BYTES)
        if free and name not in needs and needs.same(name, text, f"Hidden{at} {text}"):
            cell = Cell(cell.tag, f"Hidden{at} {text}".encode())
        lines.append(line(name, cell.tag, cell.value))
    written = [one for one in lines if one is not None]
    masked = plugin.mask(written, ())
    assert any(b"Hidden" in value for value in values(written))
    assert not any(b"Hidden" in value for value in values(masked))
    assert readings(masked) == readings(written)


def values(lines: list[str]) -> list[bytes]:
    return [
        cell.value for cell in recording.parse_lines(lines).by_oid.values() if isinstance(cell.value, bytes)
    ]


def test_what_an_oid_spells_is_hidden_there_too() -> None:
    mac = "0:C0:B7:FA:E2:71"
    tree = "1.3.6.1.4.1.30932.1.10"
    spelt = ".".join(str(ord(char)) for char in f"0{mac}")
    lines = [
        f"{tree}.1.17.{spelt}.1|2|7",
        f"{tree}.2.10.20.30.40|2|8",
        f"{tree}.3.0|64|10.20.30.40",
        f"{tree}.4.0|4x|0a141e28",
        f"{tree}.5.8.83.78.49.50.51.52.53.54|2|9",
    ]
    found = {
        oid.text(name): cell.value
        for name, cell in recording.parse_lines(masking.mask(lines, ())).by_oid.items()
    }
    placeholder = ".".join(str(ord(char)) for char in "02:00:00:00:00:01")
    assert found[f"{tree}.1.17.{placeholder}.1"] == 7
    assert found[f"{tree}.2.192.0.2.1"] == 8
    assert found[f"{tree}.4.0"] == bytes((192, 0, 2, 1))
    assert not any(".83.78.49.50.51." in name for name in found)
    assert len(found) == len(lines)


def test_an_ipv6_address_is_replaced_and_what_looks_like_one_is_not() -> None:
    veil = Mask()
    assert veil.text("at fe80::2c0:b7ff:fefa:e271%eth0, 2a02:26f7::1") == "at 2001:db8::1%eth0, 2001:db8::2"
    for plain in ("::1", "12:30:45", "a::b::c", "std::vector", "1:2", "00:00"):
        assert veil.text(plain) == plain


@pytest.mark.parametrize(
    "text", ["49.6 %RH", "23,5 °C", "-4 C", "230 VAC", "1013 hPa", "12.1 Volts", "75 deg F", "Degrees C", "%RH", "kVA", "Amps", "45 min", "v6.4.0"]
)  # fmt: skip
def test_a_measured_value_and_a_unit_say_nothing_of_anybody(text: str) -> None:
    """Pains: A6: who writes a profile from a masked recording needs them."""
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["Hall B", "RP-32", "AA000001", "Rack 7 C", "SN 12345 A", "M. Meyer", "noc"])
def test_a_name_is_no_unit(text: str) -> None:
    assert not says_nothing(text)


def test_two_texts_of_one_shape_stay_two() -> None:
    veil = Mask()
    assert len({veil.stand_in(f"Outlet {number}") for number in range(10, 60)}) == 50
    assert len({veil.stand_in(f"Port{letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}) == 26
    assert veil.stand_in("L1") == "L1"


def test_addresses_of_nobody_and_versions_stay() -> None:
    veil = Mask()
    plain = "0.0.0.0 127.0.0.1 255.255.255.0 v6.4.0 300.1.2.3"
    assert veil.text(plain) == plain
    assert veil.mac(b"\0" * 6) == b"\0" * 6
    assert veil.text("10.0.0.5 10.0.0.6 10.0.0.5") == "192.0.2.1 192.0.2.2 192.0.2.1"


def test_a_text_without_digits_counts_in_letters() -> None:
    assert shaped("Hall B", 1) == "Aaaa B"
    assert shaped("Hall", 27) == "Aabb"
    assert shaped("SN-99", 3) == "AA-03"


def test_registers_hold_no_serial_number_in_any_order() -> None:
    text, number = "QK7201", 4_711_123
    straight = [int.from_bytes(text.encode()[at : at + 2], "big") for at in (0, 2, 4)]
    swapped = [(word & 0xFF) << 8 | word >> 8 for word in straight]
    words = [number >> 16, number & 0xFFFF]
    lines = [
        f"holding 10: {' '.join(map(str, [7, *straight, 8]))}",
        f"holding 40: {' '.join(map(str, [*swapped, 9]))}",
        f"input 5: {' '.join(map(str, words))}",
        f"input 9: {' '.join(map(str, reversed(words)))}",
        "object 1: Meter SN QK7201",
    ]
    found = registers.parse("\n".join(modbus.mask(lines, [text, str(number)])))
    holding, inputs = found.cells[Space.HOLDING], found.cells[Space.INPUT]
    assert [holding[at] for at in (10, 14, 43)] == [7, 8, 9]
    made = b"".join(holding[at].to_bytes(2, "big") for at in (11, 12, 13))
    assert made == b"AA0001"
    assert b"".join(holding[at].to_bytes(2, "little") for at in (40, 41, 42)) == made
    assert inputs[5] << 16 | inputs[6] == 1 == inputs[10] << 16 | inputs[9]
    assert found.objects[1] == "Meter SN AA0001"
