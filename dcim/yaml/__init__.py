"""The one front end for every YAML file: text to data with marks, data to shapes, mistakes to Problems."""

from dcim.yaml.document import Document, Marked, parse, read, read_top, walk
from dcim.yaml.marks import Loc
from dcim.yaml.members import Without
from dcim.yaml.section import Section
from dcim.yaml.shape import shape
from dcim.yaml.words import found, nearest, unknown, where

__all__ = [
    "Document",
    "Loc",
    "Marked",
    "Section",
    "Without",
    "found",
    "nearest",
    "parse",
    "read",
    "read_top",
    "shape",
    "unknown",
    "walk",
    "where",
]
