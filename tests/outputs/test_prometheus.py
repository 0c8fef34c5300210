"""``/metrics``: what is fresh is there, what is not is not."""

import asyncio
import shutil
import subprocess
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.parser import text_string_to_metric_families

from dcim.catalogue import METRICS
from dcim.model import Address, Asset, Batch, Identity, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.outputs.prometheus import Exposition
from dcim.series import Newest


def series(text: bytes) -> dict[str, float]:
    """Return what the official parser reads, by name and by labels other than those of the device."""
    own = {"kind", "site", "room", "rack", "feed", "tenant"}
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = ",".join(
                f"{key}={value}" for key, value in sorted(sample.labels.items()) if key not in own
            )
            key = f"{sample.name}{{{labels}}}"
            assert key not in found
            found[key] = sample.value
    return found


@pytest.fixture
def newest():
    return Newest()


@pytest.fixture
def shown(newest, asset):
    exposition = Exposition(newest)
    exposition.describe(asset())
    return exposition


def test_a_scrape_word_for_word(newest, asset, layout, batch):
    exposition = Exposition(newest)
    exposition.describe(asset(), Identity("ups", "APC", 'Smart "UPS"', "S1", "v1"))
    newest.take(
        batch(
            layout(
                ("ups_input_voltage_volts", {"phase": "L1"}),
                "ups_output_source_state",
                "ups_battery_charge_ratio",
            ),
            230.0,
            "battery",
            0.55,
        )
    )
    assert exposition.text(1000.0).decode() == (
        "# HELP dcim_ups_battery_charge_ratio Charge left in the battery.\n"
        "# TYPE dcim_ups_battery_charge_ratio gauge\n"
        'dcim_ups_battery_charge_ratio{asset="ups-a",kind="ups",site="cas1",room="r1",rack="r1-01",feed="A"} 0.55\n'
        "# HELP dcim_ups_input_voltage_volts Input voltage.\n"
        "# TYPE dcim_ups_input_voltage_volts gauge\n"
        'dcim_ups_input_voltage_volts{asset="ups-a",kind="ups",site="cas1",room="r1",rack="r1-01",feed="A",phase="L1"} 230.0\n'
        "# HELP dcim_ups_output_source_state Where the output power comes from (RFC 1628 upsOutputSource).\n"
        "# TYPE dcim_ups_output_source_state gauge\n"
        'dcim_ups_output_source_state{asset="ups-a",kind="ups",site="cas1",room="r1",rack="r1-01",feed="A",state="normal"} 0.0\n'
        'dcim_ups_output_source_state{asset="ups-a",kind="ups",site="cas1",room="r1",rack="r1-01",feed="A",state="battery"} 1.0\n'
        'dcim_ups_output_source_state{asset="ups-a",kind="ups",site="cas1",room="r1",rack="r1-01",feed="A",state="bypass"} 0.0\n'
        "# HELP dcim_device_info What the device is.\n"
        "# TYPE dcim_device_info gauge\n"
        'dcim_device_info{asset="ups-a",name="UPS A",vendor="APC",model="Smart \\"UPS\\"",serial="S1",firmware="v1"} 1\n'
    )


INFO = {"dcim_device_info{asset=ups-a,name=UPS A}": 1.0}


def test_a_gap_and_an_unknown_state_have_no_series(newest, shown, layout, batch):
    """Pains: A2, E6."""
    lay = layout("ups_battery_charge_ratio", "ups_output_source_state")
    newest.take(batch(lay, None, None))
    assert series(shown.text(1000.0)) == INFO
    newest.take(batch(lay, 0.0, "no such word"))
    assert series(shown.text(1000.0)) == INFO | {"dcim_ups_battery_charge_ratio{asset=ups-a}": 0.0}


def test_what_is_stale_disappears_and_comes_back_with_the_next_answer(newest, shown, layout, batch):
    """Pains: A11."""
    lay, charge = layout("ups_battery_charge_ratio"), "dcim_ups_battery_charge_ratio{asset=ups-a}"
    newest.take(batch(lay, 0.5, at=1000.0))
    assert series(shown.text(1030.0)) == INFO | {charge: 0.5}
    assert series(shown.text(1031.0)) == INFO
    assert series(shown.text(1032.0)) == INFO
    newest.take(batch(lay, 0.5, at=1040.0))
    assert series(shown.text(1041.0)) == INFO | {charge: 0.5}


