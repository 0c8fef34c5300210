"""Values through the pipe between the daemon and its child: four bytes of length, then a pickle.

That is safe here because both ends are this very program, over a pipe that nobody else holds.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, Final

LENGTH: Final = struct.Struct(">I")


def framed(what: object) -> bytes:
    """Return a value as it goes through the pipe."""
    body = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def opened(body: bytes) -> Any:
    """Return the value of a frame that the other end of our own pipe wrote."""
    return pickle.loads(body)  # noqa: S301  both ends are ours
