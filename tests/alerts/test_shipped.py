"""The rules that come with the program: complete, sensible, and as the documentation lists them."""

import itertools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dcim import plugins
from dcim.alerts import Language, Rule, RuleSet, Severity, shipped_files, shipped_rules
from dcim.alerts.condition import HasGap, HasHealth, Outside
from dcim.catalogue import METRICS, Shape
from dcim.collect import CollectorPlugin
from dcim.model import Asset, GapReason, Health, Kind, Point
from dcim.words import duration, words

DOCS = Path(__file__).parents[2] / "docs" / "alerts.md"
BEGIN, END = "<!-- shipped rules: begin -->\n", "<!-- shipped rules: end -->\n"
ORDER = list(Severity)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return shipped_rules()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.UPS, {"ups_on_battery", "ups_on_bypass", "ups_battery_low", "ups_battery_charge_critical", "ups_runtime_critical",
                    "ups_overload", "ups_battery_replace", "ups_temperature_high", "device_alarm_critical"}),
        (Kind.PDU, {"pdu_near_overload", "pdu_overload", "pdu_breaker_open", "pdu_inlet_lost"}),
        (Kind.FLOOR_PDU, {"pdu_near_overload", "pdu_overload", "pdu_breaker_open"}),
        (Kind.ATS, {"ats_source_lost", "ats_redundancy_lost", "ats_on_alternate_source", "ats_output_lost"}),
        (Kind.STS, {"ats_source_lost", "ats_redundancy_lost"}),
        (Kind.CRAC, {"crac_off", "crac_fault", "crac_return_air_high", "crac_supply_air_high", "device_alarm_critical"}),
        (Kind.CHILLER, {"chiller_fault", "chiller_off", "chiller_water_warm", "device_alarm_critical"}),
        (Kind.GENSET, {"genset_fault", "genset_running", "genset_fuel_low", "genset_not_auto"}),
        (Kind.METER, {"meter_voltage_out_of_range", "meter_voltage_lost"}),
        (Kind.DC_PLANT, {"dcplant_on_battery", "dcplant_battery_charge_critical", "dcplant_rectifiers_failed", "device_alarm_critical"}),
        (Kind.SENSOR, {"inlet_temperature_high", "inlet_temperature_critical", "humidity_out_of_range"}),
    ],
)  # fmt: skip
def test_every_kind_of_device_has_the_rules_it_needs(
    rules: RuleSet, make_asset: Callable[..., Asset], kind: Kind, expected: set[str]
) -> None:
    named = {rule.name for found in rules.for_asset(make_asset(kind=kind)).values() for rule in found}
    assert expected <= named


@pytest.mark.parametrize("kind", list(Kind))
def test_every_device_has_the_no_data_rule(
    rules: RuleSet, make_asset: Callable[..., Asset], kind: Kind
) -> None:
    """Pains: E3, B15."""
    asset = make_asset(kind=kind)
    found = rules.for_point(asset, Point(asset.id, "device_reach_state"))
    assert [(rule.name, rule.paced(10.0).on_delay, rule.paced(60.0).on_delay) for rule in found] == [
        ("device_answers_nonsense", 90.0, 180.0),
        ("device_refuses", 90.0, 180.0),
        ("device_no_data", 90.0, 180.0),
    ]


def test_every_threshold_has_a_deadband_and_every_rule_an_off_delay(rules: RuleSet) -> None:
    """Pains: F8."""
    for rule in rules.rules.values():
        if isinstance(rule.raises, Outside) and METRICS[rule.metrics[0]].unit:
            assert rule.raises != rule.holds, rule.name
        assert rule.off.lasts(10.0) > 0, rule.name


def test_every_rule_says_what_follows_and_what_to_do_in_both_languages(rules: RuleSet) -> None:
    """Pains: H5."""
    for rule in rules.rules.values():
        for text in (rule.title, rule.consequence, rule.action):
            assert set(text) == set(Language), rule.name
            assert all(text.values()), rule.name
            assert text[Language.EN] != text[Language.FR], rule.name


