"""Lengths of time as people write them, in a configuration or on the command line. Pure."""

from __future__ import annotations

import re
from typing import Final

from dcim.yaml.words import found

_TIME: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(ms|s|sec|m|min|h|d)")
_SIZES: Final = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(written: object) -> float:
    """Return a time in seconds: ``10s``, ``5 min``, ``1h``, ``30d``, or a bare number of seconds."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written)
    form = _TIME.fullmatch(written) if isinstance(written, str) else None
    if form is None:
        msg = f"expected a time such as 10s, 5m, 1h or 30d, found {found(written)}"
        raise ValueError(msg)
    return float(form[1]) * _SIZES[form[2]]
