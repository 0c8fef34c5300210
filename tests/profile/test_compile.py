"""A point is checked against the catalogue and becomes the value that decodes it. Pains: L2."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from dcim.catalogue import METRICS, UNITS
from dcim.model import Gap, Health, Meaning, Problem, state_code
from dcim.profile import (
    Alarms,
    Around,
    Condition,
    PointShape,
    ProfileHeader,
    Quantity,
    Raw,
    States,
    Value,
    check_name,
    compile_value,
)
from dcim.yaml import Section, parse, shape


class Point(PointShape):
    labels: dict[str, str] = Field(default_factory=dict)


class File(Section):
    points: tuple[Point, ...]


def compiled(text: str, around: Around | None = None) -> tuple[Value | None, list[Problem]]:
    document = parse(f"points:\n- {{{text}}}\n", "p.yaml")
    file, problems = shape(document, File)
    if file is None:
        return None, problems
    point = file.points[0]
    return compile_value(document, ("points", 0), point, around or Around(labels=point.labels))


def right(text: str, around: Around | None = None) -> Value:
    value, problems = compiled(text, around)
    assert problems == []
    assert value is not None
    return value


def wrong(text: str, around: Around | None = None) -> list[str]:
    value, problems = compiled(text, around)
    assert value is None
    assert all(problem.line == 2 for problem in problems)
    return [f"{problem.where}: {problem.what}" for problem in problems]


def test_scale_and_unit_repeat_the_manual() -> None:
    value = right("metric: pdu_power_watts, scale: 0.01, unit: kW")
    assert isinstance(value, Quantity)
    assert (value.factor, value.divisor, value.offset, value.unit) == (10.0, 1.0, 0.0, "watts")
    assert value.decode(27) == 270.0


def test_decimal_fractions_stay_exact() -> None:
    tenths = right("metric: meter_frequency_hertz, scale: 0.1, unit: Hz")
    assert [tenths.decode(raw) for raw in (501, 499, 3, 7)] == [50.1, 49.9, 0.3, 0.7]
    percent = right('metric: ups_battery_charge_ratio, unit: "%"')
    assert percent.decode(57) == 0.57
    milli = right("metric: pdu_current_amperes, unit: mA")
    assert milli.decode(1300) == 1.3


def test_a_scale_that_is_no_short_fraction_is_a_float() -> None:
    value = right("metric: sensor_pressure_pascals, unit: psi, scale: 0.123456789, labels: {sensor: '1'}")
    assert isinstance(value, Quantity)
    assert value.divisor == 1.0
    assert value.decode(10) == pytest.approx(10 * 0.123456789 * 6894.757293168)


def test_fahrenheit_and_offsets_end_in_celsius() -> None:
    fahrenheit = right("metric: crac_supply_air_temperature_celsius, unit: degF, scale: 0.1")
    assert fahrenheit.decode(2120) == pytest.approx(100.0)
    assert fahrenheit.decode(320) == pytest.approx(0.0, abs=1e-12)
    shifted = right("metric: crac_supply_air_temperature_celsius, unit: degC, offset: -40")
    assert shifted.decode(65) == 25.0


def test_the_ends_of_a_range_are_inside_it() -> None:
    value = right('metric: crac_fan_speed_ratio, unit: "%", scale: 0.1, range: [0, 100], labels: {fan: "1"}')
    assert value.decode(1000) == 1.0
    assert value.decode(0) == 0.0
    assert isinstance(value.decode(1001), Gap)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([1.0, 0.1, 0.01, 0.001, 10.0, 0.5]), st.integers(-40000, 40000))
def test_the_engine_does_the_physics_of_every_unit(scale: float, raw: int) -> None:
    for symbol, unit in UNITS.items():
        metric = next(
            (m for m in METRICS.values() if m.unit == unit.base and not m.labels and unit.base), None
        )
        if metric is None:
            continue
        value = right(f'metric: {metric.name}, unit: "{symbol}", scale: {scale}, range: [-1e9, 1e9]')
        assert value.decode(raw) == pytest.approx(unit.to_base(raw * scale), rel=1e-12, abs=1e-9)


def test_a_counter_is_never_below_zero_unless_its_range_says_so() -> None:
    """Pains: A2: -1 is a card's word for having none; reactive energy may be the difference of two."""
    energy = right("metric: pdu_energy_joules_total, unit: Wh")
    assert isinstance(energy.decode(-1), Gap)
    assert energy.decode(0) == 0.0
    text = "metric: meter_reactive_energy_var_seconds_total, unit: varh, range: [-9, 9]"
    assert right(text, Around(labels=("direction",))).decode(-1) == -3600.0


