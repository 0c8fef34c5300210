"""What a device calls itself: rows, words for codes, several patterns, the owner of its number."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.engine import oid
from collectors.snmp.identifying.identity import VENDORS, identity_of, makers
from dcim.model import ConfigError
from dcim.yaml import parse as parse_yaml

TEXT = "profile: x\nformat: 1\nkind: ups\nvendor: V\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5, generic: %s }\nidentity: { %s }\n"


def identity(said, *cells, generic="false"):
    profile = compile_profile(parse_yaml(TEXT % (generic, said), "x"), "x")
    return identity_of([profile], parse("".join(f"{cell}\n" for cell in cells)))


SYS = "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1"


@pytest.mark.parametrize(
    ("said", "cells", "model"),
    [
        ("$root.1.0", ("5.1.0|4|M1",), "M1"),
        ("$root.1.0, $root.2.0", ("5.1.0|4|N/A", "5.2.0|4|M2"), "M2"),
        ("{ column: $root.3.1 }", ("5.3.1.1|4|", "5.3.1.2|4|M3", "5.3.1.3|4|M4"), "M3"),
        ("{ oid: $root.1.0, map: { 3: Big, 4: Small } }", ("5.1.0|2|3",), "Big"),
        ("{ oid: $root.1.0, map: { 3: Big } }, { text: Some }", ("5.1.0|2|9",), "Some"),
        ("{ oid: $root.1.0, pattern: ['Model (\\w+)', '(\\w+) UPS'] }", ("5.1.0|4|Galaxy UPS",), "Galaxy"),
        ("{ oid: $root.1.0, pattern: 'Model (\\w+)', map: { A: Aye } }", ("5.1.0|4|Model A",), "Aye"),
        ("{ oid: $root.1.0, map: { 1.3.6.1.4.1.5: Any, 1.3.6.1.4.1.5.9: Nine } }", ("5.1.0|6|1.3.6.1.4.1.5.9.2",), "Nine"),
        ("{ oid: $root.1.0, map: { 1.3.6.1.4.1.5: Any, 1.3.6.1.4.1.5.9: Nine } }", ("5.1.0|6|1.3.6.1.4.1.5.99",), "Any"),
        ("{ oid: $root.1.0, map: { 1.3.6.1.4.1.5: Any } }", ("5.1.0|6|1.3.6.1.4.1.55",), ""),
    ],
)  # fmt: skip
def test_the_first_text_counts(said, cells, model):
    assert identity(f"model: [{said}]", *(f"1.3.6.1.4.1.{cell}" for cell in cells)).model == model


@pytest.mark.parametrize(
    ("generic", "said", "cells", "vendor"),
    [
        ("false", "", (f"{SYS}.534.1",), "V"),
        ("false", "vendor: [{ enterprise: true }]", (f"{SYS}.534.1",), "Eaton"),
        ("false", "vendor: [{ enterprise: true }]", (f"{SYS}.8072.3.2.10",), "V"),
        ("true", "", (f"{SYS}.534.1",), "Eaton"),
        ("true", "", (f"{SYS}.8072.3.2.10",), ""),
        ("true", "", (f"{SYS}.8072.3.2.10", "1.3.6.1.4.1.5340.1.0|2|1", "1.3.6.1.4.1.8072.1.0|2|1"), ""),
        ("true", "", (f"{SYS}.8072.3.2.10", "1.3.6.1.4.1.534.1.0|2|1"), "Eaton"),
        ("true", "", (f"{SYS}.8072.3.2.10", "1.3.6.1.4.1.534.1.0|2|1", "1.3.6.1.4.1.705.1.0|2|1"), "Eaton"),
        ("true", "", (f"{SYS}.8072.3.2.10", "1.3.6.1.4.1.534.1.0|2|1", "1.3.6.1.4.1.318.1.0|2|1"), ""),
        ("true", "", (f"{SYS}.99999.1", "1.3.6.1.4.1.534.1.0|2|1"), ""),
        ("true", "", ("1.3.6.1.4.1.534.1.0|2|1",), "Eaton"),
        ("true", "", (SYS,), ""),
        ("true", "", (), ""),
        ("true", "vendor: [$root.1.0]", (f"{SYS}.534.1", "1.3.6.1.4.1.5.1.0|4|Borri"), "Borri"),
        ("true", "vendor: [$root.1.0]", (f"{SYS}.534.1", "1.3.6.1.4.1.5.1.0|4|Unknown"), "Eaton"),
    ],
)
def test_a_vendor_is_what_the_device_says_or_who_owns_its_numbers(generic, said, cells, vendor):
    """Pains: C4: one card in the devices of many. Its number may be nobody's; the tree that it answers is not."""
    assert identity(said, *cells, generic=generic).vendor == vendor


@pytest.mark.parametrize(
    "part", ["{ }", "{ oid: $root.1.0, text: A }", "{ oid: $root.1.0, pattern: '(a)(b)' }"]
)
def test_a_wrong_part_is_told(part):
    with pytest.raises(ConfigError, match="expected"):
        identity(f"model: [{part}]")


def test_the_owners_of_numbers_are_told_once_each_and_in_order():
    rows = [line.split("\t") for line in VENDORS.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    numbers = [int(row[0]) for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(row[1] and row[1] == row[1].strip() and row[2:] in ([], ["number"]) for row in rows)


def test_a_maker_may_be_told_by_its_number_and_not_be_looked_for():
    """Pains: C2: each tree that is asked costs every device whose number tells no maker."""
    assert identity_of([], parse(f"{SYS}.186.1")).vendor == "Toshiba"
    asked = {oid.text(tree) for tree in makers()}
    assert "1.3.6.1.4.1.534" in asked
    assert "1.3.6.1.4.1.186" not in asked


def test_a_device_without_a_profile_has_the_vendor_of_its_number():
    assert identity_of([], parse(f"{SYS}.534.1")).vendor == "Eaton"


def test_the_number_of_a_bought_in_web_server_names_no_maker():
    """Pains: C2: 901 is NETsilicon's; who built the device around it is told by the tree it answers."""
    assert identity_of([], parse(f"{SYS}.901.1")).vendor == ""
    goose = parse(f"{SYS}.901.1\n1.3.6.1.4.1.17373.3.1.1.0|4|WxGoos")
    assert identity_of([], goose).vendor == "Vertiv"
