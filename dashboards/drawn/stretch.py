"""Where a line or a state ends, as Grafana decides it: at empty steps that it may not draw across. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Sample: TypeAlias = tuple[float, float]
"""UTC seconds and a value."""


def bridged_by(panel: Mapping[str, Any]) -> float:
    """Return the seconds from one value to the next from which on a panel draws across no empty step.

    It is ``spanNulls`` of the panel or of what overrides it for all; 0 where every empty step is a gap.
    """
    fields = panel["fieldConfig"]
    said = fields["defaults"].get("custom", {}).get("spanNulls", False)
    for one in fields["overrides"]:
        for how in one["properties"]:
            said = how["value"] if how["id"] == "custom.spanNulls" else said
    return float(said) / 1000


def stretches(samples: Sequence[Sample], step: float, bridged: float) -> list[list[Sample]]:
    """Return the samples of a series in parts that are drawn in one.

    A part ends where at least one step is empty and the next value is ``bridged`` seconds away or more. Two
    steps one after the other hang together, however long they are.
    """
    parts: list[list[Sample]] = []
    for sample in samples:
        away = sample[0] - parts[-1][-1][0] if parts else 0.0
        if not parts or (away > 1.5 * step and away >= bridged):
            parts.append([])
        parts[-1].append(sample)
    return parts
