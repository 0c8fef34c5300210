"""polars, imported when it is first used (a start needs none of it), and the columns of tables by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dcim.late import late

if TYPE_CHECKING:
    import polars as pl
else:
    pl = late("polars")

__all__ = ["pl", "types"]


def types(columns: Mapping[str, str]) -> dict[str, type[pl.DataType]]:
    """Return columns with the types that polars knows by these names."""
    return {name: getattr(pl, kind) for name, kind in columns.items()}
