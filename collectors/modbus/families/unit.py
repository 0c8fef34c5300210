"""Which unit is asked on a connection that leads to several."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

Unit: TypeAlias = Annotated[int, Field(ge=0, le=255)]
