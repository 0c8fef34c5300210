"""A manifest may come from anybody: what is wrong in it is told by its field, whatever it is. Pains: F10, D8."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import inf, isfinite, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.recording.frame import Damaged
from dcim.recording.manifest import Manifest, parse_manifest

DIGEST = "0" * 64
RIGHT = Manifest(
    "mine",
    "cas1",
    1_790_000_000.0,
    1_790_000_100.0,
    ("ups-a", "pdu-b"),
    "a look",
    complete=True,
    segments=2,
    cut_off=1_790_000_300.0,
    profiles={"snmp/rfc1628_ups": DIGEST},
    files={"dcim.yaml": DIGEST, "profiles-0/a.yaml": DIGEST},
    tells=("noc",),
    expect=("pages 1",),
)
FIELDS = sorted(asdict(RIGHT))

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def said(**changed: Any) -> str:
    return json.dumps({**asdict(RIGHT), **changed})


def test_a_manifest_is_read_back_as_it_was_written() -> None:
    assert parse_manifest(RIGHT.text(), "m") == RIGHT


def test_fields_of_a_later_version_are_left() -> None:
    assert parse_manifest(said(weather="fine"), "m") == RIGHT


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("files", [], "files: input should be an object"),
        ("files", {"a.yaml": "none"}, "files.a.yaml: string should match pattern"),
        ("files", {"a\x1b[2J": DIGEST}, "which is no file of its configuration"),
        ("profiles", 5, "profiles: input should be an object"),
        ("profiles", {"a\x1b": DIGEST}, "expected text without control characters"),
        ("end", nan, "end: input should be"),
        ("end", inf, "end: input should be"),
        ("end", 0.0, "end: it lasts longer than 3 days, or ends long before it begins"),
        ("start", "x", "start: input should be a valid number"),
        ("start", -1, "start: input should be greater than or equal to 0"),
        ("start", True, "start: input should be a valid number"),
        ("cut_off", 1e308, "cut_off: input should be less than or equal to"),
        ("cut_off", 1_790_000_050.0, "cut_off: it was to go on until a time before its end"),
        ("complete", "maybe", "complete: input should be a valid boolean"),
        ("segments", -1, "segments: input should be greater than or equal to 0"),
        ("segments", 1.5, "segments: input should be a valid integer"),
        ("devices", "ups-a", "devices: input should be a valid"),
        ("devices", [5], "devices.0: input should be a valid string"),
        ("format", 7, "format: it is 7, and 1 is known here"),
        ("format", True, "format: input should be a valid integer"),
    ],
)
def test_what_is_wrong_in_a_manifest_is_told_with_its_field(field: str, value: Any, why: str) -> None:
    with pytest.raises(Damaged) as told:
        parse_manifest(said(**{field: value}), "manifest.json")
    assert str(told.value).startswith("manifest.json: offset 0: the manifest makes no sense: ")
    assert why in str(told.value)
    assert str(told.value).isprintable()


def holds(text: str | bytes) -> bool:
    """Return whether a manifest is refused by the one error, or is one whose times can be reckoned with."""
    made, why = None, ""
    try:
        made = parse_manifest(text, "m")
    except Damaged as told:
        why = str(told)
    if made is None:
        return bool(why) and why.isprintable()
    kept = isfinite(made.end - made.start) and (made.cut_off == 0.0 or made.cut_off >= made.end)
    return kept and parse_manifest(made.text(), "m") == made


@given(
    st.dictionaries(st.sampled_from(FIELDS), anything, min_size=1, max_size=3),
    st.sets(st.sampled_from(FIELDS)),
)
def test_whatever_stands_in_a_field_or_is_missing_only_the_one_error_comes(
    changed: dict[str, Any], missing: set[str]
) -> None:
    assert holds(
        json.dumps({key: one for key, one in {**asdict(RIGHT), **changed}.items() if key not in missing})
    )


@given(st.data())
def test_whatever_bytes_are_changed_or_cut_off_only_the_one_error_comes(data: st.DataObject) -> None:
    text = bytearray(RIGHT.text().encode())
    for at in data.draw(st.lists(st.integers(0, len(text) - 1), max_size=4)):
        text[at] = data.draw(st.integers(0, 255))
    assert holds(
        bytes(text[: data.draw(st.integers(0, len(text)))]) if data.draw(st.booleans()) else bytes(text)
    )
