"""What can still be said of a profile whose shape is wrong somewhere: the rest of its points is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from dcim.model import Problem
from dcim.profile.compile import Around, compile_value
from dcim.profile.shapes import PointShape
from dcim.yaml import Loc, Marked, shape, where

P = TypeVar("P", bound=PointShape)

_KEY: Final = re.compile(r"\.([^.\[]+)")


def check_points(
    document: Marked,
    loc: Loc,
    model: type[P],
    around: Callable[[P], Around],
    place: Mapping[str, Any],
) -> Iterator[Problem]:
    """Yield what is wrong with the meaning of every point of the list at ``loc``.

    Mistakes of shape are not repeated: whoever calls this has them already. So a misspelled key hides no
    unknown metric, in another point or in its own. ``place`` stands in where a point does not rightly say
    where it is.
    """
    points = document.at(loc) if document.has(loc) else None
    for number in range(len(points) if isinstance(points, list) else 0):
        at = (*loc, number)
        point, problems = shape(document, model, at)
        if point is not None:
            yield from compile_value(document, at, point, around(point))[1]
        else:
            yield from _rest(document, at, model, around, place, {_key(at, one) for one in problems})


def _rest(
    document: Marked,
    loc: Loc,
    model: type[P],
    around: Callable[[P], Around],
    place: Mapping[str, Any],
    wrong: set[str],
) -> Iterator[Problem]:
    """Yield what is wrong with what is left of a point without its wrong keys.

    Of keys that are not there nothing is said: a misspelled one may be meant.
    """
    data = document.at(loc)
    if not isinstance(data, dict):
        return
    left = {key: value for key, value in data.items() if key not in wrong}
    point = _made(model, left) or _made(model, {**place, **left})
    if point is not None:
        for problem in compile_value(document, loc, point, around(point))[1]:
            if _key(loc, problem) in left:
                yield problem


def _made(model: type[P], data: Mapping[str, Any]) -> P | None:
    try:
        return model.model_validate(dict(data))
    except ValidationError:
        return None


def _key(loc: Loc, problem: Problem) -> str:
    """Return the key of a point in which a problem lies; empty for the point as a whole."""
    found = _KEY.match(problem.where.removeprefix(where(loc)))
    return found[1] if found else ""
