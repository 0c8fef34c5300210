"""Whether a part of a file has the shape of a pydantic model; if not, what is wrong, in the file's terms."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dcim.model import Problem
from dcim.record import dataclass
from dcim.yaml.document import Marked
from dcim.yaml.length import seconds
from dcim.yaml.marks import Loc
from dcim.yaml.words import FORM, found, nearest

M = TypeVar("M", bound=BaseModel)

MAX_MISTAKES: Final = 1000
"""More mistakes in one part are counted, not told: the time to word them stays bounded."""

_FEW: Final = 24
"""A list of known words longer than this helps nobody."""

_EXPECTED: Final = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "model": "a mapping",
    "dict": "a mapping",
    "mapping": "a mapping",
    "dataclass": "a mapping",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "iterable": "a list",
    "none": "nothing",
    "path": "a path",
    "finite": "a finite number",
}
_SIZE: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})? ?(?:[kKMGT]i?)?B")
_BOUNDS: Final = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One pydantic error with its real place: union branches taken out of ``loc`` and kept in ``branch``."""

    error: ErrorDetails
    loc: Loc
    fork: Loc | None  # where the first union branches off
    branch: str
    on_key: bool

    @property
    def kind(self) -> str:
        return self.error["type"]


def shape(
    document: Marked, model: type[M], at: Loc = (), *, hide: bool = False
) -> tuple[M | None, list[Problem]]:
    """Validate the part of a document at ``at``; return the model, or None and every mistake in it.

    With ``hide`` no message shows a value that was found: a secret may stand where it does not belong.
    """
    try:
        return model.model_validate(document.at(at)), []
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
    mistakes = [
        _place(document, at, error)
        for error in errors[:MAX_MISTAKES]
        if not _is_consequence(document, at, error)
    ]
    problems = _unfold([_problem(document, model, at, group, hide) for group in _groups(mistakes)])
    if len(errors) > MAX_MISTAKES:
        problems.append(document.problem(at, f"and {len(errors) - MAX_MISTAKES} more mistakes in this part"))
    return None, problems


def _is_consequence(document: Marked, at: Loc, error: ErrorDetails) -> bool:
    """Whether a list is only too short because its members are wrong, each of which is told."""
    if error["type"] != "too_short":
        return False
    loc = (*at, *error["loc"])
    found = document.at(loc) if document.has(loc) else ()
    return isinstance(found, list) and len(found) >= error["ctx"]["min_length"]


def _place(document: Marked, at: Loc, error: ErrorDetails) -> _Mistake:
    """Find where in the file an error of pydantic belongs."""
    loc: list[int | str] = list(at)
    data = document.at(at)
    fork: Loc | None = None
    branch = ""
    parts = error["loc"]
    last = len(parts) - 1
    for number, part in enumerate(parts):
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            loc.append(part)
            data = data[part]
        elif number == last and error["type"] == "missing":
            loc.append(part)
        elif part != "[key]":
            fork = tuple(loc) if fork is None else fork
            branch = branch or str(part)
    return _Mistake(error, tuple(loc), fork, branch, bool(parts) and parts[-1] == "[key]")


def _groups(mistakes: Sequence[_Mistake]) -> Iterator[list[_Mistake]]:
    """Yield the mistakes that are one to a person: alone, or the branches of one union together."""
    forks: dict[Loc, dict[str, list[_Mistake]]] = {}
    for mistake in mistakes:
        if mistake.fork is None:
            yield [mistake]
        else:
            forks.setdefault(mistake.fork, {}).setdefault(mistake.branch, []).append(mistake)
    for fork, branches in forks.items():
        deeper = [found for found in branches.values() if any(_is_meant(fork, one) for one in found)]
        if deeper:
            yield from ([one] for one in min(deeper, key=len))
        else:
            yield [one for found in branches.values() for one in found]


def _is_meant(fork: Loc, mistake: _Mistake) -> bool:
    """Whether the person meant this branch: the value is of its type, and the mistake lies inside."""
    return mistake.loc != fork or not mistake.kind.endswith(("_type", "_parsing", "literal_error", "enum"))


def _problem(document: Marked, model: type[BaseModel], at: Loc, group: list[_Mistake], hide: bool) -> Problem:
    first = group[0]
    match first.kind:
        case "missing":
            return document.problem(first.loc, "missing")
        case "extra_forbidden" | "invalid_key":
            known = sorted(_keys(model, first.loc[len(at) : -1]))
            return document.problem(first.loc, f"unknown key{_hint(str(first.loc[-1]), known)}", key=True)
        case "union_tag_invalid" | "union_tag_not_found":
            return _tag_problem(document, first, hide)
        case "value_error" | "assertion_error":
            return document.problem(first.loc, str(first.error["ctx"]["error"]), key=first.on_key)
        case _:
            return _mismatch(document, group, hide)


