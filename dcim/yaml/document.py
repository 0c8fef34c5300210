"""From the bytes of a file to plain data in which every place still knows its line and column.

    bytes -> text (UTF-8) -> nodes (libyaml) -> data, by the 1.2 core schema
                               +-> marks, found again when a message needs one

Whatever the file holds, the only error is ``ConfigError``, in bounded time and memory: size, depth and number
of values are limited, and values that aliases repeat count each time. Merge keys (``<<``) are not YAML 1.2
and are refused by name.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from dcim.model import ConfigError, Problem
from dcim.yaml import core
from dcim.yaml.marks import Loc, Marks, key_of
from dcim.yaml.words import found, where

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 48
MAX_VALUES: Final = 500_000


class Marked(Protocol):
    """Data whose every place knows where it was written."""

    def has(self, loc: Loc) -> bool:
        """Whether there is a value at this place."""
        ...

    def at(self, loc: Loc) -> Any:
        """Return the data at this place; raise LookupError where there is none."""
        ...

    def problem(self, loc: Loc, what: str, *, key: bool = False) -> Problem:
        """Return a Problem at the value (or at its key) that stands at ``loc``, or at its nearest parent."""
        ...


class _Stop(Exception):
    """The file is beyond a limit; reading it further makes no sense."""

    def __init__(self, mark: yaml.Mark | None, what: str) -> None:
        self.mark = mark
        self.what = what


class _Parser(yaml.CBaseLoader):
    """libyaml's parser and composer, plain words resolved by the core schema, depth and size bounded."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._values = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:
        """Count a node that is about to be composed (the composer calls this for each one)."""
        del current_index
        self._depth += 1
        self._values += 1
        _limit(self._depth, self._values, current_node)

    def ascend_resolver(self) -> None:
        """Come back from a node."""
        self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        """Return the tag of a node that has none in the file."""
        if kind is yaml.ScalarNode:
            return core.tag_of(value or "") if implicit[0] else core.STR
        return core.SEQ if kind is yaml.SequenceNode else core.MAP


def _limit(depth: int, values: int, node: yaml.Node | None) -> None:
    mark = node.start_mark if node is not None else None
    if depth > MAX_DEPTH:
        raise _Stop(mark, f"nested more than {MAX_DEPTH} deep, or an alias that holds itself")
    if values > MAX_VALUES:
        raise _Stop(mark, f"more than {MAX_VALUES} values, aliases counted each time")


def walk(data: Any, loc: Loc) -> Any:
    """Return what stands at ``loc`` inside plain data; raise LookupError where there is nothing."""
    for part in loc:
        if isinstance(data, dict) or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]  # type: ignore[index]  # a list is asked with a number only
        else:
            raise LookupError(where(loc))
    return data


@dataclass(frozen=True, slots=True)
class Document:
    """One file as data (dicts, lists, str, int, float, bool, None) and the marks of every key and value."""

    path: str
    data: Any
    marks: Marks = field(repr=False)

    def has(self, loc: Loc) -> bool:
        """Whether there is a value at this place."""
        return self.marks.find(loc)[2]

    def at(self, loc: Loc) -> Any:
        """Return the data at this place; raise LookupError where there is none."""
        return walk(self.data, loc)

    def problem(self, loc: Loc, what: str, *, key: bool = False) -> Problem:
        """Return a Problem at the value (or at its key) that stands at ``loc``, or at its nearest parent."""
        key_node, value, there = self.marks.find(loc)
        node = key_node if key and there else value
        mark = node.start_mark
        return Problem(self.path, mark.line + 1, mark.column + 1, where(loc), what)


