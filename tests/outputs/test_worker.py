"""A worker: everything arrives, in order, whatever the far side does; what is lost is counted."""

import json

import pytest

from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.outputs.contract import Durable as Taken
from dcim.outputs.contract import Halted, Later, Refusal
from dcim.outputs.tally import State
from dcim.outputs.worker import IDLE


@pytest.fixture
def ups(layout):
    return layout(
        "ups_battery_charge_ratio", "ups_output_source_state", ("ups_input_voltage_volts", {"phase": "L1"})
    )


async def some(plant, batch, ups, count=5):
    for number in range(count):
        plant.say(batch(ups, 0.5, "battery" if number % 2 else "normal", 230.0 + number, at=plant.clock.at))
        await plant.commit()
        plant.clock.at += 1.0


def once(shelf):
    """What arrived, each once; fails when a series has a timestamp twice or goes back."""
    found, last = {}, {}
    for text, at, value in shelf.seen:
        assert (text, at) not in found
        assert last.get(text, -1) < at
        found[text, at], last[text] = value, at
    return found


async def test_what_the_history_has_arrives_once_and_in_order_as_metrics_name_it(
    plant, batch, ups, shelf, drain, name_of
):
    """Pains: E1."""
    await some(plant, batch, ups)
    far = shelf()
    drain(plant.worker(far))
    assert once(far) == plant.expected()
    labels = {"asset": "ups-a", "kind": "ups", "site": "cas1", "room": "r1", "rack": "r1-01", "feed": "A"}
    assert name_of("dcim_ups_output_source_state", {**labels, "state": "battery"}) in {
        name for name, _, _ in far.seen
    }


async def test_a_gap_and_an_unknown_word_are_no_zero(plant, batch, ups, shelf, drain):
    """Pains: E6."""
    plant.say(batch(ups, None, "no such word", None, at=plant.clock.at))
    await plant.commit()
    far = shelf()
    drain(plant.worker(far))
    assert far.seen == []
    assert len(far.blocks) == 1


async def test_nothing_is_lost_or_doubled_when_the_far_side_is_down_busy_or_locked(
    plant, batch, ups, shelf, drain
):
    """Pains: E1."""
    await some(plant, batch, ups)
    far = shelf(Later("down"), Later("busy", 7.0), Halted("no such bucket"), Halted("no such bucket"))
    worker = plant.worker(far, batch=1)
    drain(worker)
    assert once(far) == plant.expected()
    assert worker.tally.retries == 4
    assert worker.tally.readings == 15
    assert worker.tally.failing_since is None


async def test_the_wait_grows_and_what_the_far_side_asks_for_counts(plant, batch, ups, shelf):
    await some(plant, batch, ups)
    far = shelf(Later("down"), Later("down"), Later("busy", 30.0), Later("mad", 1e9), *[Later("down")] * 8)
    worker = plant.worker(far)
    waits = []
    for _ in range(12):
        waits.append(worker.turn())
        assert worker.turn() == pytest.approx(waits[-1])  # not before its time
        plant.clock.at += waits[-1]
    assert waits == [1.0, 2.0, 30.0, 900.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0]


async def test_how_it_stands_is_told_by_one_word(plant, batch, ups, shelf):
    await some(plant, batch, ups, 1)
    refused = Taken(3, (Refusal("HTTP 400: no float", ("x value=z",)),))
    worker = plant.worker(shelf(Later("down"), Halted("HTTP 401: who are you"), Later("down"), refused))
    states = [worker.tally.state]
    for _ in range(4):
        plant.clock.at += worker.turn()
        states.append(worker.tally.state)
    assert states == [State.UNTRIED, State.FAILING, State.HALTED, State.FAILING, State.REFUSING]
    plant.clock.at += 1000.0
    await some(plant, batch, ups, 1)
    worker.turn()
    assert worker.tally.state is State.WORKING


async def test_a_restart_goes_on_behind_what_is_durable(plant, batch, ups, shelf, drain):
    """Pains: E1."""
    await some(plant, batch, ups)
    far = shelf()
    worker = plant.worker(far, batch=1)
    worker.turn()
    worker.turn()
    await plant.reopen()
    await some(plant, batch, ups)
    drain(plant.worker(far, batch=1))
    assert once(far) == plant.expected()


async def test_what_a_far_side_refuses_is_set_aside_with_the_reason(plant, batch, ups, shelf, drain):
    await some(plant, batch, ups, 1)
    worker = plant.worker(shelf(Taken(1, (Refusal("too old", ("a value=1 1", "b value=2 1")),))))
    drain(worker)
    file = plant.folder / "outputs" / "x" / "refused.ndjson"
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["why"], one["line"]) for one in told] == [
        ("too old", "a value=1 1"),
        ("too old", "b value=2 1"),
    ]
    assert (worker.tally.refused, worker.tally.lines, worker.tally.why) == ({"invalid": 2}, 1, "too old")


