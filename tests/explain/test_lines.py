"""The lines: each thing that has a say, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcim.alerts import Language, Mute, MuteKind, Phase, Truth
from dcim.explain import (
    Course,
    Delivery,
    DeviceStory,
    Look,
    Placed,
    Sight,
    State,
    Story,
    Teller,
    Topic,
    Verdict,
    Work,
    evidence_said,
    nearest,
    of_alert,
    of_device,
    of_incident,
)
from dcim.explain.lines import own_lines
from dcim.graph import Basis, Evidence
from dcim.graph import State as Works
from dcim.incidents import Because
from dcim.model import Gap, GapReason, Point, Reading
from dcim.notify.posting.waits import BEHIND
from dcim.words import words

NOON = 1_764_072_000.0  # 13:00:00 on the wall of Casablanca
POINT = Point("ups-a", "ups_battery_charge_ratio")
TEXT = {Language.EN: "Feed A lost", Language.FR: "Voie A perdue"}
PLACED = Placed(
    "f" * 64, TEXT, "power", "TR A", "TR A: no voltage", "measured by M1", suppresses=True, told=True
)
GAP = Sight(Reading(POINT, NOON - 7, None, None, None, Gap(GapReason.NO_ANSWER), ""), lasts=30.0)
MUTE = Mute(MuteKind.OUT_OF_SERVICE, "maintenance m1", "new batteries", NOON + 3600, "CHG-7")

SAID: list[tuple[dict[str, Any], Topic, str]] = [
    ({}, Topic.CONDITION, "Battery charge reads 15.0 %; the rule asks for: below 20 %; that holds"),
    ({"sight": GAP, "truth": Truth.UNKNOWN}, Topic.CONDITION, "has no value (no answer)"),
    ({"sight": GAP}, Topic.QUALITY, "no value: no answer (asked 2025-11-25 12:59:53, 7 s before)"),
    ({}, Topic.QUALITY, "fresh: read 2025-11-25 12:59:56, 4 s before; counts for 30 s"),
    ({"phase": Phase.CLEARING, "off_delay": 90.0, "since": NOON - 30}, Topic.DELAY, "1 min still"),
    ({"phase": Phase.CLEARING, "off_delay": 20.0, "since": NOON - 30}, Topic.DELAY, "one more observation"),
    (
        {"open": False, "phase": Phase.RAISING, "instead": TEXT},
        Topic.DELAY,
        "“Feed A lost”, a higher step of the same condition, stands in its place",
    ),
    (
        {"open": False, "phase": Phase.NORMAL, "instead": TEXT},
        Topic.DELAY,
        "it ended because “Feed A lost”, a higher step",
    ),
    ({}, Topic.LIFE, "not acknowledged; raised 2025-11-25 12:59:00"),
    (
        {"life": "acknowledged", "acknowledged": "amina", "acknowledged_until": NOON + 60, "note": "on it"},
        Topic.LIFE,
        "acknowledged by amina until 2025-11-25 13:01:00 (on it)",
    ),
    ({"chattering": True}, Topic.LIFE, words(Language.EN)("chattering")),
    (
        {"mutes": (MUTE,)},
        Topic.MUTE,
        "Out of service (maintenance m1, CHG-7), until 2025-11-25 14:00:00: new",
    ),
    (
        {"works": (Work("m1", "new batteries", NOON + 3600, "CHG-7"),)},
        Topic.WINDOW,
        "new batteries (CHG-7), until",
    ),
    ({"placed": PLACED}, Topic.CAUSE, "incident ffffffff “Feed A lost”: power is lost above it, at TR A"),
    ({"placed": PLACED}, Topic.EVIDENCE, "TR A: measured by M1"),
    (
        {"placed": replace(PLACED, told=False, waits_for=("M1",), due=NOON + 2)},
        Topic.CAUSE,
        "asked first: M1; ",
    ),
    ({"placed": replace(PLACED, over=True)}, Topic.CAUSE, "that cause is over"),
    (
        {"placed": replace(PLACED, over=True, unknown_since=NOON - 60)},
        Topic.CAUSE,
        "since 2025-11-25 12:59:00 nobody can tell whether what remains of it goes on",
    ),
    ({"placed": replace(PLACED, apart=True)}, Topic.CAUSE, "a matter of safety"),
    (
        {"courses": (Course("hot", 1, 2, ("Amina (on-call)",), NOON + 600, ("chief",)),)},
        Topic.ROUTE,
        "route hot: step 1 of 2 taken; told: Amina (on-call); next at 2025-11-25 13:10:00: chief",
    ),
    (
        {"courses": (Course("", 1, 1, ("mail",), held=True),)},
        Topic.ROUTE,
        "held, since somebody looks after it",
    ),
    (
        {"courses": (Course("", 1, 1, ("mail",), held=True, unknown=True),)},
        Topic.ROUTE,
        "held, since nobody can tell whether what remains goes on",
    ),
    (
        {"courses": (Course("", 1, 1, ("mail",), held=True, muted=True),)},
        Topic.ROUTE,
        "held, since all that stands of it is muted",
    ),
    (
        {"courses": (Course("low", 0, 1, digest=True, digest_at=NOON),)},
        Topic.ROUTE,
        "the digest of 2025-11-25",
    ),
    ({"limited": ("sms",)}, Topic.LIMITS, "sms does not bear more now"),
    (
        {"deliveries": (Delivery("mail", "raised", NOON, State.DELIVERED, NOON + 1),)},
        Topic.DELIVERY,
        "mail: “raised” delivered 2025-11-25 13:00:01",
    ),
    (
        {"deliveries": (Delivery("mail", "raised", NOON, attempts=3, due=NOON + 60, note="421 busy"),)},
        Topic.DELIVERY,
        "tried 3 times, again at 2025-11-25 13:01:00: 421 busy",
    ),
    (
        {"deliveries": (Delivery("mail", "raised", NOON, attempts=3, due=NOON + 60, note=BEHIND),)},
        Topic.DELIVERY,
        "mail: “raised” waits for an earlier message of the same trouble",  # it was never tried
    ),
    (
        {"deliveries": (Delivery("sms", "raised", NOON, State.REFUSED, NOON, note="no such number"),)},
        Topic.DELIVERY,
        "refused 2025-11-25 13:00:00: no such number",
    ),
    ({"missing": ("route",)}, Topic.RECORD, "which route led there"),
    (
        {"looks": (Look(("genset_state",), Truth.UNKNOWN, fails=True),)},
        Topic.CONDITION,
        "nothing read; nobody can tell whether that holds",
    ),
]


def plain(text: str) -> str:
    """Return a line with the spaces of a keyboard."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(("more", "topic", "text"), SAID)
