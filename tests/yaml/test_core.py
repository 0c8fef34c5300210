"""The YAML 1.2 core schema."""

from __future__ import annotations

import math

import pytest

from dcim.model import ConfigError
from dcim.yaml import parse


def value(text: str) -> object:
    return parse(f"x: {text}\n", "f.yaml").data["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("off", "off"),
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nil", "nil"),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("0xfffe", 65534),
        ("1_000", "1_000"),
        ("0b101", "0b101"),
        (".10", 0.1),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1:20", "1:20"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1.3.6.1.4.1.318", "1.3.6.1.4.1.318"),
        ("10.0.0.5:161", "10.0.0.5:161"),
        ("=", "="),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 12", None),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_a_plain_word_means_what_yaml_1_2_says(text: str, expected: object) -> None:
    if text == "!!float 12":  # an integer is a float once tagged so
        assert value(text) == 12.0
        return
    got = value(text)
    assert got == expected
    assert type(got) is type(expected)


def test_nan_is_a_float() -> None:
    got = value(".nan")
    assert isinstance(got, float)
    assert math.isnan(got)


@pytest.mark.parametrize(
    "text",
    [
        "18446744073709551616",
        "-9223372036854775809",
        "9" * 5000,
        "0x" + "f" * 40,
        "!!int ten",
        "!!bool yes",
        "!!null no",
    ],
)
def test_what_is_no_value_of_its_type_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not a number of 64 bits, or not of its tag"):
        value(text)


@pytest.mark.parametrize(
    "text", ["!secret abc", "!!python/object:os.system x", "!!timestamp 2024-01-01", "!!set {a}"]
)
def test_a_tag_outside_the_core_schema_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="unknown tag"):
        value(text)


def test_a_tag_on_a_list_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown tag '!x'"):
        value("!x [1]")
