"""The one front end for every YAML file: text to data with marks, data to shapes, mistakes to Problems."""

from dcim.yaml.document import Document, Loc, parse, read
from dcim.yaml.section import Section
from dcim.yaml.shape import shape
from dcim.yaml.words import found, nearest, where

__all__ = ["Document", "Loc", "Section", "found", "nearest", "parse", "read", "shape", "where"]