def test_each_thing_that_has_a_say_has_a_line(
    make_raised: Callable[..., Story], english: Teller, more: dict[str, Any], topic: Topic, text: str
) -> None:
    """Pains: H4."""
    lines = of_alert(make_raised(**more), english).lines
    assert any(line.topic is topic and text in plain(line.text) for line in lines), lines


@pytest.mark.parametrize("more", [more for more, _, _ in SAID])
def test_no_line_is_without_words_in_either_language(
    make_raised: Callable[..., Story], teller: Teller, more: dict[str, Any]
) -> None:
    answer = of_alert(make_raised(**more), teller)
    assert all(line.text and "%s" not in line.text for line in answer.lines)
    assert {line.topic for line in answer.lines} >= {Topic.CONDITION, Topic.QUALITY, Topic.LIFE, Topic.WINDOW}


def test_every_reason_verdict_and_state_of_a_message_has_words(teller: Teller) -> None:
    keys = teller.said.keys
    assert {f"explain.because.{one}" for one in Because} <= keys
    assert {f"explain.verdict.{one}" for one in Verdict} <= keys
    never = {Verdict.QUIET, Verdict.UNKNOWN, Verdict.OFF, Verdict.NO_POINT, Verdict.DELAY, Verdict.OUTRANKED}
    sent = set(Verdict) - never - {Verdict.WITH_INCIDENT, Verdict.MUTED}
    assert {f"explain.incident.{one}" for one in sent} <= keys
    assert {f"explain.topic.{one}" for one in Topic} <= keys
    assert {f"explain.truth.{one}" for one in Truth} <= keys


def test_a_device_tells_what_stands_before_what_is_quiet(
    make_raised: Callable[..., Story], make_quiet: Callable[..., Story], english: Teller
) -> None:
    stories = [
        make_quiet(alike=3),
        make_quiet(rule="off", off=True),
        make_quiet(rule="none", sight=Sight(observed=False)),
        make_quiet(rule="delayed", phase=Phase.RAISING, since=NOON - 4, truth=Truth.TRUE),
        make_raised(),
    ]
    device = DeviceStory(NOON, "device", "ups-a", "UPS A", "silent", NOON - 60, "timeout", mutes=(MUTE,))
    answer = of_device(device, stories, english)
    assert answer.said == "Alerts that stand here: 1"
    assert [part.verdict for part in answer.parts] == ["nobody", "delay", "quiet", "off", "no_point"]
    assert [part.kind for part in answer.parts] == ["alert", "alert", "rule", "rule", "rule"]
    assert answer.lines[0].text == "no answer since 2025-11-25 12:59:00: timeout"
    (line,) = answer.parts[2].lines
    assert plain(line.text).endswith("below 20 %; that does not hold (and 2 more alike)")
    french = replace(english, said=words(Language.FR))
    for alike, said in ((2, "(et 1 autre de même)"), (3, "(et 2 autres de même)")):
        ((line,),) = (part.lines for part in of_device(device, [make_quiet(alike=alike)], french).parts)
        assert plain(line.text).endswith(said)
    delays = [plain(line.text) for line in answer.parts[1].lines if line.topic is Topic.DELAY]
    assert delays == ["on-delay of 10 s, running since 2025-11-25 12:59:56: 6 s still"]


