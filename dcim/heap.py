"""What the C library keeps of memory that nobody uses any more, given back to the machine.

    used │ free │ used │ free, free, free │ used      the library gives back what is free at the end alone
                           └─ whole pages: given back here

While the devices of a large site are met, their answers, and what is made of them for a moment, lie between
what stays: of 444 MB of a daemon that had just met 5,000 of them such holes were 47, measured once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import cast


def give_back() -> bool:
    """Give free pages back; False where the C library offers no such thing, as musl does not.

    It takes some milliseconds without the interpreter's lock, so in a thread.
    """
    trim = cast("Callable[[int], int] | None", getattr(ctypes.CDLL(None), "malloc_trim", None))
    if trim is None:
        return False
    trim(0)
    return True