def test_how_long_each_device_takes_and_whether_it_answers_is_there(newest, shown, layout, batch):
    """Pains: D2, E3."""
    own = layout("device_poll_duration_seconds", own=True)
    newest.take(batch(layout("ups_battery_charge_ratio"), 0.5))
    newest.take(batch(own, 1.75))
    assert series(shown.text(1000.0))["dcim_device_poll_duration_seconds{asset=ups-a}"] == 1.75
    newest.take(batch(own, None, at=1040.0))
    assert series(shown.text(1040.0)) == INFO  # silent: neither its last values nor a duration of nothing


def test_a_slow_lane_outlives_the_fast_one(newest, shown, layout, batch):
    newest.take(batch(layout("ups_battery_charge_ratio"), 0.5))
    newest.take(batch(layout("ups_input_lines", lane=Lane.SLOW), 3.0))
    assert set(series(shown.text(1100.0))) == {*INFO, "dcim_ups_input_lines{asset=ups-a}"}


def test_a_point_in_two_lanes_is_one_series_and_the_faster_lane_speaks(newest, shown, layout, batch):
    newest.take(batch(layout("ups_battery_charge_ratio", lane=Lane.SLOW), 0.4))
    newest.take(batch(layout("ups_battery_charge_ratio"), 0.5))
    assert series(shown.text(1000.0)) == INFO | {"dcim_ups_battery_charge_ratio{asset=ups-a}": 0.5}


def test_points_that_vanished_on_rediscovery_vanish_here(newest, shown, layout, batch):
    newest.take(batch(layout("ups_battery_charge_ratio", "ups_input_lines"), 0.5, 3.0))
    assert len(series(shown.text(1000.0))) == 3
    newest.take(batch(layout("ups_input_lines"), 1.0))
    assert series(shown.text(1000.0)) == INFO | {"dcim_ups_input_lines{asset=ups-a}": 1.0}


def test_a_device_that_moved_carries_its_new_labels(newest, shown, asset, layout, batch):
    newest.take(batch(layout("ups_battery_charge_ratio"), 0.5))
    assert b'rack="r1-01"' in shown.text(1000.0)
    shown.describe(asset(rack="r9-09"))
    text = shown.text(1000.0)
    assert b'rack="r9-09"' in text
    assert b'rack="r1-01"' not in text


def test_a_device_asked_less_often_stays_longer(newest, shown, asset, layout, batch):
    newest.take(batch(layout("ups_battery_charge_ratio"), 0.5))
    assert series(shown.text(1100.0)) == INFO
    shown.describe(asset(interval=60.0))
    assert len(series(shown.text(1100.0))) == 2


def test_a_device_nobody_described_is_not_shown(newest, shown, layout, batch):
    newest.take(batch(layout("ups_battery_charge_ratio"), 0.5))
    newest.take(batch(layout("ups_battery_charge_ratio", asset="stranger"), 0.5))
    assert set(series(shown.text(1000.0))) == {*INFO, "dcim_ups_battery_charge_ratio{asset=ups-a}"}


def test_alarms_are_series_of_their_own(newest, shown, layout, batch):
    lay = layout(("device_alarm", {"alarm": "fan failed"}), ("device_alarm", {"alarm": "on battery"}))
    newest.take(batch(lay, 1.0, 0.0))
    assert series(shown.text(1000.0)) == INFO | {
        "dcim_device_alarm{alarm=fan failed,asset=ups-a}": 1.0,
        "dcim_device_alarm{alarm=on battery,asset=ups-a}": 0.0,
    }


def test_series_that_would_read_the_same_are_shown_once(newest, shown, layout, batch):
    metric = "ups_battery_charge_ratio"
    newest.take(
        batch(
            layout((metric, {"é": "1"}), (metric, {"ü": "1"}), (metric, {"x": ""}), metric),
            1.0,
            2.0,
            3.0,
            4.0,
        )
    )
    assert series(shown.text(1000.0)) == INFO | {
        f"dcim_{metric}{{asset=ups-a,label=1}}": 1.0,
        f"dcim_{metric}{{asset=ups-a}}": 3.0,
    }


