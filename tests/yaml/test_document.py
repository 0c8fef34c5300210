"""From bytes to a document with marks; whatever the bytes are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.model import ConfigError, Problem
from dcim.yaml import Document, parse, read, read_top, walk
from dcim.yaml import document as limits

SITE = """\
site: { id: cas1 }
devices:
  - id: ups-a   # the first
    states: { 1: normal, "2": low }
  - {id: ups-b}
"""


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_every_key_and_value_knows_its_line_and_column() -> None:
    document = parse(SITE, "f.yaml")
    assert document.data["devices"][0] == {"id": "ups-a", "states": {1: "normal", "2": "low"}}
    assert document.problem(("site", "id"), "x") == Problem("f.yaml", 1, 13, "site.id", "x")
    assert document.problem(("site", "id"), "x", key=True).column == 9
    assert document.problem(("devices", 0, "states", 1), "x").column == 18
    assert document.problem(("devices", 0, "states", "2"), "x", key=True).column == 26
    assert str(document.problem(("devices", 1), "x")) == "f.yaml:5:5: devices[1]: x"


def test_a_place_that_is_not_there_is_reported_at_its_nearest_parent() -> None:
    document = parse(SITE, "f.yaml")
    assert str(document.problem(("devices", 1, "kind"), "missing")) == "f.yaml:5:5: devices[1].kind: missing"
    assert (
        str(document.problem(("devices", 9, "kind"), "missing", key=True))
        == "f.yaml:3:3: devices[9].kind: missing"
    )
    assert not document.has(("devices", 9))
    assert not document.has(("site", "id", "x"))
    assert document.has(())


def test_data_is_found_by_its_place() -> None:
    document = parse(SITE, "f.yaml")
    assert document.at(("devices", 1, "id")) == "ups-b"
    absent: list[tuple[int | str, ...]] = [
        ("devices", 2),
        ("devices", "id"),
        ("site", "x"),
        ("site", "id", 0),
    ]
    for loc in absent:
        with pytest.raises(LookupError):
            document.at(loc)


def test_a_key_that_stands_twice_is_refused_with_the_line_of_the_first() -> None:
    assert problems("a: 1\nb: 2\na: 3\n") == [
        "f.yaml:3:1: a: stands twice in one mapping; the first one is in line 1"
    ]


def test_mistakes_that_leave_the_rest_readable_are_all_reported() -> None:
    text = "a: 1\na: 2\nb: !x 1\n? [k]\n: 1\ntrue: 1\n1.5: 2\n<<: {c: 1}\nd: 99999999999999999999\n"
    assert [line.split(": ", 1)[0] for line in problems(text)] == [
        "f.yaml:2:1", "f.yaml:3:4", "f.yaml:4:3", "f.yaml:6:1", "f.yaml:7:1", "f.yaml:8:1", "f.yaml:9:4",
    ]  # fmt: skip


def test_a_caller_may_go_on_with_what_is_readable() -> None:
    noted: list[Problem] = []
    document = parse("a: 1\na: 2\nb: !x 1\n[k]: 1\nc: 3\n", "f.yaml", noted)
    assert document.data == {"a": 1, "b": None, "c": 3}
    assert len(noted) == 3
    assert document.problem(("a",), "x").line == 1
    assert document.has(("c",))


def test_a_merge_key_is_refused_by_name_but_may_be_text() -> None:
    assert "merge keys" in problems("<<: 1\n")[0]
    assert parse("'<<': 1\n", "f.yaml").data == {"<<": 1}


def test_a_key_with_a_tag_that_it_is_not_is_refused() -> None:
    assert "a key must be text or a whole number" in problems("!x a: 1\n")[0]
    assert "a key must be text or a whole number" in problems("!!int a: 1\n")[0]


def test_a_quoted_number_is_another_key_than_the_number() -> None:
    assert parse("1: a\n'1': b\n", "f.yaml").data == {1: "a", "1": "b"}


def test_aliases_are_values_of_their_own() -> None:
    document = parse("a: &a {x: 1}\nb: *a\n", "f.yaml")
    assert document.data["a"] == document.data["b"] == {"x": 1}
    assert document.data["a"] is not document.data["b"]
    assert document.problem(("b", "x"), "x").line == 1


def test_a_billion_laughs_end_at_the_limit() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "values, aliases counted each time" in problems("\n".join(lines))[0]


def test_an_alias_that_holds_itself_ends_at_the_limit() -> None:
    assert "an alias that holds itself" in problems("a: &a [*a]\n")[0]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
@pytest.mark.parametrize("times", [60, 5000])
def test_deep_nesting_ends_at_the_limit(opening: str, times: int) -> None:
    assert "nest" in problems(opening * times)[0]


def test_a_document_as_deep_as_allowed_is_read() -> None:
    depth = limits.MAX_DEPTH - 1
    assert parse("[" * depth + "]" * depth, "f.yaml").data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "f.yaml: the file is empty"),
        ("# nothing but a comment\n", "f.yaml: the file is empty"),
        ("a:\n\tb: 1\n", "f.yaml:2:1: a tab cannot indent in YAML; use spaces"),
        ("a:\n  \tb: 1\n", "f.yaml:2:3: a tab cannot indent in YAML; use spaces"),
        ("a: [1, 2\nb: 3\n", "f.yaml:2:2: did not find expected ',' or ']'; while parsing a flow sequence"),
        ("a: *b\n", "f.yaml:1:4: found undefined alias"),
        ("a: 'open\n", "f.yaml:2:1: found unexpected end of stream; while scanning a quoted scalar"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: but found another document; expected a single document in the stream"),
        ("é: 1\nè: \x07\n", "f.yaml:2:4: character U+0007 is not allowed in YAML"),
        ("a: \x00", "f.yaml:1:4: character U+0000 is not allowed in YAML"),
        (b"a: 1\nb: caf\xe9\n", "f.yaml:2:7: not UTF-8 (byte 0xe9); save the file as UTF-8"),
        ("a: \ud800", "f.yaml:1:4: half a surrogate pair is no text"),
    ],
)  # fmt: skip
def test_a_broken_file_is_answered_in_plain_words(text: str | bytes, expected: str) -> None:
    assert problems(text) == [expected]


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse(b"\xef\xbb\xbfa: 1\n", "f.yaml").data == {"a": 1}


def test_a_file_beyond_the_size_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (limits.MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 8 MiB"):
        read(path)


def test_more_values_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_VALUES", 50)
    assert "more than 50 values" in problems("- 1\n" * 60)[0]


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "nul\0.yaml"])
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / name)


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("nom: Salle électrique\n", encoding="utf-8")
    document = read(path)
    assert isinstance(document, Document)
    assert document.data == {"nom": "Salle électrique"}
    assert document.path == str(path)


def test_plain_data_has_nothing_under_a_scalar() -> None:
    assert walk({"a": [1]}, ("a", 0)) == 1
    with pytest.raises(LookupError):
        walk({"a": 1}, ("a", 0))


_YAML = st.text(alphabet="ab01:-[]{}&*!'\"|>?#%,. \n\t~<=xé\x00\ud800", max_size=80)


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=120), _YAML))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str | bytes) -> None:
    refused: tuple[Problem, ...] = ()
    try:
        assert isinstance(parse(text, "f.yaml"), Document)
    except ConfigError as exc:
        refused = exc.problems or (Problem("", 0, 0, "", ""),)
    assert all(problem.what for problem in refused)


def _values() -> st.SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text("abcé off12", max_size=8)
    keys = st.text("abc_", min_size=1, max_size=4) | st.integers(0, 99)
    return st.recursive(
        leaves, lambda v: st.lists(v, max_size=4) | st.dictionaries(keys, v, max_size=4), max_leaves=12
    )


@settings(deadline=None)
@given(_values())
def test_every_place_of_a_document_is_found_again(data: object) -> None:
    document = parse(_flow({"top": data}), "f.yaml")
    assert document.data == {"top": data}
    for loc in _places({"top": data}):
        assert document.has(loc)
        assert document.problem(loc, "x").line == 1


def _flow(data: object) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(_flow(value) for value in data) + "]"
    if isinstance(data, str):
        return f'"{data}"'
    return (
        {None: "null", True: "true", False: "false"}.get(data, str(data))
        if data is None or isinstance(data, bool)
        else str(data)
    )


def _places(data: object, loc: tuple[int | str, ...] = ()) -> list[tuple[int | str, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [loc, *(place for key, value in pairs for place in _places(value, (*loc, key)))]


TOP = "# a file\nname: x   # points: no\nabout: |\n  points: also text\nhow: {points: 1}\n"
REST = "points:\n- a\nmore: 1\n"


def top(tmp_path: Path, text: str) -> dict[str, object]:
    (tmp_path / "f.yaml").write_text(text)
    document = read_top(tmp_path / "f.yaml", frozenset({"name", "how"}), frozenset({"points", "tables"}))
    whole = parse(text, "f.yaml").data
    assert document.data == {key: whole[key] for key in document.data}
    return document.data


def test_the_top_of_a_file_ends_at_the_first_line_of_the_rest(tmp_path: Path) -> None:
    assert list(top(tmp_path, TOP + REST)) == ["name", "about", "how"]
    assert list(top(tmp_path, TOP + "tables :\n" + REST)) == ["name", "about", "how"]
    assert list(top(tmp_path, TOP)) == ["name", "about", "how"]


def test_a_file_whose_top_has_not_all_that_is_wanted_is_read_whole(tmp_path: Path) -> None:
    assert list(top(tmp_path, REST + TOP)) == ["points", "more", "name", "about", "how"]
    assert list(top(tmp_path, "name: x\n" + REST + "how: y\n")) == ["name", "points", "more", "how"]
    assert list(top(tmp_path, "{name: x, how: y, points: [1]}")) == ["name", "how", "points"]
    assert list(top(tmp_path, "name: x\nhow: y\n'points': [1]\n")) == ["name", "how", "points"]
    assert list(top(tmp_path, "name: x\nhow: {\npoints: 1}\nmore: y\n")) == ["name", "how", "more"]


def test_the_top_of_a_file_knows_its_lines_and_is_alone_in_being_wrong(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("name: x\nhow: y\npoints: [\n")
    assert read_top(file, frozenset({"name"}), frozenset({"points"})).problem(("how",), "w") == Problem(
        str(file), 2, 6, "how", "w"
    )
    file.write_text("name: x\nname: y\npoints: []\n")
    with pytest.raises(ConfigError, match="stands twice"):
        read_top(file, frozenset({"name"}), frozenset({"points"}))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_top(tmp_path / "none.yaml", frozenset({"name"}), frozenset({"points"}))