def test_a_count_needs_no_unit() -> None:
    value = right("metric: ups_battery_packs")
    assert value.decode(4) == 4.0
    assert right("metric: ups_battery_packs, unit: count").decode(4) == 4.0


def test_absent_values_are_those_of_the_point_or_else_of_its_table() -> None:
    around = Around(absent=(-1,))
    inherited = right("metric: pdu_power_watts, unit: W", around)
    assert isinstance(inherited.decode(-1), Gap)
    own = right("metric: pdu_power_watts, unit: W, absent: [-2]", around)
    assert own.decode(-1) == -1.0
    assert isinstance(own.decode(-2), Gap)
    none = right("metric: pdu_power_watts, unit: W, absent: []", around)
    assert none.decode(-1) == -1.0


def test_absent_values_are_folded_to_what_the_decoder_hands_over() -> None:
    def signed(raw: Raw) -> Raw:
        return raw - 0x10000 if isinstance(raw, int) and raw > 0x7FFF else raw

    value = right("metric: pdu_power_watts, unit: W, absent: [0xffff]", Around(fold=signed))
    assert isinstance(value.decode(-1), Gap)


def test_states_carry_words_and_their_health() -> None:
    value = right("metric: ups_battery_state, states: {1: unknown, 2: normal, 3: {low: warning}}")
    assert isinstance(value, States)
    assert value.codes[3] == (state_code("low"), Meaning("low", Health.WARNING))
    assert value.decode(2) == state_code("normal")


def test_two_codes_may_be_one_state() -> None:
    value = right("metric: ups_mode_state, states: {1: online, 2: online, Eco: {eco: ok}}")
    assert value.decode(1) == value.decode(2) == state_code("online")
    assert value.decode("Eco") == state_code("eco")


def test_bits_are_alarms_with_their_health() -> None:
    value = right("metric: ups_alarm, bits: {0: {on_battery: warning}, 3: low}")
    assert isinstance(value, Alarms)
    assert [(a.bit, a.word, a.health) for a in value.alarms] == [
        (0, "on_battery", Health.WARNING),
        (3, "low", None),
    ]


def test_an_alarm_of_its_own_is_one_or_zero() -> None:
    plain = right("metric: ups_alarm, labels: {alarm: low}")
    assert isinstance(plain, Condition)
    assert (plain.decode(1), plain.decode(0)) == (1.0, 0.0)
    coded = right("metric: ups_alarm, labels: {alarm: low}, states: {0: clear, 1: clear, 2: {set: critical}}")
    assert isinstance(coded, Condition)
    assert coded.health is Health.CRITICAL
    assert [coded.decode(raw) for raw in (0, 1, 2)] == [0.0, 0.0, 1.0]


