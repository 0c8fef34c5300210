"""What options of several commands have in common: folders of profiles, and sections checked as in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import typer
from pydantic import BaseModel

from dcim.yaml import parse, shape

M = TypeVar("M", bound=BaseModel)

_FILE: Final = "profile.yaml"


def _with_profiles(folders: list[Path] | None) -> list[Path] | None:
    """Refuse a folder that holds no profile: it would count for nothing, and nobody would be told."""
    for folder in folders or ():
        if any(folder.glob(f"*/{_FILE}")):
            continue
        msg = f"no profile in {folder}: expected NAME/{_FILE} below it"
        if (folder / _FILE).is_file():
            msg += f"; this is the folder of one profile, give the one above: {folder.absolute().parent}"
        raise typer.BadParameter(msg)
    return folders


ProfileDirs: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--profiles",
        metavar="DIR",
        help="A folder with profiles of your own: DIR/NAME/profile.yaml.",
        exists=True,
        file_okay=False,
        readable=True,
        callback=_with_profiles,
    ),
]
"""Folders with profiles of one's own; one that is not there, or holds none, is wrong usage."""


def shaped(model: type[M], given: Mapping[str, Any]) -> M:
    """Check options as the configuration would, in the same words; options that were not given are left out.

    What is wrong with them is wrong usage, told by the names of the options.
    """
    said = {key: value for key, value in given.items() if value is not None}
    found, problems = shape(parse(json.dumps(said), "options"), model)
    if found is None:
        told = (f"{_option(one.where)}: {one.what}" if one.where else one.what for one in problems)
        raise typer.BadParameter("; ".join(told))
    return found


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def from_here(reference: str) -> str:
    """Return a reference to a secret, the path of ``file:`` made absolute: it is typed where people are."""
    source, colon, name = reference.partition(":")
    return f"file:{Path(name).expanduser().absolute()}" if source + colon == "file:" and name else reference
