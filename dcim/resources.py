"""Files that travel with the program: in a wheel inside the package, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGED: Final = Path(__file__).parent / "_data"
_CHECKOUT: Final = Path(__file__).parent.parent


def resource(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as ``resource("config", "alerts")``.

    The wheel holds ``config/`` and ``dashboards/`` under ``dcim/_data``. Raise FileNotFoundError where
    neither has it: the installation is broken.
    """
    for root in (_PACKAGED, _CHECKOUT):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    msg = f"{'/'.join(parts)}: not in this installation of dcim"
    raise FileNotFoundError(msg)
