"""What a probe prints: who it is and why, what contradicts itself first, what was not used last."""

from __future__ import annotations

import json
from array import array
from dataclasses import replace
from typing import cast

import pytest

from dcim.cli.onboarding.advice import told
from dcim.cli.onboarding.attempts import Found, Outcome
from dcim.cli.onboarding.probe import hidden
from dcim.cli.onboarding.probed import (
    agreeing,
    choice,
    has_value,
    left_out,
    say_json,
    say_text,
    stranger,
    unused,
)
from dcim.collect import Collected, CollectorPlugin, Explored, Match, Trouble
from dcim.model import Batch, Identity, Lane, Layout, NoAnswer, Point, Refused
from dcim.plausible import Verdict

NONE = cast("CollectorPlugin", None)
MATCHES = (
    Match("acme", 170, "sysObjectID 1.2 begins with 1.2"),
    Match("probe", 40, "it answers 1.9"),
    Match("acme_old", 0, "sysObjectID 1.2 begins with 1.2, but it does not answer 1.5"),
)
EXPLORED = Explored(
    ("acme", "probe"), 52, (("1.2.3.0", "7"), ("1.2.4.0", "x")), {"sysDescr": "Acme"}, "Acme Corp"
)


def found(
    *values: float, matches: tuple[Match, ...] = MATCHES, explored: Explored | None = EXPLORED
) -> Found:
    points = (
        Point("probe", "pdu_power_watts"),
        *(Point("probe", "pdu_phase_power_watts", (("phase", f"L{at}"),)) for at in range(1, len(values))),
    )
    nothing = (None,) * len(values)
    layout = Layout("probe", Lane.FAST, points, nothing, ("1.2.1.0",) * len(values))
    collected = Collected(
        (Batch(layout, 0.0, array("d", values)),), Identity("pdu", "Acme", "P1", "S1"), requests=3
    )
    name = matches[0].profile if matches else ""
    return Found("SNMP v2c", NONE, matches, name, collected, explored, seconds=0.5)


