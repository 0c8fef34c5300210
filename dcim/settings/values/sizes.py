"""Sizes as people write them in a config file: ``500 MB``, ``4 GiB``, or a bare number of bytes."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator

from dcim.yaml import found

_SIZE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(B|[kKMGT]B|[KMGT]iB)")
_POWERS: Final = {"B": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def size(written: object) -> int:
    """Return a size in bytes; raise ValueError for anything else. ``MB``: a million, ``MiB``: 2 to the 20."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    form = _SIZE.fullmatch(written) if isinstance(written, str) else None
    if form is None:
        msg = f"expected a size such as 500 MB or 4 GiB, found {found(written)}"
        raise ValueError(msg)
    base = 1024 if form[2].endswith("iB") else 1000
    factor: int = base ** _POWERS[form[2][0].upper()]
    return round(float(form[1]) * factor)


Size: TypeAlias = Annotated[int, BeforeValidator(size)]
"""Bytes."""