def test_an_incident_tells_its_alerts_and_who_is_asked(
    make_raised: Callable[..., Story], english: Teller
) -> None:
    waits = replace(PLACED, suppresses=False, told=False, waits_for=("M1",), due=NOON + 2)
    story = make_raised(placed=waits)
    answer = of_incident(waits, [story], story, english)
    assert (answer.verdict, answer.name, len(answer.parts)) == ("waits", "Feed A lost", 1)
    assert "these are asked first: M1" in answer.lines[-1].text
    taken = Delivery("mail", "raised", NOON, State.DELIVERED, NOON + 1)
    told = of_incident(replace(waits, told=True), [story], replace(story, deliveries=(taken,)), english)
    assert told.said == "The incident was told."
    assert Topic.DELIVERY in {line.topic for line in told.lines}
    assert Topic.DELIVERY not in {line.topic for line in told.parts[0].lines}, "said once"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("ups", ("ups-a", "ups-b")), ("usp-a", ("ups-a", "ups-b")), ("zzz", ()), ("", ())],
)
def test_names_that_are_like_it_are_offered(asked: str, expected: tuple[str, ...]) -> None:
    assert nearest(asked, ["crac-1", "ups-a", "ups-b"]) == expected


def test_what_raised_or_cleared_it_is_told_with_its_time_and_never_as_what_holds(
    make_raised: Callable[..., Story], make_quiet: Callable[..., Story], english: Teller
) -> None:
    """Of a moment that is past a fact tells the reading that turned it, which may be long over. Pains: F3."""
    raised, cleared = (
        next(
            own_lines(
                make(sight=Sight(Reading(POINT, NOON - 74, 0.15, None, None, None, ""), turned=True)), english
            )
        )
        for make in (make_raised, make_quiet)
    )
    assert "when it was raised, 2025-11-25 12:58:46, Battery charge read 15.0 %;" in plain(raised.text)
    assert "when it cleared, 2025-11-25 12:58:46, Battery charge read 15.0 %;" in plain(cleared.text)
    assert not any("that holds" in line.text or "does not hold" in line.text for line in (raised, cleared))


def test_what_suppresses_by_design_is_told_apart_from_what_is_read(
    make_quiet: Callable[..., Story], english: Teller
) -> None:
    test = Point("ups-a", "ups_battery_test_result_state", ())
    look = Look(
        (test.metric,), Truth.FALSE, (Reading(test, NOON, None, "passed", None, None, ""),), design=True
    )
    text = next(
        line.text for line in own_lines(make_quiet(looks=(look,)), english) if "by design" in line.text
    )
    assert "what the rule names for it; now: passed; that does not hold" in text


def test_a_part_is_never_measured_by_itself(english: Teller) -> None:
    def why(*witnesses: str) -> str:
        seen = Evidence("meter", Works.UP, Basis.MEASURED, witnesses=witnesses)
        return evidence_said(
            seen, {"meter": "Meter A", "m": "Meter A", "x": "Meter X"}.__getitem__, english.said
        )

    assert [why("meter"), why("m"), why()] == ["its own readings say so"] * 3
    assert why("x") == "measured by Meter X"
    assert why("meter", "x") == "measured by Meter A, Meter X"


@pytest.mark.parametrize(
    ("language", "point", "said"),
    [
        (Language.EN, Point("p", "pdu_phase_current_amperes", (("phase", "L1"),)), "Current of phase L1"),
        (Language.FR, Point("p", "pdu_phase_current_amperes", (("phase", "L1"),)), "Courant de la phase L1"),
        (
            Language.FR,
            Point("p", "load_after_loss_least_ratio", (("part", "tr-b"), ("phase", "L2"))),
            "partie Transformateur B, phase L2",
        ),
    ],
)
def test_a_point_has_its_phase_once_and_the_name_of_its_part(
    language: Language, point: Point, said: str
) -> None:
    names = {"tr-b": "Transformateur B"}
    assert Teller(words(language), ZoneInfo("UTC"), lambda part: names[part]).point(point).endswith(said)


def test_what_was_read_last_before_a_moment_is_told_with_its_time_and_judged_where_that_is_known(
    make_raised: Callable[..., Story], english: Teller
) -> None:
    """Pains: F3."""
    held = Reading(POINT, NOON - 4, 0.35, None, None, None, "")

    def told(**more: Any) -> list[str]:
        return [plain(line.text) for line in own_lines(make_raised(**more), english)]

    said = "at the moment asked about it read, 2025-11-25 12:59:56: 35.0 %"
    assert f"{said}; that does not hold" in told(held=held, held_truth=Truth.FALSE)
    assert said in told(held=held)
    assert said in told(held=held, held_truth=Truth.UNKNOWN)
    assert not any("at the moment asked about" in line for line in told())


def test_the_condition_of_what_is_over_keeps_nobody_from_being_told(
    make_quiet: Callable[..., Story], english: Teller
) -> None:
    over, never = make_quiet(raised_at=NOON - 60), make_quiet()
    holds = [
        [line.holds for line in own_lines(story, english) if line.topic is Topic.CONDITION]
        for story in (over, never)
    ]
    assert holds == [[False], [True]]
