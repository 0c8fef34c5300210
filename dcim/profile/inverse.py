"""The protocol-free half of the inverse of decode: a value as the number or the code that a profile reads.

For simulated devices: each collector's ``encode`` puts the result into its own registers or cells. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from dcim.model import Labels
from dcim.profile.value import Quantity, States

Key: TypeAlias = "tuple[str, Labels]"
"""A metric and its labels."""
Said: TypeAlias = "float | str | tuple[str, ...]"
"""A number in the base unit, a word of a state (or several, the first one that the profile has is meant), or
1 and 0 for an alarm."""


class Unsayable(ValueError):
    """The profile has no code for this word."""


def raw_of(value: object, decimals: int, said: Said) -> float:
    """Return the raw number that a quantity decodes to what is said. Raises ``Unsayable``."""
    if not isinstance(value, Quantity) or not isinstance(said, int | float):
        msg = f"{getattr(value, 'metric', value)}: {said!r} is no number"
        raise Unsayable(msg)
    return (said - value.offset) * value.divisor * 10.0**decimals / value.factor


def code_of(value: States, said: Said) -> int | str:
    """Return the code of the first of these words that the profile has. Raises ``Unsayable``."""
    words = (said,) if isinstance(said, str) else said
    for word in words if isinstance(words, tuple) else ():
        for code, (_, means) in value.codes.items():
            if means.word == word:
                return code
    msg = f"{value.metric}: no code means {said!r}"
    raise Unsayable(msg)


def image_of(name: str, images: Mapping[str, Path], image: str) -> Path:
    """Return an image of the profile ``name``: its first, the one named so, or the file there.

    Raises LookupError for an unknown one.
    """
    if "/" in image:
        return Path(image)
    if not images or image not in ("", *images):
        msg = f"{name}: no image {image!r}; known: {', '.join(images)}"
        raise LookupError(msg)
    return images[image or min(images)]
