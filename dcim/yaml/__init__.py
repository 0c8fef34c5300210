"""The one front end for every YAML file: text to data with marks, data to shapes, mistakes to Problems."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dcim.yaml.words import FORM, found, nearest, unknown, where

if TYPE_CHECKING:
    from dcim.yaml.document import Document, Marked, keys_of, parse, read, read_top, read_whole, walk
    from dcim.yaml.marks import Loc
    from dcim.yaml.members import Without
    from dcim.yaml.section import Section
    from dcim.yaml.shaping import shape

__all__ = [
    "FORM",
    "Document",
    "Loc",
    "Marked",
    "Section",
    "Without",
    "found",
    "keys_of",
    "nearest",
    "parse",
    "read",
    "read_top",
    "read_whole",
    "shape",
    "unknown",
    "walk",
    "where",
]

_WHERE = {
    "document": ("Document", "Marked", "keys_of", "parse", "read", "read_top", "read_whole", "walk"),
    "marks": ("Loc",),
    "members": ("Without",),
    "section": ("Section",),
    "shaping": ("shape",),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Load what reads files for who asks: a report needs the words alone, not YAML, not pydantic."""
        for module, names in _WHERE.items():
            if name in names:
                value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
                return value
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