async def test_what_cannot_be_set_aside_is_not_passed_over(plant, batch, ups, shelf):
    await some(plant, batch, ups, 1)
    (plant.folder / "outputs").write_text("a file where a folder should be")
    refused = Taken(1, (Refusal("too old", ("a value=1 1",)),))
    worker = plant.worker(shelf(refused))
    worker.turn()
    assert worker.tally.readings == 0
    assert "cannot be set aside" in worker.tally.why


async def test_what_waits_too_long_or_is_too_much_is_dropped_and_counted(plant, batch, ups, shelf, drain):
    """Pains: E1."""
    far = shelf(*[Later("down", 5.0)] * 20)
    worker = plant.worker(far, max_age=60.0)
    for _ in range(20):
        await some(plant, batch, ups, 5)
        plant.clock.at += 5.0
        worker.turn()
    assert worker.tally.state is State.DROPPING
    assert worker.tally.oldest is not None
    assert plant.clock.at - worker.tally.oldest <= 75.0
    far.verdicts.clear()
    drain(worker)
    arrived = once(far)
    assert arrived.items() <= plant.expected().items()
    assert worker.tally.dropped + worker.tally.readings == 3 * len(plant.told)
    assert 0 < worker.tally.dropped < 3 * len(plant.told)


async def test_the_queue_is_bounded_in_bytes(plant, batch, layout, shelf):
    worker = plant.worker(shelf(*[Later("down", 0.0)] * 1000), max_size=1 << 20)
    outlets = layout(*(("pdu_outlet_power_watts", {"outlet": str(n)}) for n in range(5000)))
    lags = []
    for turn in range(26):
        plant.say(
            batch(outlets, *((n * 7919 + turn * 104729) % 65521 / 7 for n in range(5000)), at=plant.clock.at)
        )
        await plant.commit()
        plant.clock.at += 6.0
        worker.turn()
        lags.append(worker.tally.lag)
    assert max(lags) <= 1 << 20 < sum(lags)
    assert worker.tally.dropped > 0
    assert worker.tally.dropped % 5000 == 0


async def test_a_bug_of_an_output_costs_only_its_own_time(plant, batch, ups, shelf, drain):
    await some(plant, batch, ups, 1)
    far = shelf(ZeroDivisionError("oh"))
    worker = plant.worker(far)
    with pytest.raises(ZeroDivisionError):
        worker.turn()
    plant.clock.at += worker.failed("bug: oh")
    drain(worker)
    assert once(far) == plant.expected()


async def test_a_word_that_a_newer_profile_brings_is_found(plant, shelf, drain, batch):
    from types import MappingProxyType

    point = Point("ups-a", "ups_output_source_state")
    for words in (("normal",), ("normal", "eco")):
        states = MappingProxyType({state_code(word): Meaning(word) for word in words})
        plant.say(batch(Layout("ups-a", Lane.FAST, (point,), (states,), ("",)), words[-1], at=plant.clock.at))
        await plant.commit()
        plant.clock.at += 1
    far = shelf()
    worker = plant.worker(far, batch=1)
    worker.turn()
    worker.turn()
    assert {dict(name[1])["state"]: value for name, _, value in far.seen} == {"normal": 0.0, "eco": 1.0}


async def test_a_word_that_its_point_can_say_no_more_is_sent_after_a_restart(plant, shelf, drain, batch):
    """Pains: E3."""
    point = Point("ups-a", "worst_loss_state")
    for word in ("UPS A", "UPS B"):
        layout = Layout("ups-a", Lane.SLOW, (point,), ({state_code(word): Meaning(word)},), ("",), own=True)
        plant.say(batch(layout, word, at=plant.clock.at))
        await plant.commit()
        plant.clock.at += 1
    await plant.reopen()
    far = shelf()
    drain(plant.worker(far))
    assert plant.expected().items() <= {(name, at): value for name, at, value in far.seen}.items()


async def test_an_asset_of_the_daemon_that_metrics_does_not_show_is_not_sent_and_a_lost_device_keeps_its_id(
    plant, batch, layout, shelf, drain
):
    own, lost = layout("channel_state", asset="_dcim"), layout("ups_load_ratio", asset="gone")
    for one, value in ((own, "normal"), (lost, 0.5)):
        plant.history.append(batch(one, value, at=plant.clock.at))
    await plant.commit()
    far = shelf()
    drain(plant.worker(far))
    assert [name for name, _, _ in far.seen] == [("dcim_ups_load_ratio", (("asset", "gone"),))]


async def test_an_empty_log_is_looked_at_now_and_then(plant, shelf):
    worker = plant.worker(shelf())
    assert worker.turn() == IDLE
    assert worker.tally.oldest is None


async def test_what_is_there_already_is_no_loss(plant, batch, layout, shelf):
    lay = layout("ups_load_ratio")
    far = shelf(Taken(0, (Refusal("again", ("x",), "duplicate"),)), Taken(0, (Refusal("no", ("y",)),)))
    worker = plant.worker(far)
    for state in (State.WORKING, State.REFUSING):
        plant.say(batch(lay, 0.5, at=plant.clock.at))
        await plant.commit()
        worker.turn()
        assert worker.tally.state is state
