"""Every way in which a part of a file can miss its shape, worded for the person who wrote it."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from dcim.model import ConfigError
from dcim.yaml import Section, found, nearest, parse, shape, unknown, where


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(Section):
    unit: int = Field(ge=0, le=247)
    framing: Literal["tcp", "rtu"] = "tcp"


class Log(Section):
    type: Literal["log"]
    level: str = "info"


class Hook(Section):
    type: Literal["webhook"]
    url: str


class Device(Section):
    id: str
    colour: Colour = Colour.RED
    interval: float = Field(default=10, gt=0, lt=99.5)
    on: bool = True
    count: int | None = None
    inner: Inner | None = None
    tags: tuple[str, ...] = Field(default=(), max_length=2)
    channels: list[Annotated[Log | Hook, Field(discriminator="type")]] = Field(default_factory=list)
    label: str | Inner = ""
    states: dict[int, str | Inner] = Field(default_factory=dict)
    code: str = Field(default="", pattern="^[a-z]*$")
    path: Path = Path()
    names: frozenset[str] = Field(default=frozenset(), min_length=0)
    host: str = Field(default="", alias="host-name")
    number: int | float = 0
    more: int | tuple[Inner, ...] = 0

    @field_validator("code")
    @classmethod
    def _not_bad(cls, value: str) -> str:
        if value == "bad":
            msg = "'bad' is bad"
            raise ValueError(msg)
        return value


class Top(Section):
    devices: list[Device] = Field(min_length=1)


def mistakes(text: str) -> list[str]:
    model, problems = shape(parse(f"devices:\n- {{id: a, {text}}}\n", "f.yaml"), Top)
    assert model is None
    return [str(problem).removeprefix("f.yaml:2:").split(": ", 1)[1] for problem in problems]


def test_the_right_shape_is_the_model() -> None:
    document = parse(
        "devices: [{id: a, tags: [x], states: {1: a}, colour: green, path: /x, names: [n]}]", "f"
    )
    model, problems = shape(document, Top)
    assert problems == []
    assert model is not None
    assert model.devices[0].tags == ("x",)
    assert model.devices[0].colour is Colour.GREEN
    assert model.devices[0].path == Path("/x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour: gren", "devices[0].colour: expected one of red, green, found 'gren'; did you mean 'green'?"),
        ("inner: {unit: 1, framing: 7}", "devices[0].inner.framing: expected one of tcp, rtu, found 7"),
        ('interval: "10"', "devices[0].interval: expected a number, found '10'"),
        ("interval: true", "devices[0].interval: expected a number, found true"),
        ("interval: .nan", "devices[0].interval: expected a finite number, found nan"),
        ("interval: 0", "devices[0].interval: expected more than 0, found 0"),
        ("interval: 100", "devices[0].interval: expected less than 99.5, found 100"),
        ("on: yes", "devices[0].on: expected true or false, found 'yes'"),
        ("on: 1", "devices[0].on: expected true or false, found 1"),
        ("count: 1.5", "devices[0].count: expected a whole number, found 1.5"),
        ("count: true", "devices[0].count: expected a whole number, found true"),
        ("inner: {unit: 248}", "devices[0].inner.unit: expected at most 247, found 248"),
        ("inner: {unit: -1}", "devices[0].inner.unit: expected at least 0, found -1"),
        ("inner: {}", "devices[0].inner.unit: missing"),
        ("inner: {unit: 1, zap: 2}", "devices[0].inner.zap: unknown key; known: framing, unit"),
        ("inner: {unit: 1, framng: rtu}", "devices[0].inner.framng: unknown key; did you mean 'framing'?"),
        ("inner: {uint: 1}", "devices[0].inner.uint: unknown key; did you mean 'unit'?"),
        ("inner: hunter2", "devices[0].inner: expected a mapping, found text"),
        ("inner: [1]", "devices[0].inner: expected a mapping, found a list"),
        ("tags: x", "devices[0].tags: expected a list, found text"),
        ("tags: [x, 2]", "devices[0].tags[1]: expected text, found 2"),
        ("tags: [a, b, c]", "devices[0].tags: expected at most 2 of them, found a list"),
        ("names: {a: 1}", "devices[0].names: expected a list, found a mapping"),
        ("channels: [{type: wehook}]", "devices[0].channels[0].type: expected one of log, webhook, found 'wehook'; did you mean 'webhook'?"),
        ("channels: [{level: 1}]", "devices[0].channels[0].type: missing"),
        ("channels: [4]", "devices[0].channels[0]: expected a mapping, found a number"),
        ("channels: [{type: webhook, urll: x}]", "devices[0].channels[0].urll: unknown key; did you mean 'url'?"),
        ("label: 12", "devices[0].label: expected text or a mapping, found 12"),
        ("label: {unit: 1, framing: rtuu}", "devices[0].label.framing: expected one of tcp, rtu, found 'rtuu'; did you mean 'rtu'?"),
        ("states: {1: 2}", "devices[0].states[1]: expected text or a mapping, found 2"),
        ("states: {on: x}", "devices[0].states.on: expected a whole number, found 'on'"),
        ("states: {3: {unit: 1, framng: x}}", "devices[0].states[3].framng: unknown key; did you mean 'framing'?"),
        ("code: A1", "devices[0].code: expected text like ^[a-z]*$, found 'A1'"),
        ("code: bad", "devices[0].code: 'bad' is bad"),
        ("path: 1", "devices[0].path: expected a path, found 1"),
        ("hostname: x", "devices[0].hostname: unknown key; did you mean 'host-name'?"),
        ("number: x", "devices[0].number: expected a whole number or a number, found 'x'"),
        ("more: [{unit: 1, zap: 1}]", "devices[0].more[0].zap: unknown key; known: framing, unit"),
        ("id2: 1", "devices[0].id2: unknown key; did you mean 'id'?"),
        ("7: 1", "devices[0][7]: unknown key; known: channels, code, colour, count, host-name, id, inner, interval, label, more, names, number, on, path, states, tags"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_was_expected_and_found_and_the_nearest_right_thing(
    text: str, expected: str
) -> None:
    assert mistakes(text) == [expected]


def test_every_mistake_is_reported_at_once_each_at_its_own_place() -> None:
    text = "devices:\n  - colour: blue\n    on: 7\n  - id: b\n    tags:\n      - x\n      - 9\n"
    model, problems = shape(parse(text, "f.yaml"), Top)
    assert model is None
    assert sorted(map(str, problems)) == [
        "f.yaml:2:13: devices[0].colour: expected one of red, green, found 'blue'",
        "f.yaml:2:5: devices[0].id: missing",
        "f.yaml:3:9: devices[0].on: expected true or false, found 7",
        "f.yaml:7:9: devices[1].tags[1]: expected text, found 9",
    ]


def test_a_part_is_checked_alone() -> None:
    document = parse("a: {b: [{unit: 3}, {unit: x}]}\n", "f.yaml")
    good, problems = shape(document, Inner, ("a", "b", 0))
    assert good == Inner(unit=3)
    assert problems == []
    bad, problems = shape(document, Inner, ("a", "b", 1))
    assert bad is None
    assert [str(one) for one in problems] == ["f.yaml:1:27: a.b[1].unit: expected a whole number, found 'x'"]


def test_what_stands_at_the_top_is_checked_too() -> None:
    _, problems = shape(parse("- 1\n", "f.yaml"), Top)
    assert [str(one) for one in problems] == ["f.yaml:1:1: expected a mapping, found a list"]
    _, problems = shape(parse("devices: []\n", "f.yaml"), Top)
    assert [str(one) for one in problems] == [
        "f.yaml:1:10: devices: expected at least 1 of them, found an empty list"
    ]


def test_thousands_of_mistakes_are_counted_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("dcim.yaml.shaping"), "MAX_MISTAKES", 3)
    text = "a:\n" + "".join(f"  k{n}: 1\n" for n in range(10))
    _, problems = shape(parse(text, "f"), Inner, ("a",))
    assert len(problems) == 4
    assert str(problems[-1]) == "f:2:3: a: and 8 more mistakes in this part"


class Plain(BaseModel):
    tall: int
    even: bool = False

    @field_validator("tall")
    @classmethod
    def _check(cls, value: int) -> int:
        assert value != 3, "three is wrong"
        return value


def test_a_plain_pydantic_model_of_a_plug_in_works_too() -> None:
    assert shape(parse("tall: 1\n", "f"), Plain)[0] == Plain(tall=1)
    _, problems = shape(parse("tall: x\neven: maybe\n", "f"), Plain)
    assert [one.what for one in problems] == [
        "expected a whole number, found 'x'",
        "expected true or false, found 'maybe'",
    ]
    _, problems = shape(parse("tall: 3\n", "f"), Plain)
    assert "three is wrong" in problems[0].what


class Odd(BaseModel):
    size: Annotated[int, Field(multiple_of=4)]


def test_an_error_without_words_of_ours_keeps_those_of_pydantic() -> None:
    _, problems = shape(parse("size: 3\n", "f"), Odd)
    assert [one.what for one in problems] == ["Input should be a multiple of 4"]


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=60), st.binary(max_size=60), st.text("devicsidtag[]{}:,- \n12\"'&*", max_size=80)
    )
)
def test_no_file_raises_anything_but_a_config_error(text: str | bytes) -> None:
    try:
        document = parse(text, "f.yaml")
    except ConfigError:
        return
    model, problems = shape(document, Top)
    assert (model is None) == bool(problems)


_LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-5, 300)
    | st.floats()
    | st.sampled_from(["log", "webhook", "rtu", "x"])
)
_KEYS = st.sampled_from([*Device.model_fields, "type", "url", "unit", "framing", "host-name", "zap"])
_DATA: st.SearchStrategy[object] = st.recursive(
    _LEAF, lambda v: st.lists(v, max_size=3) | st.dictionaries(_KEYS, v, max_size=5), max_leaves=10
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(_KEYS, _DATA, max_size=6), max_size=3))
def test_whatever_stands_under_known_keys_every_mistake_has_a_place(devices: list[object]) -> None:
    document = parse(_text({"devices": devices}), "f.yaml")
    model, problems = shape(document, Top)
    assert (model is None) == bool(problems)
    for problem in problems:
        assert problem.line > 0
        assert problem.where.startswith("devices")
        assert problem.what


def _text(data: object) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {_text(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_text, data)) + "]"
    if isinstance(data, float):
        return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}.get(repr(data), repr(data))
    return (
        {None: "null", True: "true", False: "false"}[data]
        if data is None or isinstance(data, bool)
        else str(data)
    )


def test_the_nearest_word_is_named_whatever_its_case() -> None:
    assert nearest("INTERVAL", ["interval", "timeout"]) == "; did you mean 'interval'?"
    assert nearest("zzz", ["interval"]) == ""
    assert nearest("x" * 10_000, ["interval"]) == ""


def test_an_unknown_name_lists_the_few_known_ones() -> None:
    assert unknown("profile", "zzz", ["b", "a"]) == "no profile 'zzz'; known: a, b"
    assert unknown("profile", "zzz", []) == "no profile 'zzz'; known: none"
    assert unknown("profile", "zzz", map(str, range(20))) == "no profile 'zzz'"
    assert unknown("profile", "apc", ["apc1"]) == "no profile 'apc'; did you mean 'apc1'?"


def test_places_and_values_read_as_written() -> None:
    assert where(("devices", 0, "states", 1)) == "devices[0].states[1]"
    assert where(()) == ""
    assert where(("a\nb\x1b[31m",)) == "'a\\nb\\x1b[31m'"
    assert found("x" * 100).endswith("...'")
    values: tuple[object, ...] = (None, True, False, 1, 1.5, {}, [1], [])
    assert [found(value) for value in values] == [
        "nothing", "true", "false", "1", "1.5", "a mapping", "a list", "an empty list",
    ]  # fmt: skip


def test_found_values_may_be_hidden() -> None:
    document = parse("devices: [{id: a, colour: s3cret, channels: [{type: s3cret}], on: 12}]\n", "f")
    _, problems = shape(document, Top, hide=True)
    assert [problem.what for problem in problems] == [
        "expected one of red, green, found text",
        "expected true or false, found a number",
        "expected one of log, webhook, found text",
    ]
