"""The number below which a device has its tree, where each model of its family has one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.library import SHIPPED, Library
from collectors.snmp.dialect.profile import SYS_OBJECT_ID
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid, Tag
from collectors.snmp.identifying.identify import Greeting
from collectors.snmp.identifying.number import beginnings_of, number_of
from collectors.snmp.recordings.offline import decode_cells

TOP = oid.encode("1.3.6.1.4.1.5")
OTHER_TOP = oid.encode("1.3.6.1.4.1.6.300")
MODEL = "1.3.6.1.4.1.5.200"
NET_SNMP = "1.3.6.1.4.1.8072.3.2.10"

FAMILIES = ("gude_epc", "gude_esb", "hwg_ste", "ict_power_system", "wut_thermo", "wut_thermo_hygro")
"""Families of which each model, or one of two, has its tree below its own number."""


def greeting(says: str) -> Greeting:
    return Greeting(oid.encode(says) if says else b"", "")


def cells(*names: str) -> Cells:
    return Cells({oid.encode(name): Cell(Tag.INTEGER, 1) for name in names})


@pytest.mark.parametrize(
    ("says", "answers", "number"),
    [
        (MODEL, f"{MODEL}.1.0", MODEL),
        (f"{MODEL}.1.7", f"{MODEL}.1.0", f"{MODEL}.1.7"),
        ("1.3.6.1.4.1.5.9", f"{MODEL}.1.0", MODEL),
        ("1.3.6.1.4.1.5", f"{MODEL}.1.0", MODEL),
        (NET_SNMP, f"{MODEL}.1.0", MODEL),
        ("", f"{MODEL}.1.0", MODEL),
        ("", "1.3.6.1.4.1.6.300.4.1.0", "1.3.6.1.4.1.6.300.4"),
        (NET_SNMP, "1.3.6.1.4.1.50.1.0", NET_SNMP),
        ("1.3.6.1.4.1.5.9", "1.3.6.1.4.1.6.300.4.1.0", "1.3.6.1.4.1.5.9"),
        ("", "1.3.6.1.4.1.5", "0.0"),
    ],
)
def test_a_device_has_its_tree_where_it_says_and_if_nothing_is_there_where_it_answers(says, answers, number):
    assert number_of((TOP, OTHER_TOP), greeting(says), cells(answers)) == number


def test_of_several_models_that_are_answered_none_is_taken_that_the_device_does_not_name():
    both = cells("1.3.6.1.4.1.5.9.1.0", "1.3.6.1.4.1.5.16.1.0")
    assert number_of((TOP,), greeting(""), both) == "0.0"
    assert number_of((TOP,), greeting("1.3.6.1.4.1.5.16.3"), both) == "1.3.6.1.4.1.5.16.3"
    assert number_of((TOP,), greeting("1.3.6.1.4.1.5.7"), both) == "1.3.6.1.4.1.5.7"


def test_a_device_of_another_maker_is_asked_nothing_more():
    tops = (TOP, OTHER_TOP)
    assert beginnings_of(tops, greeting("1.3.6.1.4.1.318.1.3")) == []
    assert beginnings_of(tops, greeting(f"{MODEL}.4")) == [oid.encode(MODEL), TOP]
    assert beginnings_of(tops, greeting(NET_SNMP)) == [TOP, OTHER_TOP]


def calling_itself(before: Cells, number: str) -> Cells:
    after = Cells(dict(before.by_oid))
    after.by_oid.pop(SYS_OBJECT_ID, None)
    if number:
        after.put(SYS_OBJECT_ID, Cell(Tag.OBJECT_IDENTIFIER, Oid(oid.encode(number))))
    return after


def held_against_itself(library: Library, path: Path, readings, names: tuple[str, ...] = ()) -> list[str]:
    """The numbers under which a device is taken for another one, or says something else."""
    before = recording.read(path)
    whole = decode_cells(before, library, names)
    own = str(before.by_oid[SYS_OBJECT_ID].value)
    lost = []
    for number in (f"{own}.99", f"{own}.1.2", "", NET_SNMP):
        after = decode_cells(calling_itself(before, number), library, names)
        if (after.profile, readings(after.batches)) != (whole.profile, readings(whole.batches)):
            lost.append(number)
    return lost


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_below_its_own_number_says_the_same_whatever_it_calls_itself(name, readings):
    """Pains: C2: sysObjectID says more than the model, another's number, or is not there."""
    library = Library.of()
    images = sorted((SHIPPED / name).glob("*.snmprec"))
    lost = {path.stem: held_against_itself(library, path, readings) for path in images}
    assert images
    assert {name: numbers for name, numbers in lost.items() if numbers} == {}


@pytest.mark.long
def test_recorded_models_below_their_own_number_say_the_same_whatever_they_call_themselves(
    recordings, readings
):
    """Pains: C2."""
    library = Library.of()
    lost, tried = {}, 0
    for path in sorted(recordings.glob("*.snmprec")):
        text = path.read_bytes()
        if any(
            one in text
            for one in (b".1.4.1.28507.", b".1.4.1.21796.4.", b".1.4.1.39145.1", b".1.4.1.5040.1.2.")
        ):
            found = decode_cells(recording.read(path), library).profile
            if found in FAMILIES:
                tried += 1
                lost[path.stem] = held_against_itself(library, path, readings)
    del lost["ets"], lost["hwg-ste"]  # they say their name and nothing else
    two_models = lost.pop("wut_57613")
    assert two_models == ["", NET_SNMP], "with two models' trees, which say different things"
    assert {name: numbers for name, numbers in lost.items() if numbers} == {}
    assert tried > 8
