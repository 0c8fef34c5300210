"""Every constant of a standard, as data: what it is, in which edition and clause it stands, how checked."""

from dcim.standards.registry import STANDARDS, Constant, Verified, constant, number, parse

__all__ = ["STANDARDS", "Constant", "Verified", "constant", "number", "parse"]
