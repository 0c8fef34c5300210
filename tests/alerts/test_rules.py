"""Rule files: what they make, and everything they can get wrong."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from dcim.alerts import Delay, Language, RuleSet, Severity, compile_rules, read_rules, shipped_rules
from dcim.alerts.condition import HasGap, HasHealth, InState, IsSet, Outside
from dcim.model import Asset, ConfigError, GapReason, Health, Kind, Point
from dcim.yaml import parse

SENTENCES = """
title: { en: On battery, fr: Sur batterie }
consequence: { en: c, fr: c }
action: { en: a, fr: a }
"""


def rule(text: str, severity: str = "major", sentences: str = SENTENCES) -> str:
    """Return one rule as it stands in a file."""
    body = f"severity: {severity}\n{sentences.strip()}\n{dedent(text).strip()}\n"
    return "  - " + indent(body, "    ").lstrip()


def compiled(*rules: str, overrides: str = "", devices: list[str] | None = None) -> tuple[RuleSet, list[str]]:
    text = "format: 1\nrules:\n" + "\n".join(rules) if rules else "format: 1\n"
    if overrides:
        text += "\noverrides:\n" + indent(dedent(overrides).strip(), "  ")
    made, problems = compile_rules([parse(text, "site.yaml")], devices)
    return made, [str(problem) for problem in problems]


def wrong(*rules: str, overrides: str = "", devices: list[str] | None = None) -> str:
    _, problems = compiled(*rules, overrides=overrides, devices=devices)
    (problem,) = problems
    return problem


ON_BATTERY = rule("rule: ups_on_battery\nkinds: [ups]\nmetric: ups_output_source_state\nstate: battery")
LOAD = rule("rule: load_high\nmetric: ups_output_load_ratio\nabove: 80 %\ndeadband: 3 %\non_delay: 5 min")


def test_a_rule_says_all_that_the_file_says() -> None:
    """Pains: H5."""
    text = rule(
        """
        rule: pdu_overload
        kinds: [pdu, floor_pdu]
        metric: [pdu_load_state, pdu_outlet_load_state]
        state: overload
        where: { outlet: ["1", "2"] }
        unless: { outlet: "2" }
        on_delay: 10 s
        on_polls: 2
        off_delay: 1 min
        latching: true
        """,
        severity="critical",
    )
    rules, problems = compiled(text)
    assert problems == []
    made = rules.rules["pdu_overload"]
    assert made.kinds == {Kind.PDU, Kind.FLOOR_PDU}
    assert made.metrics == ("pdu_load_state", "pdu_outlet_load_state")
    assert made.raises == made.holds == InState(frozenset({"overload"}))
    assert (made.on, made.off, made.latching) == (Delay(10.0, 2), Delay(60.0), True)
    assert (made.severity, made.limit, made.source) == (Severity.CRITICAL, "overload", "site.yaml:3")
    assert made.title == {Language.EN: "On battery", Language.FR: "Sur batterie"}


@pytest.mark.parametrize(
    ("text", "raises", "holds", "limit"),
    [
        ("above: 80 %\ndeadband: 3 %", Outside(high=0.8), Outside(high=0.77), "above 80 %"),
        ("below: 20 %\ndeadband: 5 %", Outside(low=0.2), Outside(low=0.25), "below 20 %"),
        (
            "below: 10 %\nabove: 0.9 1\ndeadband: 1 %",
            Outside(0.1, 0.9),
            Outside(0.11, 0.89),
            "below 10 % or above 0.9 1",
        ),
    ],
)
def test_a_threshold_is_in_base_units_and_its_deadband_lies_towards_normal(
    text: str, raises: Outside, holds: Outside, limit: str
) -> None:
    """Pains: F8."""
    made = compiled(rule(f"rule: r\nmetric: ups_output_load_ratio\n{text}"))[0].rules["r"]
    assert (made.raises, made.holds, made.limit) == (raises, holds, limit)


def test_a_word_of_any_of_the_metrics_will_do_and_vendors_words_cannot_be_checked() -> None:
    either = "rule: r\nmetric: [pdu_supply_state, pdu_supply_alarm_state]\nstate: [failed, alarm]"
    vendors = "rule: v\nmetric: [ups_mode_state, pdu_supply_state]\nstate: hibernating"
    assert compiled(rule(either), rule(vendors))[1] == []
    mistaken = rule(either.replace("alarm]", "alram]"))
    assert "pdu_supply_state has no state 'alram'; did you mean 'alarm'?" in wrong(mistaken)


def test_a_rule_over_what_is_missing_takes_metrics_of_all_sorts() -> None:
    text = (
        "rule: {0}\nmetric: [ups_alarm, ups_output_load_ratio, ups_transfers_total]\n{0}: [absent, refused]"
    )
    rules, problems = compiled(rule(text.format("gap")), rule(text.format("lost")))
    assert problems == []
    reasons = frozenset({GapReason.ABSENT, GapReason.REFUSED})
    assert rules.rules["gap"].raises == rules.rules["gap"].holds == HasGap(reasons)
    assert (rules.rules["lost"].raises, rules.rules["lost"].holds) == (
        HasGap(reasons, lost=True),
        HasGap(reasons),
    )
    assert rules.rules["lost"].limit == "lost: absent, refused"
    over = "- { rule: gap, above: 3, deadband: 1 }"
    assert "the metrics of this rule are not alike: expected gap or lost" in " ".join(
        compiled(rule(text.format("gap")), overrides=over)[1]
    )


def test_a_rule_names_what_the_engineer_wants_to_read_beside(make_asset: Callable[..., Asset]) -> None:
    text = "rule: r\nmetric: ups_output_source_state\nstate: battery\ncontext: "
    over = "- { rule: r, devices: [ups-b], context: [ups_battery_runtime_seconds, [ups_output_load_ratio, ups_output_phase_load_ratio]] }"
    rules, problems = compiled(rule(text + "ups_battery_charge_ratio"), overrides=over, devices=["ups-b"])
    assert problems == []
    point = Point("ups-a", "ups_output_source_state")
    assert rules.for_point(make_asset(), point)[0].context == (("ups_battery_charge_ratio",),)
    (other,) = rules.for_point(make_asset("ups-b"), point)
    assert other.context == (
        ("ups_battery_runtime_seconds",),
        ("ups_output_load_ratio", "ups_output_phase_load_ratio"),
    )


def test_a_deadband_of_temperatures_is_a_difference() -> None:
    text = "rule: r\nmetric: sensor_temperature_celsius\nabove: 27 degC\ndeadband: "
    assert compiled(rule(text + "1 K"))[0].rules["r"].holds == Outside(high=26.0)
    assert "expected a number in K, deltaC, deltaF, found '1 degC'" in wrong(rule(text + "1 degC"))


def test_a_count_needs_no_deadband() -> None:
    made = compiled(rule("rule: r\nmetric: ups_battery_packs_bad\nabove: 0"))[0].rules["r"]
    assert made.raises == made.holds == Outside(high=0.0)


def test_words_health_and_alarms_become_conditions() -> None:
    rules, problems = compiled(
        rule("rule: a\nmetric: genset_mode_state\nnot_state: [auto, test]"),
        rule("rule: b\nmetric: ups_mode_state\nhealth: [warning, critical]"),
        rule("rule: c\nmetric: ups_alarm\nalarm: set"),
        rule("rule: d\nmetric: ups_alarm\nhealth: warning"),
    )
    assert problems == []
    assert rules.rules["a"].raises == InState(frozenset({"auto", "test"}), negated=True)
    assert rules.rules["a"].limit == "not auto, test"
    assert rules.rules["b"].raises == HasHealth(frozenset({Health.WARNING, Health.CRITICAL}))
    assert rules.rules["c"].raises == IsSet()
    assert rules.rules["d"].raises == HasHealth(frozenset({Health.WARNING}), untold=Health.WARNING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "rule: r\nmetric: ups_output_lod_ratio\nabove: 80 %\ndeadband: 3 %",
            "metric: no canonical metric 'ups_output_lod_ratio'; did you mean 'ups_output_load_ratio'?",
        ),
        (
            "rule: r\nmetric: ups_output_source_state\nstate: batery",
            "state: ups_output_source_state has no state 'batery'; did you mean 'battery'?",
        ),
        (
            "rule: r\nmetric: ats_source_state\nstate: zzz",
            "ats_source_state has no state 'zzz'; known: source_a, source_b, none, both, unknown",
        ),
        (
            "rule: r\nmetric: ups_output_load_ratio\nstate: battery",
            "is a gauge: it takes above or below or gap or lost",
        ),
        ("rule: r\nmetric: ups_transfers_total\nabove: 3", "is a counter: it takes gap or lost"),
        ("rule: r\nmetric: ups_transfers_total", "no condition; expected gap, lost"),
        ("rule: r\nmetric: ups_alarm", "no condition; expected health, alarm, gap, lost"),
        ("rule: r\nmetric: ups_alarm\ngap: unknwn_code", "did you mean 'unknown_code'?"),
        (
            "rule: r\nmetric: ups_output_load_ratio\ngap: absent\nabove: 3 %",
            "one condition, not 2: above, gap",
        ),
        ("rule: r\nmetric: ups_alarm\nlost: absent\ndeadband: 3 %", "belongs to above and below"),
        (
            "rule: r\nmetric: ups_alarm\nalarm: set\ncontext: ups_batery_charge_ratio",
            "context: no canonical metric",
        ),
        (
            "rule: r\nmetric: ups_output_source_state\nstate: battery\nhealth: critical",
            "one condition, not 2",
        ),
        ("rule: r\nmetric: ups_output_load_ratio\nabove: 80 %", "deadband"),
        (
            "rule: r\nmetric: ups_output_load_ratio\nabove: 80 %\ndeadband: 0 %",
            "deadband: expected more than 0",
        ),
        (
            "rule: r\nmetric: ups_output_load_ratio\nabove: 80 V\ndeadband: 3 %",
            "above: expected a number in %, 1, permille, found '80 V'",
        ),
        (
            "rule: r\nmetric: ups_output_load_ratio\nabove: 80 %\nbelow: 78 %\ndeadband: 3 %",
            "nothing between",
        ),
        (
            "rule: r\nmetric: ups_output_source_state\nstate: battery\ndeadband: 3 %",
            "belongs to above and below",
        ),
        ("rule: r\nmetric: [ups_alarm, ups_temperature_celsius]\nalarm: set", "is no alarm like ups_alarm"),
        ("rule: r\nmetric: ups_output_source_state\nstate: battery\nkinds: [upss]", "did you mean 'ups'?"),
        ("rule: r\nmetric: ups_output_source_state\nstate: battery\nwhere: { phase: L1 }", "no labels"),
        (
            "rule: r\nmetric: ups_alarm\nalarm: set\nunless: { alram: x }",
            "no label 'alram'; did you mean 'alarm'?",
        ),
        ("rule: r\nmetric: ups_alarm\nalarm: set\non_delay: 5 V", "on_delay: expected a time"),
        ("rule: r\nmetric: ups_alarm\nalarm: set\non_delay: -5 s", "on_delay: expected "),
        ("rule: r\nmetric: ups_alarm\nalarm: set\nkinds: []", "kinds: expected at least one"),
        ("rule: r\nmetric: ups_alarm\nalarm: set\nondelay: 5 s", "unknown key; did you mean 'on_delay'?"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(text: str, expected: str) -> None:
    """Pains: J1."""
    problem = wrong(rule(text))
    assert problem.startswith("site.yaml:")
    assert problem.split(":")[1].isdigit()
    assert expected in problem


def test_a_rule_without_consequence_or_action_is_refused() -> None:
    """Pains: H5."""
    text = rule("rule: r\nmetric: ups_alarm\nalarm: set", sentences="title: { en: x, fr: x }")
    assert compiled(text)[1] == [
        "site.yaml:3:5: rules[0].consequence: missing",
        "site.yaml:3:5: rules[0].action: missing",
    ]


_METRIC = "rule: r\nmetric: ups_output_source_state\nstate: battery"


@pytest.mark.parametrize("written", [r"a\r\nBcc: b", r"a\u202Eb", r"a\u2028b"])
@pytest.mark.parametrize("key", ["title", "consequence", "action"])
def test_a_sentence_is_one_line_and_shows_as_it_is_written(key: str, written: str) -> None:
    """Pains: J1."""
    lines = [line for line in SENTENCES.strip().splitlines() if not line.startswith(key)]
    sentences = "\n".join([*lines, f'{key}: {{ en: "{written}", fr: c }}'])
    assert f"rules[0].{key}.en: people see this text: U+" in wrong(rule(_METRIC, sentences=sentences))


def test_a_sentence_may_be_a_block_of_yaml() -> None:
    block = SENTENCES.replace("action: { en: a, fr: a }", "action:\n  en: >\n    one\n    line\n  fr: a")
    made, problems = compiled(rule(_METRIC, sentences=block))
    assert problems == []
    assert made.rules["r"].action[Language.EN] == "one line"


def test_every_mistake_of_every_rule_is_told_at_once() -> None:
    texts = [rule(f"rule: r{n}\nmetric: no_such_{n}\nstate: x") for n in range(10)]
    assert len(compiled(*texts)[1]) == 10


def test_mistakes_of_shape_and_of_meaning_are_told_in_one_pass() -> None:
    """Pains: J1."""
    _, problems = compiled(
        rule("rule: a\nmetric: ups_output_lod_ratio\nabove: 80 %\nondelay: 5 s"),
        rule("rule: b\nmetric: ups_output_load_ratio\nabove: 80 V\ndeadband: 3 %\non_delay: 5 V"),
        rule("rule: c\nmetric: ups_alarm\nhelth: critical\nwhere: { alram: x }"),
        rule("rule: d\nmetric: ups_alarm\nalarm: true", severity="majr"),
        rule("rule: e\nmetric: [ups_alarm, ups_mode_stat]\nalarm: set", sentences="title: x"),
        rule("rule: [f]\nmetric: no_such"),
        "  - nonsense",
        overrides="""
        - { rule: b, above: 3 }
        - { rule: z, abve: 3 % }
        - { rule: a, devices: [ups-q], severity: mnor }
        - { rule: ups_x, devices: ups-q }
        """,
        devices=["ups-a"],
    )
    places = sorted(problem.split(": ", 2)[1] for problem in problems)
    assert places == [
        "overrides[1].abve",
        "overrides[1].rule",
        "overrides[2].devices[0]",
        "overrides[2].severity",
        "overrides[3].devices",
        "overrides[3].rule",
        "rules[0].metric",
        "rules[0].ondelay",
        "rules[1].above",
        "rules[1].on_delay",
        "rules[2].helth",
        "rules[2].where.alram",
        "rules[3].alarm",
        "rules[3].severity",
        "rules[4].action",
        "rules[4].consequence",
        "rules[4].metric[1]",
        "rules[4].title",
        "rules[5].metric",
        "rules[5].rule",
        "rules[6]",
    ]
    assert sum("canonical metric" in problem for problem in problems) == 3


FULL = "metric: ups_output_load_ratio\nabove: {} %\ndeadband: 3 %\n"


@pytest.mark.parametrize(
    ("higher", "yields_to", "expected"),
    [
        ("rule: full\n" + FULL.format(100), "ful", "yields_to: no rule 'ful'; did you mean 'full'?"),
        ("rule: full\nmetric: ups_alarm\nalarm: set", "full", "does not look at ups_output_load_ratio"),
        ("rule: full\n" + FULL.format(100) + "yields_to: [fuller]", "full", "'full' yields itself to fuller"),
        ("rule: full\n" + FULL.format(100), "[full, busy]", "'busy' yields itself to full, busy"),
    ],
)
def test_a_rule_yields_only_to_a_higher_step_on_its_own_points(
    higher: str, yields_to: str, expected: str
) -> None:
    fuller = rule("rule: fuller\n" + FULL.format(110))
    busy = rule("rule: busy\n" + FULL.format(80) + f"yields_to: {yields_to}")
    assert expected in wrong(busy, rule(higher), fuller)


def test_of_three_steps_each_is_looked_at_behind_those_that_it_yields_to(
    make_asset: Callable[..., Asset],
) -> None:
    rules, problems = compiled(
        rule("rule: low\n" + FULL.format(70) + "yields_to: [middle, high]"),
        rule("rule: middle\n" + FULL.format(80) + "yields_to: high"),
        rule("rule: high\n" + FULL.format(90)),
    )
    assert problems == []
    ups = make_asset(kind=Kind.UPS)
    found = rules.for_point(ups, Point(ups.id, "ups_output_load_ratio"))
    assert [one.name for one in found] == ["high", "middle", "low"]


def test_a_name_that_stands_twice_is_refused() -> None:
    assert "'load_high' stands already in site.yaml:3; change it with an override" in wrong(LOAD, LOAD)


def test_an_override_changes_what_it_names_and_keeps_the_rest(make_asset: Callable[..., Asset]) -> None:
    rules, problems = compiled(
        LOAD,
        ON_BATTERY,
        overrides="""
        - { rule: load_high, above: 40 %, severity: minor, on_polls: 3 }
        - { rule: load_high, devices: [ups-b], above: 60 %, deadband: 10 %, action: { en: call, fr: appeler } }
        - { rule: load_high, kinds: [ups], off_delay: 1 min }
        - { rule: ups_on_battery, rooms: [lab], enabled: false }
        """,
        devices=["ups-a", "ups-b"],
    )
    assert problems == []
    point = Point("ups-a", "ups_output_load_ratio")
    (mine,) = rules.for_point(make_asset("ups-a"), point)
    assert (mine.raises, mine.holds) == (Outside(high=0.4), Outside(high=0.37))
    assert (mine.severity, mine.on, mine.off) == (Severity.MINOR, Delay(300.0, 3), Delay(60.0))
    (other,) = rules.for_point(make_asset("ups-b"), point)
    assert (other.raises, other.holds) == (Outside(high=0.6), Outside(high=0.5))
    assert (other.action[Language.FR], other.severity, other.off) == ("appeler", Severity.MINOR, Delay(60.0))
    source = Point("ups-a", "ups_output_source_state")
    assert rules.for_point(make_asset("ups-a", room="lab"), source) == ()
    assert len(rules.for_point(make_asset("ups-a", room="hall"), source)) == 1
    assert rules.for_asset(make_asset("ups-a")) is rules.for_asset(make_asset("ups-z"))


def test_an_override_of_a_lower_limit_keeps_its_deadband(make_asset: Callable[..., Asset]) -> None:
    low = rule("rule: low\nmetric: ups_battery_charge_ratio\nbelow: 50 %\ndeadband: 5 %")
    rules, problems = compiled(low, overrides="- { rule: low, below: 30 % }")
    assert problems == []
    (made,) = rules.for_point(make_asset(), Point("ups-a", "ups_battery_charge_ratio"))
    assert (made.raises, made.holds) == (Outside(low=0.3), Outside(low=0.35))


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("- { rule: load_hihg, above: 40 % }", "no rule 'load_hihg'; did you mean 'load_high'?"),
        ("- { rule: load_high }", "changes nothing of 'load_high'"),
        ("- { rule: load_high, above: 80 %, on_delay: 5 min }", "changes nothing of 'load_high'"),
        ("- { rule: load_high, devices: [ups-q], above: 40 % }", "no device 'ups-q'; did you mean 'ups-a'?"),
        ("- { rule: load_high, devices: ups-q, above: 40 % }", "no device 'ups-q'; did you mean 'ups-a'?"),
        ("- { rule: load_high, state: battery }", "is a gauge: it takes above or below"),
        ("- { rule: load_high, above: 40 V }", "expected a number in %, 1, permille, found '40 V'"),
    ],
)
def test_a_wrong_override_is_told_like_a_wrong_rule(override: str, expected: str) -> None:
    assert expected in wrong(LOAD, overrides=override, devices=["ups-a"])


def test_labels_pick_points(make_asset: Callable[..., Asset]) -> None:
    rules, _ = compiled(
        rule("rule: only\nmetric: ups_alarm\nalarm: set\nwhere: { alarm: fan_failed }"),
        rule("rule: others\nmetric: ups_alarm\nalarm: set\nunless: { alarm: [fan_failed, on_battery] }"),
    )
    found = {
        word: [
            made.name for made in rules.for_point(make_asset(), Point("a", "ups_alarm", (("alarm", word),)))
        ]
        for word in ("fan_failed", "on_battery", "fuse_failed")
    }
    assert found == {"fan_failed": ["only"], "on_battery": [], "fuse_failed": ["others"]}


def test_a_rule_covers_points_of_its_metrics_alone() -> None:
    made = compiled(ON_BATTERY)[0].rules["ups_on_battery"]
    assert made.covers(Point("a", "ups_output_source_state"))
    assert not made.covers(Point("a", "ups_battery_state"))


def test_a_rule_is_for_its_kinds(make_asset: Callable[..., Asset]) -> None:
    rules, _ = compiled(ON_BATTERY)
    point = Point("x", "ups_output_source_state")
    assert len(rules.for_point(make_asset(kind=Kind.UPS), point)) == 1
    assert rules.for_point(make_asset(kind=Kind.PDU), point) == ()


def test_a_sites_own_file_stands_beside_the_shipped_ones(
    tmp_path: Path, make_asset: Callable[..., Asset]
) -> None:
    own = tmp_path / "site.yaml"
    own.write_text("format: 1\noverrides:\n  - { rule: ups_load_high, devices: [ups-a], above: 40 % }\n")
    rules = read_rules([own], ["ups-a"])
    assert rules.rules.keys() == shipped_rules().rules.keys()
    made = {one.name: one for one in rules.for_point(make_asset(), Point("ups-a", "ups_output_load_ratio"))}
    assert made["ups_load_high"].raises == Outside(high=0.4)


def test_a_site_without_the_shipped_rules_is_still_told_of_silent_devices() -> None:
    """Pains: B15, E3."""
    assert list(read_rules((), shipped=False).rules) == [
        "channel_failing",
        "output_failing",
        "output_loses_readings",
        "peer_silent",
        "ledger_not_signed",
        "device_answers_nonsense",
        "device_no_data",
        "device_refuses",
    ]


def test_files_that_cannot_be_read_and_files_that_are_wrong_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("format: 1\nrules: [\n")
    (tmp_path / "b.yaml").write_text(
        "format: 2\nformat: 1\noverrides: [ { rule: ups_on_batery, enabled: no } ]\n"
    )
    with pytest.raises(ConfigError) as told:
        read_rules([tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"])
    paths = {Path(problem.path).name for problem in told.value.problems}
    assert paths == {"a.yaml", "b.yaml", "c.yaml"}
    mistaken = "\n".join(problem.what for problem in told.value.problems if problem.path.endswith("b.yaml"))
    assert "stands twice" in mistaken
    assert "did you mean 'ups_on_battery'" in mistaken
    assert "expected true or false" in mistaken
