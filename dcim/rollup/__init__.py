"""Readings by the hour, kept for ten years: blocks whose roots are facts, and what can be read from them.

The keeper (``dcim.rollup.keeper``) and the shelf (``dcim.rollup.shelf``) are imported where they are used:
the store needs the words of this room, not its machinery.
"""

from dcim.rollup.block import Block, Row, Section, hour_name, hour_start, proven, sections

__all__ = ["Block", "Row", "Section", "hour_name", "hour_start", "proven", "sections"]