def test_a_contradiction_stands_above_the_values(capsys: pytest.CaptureFixture[str]) -> None:
    """Pains: A2."""
    say_text(found(61.0, 204.0, 204.0, 204.0), "10.0.0.5", verbose=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "10.0.0.5: Acme P1 S1 (SNMP v2c)"
    assert "contradiction: the phases add up to 612 W, the device says 61 W" in lines[:5]
    assert lines[-2] == "4 of 4 points have a value; 3 questions, 0.5 s"
    assert lines[-1] == "matched 50 of 52 answers"


def test_what_a_device_says_again_elsewhere_stands_last_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Pains: A6."""
    layout = Layout("probe", Lane.FAST, (Point("probe", "pdu_power_watts"),), (None,), ("1.2.9.0",))
    explored = replace(EXPLORED, superseded=(Batch(layout, 0.0, array("d", [60.0])),))
    say_text(found(61.0, explored=explored), "10.0.0.5", verbose=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["pdu_power_watts", "61", "watts", "1.2.1.0"] in lines
    at = lines.index(["pdu_power_watts", "60", "watts", "1.2.9.0", "superseded"])
    assert lines[at + 1][:4] == ["1", "of", "1", "points"]
    say_json(found(61.0, explored=explored), "10.0.0.5", verbose=False)
    said = json.loads(capsys.readouterr().out)["readings"]
    assert [(one["source"], one.get("superseded")) for one in said] == [("1.2.1.0", None), ("1.2.9.0", True)]


def test_why_this_profile_and_not_the_next() -> None:
    assert list(choice(found(1.0), verbose=False)) == [
        "read with acme: sysObjectID 1.2 begins with 1.2",
        "and with probe: it answers 1.9",
    ]
    assert list(choice(found(1.0), verbose=True))[-1] == (
        "not with acme_old (does not fit): sysObjectID 1.2 begins with 1.2, but it does not answer 1.5"
    )
    both = replace(EXPLORED, fitting=(("other", "1.3.9", 40),))
    assert list(choice(found(1.0, explored=both), verbose=False))[-1] == (
        "not with other, though it answers below 1.3.9 too (40 answers): --profile other"
    )
    assert list(choice(Found("SNMP v1", NONE, (), "acme"), verbose=True)) == ["read with acme: named"]


def test_what_was_not_used_is_counted_and_shown_on_request() -> None:
    assert list(unused(EXPLORED, verbose=True)) == [
        "matched 50 of 52 answers",
        "  not used: 1.2.3.0 = 7",
        "  not used: 1.2.4.0 = x",
    ]
    many = Explored((), 500, tuple((f"1.{at}", "0") for at in range(300)), whole=False)
    lines = list(unused(many, verbose=True))
    assert lines[0] == "matched 200 of 500 answers at least, there was no time for more"
    assert lines[-1] == "  and 200 more: --json has all"
    assert list(unused(None, verbose=True)) == list(unused(Explored(), verbose=True)) == []


@pytest.mark.parametrize(
    "said", ["29.6 %RH", "23,5 °C", "-3 degrees C", "230V", "12.094 Amps", "4.5 Volts", "0.4 kWh"]
)
def test_an_answer_that_says_its_own_unit_is_shown_first_and_is_no_reading(said: str) -> None:
    """Pains: C2: of a device that nobody has seen it is where a profile begins."""
    rows = (*((f"1.{at}", "0") for at in range(300)), ("1.9.1", said))
    stranger = Explored((), 301, rows)
    assert list(unused(stranger, verbose=False)) == [
        "matched 0 of 301 answers",
        "  1 of the others say their own unit: a profile can begin there, -v shows them first",
    ]
    lines = list(unused(stranger, verbose=True))
    assert lines[1].endswith("they come first")
    assert lines[2:4] == [f"  not used: 1.9.1 = {said}", "  not used: 1.0 = 0"]
    assert lines[-1] == "  and 201 more: --json has all"


@pytest.mark.parametrize(
    "said", ["0", "L1", "C", "1.2.3", "12/10/18 17:49", "5 items", "A 5", "10 V and more", ""]
)
def test_what_only_looks_like_a_value_with_a_unit_is_none(said: str) -> None:
    assert list(unused(Explored((), 1, (("1.9.1", said),)), verbose=False)) == ["matched 0 of 1 answers"]


def test_a_table_that_was_cut_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    cut = replace(EXPLORED, left_out=tuple(f"1.2.{at}: cut after 2190 rows" for at in range(12)))
    assert list(left_out(cut))[:1] == ["not read whole: 1.2.0: cut after 2190 rows"]
    assert list(left_out(cut))[10:] == ["and 2 more: --json has all"]
    beside = replace(EXPLORED, notes=("load at 1.2.3: no text for the label 'outlet'",))
    assert list(left_out(beside)) == ["note: load at 1.2.3: no text for the label 'outlet'"]
    assert list(left_out(None)) == list(left_out(EXPLORED)) == []
    say_text(found(61.0, explored=cut), "10.0.0.5", verbose=False)
    assert "not read whole: 1.2.9: cut after 2190 rows\n" in capsys.readouterr().out


def test_a_device_of_which_no_point_has_a_value_was_not_read() -> None:
    assert has_value(found(61.0))
    assert not has_value(replace(found(61.0), collected=Collected()))


def test_a_stranger_is_told_by_what_it_says() -> None:
    lines = list(stranger(found(1.0, matches=()), "10.0.0.5"))
    assert lines[:3] == [
        "10.0.0.5 answers SNMP v2c, but no profile fits it. It says",
        "  sysDescr Acme",
        "  its number belongs to Acme Corp",
    ]
    assert list(stranger(found(1.0, matches=(), explored=None), "a"))[1] == "  nothing of who it is"


def test_what_a_stranger_refused_is_told_with_what_to_look_at() -> None:
    busy = Trouble("exception 6 (busy)", "ask again", ("holding 1", "holding 2"))
    one = replace(found(1.0, matches=()), troubles=(busy,))
    line = "  2 of the questions brought exception 6 (busy): ask again"
    assert line in list(stranger(one, "a"))
    assert "    holding 1" not in list(stranger(one, "a"))
    verbose = list(stranger(one, "a", verbose=True))
    assert verbose[verbose.index(line) + 1 :][:2] == ["    holding 1", "    holding 2"]


def test_checks_that_agree_are_one_line_each() -> None:
    outlets = [Verdict("pdu_outlet_power", (("outlet", str(at)),), True, 1.0, 1.0) for at in range(24)]
    one = Verdict("pdu_phases_add_up", (), True, 600.0, 612.0)
    assert list(agreeing([*outlets, one, Verdict("pdu_phase_power", (), None)])) == [
        "agrees: pdu outlet power, at 24 places",
        "agrees: the phases add up to 612 W, the device says 600 W",
        "undecided: 1 checks lack a value",
    ]


def test_scripts_get_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    say_json(found(61.0, 204.0, 204.0, 204.0), "10.0.0.5", verbose=False)
    said = json.loads(capsys.readouterr().out)
    assert said["answered"] == "SNMP v2c"
    assert said["profiles"] == ["acme", "probe"]
    assert said["matches"][2]["score"] == 0
    assert said["checks"][0] == {
        "check": "pdu_phases_add_up", "of": "all", "holds": False, "left": 61.0, "right": 612.0,
        "says": "the phases add up to 612 W, the device says 61 W",
    }  # fmt: skip
    assert said["answers"] == {
        "matched": 50, "of": 52, "whole": True, "unused": {"1.2.3.0": "7", "1.2.4.0": "x"},
    }  # fmt: skip


def test_every_way_that_was_tried_is_told_and_hints_only_for_silence() -> None:
    silent = [Outcome("SNMP v2c", NoAnswer("nothing came back")), Outcome("Modbus", NoAnswer("refused"))]
    lines = list(told(silent, "10.0.0.5", user=None))
    assert lines[:2] == [
        "10.0.0.5: SNMP v2c: no answer: nothing came back",
        "10.0.0.5: Modbus: no answer: refused",
    ]
    assert any("community is wrong" in line for line in lines)
    refused = [Outcome("SNMP v3 as noc", Refused("unknown user")), *silent]
    assert len(list(told(refused, "10.0.0.5", user="noc"))) == 3


def test_serial_and_names_are_what_is_hidden() -> None:
    one = found(1.0)
    point = Point("probe", "device_items", (("item", "x"), ("name", "srv-db01")))
    layout = Layout("probe", Lane.SLOW, (point,), (None,), ("",))
    named = Collected((Batch(layout, 0.0, array("d", (1.0,))),), one.collected.identity)
    assert hidden(Found("", NONE, (), "", named)) == ["S1", "srv-db01"]
