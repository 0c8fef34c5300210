"""What came in a recorded poll, name by name, whatever the words in which it was asked. Pains: F10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.devices.plan import LanePlan
from collectors.snmp.engine import ber, oid
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence
from collectors.snmp.questions.asking import LATE
from collectors.snmp.replay.pieces import Readings, pieced
from dcim.model import Gap, GapReason, NoAnswer
from dcim.witness import Exchange, Fault

NAMES = [oid.encode(f"1.3.6.1.4.1.9.{number}.0") for number in range(1, 13)]
UP_TIME = oid.encode("1.3.6.1.2.1.1.3.0")
COLUMN = oid.encode("1.3.6.1.4.1.9.99.1.2")


@dataclass(frozen=True)
class Raised:
    column: bytes


@dataclass(frozen=True)
class Plan:
    oids: tuple[bytes, ...]
    raised: tuple[Raised, ...] = ()


def readings(*plans: Plan) -> Readings:
    return Readings(cast("list[LanePlan]", list(plans)))


def answered(names: list[bytes], *, status: int = 0, index: int = 0) -> Exchange:
    """An answer in which each name has its number as value."""
    varbinds = b"".join(
        ber.tlv(0x30, ber.tlv(0x06, name) + ber.tlv(0x02, bytes((value_of(name),)))) for name in names
    )
    answer = status.to_bytes(2, "big") + index.to_bytes(2, "big") + varbinds
    return Exchange(Request.get(names).words, answer, 0.0, 1.0)


def value_of(name: bytes) -> int:
    return NAMES.index(name) + 1 if name in NAMES else 100


def silent(names: list[bytes]) -> Exchange:
    return Exchange(Request.get(names).words, b"", 0.0, 1.0, Fault.SILENCE, "no answer")


def walk(name: bytes) -> Exchange:
    return Exchange(Request.bulk([name], 10).words, bytes(4), 0.0, 1.0)


def test_what_was_asked_before_the_points_counts_for_none_of_them() -> None:
    plans = readings(Plan(tuple(NAMES[:6])), Plan(tuple(NAMES[6:])))
    identity, first = answered(NAMES[6:8]), answered(NAMES[:3])
    rest, static = silent(NAMES[3:6]), answered(NAMES[6:])

    assert plans.of([identity, first, rest, static]) == [first, rest, static]
    assert plans.of([answered(NAMES[1:2]), walk(COLUMN), first]) == [first], "a survey came between"
    assert plans.of([first, answered([UP_TIME])]) == [], "names that no plan has"
    assert plans.of([answered(NAMES[2:3] + NAMES[1:2])]) == [], "another order than the plan's"


def test_a_walk_of_raised_alarms_is_a_reading_and_its_plan_goes_on() -> None:
    plans = readings(Plan(tuple(NAMES[:6]), (Raised(COLUMN),)), Plan(tuple(NAMES[6:])))
    fast, slow = answered(NAMES[:6]), answered(NAMES[6:])
    assert plans.of([fast, walk(COLUMN), slow]) == [fast, slow]


def test_whether_anybody_is_there_is_no_reading_unless_it_is_all_there_is() -> None:
    plans = readings(Plan((UP_TIME, *NAMES[:3])))
    lost, life = silent([UP_TIME, *NAMES[:3]]), answered([UP_TIME])
    assert plans.of([lost, life]) == [lost]
    assert plans.of([life]) == [life]


@given(
    asked=st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=12),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12),
)
def test_each_name_has_what_came_of_it_however_it_is_asked_again(
    asked: list[tuple[int, bool]], sizes: list[int]
) -> None:
    said, at = [], 0
    came: set[bytes] = set()
    for size, well in asked:
        names = NAMES[at : at + size]
        at += size
        if names:
            said.append(answered(names) if well else silent(names))
            came |= set(names) if well else set()
    at = 0
    for size in sizes:
        names = NAMES[at : at + size]
        at += size
        if not names:
            break
        if not came & set(names):
            with pytest.raises(NoAnswer):
                pieced(Request.get(names), said)
            continue
        answer: Any = pieced(Request.get(names), said)
        assert answer.values == [value_of(name) if name in came else LATE for name in names]


def test_a_name_that_was_refused_or_is_absent_is_told_as_the_device_did() -> None:
    said = [answered(NAMES[:3], status=5, index=2), answered(NAMES[:1] + NAMES[2:3])]
    values: Any = pieced(Request.get(NAMES[:4]), said).values
    assert values == [1, Gap(GapReason.REFUSED, "genErr"), 3, LATE]
    absent: Any = pieced(Request.get(NAMES[:2]), [answered(NAMES[:2], status=2, index=1)]).values
    assert absent == [Absence.NO_SUCH_INSTANCE, LATE]