def test_every_alarm_metric_has_rules_for_its_bits_and_for_those_without_a_name(
    rules: RuleSet, make_asset: Callable[..., Asset]
) -> None:
    """Pains: C12."""
    alarms = [one.name for one in METRICS.values() if one.shape is Shape.ALARM]
    assert len(alarms) >= 10
    for kind, metric in itertools.product(Kind, alarms):
        asset = make_asset(kind=kind)
        found = rules.for_point(asset, Point(asset.id, metric, (("alarm", "unnamed_3"),)))
        healths = {
            health for rule in found if isinstance(rule.raises, HasHealth) for health in rule.raises.healths
        }
        assert {Health.WARNING, Health.CRITICAL} <= healths, (kind, metric)
        unnamed = [rule.name for rule in found if isinstance(rule.raises, HasGap)]
        assert unnamed == ["device_alarm_unnamed"], (kind, metric)


def test_no_rule_says_of_a_stopped_cooling_unit_that_it_works(
    rules: RuleSet, make_asset: Callable[..., Asset]
) -> None:
    """Pains: H5."""
    asset = make_asset(kind=Kind.CRAC)
    named = {
        alarm: {
            rule.name for rule in rules.for_point(asset, Point(asset.id, "crac_alarm", (("alarm", alarm),)))
        }
        for alarm in ("remote_stop", "timer_stop", "common_alarm", "filter_1")
    }
    always = {"device_alarm_critical", "device_alarm_unnamed"}
    assert named == {
        "remote_stop": always | {"crac_stop_ordered"},
        "timer_stop": always,
        "common_alarm": always | {"device_alarm_summary"},
        "filter_1": always | {"crac_alarm_warning"},
    }
    for rule in rules.rules.values():
        assert "has not stopped" not in rule.consequence[Language.EN], rule.name


def test_a_value_that_is_lost_is_told_late_and_not_by_a_device_that_is_silent(rules: RuleSet) -> None:
    """Pains: A13."""
    rule = rules.rules["value_lost"]
    assert isinstance(rule.raises, HasGap)
    assert rule.raises.lost
    assert rule.raises.reasons.isdisjoint({GapReason.NO_ANSWER, GapReason.DEADLINE})
    assert rule.paced(10.0).on_delay == 900.0
    assert rule.paced(600.0).on_delay == 1800.0
    assert rule.severity is Severity.WARNING


def test_what_an_engineer_wants_to_know_of_a_ups_on_battery_stands_in_the_message(rules: RuleSet) -> None:
    """Pains: H5."""
    wished = {metric for wish in rules.rules["ups_on_battery"].context for metric in wish}
    assert {"ups_battery_charge_ratio", "ups_battery_runtime_seconds", "ups_output_load_ratio"} <= wished
    for rule in rules.rules.values():
        assert {metric for wish in rule.context for metric in wish} <= METRICS.keys(), rule.name


def test_few_rules_are_critical(rules: RuleSet) -> None:
    """An alarm that everybody shares with forty others moves nobody (ISA-18.2)."""
    critical = [rule for rule in rules.rules.values() if rule.severity is Severity.CRITICAL]
    assert len(critical) < len(rules.rules) / 3


def test_the_files_are_those_of_the_config_folder() -> None:
    assert {path.name for path in shipped_files()} >= {"device.yaml", "ups.yaml", "pdu.yaml", "sensor.yaml"}


def test_the_documentation_lists_every_shipped_rule_as_it_is(rules: RuleSet) -> None:
    """``DCIM_ACCEPT=1`` writes the table anew."""
    text = DOCS.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    table, tail = rest.split(END)
    expected = "\n".join(_table(rules)) + "\n"
    if os.environ.get("DCIM_ACCEPT") == "1":
        DOCS.write_text(head + BEGIN + expected + END + tail, encoding="utf-8")
    else:
        assert table == expected


def _table(rules: RuleSet) -> list[str]:
    rows = [
        "| rule | devices | raised when | after | cleared after | severity |",
        "|---|---|---|---|---|---|",
    ]
    ordered = sorted(rules.rules.values(), key=lambda rule: (sorted(rule.kinds), rule.name))
    return [*rows, *(_row(rule) for rule in ordered)]


def _row(rule: Rule) -> str:
    kinds = ", ".join(sorted(rule.kinds)) or "all"
    metrics = ", ".join(f"`{metric}`" for metric in rule.metrics)
    cells = (
        f"`{rule.name}`",
        kinds,
        f"{metrics}: {rule.limit}{_more(rule)}",
        _delay(rule.on),
        _delay(rule.off),
        str(rule.severity),
    )
    return f"| {' | '.join(cells)} |"


