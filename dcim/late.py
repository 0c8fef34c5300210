"""Modules that are imported when they are first used: a start pays for what it needs, not for all there is.

if TYPE_CHECKING:
    import polars as pl
else:
    pl = late("polars")

``np`` is numpy so: nothing of it is needed before a device has answered. ``httpx`` comes without its own
command line, which imports rich and pygments where it finds them: half of what the import takes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """Let no import find a module that has not been imported yet; no name: hide nothing."""
    if not name or name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "not there"
    try:
        yield
    finally:
        sys.modules.pop(name, None)


class _Late(ModuleType):
    """Stands for a module. The first use of a name imports it; a name that was used costs nothing more.

    Safe in any thread: two that come first together wait for one import.
    """

    def __init__(self, name: str, without: str) -> None:
        super().__init__(name)
        self.__without = without

    def __getattr__(self, name: str) -> Any:
        with hidden(self.__without):
            found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


def late(name: str, *, without: str = "") -> ModuleType:
    """Return what stands for a module: of the same names, imported with the first of them.

    ``without``: a module that it would import as well, and does not need.

    A module that is not installed shows with that first use, as the ImportError it is.
    """
    return _Late(name, without)


if TYPE_CHECKING:
    import httpx
    import numpy as np
else:
    httpx = late("httpx", without="httpx._main")
    np = late("numpy")

__all__ = ["hidden", "httpx", "late", "np"]
