"""Every key of both dialects is in the document of the format, and its examples are right. Pains: L2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from collectors.modbus.families.dialect import compile_profile as compile_modbus
from collectors.modbus.families.shapes import ProfileShape as ModbusProfile
from collectors.snmp.dialect.compiler import compile_profile as compile_snmp
from collectors.snmp.dialect.shapes import ProfileShape as SnmpProfile
from dcim.model import ConfigError
from dcim.yaml import parse

TEXT = (Path(__file__).parent.parent.parent / "docs" / "profile-format.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)))
WORDS = {word for code in CODE for word in re.findall(r"[a-z][a-z_0-9]*", code)}


def models(model: object, seen: frozenset[object] = frozenset()) -> Iterator[type[BaseModel]]:
    """Yield a model and every model inside it."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        if model in seen:
            return
        yield model
        for field in model.model_fields.values():
            yield from models(field.annotation, seen | {model})
    for inner in get_args(model):
        yield from models(inner, seen)


KEYS = sorted(
    {
        (protocol, field.alias or name)
        for protocol, top in (("snmp", SnmpProfile), ("modbus", ModbusProfile))
        for model in models(top)
        for name, field in model.model_fields.items()
    }
)


def test_every_key_is_in_the_document() -> None:
    assert [f"{key!r} ({protocol})" for protocol, key in KEYS if key not in WORDS] == []


def test_the_walk_over_the_dialects_finds_their_keys() -> None:
    assert {("snmp", "scale_from"), ("snmp", "match_descr"), ("modbus", "mask"), ("modbus", "holes")} <= set(
        KEYS
    )


EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SNMP_HEAD = "profile: a\nformat: 1\nkind: ups\nvendor: A\ntitle: A\nsnmp: { match: [1.3.6.1.4.1.1], root: 1.3.6.1.4.1.1 }\n"
MODBUS_HEAD = "profile: a\nformat: 1\nkind: crac\nvendor: A\ntitle: A\nmodbus: {}\n"


def test_the_examples_of_the_document_are_right() -> None:
    header, states, copy, tables, variables, traps, places = EXAMPLES
    assert header.startswith("profile: acme_cw30")
    on_snmp, on_modbus = states.split("- metric: crac_alarm\n", 1)
    compile_snmp(parse(f"{SNMP_HEAD}points:\n{on_snmp}", "a"), "a")
    compile_modbus(parse(f"{MODBUS_HEAD}points:\n- metric: crac_alarm\n{on_modbus}", "a"), "a")
    with pytest.raises(ConfigError, match=r"^rfc1628_ups: there is no profile to extend below [0-9.]*$"):
        compile_snmp(parse(copy, "acme_ups"), "acme_ups")
    compile_snmp(parse(SNMP_HEAD + tables, "a"), "a")
    compile_snmp(parse(SNMP_HEAD + variables, "a"), "a")
    assert compile_snmp(parse(SNMP_HEAD + traps, "a"), "a").traps
    compile_modbus(parse(MODBUS_HEAD + places, "a"), "a")