def _more(rule: Rule) -> str:
    """Say what else must hold, and what was expected and did not come."""
    said = [
        (", and not " if clause.negated else ", and ")
        + " or ".join(f"`{metric}`" for one in clause.inputs for metric in one.metrics)
        for clause in rule.clauses
    ]
    suppressed = rule.suppression
    told = f"; not told while `{suppressed.by.metrics[0]}`" if suppressed else ""
    higher = "".join(f"; not beside `{name}`" for name in rule.yields_to)
    return "".join(said) + told + higher


def _delay(delay: object) -> str:
    seconds, polls = getattr(delay, "seconds", 0.0), getattr(delay, "polls", 0)
    time = duration(seconds, words(Language.EN)).replace("\u00a0", " ") if seconds or not polls else ""
    return " and ".join(filter(None, [time, f"{polls} polls" if polls else ""]))


def test_every_key_of_a_rule_file_is_documented() -> None:
    from dcim.alerts.shapes import OverrideShape, RuleShape

    text = DOCS.read_text(encoding="utf-8")
    for key in {**RuleShape.model_fields, **OverrideShape.model_fields}:
        assert re.search(rf"`{key}`", text), key


IMAGES = sorted(
    path
    for path in Path(__file__).parents[2].glob("collectors/*/profiles/*/*")
    if path.suffix in {".snmprec", ".regs"}
)
TOLD_BY_ANOTHER_POINT = {"on_battery", "low_battery", "battery_low", "low_battery_on_battery", "on_bypass"}
PAST = {"ups_transfer_cause_state"}
"""What was, not what is: why a UPS went to its battery, which has rules of its own."""


@pytest.fixture(scope="module")
def collectors() -> Mapping[str, CollectorPlugin]:
    return plugins.collectors()


@pytest.mark.parametrize("protocol", ["snmp", "modbus"])
@pytest.mark.long
def test_every_critical_state_of_every_profile_has_a_rule(
    rules: RuleSet, collectors: Mapping[str, CollectorPlugin], make_asset: Callable[..., Asset], protocol: str
) -> None:
    images = [image for image in IMAGES if image.parts[-4] == protocol]
    assert len(images) > 100
    silent = set()
    for image in images:
        decoded = collectors[protocol].decode(image)
        assert decoded is not None, image
        profile = (image.parent / "profile.yaml").read_text(encoding="utf-8")
        asset = make_asset(kind=Kind(re.search(r"^kind: (\w+)", profile, re.MULTILINE)[1]))  # type: ignore[index]
        silent |= {
            (image.parent.name, point.metric, meaning.word)
            for batch in decoded.batches
            for point, states in zip(batch.layout.points, batch.layout.states, strict=True)
            for meaning in (states or {}).values()
            if meaning.health is Health.CRITICAL and not rules.for_point(asset, point)
        }
    told = {one for one in silent if one[1] in PAST or one[2] in TOLD_BY_ANOTHER_POINT}
    assert silent - told == set()


def test_a_rule_yields_only_to_a_worse_one_of_the_same_devices(rules: RuleSet) -> None:
    """Or to one that says the same of fewer states, more exactly: one that answers nonsense has no data. Pains: F4."""
    pairs = [(rule, rules.rules[name]) for rule in rules.rules.values() for name in rule.yields_to]
    assert {lower.name for lower, _ in pairs} >= {"loss_near_limit", "pair_near_limit", "ups_load_high"}
    for lower, higher in pairs:
        if (lower.name, higher.name) == ("device_no_data", "device_answers_nonsense"):
            assert higher.severity is lower.severity
        else:
            assert ORDER.index(higher.severity) < ORDER.index(lower.severity), lower.name
        assert lower.kinds == higher.kinds, lower.name


def test_french_is_written_with_one_apostrophe(rules: RuleSet) -> None:
    texts = [
        text[Language.FR]
        for rule in rules.rules.values()
        for text in (rule.title, rule.consequence, rule.action)
    ]
    assert len(texts) > 300
    assert not [text for text in texts if re.search(r"\w'\w", text)]