class _Builder:
    """Makes data from nodes, notes what is wrong with them, and goes on."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._values = 0
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node, loc: Loc = ()) -> Any:
        """Return the data of a node and everything under it."""
        self._values += 1
        _limit(len(loc), self._values, node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        if isinstance(node, yaml.SequenceNode):
            self._expect(node, core.SEQ, loc)
            return [self.build(item, (*loc, at)) for at, item in enumerate(node.value)]
        self._expect(node, core.MAP, loc)
        return self._mapping(node, loc)

    def _wrong(self, node: yaml.Node, loc: Loc, what: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(self._path, mark.line + 1, mark.column + 1, where(loc), what))

    def _expect(self, node: yaml.Node, tag: str, loc: Loc) -> None:
        if node.tag != tag:
            self._wrong(node, loc, f"unknown tag {found(node.tag)}; write the value without a tag")

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> core.Scalar:
        try:
            return core.value_of(node.tag, node.value)
        except KeyError:
            self._wrong(node, loc, f"unknown tag {found(node.tag)}; write the value without a tag")
        except core.NoScalar:
            self._wrong(node, loc, "not a number of 64 bits, or not of its tag; put text in quotes")
        return None

    def _mapping(self, node: yaml.Node, loc: Loc) -> dict[int | str, Any]:
        data: dict[int | str, Any] = {}
        lines: dict[int | str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, loc)
            if key is None:
                continue
            value = self.build(value_node, (*loc, key))
            if key in data:
                first = f"the first one is in line {lines[key]}"
                self._wrong(key_node, (*loc, key), f"stands twice in one mapping; {first}")
                continue
            data[key] = value
            lines[key] = key_node.start_mark.line + 1
        return data

    def _key(self, node: yaml.Node, loc: Loc) -> int | str | None:
        key = key_of(node)
        if key is None:
            self._wrong(node, loc, "a key must be text or a whole number; put it in quotes")
            return None
        if key == "<<" and isinstance(node, yaml.ScalarNode) and not node.style:
            self._wrong(node, loc, "merge keys ('<<') are not part of YAML 1.2; write the keys out")
            return None
        return key


def read(path: Path, problems: list[Problem] | None = None) -> Document:
    """Read a file; see ``parse``. A file that cannot be read is a problem too."""
    return parse(_bytes(path), str(path), problems)


def read_whole(path: Path, check: Callable[[Document], object]) -> Document:
    """Read a file without mistakes; where it has some, raise them with those that ``check`` finds."""
    noted: list[Problem] = []
    document = read(path, noted)
    if noted:
        try:
            check(document)
        except ConfigError as error:
            noted += error.problems
        raise ConfigError(tuple(sorted(set(noted))))
    return document


def keys_of(path: Path) -> frozenset[int | str]:
    """Return the top-level keys of a file, whatever is wrong below; raise ConfigError if it is no YAML."""
    data = read(path, []).data
    return frozenset(data) if isinstance(data, dict) else frozenset()


def read_top(path: Path, keys: frozenset[str], rest: frozenset[str]) -> Document:
    """Read what stands above the first of the top-level keys ``rest``: a tenth of the work for a long file.

    A line that begins with a key ends what stands above it, so the top is a document of its own. The whole
    file is read where the top is wrong or lacks one of ``keys``, and where ``rest`` is written otherwise (in
    braces, in quotes). Mistakes below the top are not seen.
    """
    raw = _bytes(path)
    end = _line_of(rest).search(raw)
    top = raw[: end.start()] if end is not None else raw
    if all(_line_of(frozenset({key})).search(top) for key in keys):
        with contextlib.suppress(ConfigError):
            return parse(top, str(path))
    return parse(raw, str(path))


@lru_cache(64)
def _line_of(keys: frozenset[str]) -> re.Pattern[bytes]:
    """Return the pattern of a line that begins with one of these keys."""
    return re.compile(rf"^(?:{'|'.join(map(re.escape, sorted(keys)))})[ \t]*:".encode(), re.MULTILINE)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise ConfigError((Problem(str(path), 0, 0, "", f"cannot be read: {reason}"),)) from exc


def parse(text: str | bytes, path: str, problems: list[Problem] | None = None) -> Document:
    """Make a Document of a file's text.

    Raise one ConfigError with every mistake in it. With ``problems``, mistakes that leave the rest readable
    (a key that stands twice, an unknown tag) are added to that list instead, so that a caller who goes on to
    check the shape can report all at once.
    """
    root = _compose(_decode(text, path), path)
    builder = _Builder(path)
    try:
        data = builder.build(root)
    except _Stop as stop:
        raise ConfigError((*builder.problems, _at(path, stop.mark, stop.what))) from stop
    if problems is not None:
        problems.extend(builder.problems)
    elif builder.problems:
        raise ConfigError(tuple(builder.problems))
    return Document(path, data, Marks(root))


def _compose(text: str, path: str) -> yaml.Node:
    try:
        root = _Parser(text).get_single_node()
    except _Stop as stop:
        raise ConfigError((_at(path, stop.mark, stop.what),)) from stop
    except yaml.MarkedYAMLError as exc:
        raise ConfigError((_syntax(text, path, exc),)) from exc
    except yaml.YAMLError as exc:
        raise ConfigError((_unprintable(text, path),)) from exc
    if root is None:
        raise ConfigError((Problem(path, 0, 0, "", "the file is empty"),))
    return root


def _syntax(text: str, path: str, exc: yaml.MarkedYAMLError) -> Problem:
    """Word a syntax error of libyaml; a tab in the indentation, which it does not name, is named."""
    mark = exc.problem_mark or exc.context_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if (
        mark is not None
        and not line[: mark.column].strip(" ")
        and line[mark.column : mark.column + 1] == "\t"
    ):
        return _at(path, mark, "a tab cannot indent in YAML; use spaces")
    what = "; ".join(part for part in (exc.problem, exc.context) if part)
    return _at(path, mark, what)


def _at(path: str, mark: yaml.Mark | None, what: str) -> Problem:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    return Problem(path, line, column, "", what)


def _decode(text: str | bytes, path: str) -> str:
    """Return the text of a file, or raise what is wrong with its bytes and where."""
    if len(text) > MAX_BYTES:
        raise ConfigError((Problem(path, 0, 0, "", f"larger than {MAX_BYTES // 1024**2} MiB"),))
    return _from_bytes(text, path) if isinstance(text, bytes) else _checked(text, path)


def _from_bytes(raw: bytes, path: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = exc.object[: exc.start].decode("utf-8", "replace")
        what = f"not UTF-8 (byte 0x{exc.object[exc.start]:02x}); save the file as UTF-8"
        raise ConfigError((_after(path, before, what),)) from exc


def _checked(text: str, path: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ConfigError((_after(path, text[: exc.start], "half a surrogate pair is no text"),)) from exc
    return text


def _after(path: str, before: str, what: str) -> Problem:
    """Return a problem with the character that follows ``before``."""
    line = before.count("\n") + 1
    return Problem(path, line, len(before) - (before.rfind("\n") + 1) + 1, "", what)


def _unprintable(text: str, path: str) -> Problem:
    """Say which character libyaml refused: the first that YAML 1.2, section 5.1, does not allow."""
    bad = next((at for at, char in enumerate(text) if yaml.reader.Reader.NON_PRINTABLE.match(char)), 0)
    what = f"character U+{ord(text[bad]):04X} is not allowed in YAML"
    return _after(path, text[:bad], what)
