"""How many examples a test is tried on that takes many of them, each dear."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import pytest
from hypothesis import settings

Test = TypeVar("Test", bound=Callable[..., Any])

_ALL: Final = os.environ.get("DCIM_MANY") == "all"
_LEAST: Final = 4


def many(most: int, **more: Any) -> Callable[[Test], Test]:
    """Try a test on ``most`` examples in `make long`, and on a quarter of them in `make test`.

    Each run draws others. ``more``: other settings of hypothesis.
    """
    number = most if _ALL else max(_LEAST, most // 4)

    def marked(test: Test) -> Test:
        tried: Test = pytest.mark.many(settings(max_examples=number, **more)(test))
        return tried

    return marked
