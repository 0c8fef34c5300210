"""Variation without randomness: a smooth function of a name, a seed and the time."""

from __future__ import annotations

import math
from zlib import crc32


def wobble(name: str, seed: int, at: float, period: float = 600.0) -> float:
    """Return a number in [-1, 1] that drifts over about ``period`` seconds: a function of its arguments."""
    key = crc32(name.encode(), seed & 0xFFFFFFFF)
    slow = math.sin(math.tau * (at / period + (key & 0xFFFF) / 65536))
    quick = math.sin(math.tau * (at / (period * 0.37) + (key >> 16) / 65536))
    return 0.7 * slow + 0.3 * quick