def _mismatch(document: Marked, group: list[_Mistake], hide: bool) -> Problem:
    """Word a value that is not what it should be: expected, found, nearest right word."""
    first = group[0]
    value = document.at(first.loc) if document.has(first.loc) else None
    expected = " or ".join(dict.fromkeys(filter(None, (_expected(one) for one in group))))
    if not expected:
        return document.problem(first.loc, first.error["msg"], key=first.on_key)
    shown = first.loc[-1] if first.on_key and first.loc else value
    hint = nearest(str(shown), _words(group)) if isinstance(shown, str) else ""
    nested = all(_expected(one) in {"a mapping", "a list"} for one in group)
    amount = _unit(first, shown)
    text = _shown(shown, hide=(hide and not amount) or nested)
    return document.problem(first.loc, f"expected {expected}{amount}, found {text}{hint}", key=first.on_key)


def _unit(mistake: _Mistake, written: object) -> str:
    """Return the unit of a bound that a length of time or a size written as text is beyond; else nothing.

    A text that reads so is no secret that stands where it does not belong.
    """
    if mistake.kind not in _BOUNDS or not isinstance(written, str):
        return ""
    if _SIZE.fullmatch(written):
        return " bytes"
    try:
        seconds(written)
    except ValueError:
        return ""
    return " s"


def _shown(value: object, *, hide: bool) -> str:
    """Show a value, or only what it is: a text where a mapping or list belongs may be a secret."""
    if hide and isinstance(value, str):
        return "text"
    return "a number" if hide and type(value) in (int, float) else found(value)


def _hint(word: str, known: Sequence[str]) -> str:
    near = nearest(word, known)
    if near or not 0 < len(known) <= _FEW:
        return near
    return f"; known: {', '.join(known)}"


def _tag_problem(document: Marked, mistake: _Mistake, hide: bool) -> Problem:
    """Word a tagged union (``type: webhook``) whose tag is missing or unknown."""
    ctx = mistake.error["ctx"]
    key = str(ctx["discriminator"]).strip("'")
    loc = (*mistake.loc, key)
    if mistake.kind == "union_tag_not_found":
        return document.problem(loc, "missing")
    known = _quoted(str(ctx["expected_tags"]))
    value = str(ctx["tag"])
    text = _shown(value, hide=hide)
    return document.problem(loc, f"expected {_list(known)}, found {text}{nearest(value, known)}")


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


def _list(words: Sequence[str]) -> str:
    return f"one of {', '.join(words)}" if len(words) > 1 else "".join(words)


def _words(group: Iterable[_Mistake]) -> list[str]:
    texts = (str(one.error.get("ctx", {}).get("expected", "")) for one in group)
    return [word for text in texts for word in _quoted(text)]


def _plain(bound: object) -> object:
    """Return a bound as a person writes it: 86400, not 86400.0."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _expected(mistake: _Mistake) -> str:
    """Say what would have been right, or nothing where pydantic's own message says it best."""
    kind, ctx = mistake.kind, mistake.error.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return _list(_quoted(str(ctx["expected"]))) or str(ctx["expected"])
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return f"{text} {_plain(ctx[name])}"
    if kind in {"too_short", "too_long"}:
        bound, text = ("min_length", "at least") if kind == "too_short" else ("max_length", "at most")
        return f"{text} {ctx[bound]} of them"
    if kind == FORM:
        return str(ctx["expected"])
    if kind == "string_pattern_mismatch":
        return f"text like {ctx['pattern']}"
    if kind.endswith(("_type", "_parsing", "_from_float", "_number")):
        return _EXPECTED.get(kind.split("_")[0], "")
    return ""


def _unfold(problems: list[Problem]) -> list[Problem]:
    """Drop 'missing' where a misspelled key of the same mapping is already reported as that very key."""
    meant = {
        _sibling(problem.where, problem.what.split("did you mean '")[1].rstrip("'?"))
        for problem in problems
        if problem.what.startswith("unknown key; did you mean '")
    }
    return [one for one in problems if not (one.what == "missing" and one.where in meant)]


def _sibling(place: str, key: str) -> str:
    parent, dot, _ = place.rpartition(".")
    return f"{parent}{dot}{key}"


def _keys(model: object, loc: Loc) -> set[str]:
    """Return the keys that a model knows at a place inside it."""
    here = list(_models(model))
    for part in loc:
        here = [inner for one in here for inner in _inside(one, part)]
    keys: set[str] = set()
    for one in here:
        if isinstance(one, type) and issubclass(one, BaseModel):
            keys.update(field.alias or name for name, field in one.model_fields.items())
    return keys


def _inside(annotation: object, part: int | str) -> Iterator[object]:
    """Yield what a type may hold under one key or list position."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias):
                yield from _models(field.annotation)
        return
    args = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    if args:
        yield from _models(args[-1])


def _models(annotation: object) -> Iterator[object]:
    """Yield the types that an annotation stands for, unions and Annotated opened."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _models(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for arg in get_args(annotation):
            yield from _models(arg)
    else:
        yield annotation