def test_a_unit_may_come_from_elsewhere() -> None:
    around = Around(unit=("degF", ("unit_from", 2)))
    assert right("metric: ups_temperature_celsius", around).decode(212) == pytest.approx(100)
    around = Around(unit=("degX", ("unit_from", 2)))
    assert (
        "points[0].unit_from[2]: unknown unit 'degX'" in wrong("metric: ups_temperature_celsius", around)[0]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metric: crac_suply_air_temperature_celsius", "metric: no canonical metric 'crac_suply_air_temperature_celsius'; did you mean 'crac_supply_air_temperature_celsius'?"),
        ("metric: zzz", "metric: no canonical metric 'zzz'"),
        ("metric: crac_cooling_power_watts, unit: degC", "unit: 'degC' is celsius, but crac_cooling_power_watts is in watts"),
        ("metric: crac_cooling_power_watts", "unit: missing; crac_cooling_power_watts is in watts: W, kW, MW"),
        ("metric: crac_cooling_power_watts, unit: kw", "unit: unknown unit 'kw'; did you mean 'kW'?; for crac_cooling_power_watts: W, kW, MW"),
        ("metric: ups_battery_packs, unit: A", "unit: 'A' is amperes, but ups_battery_packs is a bare number"),
        ("metric: pdu_power_watts, unit: count", "unit: 'count' is a bare number, but pdu_power_watts is in watts"),
        ("metric: pdu_power_watts, unit: W, scale: 0", "scale: a scale of 0 makes every value 0"),
        ("metric: pdu_power_watts, unit: W, range: [5, 1]", "range: expected [low, high], found [5, 1]"),
        ("metric: pdu_power_watts, unit: W, states: {1: a}", "states: pdu_power_watts is a gauge: it takes unit or scale or offset or range"),
        ("metric: crac_mode_state, states: {1: cooling}, unit: A", "unit: crac_mode_state is a state: it takes states"),
        ("metric: crac_mode_state", "states: missing; crac_mode_state is a state"),
        ("metric: crac_mode_state, states: {1: coolin}", "states[1]: crac_mode_state has no state 'coolin'; did you mean 'cooling'?"),
        ("metric: door_state, labels: {sensor: a}, states: {1: zzz}", "states[1]: door_state has no state 'zzz'; known: closed, open, unknown"),
        ("metric: ups_mode_state, states: {1: {eco: ok}, 2: {eco: warning}}", "states[2]: 'eco' has another health above; a word has one"),
        ("metric: crac_fan_speed_ratio, unit: '%'", "labels: crac_fan_speed_ratio needs the label 'fan'"),
        ("metric: crac_fan_speed_ratio, unit: '%', labels: {fann: a}", "labels: crac_fan_speed_ratio needs the label 'fan'; did you mean 'fann'?"),
        ("metric: ups_alarm", "labels: ups_alarm needs the label 'alarm'"),
        ("metric: ups_alarm, labels: {alarm: a}, bits: {0: a}", "labels.alarm: the label 'alarm' is made from the bits"),
        ("metric: ups_alarm, bits: {0: a, 1: a}", "bits[1]: 'a' names two bits"),
        ("metric: ups_alarm, bits: {0: a}, states: {0: clear}", "bits: states or bits, not both"),
        ("metric: ups_alarm, labels: {alarm: a}, states: {0: off}", "states[0]: the states of an alarm are set and clear, found 'off'"),
        ("metric: ups_alarm, labels: {alarm: a}, states: {1: {set: warning}, 2: {set: critical}}", "states: an alarm has one health; 'set' has 2"),
        ("metric: ups_mode_state, states: {1: {a: ok, b: ok}}", "states[1]: expected a word, or one word with its health such as { on_battery: warning }"),
        ("metric: ups_mode_state, states: {1: {a: bad}}", "states[1].a: expected one of ok, warning, critical, unknown, found 'bad'"),
        ("metric: ups_mode_state, states: {1: 7}", "states[1]: expected text or a mapping, found 7"),
        ("metric: ups_mode_state, states: {1: On Line}", "states[1]: expected a word of small letters, digits and _, found 'On Line'"),
        ("metric: ups_alarm, bits: {64: a}", "bits[64]: expected at most 63, found 64"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_what_would_be_right(text: str, expected: str) -> None:
    assert wrong(text) == [f"points[0].{expected}"]


def test_words_with_one_number_cannot_stand_together() -> None:
    """CRC-32 has collisions; ``plumless`` and ``buckeroo`` are one."""
    assert state_code("plumless") == state_code("buckeroo")
    assert wrong("metric: ups_mode_state, states: {1: plumless, 2: buckeroo}") == [
        "points[0].states[2]: 'buckeroo' and 'plumless' have the same CRC-32; choose another word"
    ]


def test_several_mistakes_of_one_point_are_all_named() -> None:
    assert len(wrong("metric: crac_fan_speed_ratio, unit: V, range: [2, 1], scale: 0, bits: {0: a}")) == 5


def test_the_header_says_what_the_profile_is() -> None:
    text = "profile: acme\nformat: 1\nkind: crac\nvendor: Acme\ntitle: Acme CW30\n"
    document = parse(text, "acme/profile.yaml")
    header, problems = shape(document, ProfileHeader)
    assert problems == []
    assert header is not None
    assert check_name(document, header, "acme") == []
    assert [str(p) for p in check_name(document, header, "acme_cw30")] == [
        "acme/profile.yaml:1:10: profile: expected 'acme_cw30', the name of the folder, found 'acme'"
    ]


def test_another_format_is_refused() -> None:
    _, problems = shape(parse("profile: a\nformat: 2\nkind: crac\nvendor: A\ntitle: A\n", "p"), ProfileHeader)
    assert [problem.what for problem in problems] == ["expected 1, found 2"]
