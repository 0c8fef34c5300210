"""Which family answered, and what it calls itself. Pure."""

from __future__ import annotations

import pytest

from collectors.modbus.families.dialect import compile_profile
from collectors.modbus.known.identify import identity_of, matches, places_of, signs_of, wants_objects
from collectors.modbus.recordings.recording import lookup
from collectors.modbus.recordings.recording import parse as recording
from dcim.model import Identity
from dcim.yaml import parse

POINT = "points: [{ metric: meter_frequency_hertz, holding: 0, unit: Hz }]\n"


def family(name: str, modbus: str, identity: str = "{}"):
    text = f"profile: {name}\nformat: 1\nkind: meter\nvendor: Acme\ntitle: T\nmodbus: {modbus}\nidentity: {identity}\n{POINT}"
    return compile_profile(parse(text, name), name)


BY_OBJECT = family("by_object", "{ match: { vendor: '^acme', model: 'M[0-9]' } }")
BY_REGISTER = family(
    "by_register",
    "{ match: { registers: [{ holding: 5, is: [7, 8] }, { holding: 6, type: string, length: 2, pattern: '^pm' }] } }",
)
BY_BOTH = family("by_both", "{ match: { product: x, registers: [{ holding: 5, is: [7] }] } }")
BY_NOTHING = family("by_nothing", "{}")
FAMILIES = [BY_BOTH, BY_NOTHING, BY_OBJECT, BY_REGISTER]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("object 0: ACME\nobject 5: M1", ["by_object"]),
        ("object 0: ACME", []),
        ("object 0: not Acme\nobject 5: M1", []),
        ("holding 5: 7 0x504d 0x3131", ["by_register"]),
        ("holding 5: 9 0x504d 0x3131", []),
        ("holding 5: 7 0x4d50 0x3131", []),
        ("holding 5: 7", []),
        ("object 1: x\nholding 5: 7 0x504d 0", ["by_both", "by_register"]),
        (
            "object 0: acme\nobject 1: x\nobject 5: M9\nholding 5: 7 0x504d 0",
            ["by_object", "by_both", "by_register"],
        ),
        ("", []),
    ],
)
def test_a_family_fits_when_all_it_asks_for_is_there_and_more_proof_comes_first(text, found):
    device = recording(text)
    assert [match.profile for match in matches(FAMILIES, device.objects, lookup(device))] == found


def test_a_match_says_why():
    device = recording("object 1: XY\nholding 5: 7 0x504d 0")
    best, _ = matches(FAMILIES, device.objects, lookup(device))
    assert best.reason == "product is 'XY', holding 5 is 7"


def test_what_must_be_read_to_tell_families_apart_is_read_once():
    assert [str(read) for read in signs_of(FAMILIES)] == ["holding 5", "holding 6..7"]


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("[{ text: fixed }]", "", "fixed"),
        ("[{ object: 5 }]", "object 5: M1", "M1"),
        ("[{ object: 5 }]", "", ""),
        ("[{ holding: 1 }]", "holding 1: 42", "42"),
        ("[{ holding: 1, absent: [0xffff] }]", "holding 1: 0xffff", ""),
        ("[{ holding: 1, scale: 0.01 }]", "holding 1: 419", "4.19"),
        ("[{ holding: 1, map: { 7: IOC } }]", "holding 1: 7", "IOC"),
        ("[{ holding: 1, map: { 7: IOC } }]", "holding 1: 8", "8"),
        ("[{ holding: 1 }, { holding: 2 }]", "holding 1: 2 5", "2.5"),
        ("[{ holding: 1 }, { holding: 2 }]", "holding 1: 2", ""),
        ("[{ holding: 1, type: string, length: 2, byte_order: little }]", "holding 1: 0x4241 0x0043", "ABC"),
        ("[]", "", ""),
    ],
)
def test_what_a_device_calls_itself(part, text, said):
    made = family("x", "{}", f"{{ firmware: {part} }}")
    device = recording(text)
    assert identity_of(made, device.objects, lookup(device)) == Identity("meter", "Acme", "", "", said)


def test_what_identity_needs_to_be_read():
    made = family(
        "x", "{}", "{ model: [{ object: 1 }], serial: [{ holding: 9, type: uint32 }, { holding: 3 }] }"
    )
    assert wants_objects(made)
    assert not wants_objects(BY_NOTHING)
    assert [str(read) for read in places_of(made)] == ["holding 3", "holding 9..10"]


def test_a_device_may_name_its_own_vendor():
    made = family("x", "{}", "{ vendor: [{ object: 0 }] }")
    assert identity_of(made, {0: "Rebrand"}, lambda _: None).vendor == "Rebrand"
    assert identity_of(made, {}, lambda _: None).vendor == "Acme"
