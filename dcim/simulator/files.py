"""Plants and scenarios that people wrote: ours by name, theirs by path."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel

from dcim.model import ConfigError, Problem
from dcim.simulator.plant import Blueprint
from dcim.yaml import nearest, read, shape

_HERE: Final = Path(__file__).parent
M = TypeVar("M", bound=BaseModel)


def names(kind: str) -> tuple[str, ...]:
    """Return the names of what we ship: ``plants`` or ``scenarios``."""
    return tuple(sorted(path.stem for path in (_HERE / kind).glob("*.yaml")))


def load(kind: str, name: str, model: type[M]) -> M:
    """Read a shipped file by its name, or any file by its path; raise ConfigError with all that is wrong."""
    path = Path(name)
    if "/" not in name and path.suffix != ".yaml":
        if name not in names(kind):
            known = ", ".join(names(kind))
            what = f"no such name among our {kind}{nearest(name, names(kind))}; known: {known}"
            raise ConfigError((Problem(name, 0, 0, "", what),))
        path = _HERE / kind / f"{name}.yaml"
    document = read(path)
    found, problems = shape(document, model)
    if found is None:
        raise ConfigError(tuple(problems))
    return found


def plan(name: str = "casablanca") -> Blueprint:
    """Read a plant."""
    return load("plants", name, Blueprint)
