"""Rules over several points and devices, what is expected to happen, and what suppresses by design. Pains: E5, F4, F9."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product

import pytest

from dcim.alerts import Change, ChangeKind, RuleSet, Truth, Watch, compile_rules
from dcim.alerts.clause import either, every
from dcim.model import Asset, Batch, Kind, Lane, Layout, Meaning, state_code
from dcim.series import Newest
from dcim.yaml import parse

RAISED, CLEARED = ChangeKind.RAISED, ChangeKind.CLEARED
UNTOLD, MUTED, UNMUTED = ChangeKind.RAISED_UNTOLD, ChangeKind.MUTED, ChangeKind.UNMUTED
SAID = """
    severity: critical
    title: { en: t, fr: t }
    consequence: { en: c, fr: c }
    action: { en: a, fr: a }
"""
NO_GENERATOR = f"""
format: 1
rules:
  - rule: genset_did_not_start
    kinds: [meter]
    metric: meter_voltage_volts
    below: 100 V
    deadband: 10 V
    expect: {{ within: 30 s, any: [{{ kinds: [genset], metric: genset_state, state: running }}] }}
{SAID}"""
TESTED = f"""
format: 1
rules:
  - rule: ups_on_battery
    metric: ups_output_source_state
    state: battery
    suppressed_while:
      metric: ups_test_result_state
      state: in_progress
      at_most: 30 min
      reason: {{ en: the battery is tested, fr: la batterie est testée }}
{SAID}
  - rule: ups_battery_low
    metric: ups_battery_state
    state: low
{SAID}"""
METER, GENSET = "meter_voltage_volts", "genset_state"


def speaking(layout: Layout, *words: str) -> Layout:
    """Return a layout whose states may be these words too."""
    more = {state_code(word): Meaning(word) for word in words}
    return replace(layout, states=tuple({**known, **more} if known else known for known in layout.states))


def kinds(changes: Iterable[Change]) -> list[ChangeKind]:
    return [change.kind for change in changes]


def compiled(text: str) -> RuleSet:
    rules, problems = compile_rules([parse(text, "site.yaml")])
    assert problems == []
    return rules


class Story:
    """Takes what devices say the way the daemon does: the newest first, then the watch."""

    def __init__(self, rules: RuleSet, assets: Iterable[Asset]) -> None:
        self.newest = Newest()
        self.watch = Watch(rules, assets, "cas1", lambda lane, interval: interval, self.newest.batches)

    def says(self, batch: Batch) -> list[ChangeKind]:
        self.newest.take(batch)
        return kinds(self.watch.take(batch, batch.at))


@pytest.fixture
def plant(make_asset: Callable[..., Asset]) -> tuple[Asset, ...]:
    return make_asset("meter", Kind.METER), make_asset("gen-1", Kind.GENSET), make_asset("gen-2", Kind.GENSET)


@pytest.fixture
def mains(make_layout: Callable[..., Layout], batch: Callable[..., Batch]) -> Callable[..., Batch]:
    layout = make_layout(METER, asset="meter")
    return lambda volts, at: batch(layout, volts, at=at)


@pytest.fixture
def genset(make_layout: Callable[..., Layout], batch: Callable[..., Batch]) -> Callable[..., Batch]:
    words = {name: speaking(make_layout(GENSET, asset=name), "running") for name in ("gen-1", "gen-2")}
    return lambda name, word, at: batch(words[name], word, at=at)


def test_three_values_of_any_and_every() -> None:
    for a, b in product(Truth, repeat=2):
        assert either((a, b)) is _kleene(a, b, Truth.TRUE)
        assert every((a, b)) is _kleene(a, b, Truth.FALSE)
    assert (either(()), every(())) == (Truth.FALSE, Truth.TRUE)


def _kleene(a: Truth, b: Truth, decides: Truth) -> Truth:
    if decides in (a, b):
        return decides
    other = Truth.FALSE if decides is Truth.TRUE else Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in (a, b) else other


def test_what_does_not_happen_in_time_is_an_alert_and_what_happens_late_ends_it(
    plant: tuple[Asset, ...], mains: Callable[..., Batch], genset: Callable[..., Batch]
) -> None:
    story = Story(compiled(NO_GENERATOR), plant)
    for name in ("gen-1", "gen-2"):
        assert story.says(genset(name, "normal", 0.0)) == []
    assert story.says(mains(0.0, 1.0)) == []
    assert story.watch.tick(31.0, 31.0) == (["gen-1", "gen-2", "meter"], [])
    assert story.says(mains(0.0, 31.5)) == [], "what the generators do now is not known yet"
    assert story.says(genset("gen-1", "normal", 31.6)) == []
    assert story.says(genset("gen-2", "normal", 31.7)) == [RAISED]
    assert story.says(genset("gen-2", "running", 40.0)) == [CLEARED]
    assert story.says(mains(230.0, 600.0)) == []


def test_what_happens_in_time_is_no_alert(
    plant: tuple[Asset, ...], mains: Callable[..., Batch], genset: Callable[..., Batch]
) -> None:
    story = Story(compiled(NO_GENERATOR), plant)
    said = [story.says(genset(name, "normal", 0.0)) for name in ("gen-1", "gen-2")]
    said += [story.says(mains(0.0, 1.0)), story.says(genset("gen-1", "running", 20.0))]
    said += [story.says(mains(0.0, now)) for now in (31.0, 41.0, 51.0)]
    said += [story.says(genset("gen-2", "normal", 60.0)), story.says(mains(230.0, 70.0))]
    assert said == [[]] * len(said)


def test_a_generator_that_says_nothing_proves_nothing(
    plant: tuple[Asset, ...], mains: Callable[..., Batch], genset: Callable[..., Batch]
) -> None:
    """Pains: E5."""
    story = Story(compiled(NO_GENERATOR), plant)
    story.says(genset("gen-1", "normal", 0.0))
    assert [story.says(mains(0.0, now)) for now in (1.0, 31.0, 300.0)] == [[], [], []]
    story.says(genset("gen-2", None, 301.0))
    assert story.says(genset("gen-1", "normal", 302.0)) == []
    assert story.says(genset("gen-2", "normal", 303.0)) == [RAISED]


TAKES_OVER = f"""
format: 1
rules:
  - rule: did_not_take_over
    kinds: [meter]
    metric: meter_voltage_volts
    below: 100 V
    deadband: 10 V
    expect:
      within: 30 s
      any:
        - {{ kinds: [ats], metric: ats_source_state, state: source_b }}
        - {{ kinds: [genset], metric: genset_breaker_state, state: closed }}
        - {{ kinds: [genset], metric: genset_state, state: running }}
{SAID}"""


def test_a_way_of_saying_it_that_no_device_has_keeps_no_alert_back(
    plant: tuple[Asset, ...], mains: Callable[..., Batch], genset: Callable[..., Batch]
) -> None:
    """A site without a transfer switch, a generator that does not tell its breaker. Pains: E5."""
    story = Story(compiled(TAKES_OVER), plant)
    for name in ("gen-1", "gen-2"):
        story.says(genset(name, "normal", 0.0))
    assert story.says(mains(0.0, 1.0)) == []
    story.says(genset("gen-1", "normal", 32.0))
    story.says(genset("gen-2", "normal", 32.0))
    assert story.says(mains(0.0, 33.0)) == [RAISED]


def test_a_device_that_has_not_answered_yet_may_have_what_is_expected(
    plant: tuple[Asset, ...], mains: Callable[..., Batch], genset: Callable[..., Batch]
) -> None:
    story = Story(compiled(TAKES_OVER), plant)
    story.says(genset("gen-1", "normal", 0.0))
    assert story.says(mains(0.0, 1.0)) == []
    story.says(genset("gen-1", "normal", 32.0))
    assert story.says(mains(0.0, 33.0)) == []


def test_an_observation_from_before_the_end_of_a_delay_does_not_end_it_when_something_else_is_told(
    make_asset: Callable[..., Asset], make_layout: Callable[..., Layout], batch: Callable[..., Batch]
) -> None:
    rules = compiled(TESTED.replace("    state: battery\n", "    state: battery\n    on_delay: 5 s\n", 1))
    story = Story(rules, [make_asset()])
    source = make_layout("ups_output_source_state")
    other = make_layout("ups_output_load_ratio", lane=Lane.SLOW)
    assert story.says(batch(source, "battery", at=10.0)) == []
    assert story.says(batch(other, 0.5, at=16.0)) == [], "seen once, six seconds ago"
    assert story.says(batch(source, "battery", at=20.0)) == [RAISED]


def test_all_and_any_and_every_point_of_a_device(
    make_asset: Callable[..., Asset], make_layout: Callable[..., Layout], batch: Callable[..., Batch]
) -> None:
    text = f"""
