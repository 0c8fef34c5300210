"""A record is what a dataclass with slots is: compared over random shapes and values."""

from __future__ import annotations

import copy
import dataclasses
import gc
import inspect
import operator
import pickle
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim import record
from dcim.record import acyclic, dataclass, field, replace

T = TypeVar("T")

VALUES = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, float("nan"), "", "a", (), (1, "b"), None]))
NAMES = st.lists(
    st.sampled_from(["name", "value", "at", "labels", "_kept", "why"]), unique=True, min_size=1, max_size=5
)
OUTCOMES = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)


def outcome(do: Callable[[], Any]) -> Any:
    """Return what something gives, or the kind of error it raises."""
    try:
        return do()
    except (TypeError, AttributeError) as error:
        return TypeError if isinstance(error, TypeError) else AttributeError


def shape(names: list[str], defaults: list[Any], module: Any, how: dict[str, bool]) -> Any:
    """Return one class as it would be written, made by this module's ``dataclass``."""
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, "Any"), "__module__": __name__}
    for name, default in zip(reversed(names), defaults, strict=False):
        body[name] = module.field(default_factory=list) if default is list else default
    made = type("Shape", (), {**body, "__doc__": "A shape.", "twice": lambda self: (self, self)})
    return module.dataclass(slots=True, **how)(made)


@pytest.mark.long
@given(
    names=NAMES,
    defaults=st.lists(st.one_of(VALUES, st.just(list)), max_size=5),
    frozen=st.booleans(),
    compared=st.sampled_from([{"eq": True}, {"eq": False}, {"order": True}]),
    data=st.data(),
)
def test_a_record_does_what_the_dataclass_of_the_same_words_does(
    names: list[str], defaults: list[Any], frozen: bool, compared: dict[str, bool], data: st.DataObject
) -> None:
    how = {"frozen": frozen, **compared}
    ours, theirs = shape(names, defaults, record, how), shape(names, defaults, dataclasses, how)
    given_two = [data.draw(st.lists(VALUES, max_size=len(names))) for _ in range(2)]
    pairs = [tuple(outcome(partial(kind, *values)) for kind in (ours, theirs)) for values in given_two]
    for mine, other in pairs:
        if other is TypeError:
            assert mine is TypeError
            continue
        assert repr(mine) == repr(other)
        assert dataclasses.asdict(mine) == dataclasses.asdict(other) or "nan" in repr(mine)
        assert [getattr(mine, name) for name in names] == [getattr(other, name) for name in names]
        assert (hash(mine) == hash(mine.twice()[1])) if frozen and "[]" not in repr(mine) else True
        hashed = outcome(partial(hash, mine)), outcome(partial(hash, other))
        assert (hashed[0] is TypeError) == (hashed[1] is TypeError)
        name, value = data.draw(st.sampled_from(names)), data.draw(VALUES)
        changed = replace(mine, **{name: value})
        assert repr(changed) == repr(dataclasses.replace(other, **{name: value}))
        assert repr(dataclasses.replace(mine, **{name: value})) == repr(changed)
        assert outcome(partial(replace, mine, nobody=1)) is TypeError
        assert outcome(partial(setattr, mine, name, value)) == outcome(partial(setattr, other, name, value))
        assert outcome(partial(setattr, mine, "nobody", 1)) is AttributeError
        assert repr(mine) == repr(other)
        assert repr(copy.deepcopy(mine)) == repr(copy.copy(mine)) == repr(other)
    (one, one_of_theirs), (two, two_of_theirs) = pairs
    if TypeError not in (one_of_theirs, two_of_theirs):
        last = getattr(one, names[-1])
        for compare in OUTCOMES:
            found = outcome(partial(compare, one, two))
            if found is TypeError and one == two and "order" in compared:  # their last has no order
                assert outcome(partial(compare, last, last)) is TypeError
                continue
            assert found == outcome(partial(compare, one_of_theirs, two_of_theirs))
        assert one != one_of_theirs


def said(kind: Any) -> list[tuple[object, ...]]:
    """Return what the fields of a dataclass say."""
    return [
        (one.name, one.type, one.init, one.default, one.default_factory) for one in dataclasses.fields(kind)
    ]


@given(names=NAMES, defaults=st.lists(st.one_of(VALUES, st.just(list)), max_size=5))
def test_what_asks_a_dataclass_for_its_fields_is_answered_by_a_record(
    names: list[str], defaults: list[Any]
) -> None:
    ours, theirs = (shape(names, defaults, kind, {"frozen": True}) for kind in (record, dataclasses))
    assert dataclasses.is_dataclass(ours)
    assert said(ours) == said(theirs)
    assert ours.__match_args__ == theirs.__match_args__
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


@dataclass(frozen=True, slots=True)
class Head:
    """What is of every one of them."""

    most: ClassVar[int] = 3
    name: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Whole(Head):
    """A record that extends another."""

    parts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Changing:
    """A record that changes."""

    count: int = 0


@dataclass(frozen=True, slots=True)
@acyclic
class Leaf:
    of: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Held(Generic[T]):
    """A record of something that can be watched."""

    it: T


def test_a_record_extends_another_as_dataclasses_do() -> None:
    whole = Whole("ups", parts=["a"])
    assert (whole.name, whole.at, whole.parts, whole.most) == ("ups", 0.0, ["a"], 3)
    assert [one.name for one in dataclasses.fields(Whole)] == ["name", "at", "parts"]
    assert [one.name for one in dataclasses.fields(Head)] == ["name", "at"]
    assert Whole("ups").parts is not Whole("ups").parts
    assert whole != Head("ups")
    match whole:
        case Whole(name, at):
            assert (name, at) == ("ups", 0.0)


def test_a_record_travels_to_another_process_and_back() -> None:
    for one in (Whole("ups", 2.0, ["a"]), Head("ups"), Changing(4)):
        assert pickle.loads(pickle.dumps(one)) == one


def test_a_record_that_extends_another_is_not_another_kind() -> None:
    with pytest.raises(TypeError, match="frozen, compared and ordered like it"):

        @dataclass(slots=True)
        class Loose(Head):
            more: int = 0


def test_a_record_has_slots_and_no_field_that_it_cannot_have() -> None:
    with pytest.raises(TypeError, match="a record has slots"):
        dataclass(slots=False)
    with pytest.raises(TypeError):
        field(repr=False)


def test_a_record_can_be_watched_and_is_of_any_type() -> None:
    held: Held[str] = Held("a")
    seen = weakref.ref(held)
    assert seen() is held
    assert held != Held("a")
    assert hash(held) != hash(Held("a"))
    assert Held[int](3).it == 3
    del held
    gc.collect()
    assert seen() is None


def test_nobody_looks_for_garbage_in_records_of_plain_values() -> None:
    assert not gc.is_tracked(Head("ups", 1.0))
    assert gc.is_tracked(Whole("ups"))


def test_nobody_looks_for_garbage_in_an_acyclic_record_and_what_it_holds_is_kept_all_the_same() -> None:
    one = Leaf({"parts": [["deep"]]})
    assert not gc.is_tracked(one)
    gc.collect()
    assert replace(one) == one == Leaf({"parts": [["deep"]]})
    held = Held("a")
    seen, leaf = weakref.ref(held), Leaf({"held": held})
    del held
    gc.collect()
    assert seen() is leaf.of["held"]
    del leaf
    assert seen() is None