def test_our_own_metrics_follow(newest):
    registry = CollectorRegistry()
    Counter("dcim_polls", "Polls.", registry=registry).inc(3)
    text = Exposition(newest, registry).text(0.0)
    assert series(text)["dcim_polls_total{}"] == 3.0


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (
            lambda registry: Gauge("dcim_ups_battery_charge_ratio", "x", registry=registry),
            "dcim_ups_battery_charge_ratio",
        ),
        (
            lambda registry: Counter("dcim_pdu_energy_joules", "x", registry=registry),
            "dcim_pdu_energy_joules_total",
        ),
        (lambda registry: Gauge("dcim_device_info", "x", registry=registry), "dcim_device_info"),
    ],
)
def test_a_metric_of_ours_with_the_name_of_a_family_of_points_is_refused(newest, make, name):
    registry = CollectorRegistry()
    make(registry)
    with pytest.raises(ValueError, match=name):
        Exposition(newest, registry)


async def test_other_work_gets_its_turn_during_a_large_scrape(newest, asset, layout, batch):
    """2,000 devices of 10 points: the scrape comes in slices, and between two of them the loop turns."""
    exposition = Exposition(newest)
    for number in range(2000):
        name = f"ups-{number}"
        exposition.describe(asset(name))
        points = [("ups_input_voltage_volts", {"phase": f"L{n}"}) for n in range(10)]
        newest.take(batch(layout(*points, asset=name), *[230.0 + n for n in range(10)]))
    turns, over = 0, False

    async def other():
        nonlocal turns
        while not over:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    pieces = [piece async for piece in exposition.render(1000.0)]
    over = True
    await task
    text = b"".join(pieces)
    assert len(pieces) >= 3
    assert turns > 10
    assert text == exposition.text(1000.0)
    assert text.count(b"# TYPE dcim_ups_input_voltage_volts gauge\n") == 1
    assert text.count(b"\ndcim_ups_input_voltage_volts{") == 20_000


WORDS = ("normal", "battery", "bypass")
STATES = {state_code(word): Meaning(word) for word in WORDS}
number = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5]))
polls = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.lists(number, min_size=3, max_size=3),
        st.one_of(st.none(), st.sampled_from(WORDS)),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@given(polls)
def test_kept_lines_say_the_same_as_lines_made_anew(story):
    """Whatever was polled in whatever order, scraped or not in between, with re-discoveries in between."""
    newest = Newest()
    kept = Exposition(newest)
    assets = {name: Asset(name, name, Kind.UPS, "snmp", Address("h")) for name in "ab"}
    for each in assets.values():
        kept.describe(each)
    layouts = {}
    for turn, (name, numbers, word, rediscovered, scraped) in enumerate(story):
        if rediscovered or name not in layouts:
            points = tuple(Point(name, "ups_input_voltage_volts", (("phase", f"L{n}"),)) for n in range(3))
            points = (*points, Point(name, "ups_output_source_state"))[turn % 2 :]
            layouts[name] = Layout(
                name, Lane.FAST, points, (None, None, None, STATES)[turn % 2 :], ("",) * len(points)
            )
        values = [*numbers, None if word is None else state_code(word)][-len(layouts[name]) :]
        newest.take(
            Batch(layouts[name], 10.0 * turn, array("d", [float("nan") if v is None else v for v in values]))
        )
        if scraped:
            kept.text(10.0 * turn)
    anew = Exposition(newest)
    for each in assets.values():
        anew.describe(each)
    now = 10.0 * len(story)
    assert series(kept.text(now)) == series(anew.text(now))


@pytest.mark.live
def test_promtool_finds_nothing_wrong_with_the_whole_catalogue(newest, asset, layout, batch, live):
    promtool = shutil.which("promtool")
    live(promtool is not None, "promtool is not installed")
    registry = CollectorRegistry()
    Counter("dcim_polls", "Polls.", registry=registry).inc(3)
    exposition = Exposition(newest, registry)
    exposition.describe(asset(tenant='one "of"\nthem\\'), Identity("ups", "APC", "é", "S1", "v1"))
    points = [(name, dict.fromkeys(metric.labels, "é\n")) for name, metric in METRICS.items()]
    values = ["battery" if name.endswith("_state") else 1.5 for name in METRICS]
    newest.take(batch(layout(*points), *values))
    text = exposition.text(1000.0)
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode(), done.stdout.decode()) == (0, "", "")
