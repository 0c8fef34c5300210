"""The rules and overrides of one file, each by itself: a slip in one hides no mistake in another.

What is wrong in the shape of a part is told by the shape of the whole file. Here stands what is left of each
part without its wrong keys, so that the rest can be checked against the catalogue in the same pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError

from dcim.alerts.shapes import MeasureShape, OverrideShape, RuleShape
from dcim.model import Problem
from dcim.record import dataclass
from dcim.yaml import Document, Loc, shape, where

M = TypeVar("M", RuleShape, OverrideShape)

_KEY: Final = re.compile(r"\.([^.\[]+)")
_SENTENCE: Final = {"en": "-", "fr": "-"}
_STAND_INS: Final[dict[str, Any]] = {
    "rule": "nameless",
    "severity": "warning",
    **dict.fromkeys(("title", "consequence", "action"), _SENTENCE),
}
"""What takes the place of a required key that is wrong or missing: nothing is said about it again."""


_CONDITION: Final = frozenset(MeasureShape.model_fields)


@dataclass(frozen=True, slots=True)
class Part(Generic[M]):
    """One rule or override as far as it can be read. ``wrong``: its keys whose mistakes are told already."""

    loc: Loc
    shape: M
    wrong: frozenset[str] = frozenset()

    def left(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """Yield those problems of a part that are not mere consequences of its wrong keys."""
        hidden = self.wrong | (_CONDITION if self.wrong & _CONDITION else frozenset())
        for problem in problems:
            key = _key(self.loc, problem)
            if not self.wrong or (key and key not in hidden):
                yield problem


def parts(document: Document, key: str, model: type[M]) -> Iterator[Part[M]]:
    """Yield every part below a key of which anything can be read."""
    data: Any = document.at((key,)) if document.has((key,)) else ()
    for number in range(len(data) if isinstance(data, list) else 0):
        found = _part(document, (key, number), model)
        if found is not None:
            yield found


def right(key: str, shapes: Iterable[M]) -> Iterator[Part[M]]:
    """Yield every part of a file in which nothing is wrong, as it was read with the whole."""
    for number, one in enumerate(shapes):
        yield Part((key, number), one)


def named(document: Document, key: str) -> Iterator[str]:
    """Yield the names of all rules in a list, also of those that cannot be read."""
    data: Any = document.at((key,)) if document.has((key,)) else ()
    for one in data if isinstance(data, list) else ():
        if isinstance(one, dict) and isinstance(one.get("rule"), str):
            yield one["rule"]


def _part(document: Document, loc: Loc, model: type[M]) -> Part[M] | None:
    whole, problems = shape(document, model, loc)
    if whole is not None:
        return Part(loc, whole)
    data = document.at(loc)
    wrong = frozenset(_key(loc, problem) for problem in problems)
    if not isinstance(data, dict) or "" in wrong:
        return None
    rest = {key: value for key, value in data.items() if key not in wrong}
    try:
        return Part(loc, model.model_validate({**_stand_ins(model), **rest}), wrong)
    except ValidationError:
        return None


def _stand_ins(model: type[M]) -> dict[str, Any]:
    required = {key for key, one in model.model_fields.items() if one.is_required()}
    return {key: value for key, value in _STAND_INS.items() if key in required}


def _key(loc: Loc, problem: Problem) -> str:
    """Return the key of a part in which a problem lies; empty for the part as a whole."""
    found = _KEY.match(problem.where.removeprefix(where(loc)))
    return found[1] if found else ""
