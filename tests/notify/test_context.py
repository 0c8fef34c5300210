"""What stands beside an alert in every message: newest values of the same device, with their age. Pains: H5."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import replace

import pytest

from dcim.alerts import Change, ChangeKind, Language
from dcim.model import Batch, Gap, GapReason, Health, Lane, Layout, Meaning, Point, canonical, state_code
from dcim.notify import Letter, Notice, Site, record
from dcim.notify.notices.context import Beside, beside
from dcim.notify.wording import words
from dcim.notify.wording.mail import compose
from dcim.notify.wording.payload import payload

NOON = 1_764_072_000.0
CHARGE, RUNTIME, LOAD = (
    "ups_battery_charge_ratio",
    "ups_battery_runtime_seconds",
    "ups_output_phase_load_ratio",
)
STATE = "ups_battery_state"
WISHED = (
    (CHARGE,), (RUNTIME,), ("ups_output_load_ratio", LOAD), (STATE,), ("ups_input_voltage_volts",), ("ups_alarm",),
)  # fmt: skip
ALARMS = {state_code("clear"): Meaning("clear"), state_code("set"): Meaning("set", Health.WARNING)}
STATES = {state_code("discharging"): Meaning("discharging")}


def batches() -> list[Batch]:
    """Return what a UPS on battery says: fast values now, the runtime two minutes old, one alarm set."""
    points = [
        Point("ups-a", CHARGE), Point("ups-a", LOAD, (("phase", "L1"),)), Point("ups-a", LOAD, (("phase", "L2"),)),
        Point("ups-a", STATE), Point("ups-a", "ups_alarm", (("alarm", "low_battery"),)),
        Point("ups-a", "ups_alarm", (("alarm", "fan_failure"),)), Point("ups-a", "ups_output_power_watts"),
    ]  # fmt: skip
    states = (None, None, None, STATES, ALARMS, ALARMS, None)
    fast = Layout("ups-a", Lane.FAST, tuple(points), states, ("",) * 7)
    said = [
        0.875,
        0.5,
        float("nan"),
        state_code("discharging"),
        state_code("set"),
        state_code("clear"),
        900.0,
    ]
    slow = Layout("ups-a", Lane.SLOW, (Point("ups-a", RUNTIME),), (None,), ("",))
    return [
        Batch(fast, NOON, array("d", said), {2: Gap(GapReason.ABSENT)}),
        Batch(slow, NOON - 120.5, array("d", [660.0])),
    ]


def test_the_newest_values_are_told_with_unit_and_age_and_what_was_never_told_is_unknown() -> None:
    """Pains: A13."""
    found = beside(WISHED, batches(), NOON + 2)
    assert found == (
        Beside(CHARGE, {}, 0.875, "ratio", age=2.0),
        Beside(RUNTIME, {}, 660.0, "seconds", age=122.5),
        Beside(LOAD, {"phase": "L1"}, 0.5, "ratio", age=2.0),
        Beside(LOAD, {"phase": "L2"}, None, "ratio", gap="absent", age=2.0),
        Beside(STATE, {}, state="discharging", age=2.0),
        Beside("ups_input_voltage_volts", unit="volts"),
        Beside("ups_alarm", {"alarm": "low_battery"}, state="set", age=2.0),
    )


def test_where_no_alarm_is_set_that_is_said_and_a_clock_put_back_makes_no_negative_age() -> None:
    (plain, _) = batches()
    quiet = Batch(plain.layout, NOON, array("d", [*plain.values[:4], *[state_code("clear")] * 2, 1.0]))
    assert beside([("ups_alarm",)], [quiet], NOON - 60) == (Beside("ups_alarm", state="none", age=0.0),)
    numbers = Layout("x", Lane.FAST, (Point("x", "genset_alarm", canonical({"alarm": "a"})),), (None,), ("",))
    (one,) = beside([("genset_alarm",)], [Batch(numbers, NOON, array("d", [1.0]))], NOON)
    assert (one.labels, one.value) == ({"alarm": "a"}, 1.0)
    assert words.context(one, Language.EN) == ("Generator alarm a", "set (just now)")


def test_a_hundred_points_of_one_metric_do_not_hide_the_rest() -> None:
    points = tuple(Point("x", LOAD, (("phase", f"p{n}"),)) for n in range(100))
    layout = Layout("x", Lane.FAST, points, (None,) * 100, ("",) * 100)
    found = beside([(LOAD,), (CHARGE,)], [Batch(layout, NOON, array("d", [0.1] * 100))], NOON)
    assert [one.metric for one in found] == [LOAD] * 12 + [CHARGE]


@pytest.fixture
def told(change: Callable[..., Change], site: Site) -> Callable[[ChangeKind], Notice]:
    """Return what the outbox keeps of a change of a rule that wants values beside it."""

    def make(kind: ChangeKind) -> Notice:
        raw = change(kind, at=NOON + 2)
        assert raw.rule is not None
        wishes = replace(raw, rule=replace(raw.rule, context=WISHED))
        work = record([wishes], site, ["mail"], {"ups-a": batches()}.__getitem__)
        return Notice.of(json.loads(json.dumps(work.outbox[0].body)))

    return make


def test_the_payload_carries_the_values_and_a_clearance_no_consequence(
    told: Callable[[ChangeKind], Notice],
) -> None:
    def posted(kind: ChangeKind) -> dict[str, object]:
        notice = told(kind)
        return payload(Letter(notice.message_id, notice.key, notice), Language.EN)

    raised, cleared = posted(ChangeKind.RAISED), posted(ChangeKind.CLEARED)
    assert raised["context"] == cleared["context"]
    assert isinstance(raised["context"], list)
    assert raised["context"][0] == {
        "metric": CHARGE, "labels": {}, "value": 0.875, "unit": "ratio", "state": None, "gap": None,
        "age_seconds": 2.0,
    }  # fmt: skip
    assert raised["context"][5] == {
        "metric": "ups_input_voltage_volts", "labels": {}, "value": None, "unit": "volts", "state": None,
        "gap": None, "age_seconds": None,
    }  # fmt: skip
    assert (raised["consequence"], raised["action"]) == ("The load lives on the battery.", "Check the mains.")
    assert (cleared["consequence"], cleared["action"]) == ("", "")


def test_a_mail_reads_the_values_in_the_readers_language(told: Callable[[ChangeKind], Notice]) -> None:
    said = [
        text.replace("\u00a0", " ")
        for pair in words.lines(told(ChangeKind.RAISED), Language.FR)
        for text in pair
    ]
    lines = dict(zip(said[::2], said[1::2], strict=True))
    assert lines["Charge de la batterie"] == "87,5 % (il y a 2 s)"
    assert lines["Autonomie restante"] == "11 min (il y a 2 min 02 s)"
    assert lines["Charge par phase L2"] == "pas de mesure ici (il y a 2 s)"
    assert lines["Tension d’entrée"] == "inconnu"
    assert lines["Alarme de l’onduleur batterie basse"] == "présente (il y a 2 s)"
    order = said[::2]
    assert order.index("Valeur") < order.index("Charge de la batterie") < order.index("Depuis")


def test_what_people_see_of_a_mail_is_narrow_and_the_key_is_whole_elsewhere(
    told: Callable[[ChangeKind], Notice],
) -> None:
    notice = told(ChangeKind.RAISED)
    mail = compose(Letter(notice.message_id, notice.key, notice), "a@b.example", ["c@d.example"], Language.EN)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    shown = html.get_content()
    assert f">{notice.key[:12]}…<" in shown
    assert shown.count(notice.key) == 1  # as a title, which takes no room
    assert "max-width:40em" in shown
    assert "87.5" in shown
    assert notice.key in text.get_content()
    assert mail["X-Dcim-Key"] == notice.key


def test_a_gap_is_told_by_its_reason_and_what_stood_there(change: Callable[..., Change], site: Site) -> None:
    raw = change()
    assert raw.reading is not None
    gap = Gap(GapReason.UNKNOWN_CODE, "0x40")
    seen = replace(raw, reading=replace(raw.reading, state=None, health=None, gap=gap))
    (message,) = record([seen], site, ["hook"]).outbox
    notice = Notice.of(json.loads(json.dumps(message.body)))
    said = payload(Letter(notice.message_id, notice.key, notice), Language.FR)
    assert (said["gap"], said["raw"], said["value"], said["state"]) == ("unknown_code", "0x40", None, None)
    assert dict(words.lines(notice, Language.FR))["Valeur"] == "code inconnu du profil (0x40)"
    plain = record([raw], site, ["hook"]).outbox[0].body
    before = {key: value for key, value in plain.items() if key not in ("gap", "raw", "context")}
    assert Notice.of(before).context == ()  # kept by the version before
