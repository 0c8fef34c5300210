"""The HTTP status of each kind of error, as Prometheus has them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "bad_data": 400,
        "not_found": 404,
        "execution": 422,
        "timeout": 503,
        "unavailable": 503,
        "internal": 500,
    }
)
