"""The sheet of Regulation (EU) 2024/1364 in the energy report: its fields as a table and as data."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from dcim.energy.claim import exact
from dcim.energy.eu import Field
from dcim.model.fact import Json
from dcim.reports.blocks import cols, share, table
from dcim.reports.model import Block, Name, Number, Say, Value

_AS_WRITTEN: Final = {"degC": "°C", "K.d": "K·d", "m2": "m²", "m3": "m³"}
"""Units as people write them; the claim has them as the form does."""


def sheet(fields: Sequence[Field]) -> Block:
    """Return the fields of the form as a table, with where each comes from."""
    return table(
        "eu",
        "",
        cols("energy.field what:2.4 value> energy.least> energy.most> energy.unit:0.6 energy.how coverage>"),
        (
            (
                Name(one.name),
                Say(f"report.eu.{one.name.lower().replace('-', '_')}"),
                _of_field(one.value) if one.told else None,
                _of_field(one.least),
                _of_field(one.most) if one.told else Say("report.unknown"),
                Name(_AS_WRITTEN.get(one.unit, one.unit)),
                Say(f"report.energy.how.{one.how}"),
                share(one.coverage, 2),
            )
            for one in fields
        ),
    )


def _of_field(value: Fraction | None) -> Value:
    return None if value is None else Number(float(value), digits=1)


def body(one: Field) -> Json:
    """Return a field as data, its figures exact."""
    return {
        "name": one.name,
        "value": exact(one.value if one.told else None),
        "least": exact(one.least),
        "most": exact(one.most),
        "unit": one.unit,
        "how": one.how,
        "coverage": exact(one.coverage),
    }
