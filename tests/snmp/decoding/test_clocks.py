"""How far the clock of a device is off: DateAndTime with and without a zone, text, and what is neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.decoding.clocks import FURTHEST, skew
from collectors.snmp.decoding.program import Program
from collectors.snmp.decoding.slots import Slot, raw_of
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.engine.value import Absence, Tag
from dcim.model import ConfigError, Gap, GapReason, Lane, Layout, Point
from dcim.yaml import parse

NOW = datetime(2026, 11, 26, 3, 41, 5, tzinfo=UTC).timestamp()
OCTETS = bytes([Tag.OCTET_STRING])
QUARTERS = st.integers(-12 * 4, 14 * 4)


def octets(at: float, zone: timedelta, *, zoned: bool) -> bytes:
    """Write a time as RFC 2579 has it."""
    told = datetime.fromtimestamp(round(at, 1), timezone(zone))
    parts = (told.month, told.day, told.hour, told.minute, told.second, told.microsecond // 100_000)
    minutes = round(abs(zone.total_seconds()) / 60)
    sign = b"-" if zone < timedelta() else b"+"
    ends = sign + bytes((minutes // 60, minutes % 60)) if zoned else b""
    return told.year.to_bytes(2, "big") + bytes(parts) + ends


@given(st.floats(-3e8, 3e8), QUARTERS)
def test_a_clock_with_a_zone_is_off_by_what_it_is_off(off: float, quarters: int) -> None:
    said = octets(NOW + off, timedelta(minutes=15 * quarters), zoned=True)
    assert skew(said, NOW) == pytest.approx(off, abs=0.11)


@given(st.floats(-449.0, 449.0), QUARTERS)
def test_of_one_without_a_zone_the_nearest_quarter_of_an_hour_is_its_zone(off: float, quarters: int) -> None:
    said = octets(NOW + off, timedelta(minutes=15 * quarters), zoned=False)
    assert skew(said, NOW) == pytest.approx(off, abs=0.11)


def test_a_clock_that_was_never_set_is_off_by_years_whatever_its_zone() -> None:
    said = octets(60.0, timedelta(), zoned=False)
    found = skew(said, NOW)
    assert isinstance(found, float)
    assert found == pytest.approx(60.0 - NOW)
    assert found < -FURTHEST


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("2026-11-26 03:41:35", 30.0),
        ("2026-11-26T04:41:35+01:00", 30.0),
        ("2026-11-26 03:40:05Z", -60.0),
        ("2026-11-26, 03:41:05.250 UTC\0", 0.0),
    ],
)
def test_a_clock_may_tell_its_time_as_text(text: str, off: float) -> None:
    assert skew(text.encode(), NOW) == pytest.approx(off)


@pytest.mark.parametrize(
    "said",
    [b"controlSystemClock 1", b"", b"\x07\xea\x0d\x20\0\0\0\0", b"\x07\xea\x0b\x1a\3\x29\5\0*\0\0", 12],
)
def test_what_is_no_time_is_malformed(said: object) -> None:
    found = skew(said, NOW)
    assert isinstance(found, Gap)
    assert found.reason is GapReason.MALFORMED
    raw = raw_of(Kind.CLOCK, int(Tag.OCTET_STRING), said)
    assert isinstance(raw, Gap)
    assert raw.reason is GapReason.MALFORMED


def test_a_recording_has_no_time_to_compare_with() -> None:
    said = octets(NOW, timedelta(), zoned=True)
    assert skew(said, 0.0) == Gap(GapReason.ABSENT, "2026-11-26T03:41:05+00:00")
    assert skew(Absence.NO_SUCH_INSTANCE, NOW) == Gap(GapReason.ABSENT)
    assert raw_of(Kind.CLOCK, int(Tag.OCTET_STRING), said) == "2026-11-26T03:41:05+00:00"


PROFILE = """
profile: p
format: 1
kind: pdu
vendor: V
title: T
snmp: { match: [1.3.6.1.4.1.99999] }
points:
  - { metric: METRIC, oid: 1.3.6.1.4.1.99999.1.0, type: TYPE, unit: s }
"""


@pytest.mark.parametrize(
    ("metric", "kind"), [("device_clock_offset_seconds", "number"), ("device_uptime_seconds", "clock")]
)
def test_the_offset_is_a_clock_and_nothing_else_is(metric: str, kind: str) -> None:
    text = PROFILE.replace("METRIC", metric).replace("TYPE", kind)
    with pytest.raises(ConfigError, match="is of type clock, and nothing else is"):
        compile_profile(parse(text, "profile.yaml"), "p")


def test_a_poll_says_how_far_the_clock_is_off_at_that_moment() -> None:
    text = PROFILE.replace("METRIC", "device_clock_offset_seconds").replace("TYPE", "clock")
    profile = compile_profile(parse(text, "profile.yaml"), "p")
    (value,) = profile.values
    layout = Layout("a", Lane.SLOW, (Point("a", "device_clock_offset_seconds"),), (None,), ("1.3",))
    program = Program(layout, (Slot(value.value, value.kind, 0),))
    for off, at in ((90.0, NOW), (80.0, NOW + 10)):  # the same answer, heard later
        batch = program.decode([octets(NOW + 90, timedelta(hours=1), zoned=True)], OCTETS, at)
        assert list(batch.values) == pytest.approx([off])
    missing = program.decode([Absence.NO_SUCH_INSTANCE], bytes([Tag.NO_SUCH_INSTANCE]), NOW)
    assert missing.gaps[0].reason is GapReason.ABSENT
