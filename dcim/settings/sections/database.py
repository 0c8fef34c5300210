"""Where the ledger is kept when not in a file of the state directory: the section ``database``."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from dcim.secret import SecretRef
from dcim.settings.checked.settings import Referring
from dcim.settings.reading.files import Files
from dcim.settings.values.written import fits
from dcim.yaml import Section

_KEY: Final = "database"
_SCHEMA: Final = fits(
    r"[a-z_][a-z0-9_]{0,62}", "a small letter or _, then small letters, digits or _; 63 at most"
)


class DatabaseShape(Section):
    """A PostgreSQL database. ``url`` leads to its connection string; ``schema`` holds our tables in it."""

    url: SecretRef
    schema_name: Annotated[str, Field(alias="schema"), _SCHEMA] = "dcim"


def database(files: Files) -> Referring | None:
    """Return the database that the main file names; None when it names none, or a wrong one (noted)."""
    shape = files.section(_KEY, DatabaseShape)
    if shape is None:
        return None
    places = {key: files.main.problem((_KEY, key), "") for key in files.main.at((_KEY,))}
    return Referring(_KEY, "postgresql", shape, MappingProxyType(places))
