"""Modules that are imported when they are first used: a start pays for what it needs, not for all there is.

if TYPE_CHECKING:
    import polars as pl
else:
    pl = late("polars")

``np`` is numpy so: nothing of it is needed before a device has answered.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _Late(ModuleType):
    """Stands for a module. The first use of a name imports it; a name that was used costs nothing more.

    Safe in any thread: two that come first together wait for one import.
    """

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


def late(name: str) -> ModuleType:
    """Return what stands for a module: of the same names, imported with the first of them.

    A module that is not installed shows with that first use, as the ImportError it is.
    """
    return _Late(name)


if TYPE_CHECKING:
    import numpy as np
else:
    np = late("numpy")

__all__ = ["late", "np"]
