"""What can still be said of a profile whose shape is wrong somewhere: its well-formed points are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from dcim.model import Problem
from dcim.profile.compile import Around, compile_value
from dcim.profile.shapes import PointShape
from dcim.yaml import Loc, Marked, shape

P = TypeVar("P", bound=PointShape)


def check_points(
    document: Marked, loc: Loc, model: type[P], around: Callable[[P], Around]
) -> Iterator[Problem]:
    """Yield what is wrong with the meaning of every well-formed point of the list at ``loc``.

    Mistakes of shape are not repeated: whoever calls this has them already. So a misspelled key in one point
    does not hide an unknown metric in another.
    """
    points = document.at(loc) if document.has(loc) else None
    for number in range(len(points) if isinstance(points, list) else 0):
        point, _ = shape(document, model, (*loc, number))
        if point is not None:
            yield from compile_value(document, (*loc, number), point, around(point))[1]
