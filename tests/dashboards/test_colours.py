"""The colours of health are told apart also by people who see red and green, or blue and yellow, alike."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from boards.colours import OF_SEVERITY, OK, UNKNOWN

SEEN = {
    "everybody": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""
LEAST = 20.0
"""CIE76 distance; 2.3 is just noticeable."""


def linear(colour: str) -> tuple[float, ...]:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (
            sum(a * b for a, b in zip(row, rgb, strict=True)) / of
            for row, of in zip(rows, white, strict=True)
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("who", SEEN)
def test_no_two_colours_of_health_look_alike(who: str) -> None:
    colours = {"ok": OK, "unknown": UNKNOWN, **{str(one): colour for one, colour in OF_SEVERITY.items()}}
    seen = {
        name: lab(
            tuple(
                max(0.0, min(1.0, sum(a * b for a, b in zip(row, linear(colour), strict=True))))
                for row in SEEN[who]
            )
        )
        for name, colour in colours.items()
    }
    for (one, mine), (other, theirs) in combinations(seen.items(), 2):
        assert math.dist(mine, theirs) > LEAST, (one, other)