format: 1
rules:
  - rule: hot_and_loaded
    metric: ups_temperature_celsius
    above: 40 degC
    deadband: 2 K
    all:
      - {{ metric: ups_output_phase_load_ratio, above: 50 %, of: every }}
    any:
      - {{ metric: ups_output_source_state, state: bypass }}
      - {{ devices: [ups-b], metric: ups_output_source_state, state: battery }}
{SAID}"""
    story = Story(compiled(text), [make_asset("ups-a"), make_asset("ups-b")])
    phases = [("ups_output_phase_load_ratio", {"phase": name}) for name in ("L1", "L2")]
    own = make_layout("ups_temperature_celsius", *phases, "ups_output_source_state")
    other = make_layout("ups_output_source_state", asset="ups-b")
    assert story.says(batch(own, 45.0, 0.6, 0.6, "normal", at=0.0)) == []
    assert story.says(batch(other, "normal", at=1.0)) == []
    assert story.says(batch(other, "battery", at=2.0)) == [RAISED]
    assert story.says(batch(own, 45.0, 0.6, 0.4, "normal", at=10.0)) == [CLEARED]
    assert story.says(batch(own, 45.0, 0.6, None, "bypass", at=100.0)) == []
    assert story.says(batch(own, 45.0, 0.6, 0.6, "bypass", at=110.0)) == [RAISED]
    assert story.says(batch(own, 30.0, 0.6, 0.6, "bypass", at=120.0)) == [CLEARED]


def test_a_site_where_nothing_is_near_pays_nothing_for_such_rules(
    plant: tuple[Asset, ...], mains: Callable[..., Batch], genset: Callable[..., Batch]
) -> None:
    story = Story(compiled(NO_GENERATOR), plant)
    for now in range(50):
        story.says(mains(230.0, float(now)))
        story.says(genset("gen-1", "normal", float(now)))
    assert story.watch.looks == 1


@pytest.fixture
def ups(make_layout: Callable[..., Layout], batch: Callable[..., Batch]) -> Callable[..., Batch]:
    layout = make_layout("ups_output_source_state", "ups_test_result_state", "ups_battery_state")
    made = speaking(layout, "in_progress", "passed", "low")
    return lambda source, test, battery, at: batch(made, source, test, battery, at=at)


def test_a_battery_test_suppresses_on_battery_and_never_battery_low_and_ends_by_itself(
    make_asset: Callable[..., Asset], ups: Callable[..., Batch]
) -> None:
    """Pains: F9."""
    story = Story(compiled(TESTED), [make_asset()])
    assert story.says(ups("normal", "in_progress", "normal", 0.0)) == []
    assert story.says(ups("battery", "in_progress", "normal", 10.0)) == [UNTOLD]
    (alert,) = story.watch.listed
    (mute,) = alert.mutes
    assert (mute.by, mute.reason) == (
        "ups_test_result_state",
        "the battery is tested / la batterie est testée",
    )
    assert story.says(ups("battery", "in_progress", "low", 20.0)) == [RAISED]
    assert story.says(ups("normal", "passed", "normal", 30.0)) == [
        ChangeKind.CLEARED_UNTOLD,
        CLEARED,
    ]
    assert story.watch.mutes == ()
    assert story.says(ups("battery", "passed", "normal", 40.0)) == [RAISED]


def test_a_test_that_ends_while_the_mains_are_gone_is_told_at_once(
    make_asset: Callable[..., Asset], ups: Callable[..., Batch]
) -> None:
    """Pains: F9."""
    story = Story(compiled(TESTED), [make_asset()])
    story.says(ups("battery", "in_progress", "normal", 0.0))
    assert story.says(ups("battery", "passed", "normal", 10.0)) == [UNMUTED, RAISED]


def test_a_test_that_never_ends_suppresses_for_its_time_and_not_again(
    make_asset: Callable[..., Asset], ups: Callable[..., Batch]
) -> None:
    """Pains: F9."""
    story = Story(compiled(TESTED), [make_asset()])
    story.says(ups("battery", "in_progress", "normal", 0.0))
    assert kinds(story.watch.tick(1799.0, 1799.0)[1]) == []
    assert kinds(story.watch.tick(1800.0, 1800.0)[1]) == [UNMUTED, RAISED]
    assert story.says(ups("battery", "in_progress", "normal", 1810.0)) == []
    assert [alert.mutes for alert in story.watch.open] == [()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all: [{ metric: ups_outptu_load_ratio, above: 5 % }]", "all[0].metric: no canonical metric"),
        (
            "any: [{ metric: ups_output_load_ratio, state: x }]",
            "any[0].state: ups_output_load_ratio is a gauge",
        ),
        ("all: [{ metric: ups_output_load_ratio }]", "all[0]: no condition"),
        ("expect: { within: 0 s, any: [{ metric: ups_alarm, alarm: set }] }", "expect.within: "),
        (
            "on_delay: 5 s\n    expect: { within: 5 s, any: [{ metric: ups_alarm, alarm: set }] }",
            "no on-delay",
        ),
        ("all: [{ metric: ups_alarm, alarm: set, devices: [ups-c] }]", "no device 'ups-c'"),
        (
            "all: [{ metric: ups_alarm, alarm: set, devices: [ups-a], kinds: [ups] }]",
            "either devices or kinds",
        ),
    ],
)
def test_a_mistake_in_a_clause_is_told_with_its_place(text: str, expected: str) -> None:
    rule = f"  - rule: r\n    metric: ups_output_source_state\n    state: battery\n    {text}\n{SAID}"
    _, problems = compile_rules([parse(f"format: 1\nrules:\n{rule}", "site.yaml")], ["ups-a"])
    assert expected in "; ".join(map(str, problems))
