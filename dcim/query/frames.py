"""What stands between the daemon and a child that answers: frames of a kind and some bytes. Pure."""

from __future__ import annotations

from struct import Struct
from typing import Final

FRAME: Final = Struct("<cI")
"""What stands before the bytes of a frame: its kind and their number."""
HEAD: Final = b"H"
"""The first frame of an answer: JSON, with the kind of error where it is one."""
BODY: Final = b"B"
END: Final = b"E"
