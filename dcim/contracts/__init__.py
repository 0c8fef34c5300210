"""Contracts as data: what was promised, what counts, what is left out, and what a miss costs. Pure."""

from dcim.contracts.contract import LOOSE, Contract, Counts, Excusable, Penalty

__all__ = ["LOOSE", "Contract", "Counts", "Excusable", "Penalty"]
